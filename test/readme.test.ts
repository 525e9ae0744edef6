// The README against the product: its tables are complete and current, its links, commands and variables exist.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { withTables } from "../scripts/readme.ts";
import { commands } from "../src/cli/table.ts";
import { loadConfig } from "../src/config/load.ts";
import { configSchema } from "../src/config/schema.ts";
import { settingsTable } from "../src/config/settings.ts";
import { errorTable, GatewayError } from "../src/core/errors.ts";
import { emptyUsage } from "../src/core/usage.ts";
import type { Exchange } from "../src/exchange/exchange.ts";
import { openSettle } from "../src/exchange/settle.ts";
import { routes } from "../src/http/routes.ts";
import { demoModels } from "../src/providers/demo.ts";
import { faultNames } from "../src/providers/mock-faults.ts";
import { providerRows } from "../src/providers/rows.ts";
import { openInputRatios } from "../src/storage/memory/input-ratios.ts";
import { openLog } from "../src/telemetry/log.ts";
import { openStats } from "../src/telemetry/stats.ts";
import { openInputEstimate } from "../src/tokens/estimate.ts";

const root = join(import.meta.dir, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** The rows of the first table from this text on, as cells. */
function tableAfter(mark: string): string[][] {
  const start = readme.indexOf(mark);
  if (start < 0) throw new Error(`the README has no "${mark}"`);
  const lines = readme.slice(start).split("\n");
  const first = lines.findIndex((line) => line.startsWith("| "));
  const rows = lines.slice(first + 2);
  const end = rows.findIndex((line) => !line.startsWith("| "));
  return rows.slice(0, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((text) => text.trim().replaceAll("\\|", "|")),
  );
}

/** What stands in backticks in the first cells of a table. */
function namesIn(rows: readonly string[][]): string[] {
  return rows.flatMap(([first = ""]) => [...first.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string));
}

/** Bodies of the code blocks in these languages. */
function blocks(...languages: string[]): string[] {
  const found = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return found.filter((match) => languages.includes(match[1] as string)).map((match) => match[2] as string);
}

/** Every leaf of the schema by its dotted path, found without the product's own walk. */
function settingPaths(schema: object, path: readonly string[] = []): string[] {
  const { properties, patternProperties } = schema as { [keyword: string]: { [key: string]: object } | undefined };
  if (properties) return Object.entries(properties).flatMap(([key, child]) => settingPaths(child, [...path, key]));
  if (patternProperties) {
    const own = "env" in schema ? [[...path, "<name>"].join(".")] : [];
    return [...own, ...Object.values(patternProperties).flatMap((child) => settingPaths(child, [...path, "<name>"]))];
  }
  return [path.join(".")];
}

describe("the tables", () => {
  test("that are generated are as `npm run readme` would write them", () => {
    expect(withTables(readme)).toBe(readme);
  });

  test("hold every setting of the schema", () => {
    expect(namesIn(tableAfter("<!-- settings -->"))).toEqual(settingPaths(configSchema));
  });

  test("hold every endpoint with its methods", () => {
    const documented = tableAfter("<!-- endpoints -->").map(([methods, path]) => `${methods} ${path}`);
    expect(documented).toEqual(routes.map(({ methods, path }) => `${methods.join(", ")} \`${path}\``));
  });

  test("hold every provider with its variables", () => {
    const rows = tableAfter("<!-- providers -->");
    expect(namesIn(rows)).toEqual(providerRows.flatMap(({ type, aliases = [] }) => [type, ...aliases]));
    for (const [index, { envPrefix, envAliases = [], keyEnv = [], baseUrl }] of providerRows.entries()) {
      const row = (rows[index] as string[]).join(" ");
      const keys = [envPrefix, ...envAliases].map((prefix) => `${prefix}_API_KEY`);
      for (const variable of [...keys, `${envPrefix}_BASE_URL`, ...keyEnv]) expect(row).toContain(variable);
      expect(row).toContain(baseUrl ?? "none");
    }
  });

  test("hold every error with its status, type, code and kind", () => {
    const documented = tableAfter("<!-- errors -->").map((row) => row.slice(0, 4).join(" ").replaceAll("`", ""));
    const known = Object.values(errorTable).map((row) => `${row.status} ${row.type} ${row.publicCode} ${row.kind}`);
    expect(documented).toEqual(known);
  });

  test("hold every command", () => {
    const documented = namesIn(tableAfter("<!-- commands -->")).map((line) => line.split(" ")[1]);
    expect(documented).toEqual([...commands.keys()]);
  });

  test("hold every fault of the mock and every model of the demo", () => {
    expect(namesIn(tableAfter("| Fault |")).sort()).toEqual([...faultNames].sort());
    expect(namesIn(tableAfter("**The demo**")).sort()).toEqual(demoModels.map((model) => `demo/${model}`).sort());
  });

  test("hold every field that a request's log line can have", () => {
    let line = "";
    const log = openLog({ level: "info", format: "json", sink: (text) => (line += text) });
    const estimate = openInputEstimate(openInputRatios());
    const settle = openSettle({ log, stats: openStats(() => 0), logRequests: true, estimate, onSettled: () => {} });
    settle(completeExchange(), "error", 12);
    log.close();
    expect(namesIn(tableAfter("**Logs**")).sort()).toEqual(Object.keys(JSON.parse(line) as object).sort());
  });

  test("hold every folder of the product", () => {
    const folders = namesIn(
      tableAfter("| Folder |").map(([first = ""]) => [first.replaceAll(/\[(src[^\]]*)\]/g, "`$1`")]),
    );
    const present = [...new Bun.Glob("src/*").scanSync({ cwd: root, onlyFiles: false })];
    expect(folders.filter((path) => path.startsWith("src/")).sort()).toEqual(present.sort());
  });
});

