// The house rules, executable. When one of them is wrong, change it here and in the README's decisions list.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = join(import.meta.dir, "..");

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

type Source = { path: string; text: string; lines: string[] };

function sources(...folders: string[]): Source[] {
  return folders
    .flatMap((folder) => walk(join(root, folder)))
    .filter((path) => path.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(path, "utf8");
      return { path: relative(root, path), text, lines: text.split("\n") };
    });
}

const self = "test/tidy.test.ts";
const product = sources("src");
const everything = sources("src", "test", "bench", "scripts");
/** Code without comments and strings, so that words in them break no rule. */
const uncommented = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/.*$/gm, "$1");
const bare = (text: string) => uncommented(text).replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');

function offenders(files: Source[], test: (file: Source) => boolean): string[] {
  return files.filter(test).map((file) => file.path);
}

/** Folder -> what it may import beside itself. From DESIGN's "Direction of imports". */
const mayImport: { [folder: string]: string[] } = {
  core: [],
  config: ["core"],
  storage: ["core"],
  telemetry: ["core"],
  dialects: ["core"],
  operations: ["core"],
  providers: ["core"],
  catalog: ["providers", "core"],
  routing: ["catalog", "providers", "core"],
  policy: ["core"],
  content: ["core"],
  tokens: ["core"],
  cache: ["core"],
  tools: ["core"],
  exchange: [
    "tools",
    "content",
    "cache",
    "tokens",
    "policy",
    "routing",
    "catalog",
    "providers",
    "operations",
    "dialects",
    "core",
  ],
  http: ["exchange", "policy", "routing", "catalog", "providers", "operations", "dialects", "core"],
  admin: ["exchange", "policy", "routing", "catalog", "providers", "operations", "dialects", "core"],
};
/** Everybody may name the types of these, never a backend. */
const typesForAll = ["storage", "telemetry", "config"];

type Import = { from: string; to: string; isType: boolean };

function imports(file: Source): Import[] {
  const found: Import[] = [];
  for (const match of file.text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)"/gm)) {
    const to = relative(root, resolve(root, dirname(file.path), match[2] as string));
    found.push({ from: file.path, to, isType: match[1] !== undefined });
  }
  for (const match of file.text.matchAll(/import\("(\.[^"]+)"\)/g)) {
    found.push({
      from: file.path,
      to: relative(root, resolve(root, dirname(file.path), match[1] as string)),
      isType: false,
    });
  }
  return found;
}

/** Files that a file starts as threads. */
function threads(file: Source): string[] {
  const started = [...file.text.matchAll(/new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g)];
  return started.map((match) => relative(root, resolve(root, dirname(file.path), match[1] as string)));
}

const room = (path: string) =>
  path.split("/").length > 2 ? (path.split("/")[1] as string) : (path.split("/")[1] as string).replace(".ts", "");

