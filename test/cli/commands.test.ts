// The commands that need no running gateway, and the frame around all of them.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { run as check } from "../../src/cli/check.ts";
import { run as config } from "../../src/cli/config.ts";
import { runCommand } from "../../src/cli/index.ts";
import { commands } from "../../src/cli/table.ts";
import { collectedStreams, directoryWith } from "../config/scratch.ts";

async function sluice(arguments_: string[], environment: { [name: string]: string } = {}) {
  const streams = collectedStreams();
  const code = await runCommand(arguments_, streams, environment);
  return { code, out: streams.out, err: streams.err };
}

function configFile(text: string): string {
  return join(directoryWith({ "given.yaml": text }), "given.yaml");
}

describe("the frame", () => {
  test("an unknown command is a usage error with the nearest name", async () => {
    const { code, out, err } = await sluice(["chekc"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain('unknown command "chekc", did you mean check?');
  });

  test("--help, -h and help print the overview on stdout and succeed", async () => {
    for (const arguments_ of [["--help"], ["-h"], ["help"], ["--port", "9000", "--help"]]) {
      const { code, out, err } = await sluice(arguments_);
      expect([code, err]).toEqual([0, ""]);
      for (const name of ["serve", "check", "config", "health", "mock", "version"])
        expect(out).toContain(`\n  ${name} `);
    }
  });

  test("every command has help of its own, before anything is loaded", async () => {
    for (const name of commands.keys()) {
      for (const arguments_ of [
        [name, "--help"],
        [name, "-h"],
        ["help", name],
      ]) {
        const { code, out } = await sluice(arguments_);
        expect([code, out.startsWith(`Usage: sluice ${name}`)]).toEqual([0, true]);
      }
    }
    expect((await sluice(["help", "nothing-like-it"])).code).toBe(2);
  });

  test("help of a command that reads settings lists their flags with variable and default", async () => {
    const { out } = await sluice(["check", "--help"]);
    expect(out).toMatch(/--port VALUE +Port to listen on\. 0 takes any free one\. \[PORT, default 8080\]/);
    expect(out).toMatch(/--strict +Refuse requests/);
    expect(out).toContain("--env-file FILE");
    expect((await sluice(["version", "--help"])).out).not.toContain("--port");
  });

  test("version, --version and -v print the version", async () => {
    for (const name of ["version", "--version", "-v"]) {
      const { code, out } = await sluice([name]);
      expect(code).toBe(0);
      expect(out).toMatch(/^sluice \d+\.\d+\.\d+\S* \(bun [\d.]+, \w+ \w+\)\n$/);
    }
    expect((await sluice(["version", "now"])).code).toBe(2);
  });
});

describe("check", () => {
  test("a good configuration is ok, with a summary and nothing on stderr", async () => {
    const path = configFile("server: {port: 9001}\n");
    const { code, out, err } = await sluice(["check", "--config", path], { OPENAI_API_KEY: "sk-1" });
    expect([code, err]).toEqual([0, ""]);
    expect(out.startsWith("ok\n")).toBe(true);
    expect(out).toContain(path);
    expect(out).toContain("127.0.0.1:9001");
    expect(out).toMatch(/providers +openai\n/);
    expect(out).not.toContain("sk-1");
  });

  test("every problem is a line on stderr with its source, and the exit code is 1", async () => {
    const path = configFile("server: {prot: 1}\nproviders: {no-such-vendor: {}}\n");
    const { code, out, err } = await sluice(["check", "--config", path], { SLUICE_STRICT: "perhaps" });
    expect([code, out]).toEqual([1, ""]);
    const lines = err.trimEnd().split("\n");
    expect(lines).toContain(`server.prot: unknown key, did you mean port? (${path})`);
    expect(lines).toContain('strict: expected true or false, found the text "perhaps" (env SLUICE_STRICT)');
    expect(lines.some((line) => line.startsWith("providers.no-such-vendor"))).toBe(true);
  });

  test("a wrong command line is a usage error", async () => {
    const streams = collectedStreams();
    expect(await check(["--prot", "1"], streams, {})).toBe(2);
    expect(streams.err).toBe("--prot: unknown option, did you mean --port?\n");
  });
});

describe("config schema", () => {
  test("prints one JSON document", async () => {
    const { code, out } = await sluice(["config", "schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: "object", additionalProperties: false });
  });

  test("without a known action it is a usage error", async () => {
    for (const arguments_ of [[], ["shwo"], ["schema", "--json"]]) {
      expect(await config(arguments_, collectedStreams(), {})).toBe(2);
    }
  });
});

describe("config show", () => {
  const environment = { SLUICE_MASTER_KEY: "s3cr3t-master" };
  const path = configFile(
    "server: {heartbeat: 90}\nproviders: {openai: {api_key: s3cr3t-key, headers: {x-a: s3cr3t-header}, models: [m]}}\n",
  );

  test("prints every setting with its source, units written out and secrets masked", async () => {
    const { code, out, err } = await sluice(["config", "show", "--config", path, "--port=9002"], environment);
    expect([code, err]).toEqual([0, ""]);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/ +# /, " # "));
    expect(lines).toContain("server.port = 9002 # --port");
    expect(lines).toContain(`server.heartbeat = 90s # ${path}`);
    expect(lines).toContain("server.body_limit = 32MiB # default");
    expect(lines).toContain('server.host = "0.0.0.0" # default');
    expect(lines).toContain("server.master_key = *** # env SLUICE_MASTER_KEY");
    expect(lines).toContain(`providers.openai.headers.x-a = *** # ${path}`);
    expect(lines).toContain(`providers.openai.models = ["m"] # ${path}`);
    expect(out).not.toContain("s3cr3t");
  });

  test("--json prints the tree and the origins, masked as well", async () => {
    const { out } = await sluice(["config", "show", "--json", "--config", path], environment);
    expect(out).not.toContain("s3cr3t");
    const shown = JSON.parse(out) as { config: unknown; origins: unknown };
    expect(shown.config).toMatchObject({
      server: { heartbeat: 90_000, master_key: "***" },
      providers: { openai: { api_key: "***", headers: { "x-a": "***" }, models: ["m"] } },
    });
    expect(shown.origins).toMatchObject({ "server.heartbeat": path, "server.port": "default" });
  });

  test("problems are told beside it and make it fail", async () => {
    const { code, out, err } = await sluice(["config", "show", "--config", path], { PORT: "x" });
    expect(code).toBe(1);
    expect(out).toContain("server.port = 8080");
    expect(err).toContain("server.port: ");
  });
});