/** An exchange about which everything is known that can be. */
function completeExchange(): Exchange {
  const record = {
    provider: "p",
    continuedBy: ["p/n"],
    shares: [{ provider: "p", model: "m", failed: true, usage: undefined }],
    requestedModel: "p/m",
    endpoint: "GET /p/openai",
    model: "m",
    translation: "lossy",
    stream: true,
    attempts: 1,
    calls: [
      { provider: "p", model: "m", credential: "1", outcome: "skipped", reason: "it rests", durationMs: 0 },
      { provider: "q", model: "m", credential: "1", outcome: "ok", durationMs: 1 },
    ],
    status: 502,
    usage: {
      ...emptyUsage(),
      ...{ cacheReadTokens: 1, cacheWrite5mTokens: 1, reasoningTokens: 1, estimated: true },
      ...{ inputAudioSeconds: 1, outputAudioSeconds: 1, inputCharacters: 1, searchUnits: 1 },
    },
    lost: ["seed"],
    error: new GatewayError("upstream_failed", "it failed"),
    firstOutputMs: 1,
    upstreamRequestId: "u",
  };
  return { id: "r", dialect: { id: "openai-chat" }, record } as unknown as Exchange;
}

describe("what the README names", () => {
  test("exists: files, and headings on this page", () => {
    const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
    const local = links.filter((link) => !/^https?:/.test(link));
    expect(local.length).toBeGreaterThan(20);
    expect(local.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  test("exists: scripts", () => {
    const named = [...readme.matchAll(/\b(?:npm|bun) run (?:--silent )?([a-z]+)/g)].map((match) => match[1] as string);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });

  test("exists: commands, with their options", () => {
    const named = [...readme.matchAll(/(?:`sluice|sluice --|local\/bin\/sluice) ([a-z]+)((?: --[a-z]+)*)/g)];
    expect(named.length).toBeGreaterThan(8);
    for (const [, name = "", options = ""] of named) {
      const row = commands.get(name);
      expect([name, row !== undefined]).toEqual([name, true]);
      const known = row?.options.map(([option]) => option.split(" ")[0]) ?? [];
      for (const option of options.split(" ").filter((word) => word !== "")) {
        expect([...known, "--help"]).toContain(option);
      }
    }
  });

  test("exists: variables of our own", () => {
    // The one that is no setting tells the tests where the recordings lie.
    const corpus = readFileSync(join(root, "test/support/corpus.ts"), "utf8").match(/"(SLUICE_\w+)"/)?.[1];
    const known = [...settingsTable().map(({ env }) => env), corpus];
    const named = readme.match(/\bSLUICE_[A-Z_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("is read without a problem: the config file of the example", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-readme-"));
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, "sk-secret\n");
    const [example = ""] = blocks("yaml");
    writeFileSync(join(folder, "sluice.yaml"), example.replace("/run/secrets/anthropic", keyFile));
    const loaded = loadConfig({
      arguments: [],
      environment: { EAST_KEY: "sk-east" },
      workingDirectory: folder,
      systemDirectory: folder,
    });
    rmSync(folder, { recursive: true });
    expect(loaded.problems).toEqual([]);
    expect(Object.keys(loaded.config.providers)).toEqual(["openai-east", "claude", "lab"]);
    expect(loaded.config.providers["claude"]?.api_key).toBe("sk-secret");
  });

  test("is JSON where it says so", () => {
    const examples = blocks("json");
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) expect(() => JSON.parse(example)).not.toThrow();
  });

  test("includes the two command lines of a fresh clone, each on its own line", () => {
    const lines = blocks("sh").flatMap((block) => block.split("\n"));
    expect(lines).toContain("npm ci && npm start");
    expect(lines).toContain("npm ci && npm test");
    expect(lines).toContain("bun install --frozen-lockfile && bun run start");
    expect(lines).toContain("bun install --frozen-lockfile && bun run test");
  });

  test("includes every dependency with its reason", () => {
    const { dependencies, devDependencies } = manifest;
    const decisions = readme.slice(readme.indexOf("Why each dependency"));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) expect(decisions).toContain(`\`${name}\``);
  });
});

describe("the lockfiles", () => {
  const npmText = readFileSync(join(root, "package-lock.json"), "utf8");
  const bunText = readFileSync(join(root, "bun.lock"), "utf8");
  type NpmPackage = { version: string; integrity?: string; optionalDependencies?: { [name: string]: string } };
  const npmPackages = (JSON.parse(npmText) as { packages: { [path: string]: NpmPackage } }).packages;

  /** name@version of every package, wherever it lies. */
  const npmVersions = Object.entries(npmPackages)
    .filter(([path]) => path !== "")
    .map(
      ([path, { version }]) => `${path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)}@${version}`,
    );
  // bun.lock is JSON with trailing commas.
  const bunLock = JSON.parse(bunText.replace(/,(?=\s*[}\]])/g, "")) as { packages: { [key: string]: [string] } };
  const bunVersions = Object.values(bunLock.packages).map(([id]) => id);

  test("agree in every package and version", () => {
    expect([...new Set(bunVersions)].sort()).toEqual([...new Set(npmVersions)].sort());
  });

  test("have a hash for every package, and every optional one that a package names", () => {
    const paths = Object.entries(npmPackages).filter(([path]) => path !== "");
    expect(paths.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    const optional = Object.values(npmPackages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(optional.filter((name) => npmPackages[`node_modules/${name}`] === undefined)).toEqual([]);
  });

  test("name no registry", () => {
    expect(npmText).not.toContain('"resolved"');
    expect(npmText + bunText).not.toMatch(/\.tgz|registry\.|localhost|127\.0\.0\.1/);
  });
});