describe("imports", () => {
  test("point one way", () => {
    const wrong: string[] = [];
    for (const { from, to, isType } of product.flatMap(imports)) {
      const [here, there] = [room(from), room(to)];
      if (here === there || here === "app") continue;
      // The entry, the command line and the root know what they start.
      if (here === "main" && there === "cli") continue;
      if (here === "cli" && there !== "main" && there !== "http" && there !== "exchange" && there !== "dialects")
        continue;
      if (isType && typesForAll.includes(there)) continue;
      if (!(mayImport[here] ?? []).includes(there)) wrong.push(`${from} -> ${to}`);
    }
    expect(wrong).toEqual([]);
  });

  test("form no cycle, type imports included", () => {
    const graph = new Map(product.map((file) => [file.path, imports(file).map((found) => found.to)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
        return;
      }
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test("leave no file of the product unused", () => {
    // What is started, not imported: the process and its threads.
    const entries = new Set(["src/main.ts", ...product.flatMap(threads)]);
    const used = new Set(
      everything
        .flatMap(imports)
        .filter((found) => found.from.startsWith("src/"))
        .map((found) => found.to),
    );
    expect(offenders(product, ({ path }) => !entries.has(path) && !used.has(path))).toEqual([]);
  });
});

describe("files", () => {
  test("begin with a sentence that says what lives there", () => {
    expect(offenders(everything, ({ lines }) => !/^\/\/ \S.{15,}/.test(lines[0] ?? ""))).toEqual([]);
  });

  test("have at most 400 lines", () => {
    expect(offenders(everything, ({ lines }) => lines.length > 401)).toEqual([]);
  });

  test("have names of full words", () => {
    const banned =
      /(^|[-/])(util|utils|helper|helpers|manager|service|handler|common|misc|base|impl|data|info|process)(?=[-.])/;
    expect(offenders(product, ({ path }) => banned.test(path))).toEqual([]);
  });

  test("hold no unfinished business", () => {
    const marks = new RegExp(`\\b(${["TO", "DO"].join("")}|${["FIX", "ME"].join("")}|XXX|HACK)\\b`);
    expect(offenders(everything, ({ path, text }) => path !== self && marks.test(text))).toEqual([]);
    const skipped = /\b(test|describe|it)\.(skip|todo|only|failing)\b/;
    expect(offenders(sources("test"), ({ text }) => skipped.test(bare(text)))).toEqual([]);
  });

  test("name no path of a machine and no registry", () => {
    const wrong = /\/work\/|\/root\/|\/home\/[a-z]|registry\.npmjs|registry\.yarnpkg/;
    expect(offenders(everything, ({ path, text }) => path !== self && wrong.test(text))).toEqual([]);
  });
});

describe("functions", () => {
  test("have at most 70 lines", () => {
    expect(product.flatMap(longFunctions)).toEqual([]);
  });
});

/** Function bodies by indentation: biome formats every file, so a body ends where its indentation does. */
function longFunctions(file: Source): string[] {
  const found: string[] = [];
  const opening =
    /^(\s*)(?:export )?(?:async )?(?:function\b|(?:static |async |get |set )*#?[\w$]+\([^;]*\)(?::[^;=]+)? \{$|.*=>\s\{$)/;
  for (const [index, line] of file.lines.entries()) {
    if (
      !opening.test(line) ||
      !line.trimEnd().endsWith("{") ||
      /^\s*(if|for|while|switch|else|do|try|catch)\b/.test(line)
    )
      continue;
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const length = file.lines.slice(index + 1).findIndex((other) => other.startsWith(`${indent}}`));
    if (length > 70) found.push(`${file.path}:${index + 1} has ${length} lines`);
  }
  return found;
}

describe("the product's code", () => {
  test("uses no `any` and no default export", () => {
    expect(offenders(product, ({ text }) => /[:<,|&(]\s*any\b(?!\s*:)|\bas any\b/.test(bare(text)))).toEqual([]);
    expect(offenders(product, ({ text }) => /^export default/m.test(text))).toEqual([]);
  });

  test("reads the environment in one place; the entry guard is the exception", () => {
    const allowed = ["src/config/load.ts", "src/cli/reexec.ts"];
    expect(
      offenders(product, ({ path, text }) => /process\.env|Bun\.env/.test(bare(text)) && !allowed.includes(path)),
    ).toEqual([]);
  });

  test("writes to the console nowhere", () => {
    expect(offenders(product, ({ text }) => /\bconsole\./.test(bare(text)))).toEqual([]);
  });

  test("calls fetch in one place; the health command asks its own listener", () => {
    const allowed = ["src/exchange/upstream.ts", "src/cli/health.ts"];
    expect(
      offenders(product, ({ path, text }) => /(^|[^.\w])fetch\(/m.test(bare(text)) && !allowed.includes(path)),
    ).toEqual([]);
  });

  test("names vendors in providers and config only", () => {
    const vendors = /"(groq|openrouter|deepseek|xai|mistral|ollama|vllm|openai|anthropic)"/;
    const rooms = ["providers", "config", "dialects", "operations"];
    const wrong = offenders(
      product,
      ({ path, text }) => vendors.test(uncommented(text)) && !rooms.includes(room(path)),
    );
    // Shapes of listings and of endpoints are named after their makers.
    const shapes = ["src/catalog/listing.ts", "src/core/operation.ts"];
    expect(wrong.filter((path) => !shapes.includes(path))).toEqual([]);
  });

  test("keeps no mutable state in modules", () => {
    expect(offenders(product, ({ text }) => /^(?:export )?let /m.test(text))).toEqual([]);
  });
});

test("every folder of the product has a folder of tests", () => {
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map((entry) => entry.name).filter((name) => !existsSync(join(root, "test", name)))).toEqual([]);
});
