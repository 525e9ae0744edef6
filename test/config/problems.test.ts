// What a bad configuration is told: every problem at once, with what was expected, never with a secret.
import { describe, expect, test } from "bun:test";
import { complaints, load } from "./scratch.ts";

describe("problems", () => {
  test("all of them are collected in one go", () => {
    const loaded = load({
      files: { "sluice.yaml": "server:\n  prot: 1\n  port: many\nstrict: maybe\nsurprise: 1\n" },
      environment: { SLUICE_LOG_LEVEL: "loud" },
      arguments: ["--heart=1"],
    });
    expect(loaded.problems.map(({ path }) => path)).toEqual([
      "--heart",
      "server.prot",
      "server.port",
      "strict",
      "surprise",
      "telemetry.log_level",
    ]);
    expect(loaded.config.server.port).toBe(8080);
  });

  test("an unknown key comes with the nearest one, or the place where it belongs", () => {
    const loaded = load({
      files: {
        "sluice.yaml":
          "server:\n  prot: 1\n  time_outs: {}\nport: 80\nproviders:\n  openai:\n    base_uri: x\nzzzzzzzz: 1\ndemo:\n  __proto__: 1\n",
      },
    });
    expect(complaints(loaded)).toEqual([
      "server.prot: unknown key, did you mean port?",
      "server.time_outs: unknown key, did you mean timeouts?",
      "port: unknown key, did you mean server.port?",
      "providers.openai.base_uri: unknown key, did you mean base_url?",
      "zzzzzzzz: unknown key",
      "demo.__proto__: unknown key",
    ]);
  });

  test("a wrong type is told with what was expected and what was found", () => {
    const loaded = load({
      files: {
        "sluice.yaml": [
          "server: {port: '80', host: [a], body_limit: 10 parsecs, heartbeat: 0, allow_open: 1, drain_timeout: -1s}",
          "providers: {openai: {models: gpt, base_url: 'ftp://x', headers: 7}}",
          "demo: {enabled: maybe}",
          "telemetry: verbose",
          "models: {timeout: }",
        ].join("\n"),
      },
    });
    expect(complaints(loaded)).toEqual([
      'server.port: expected a whole number from 0 to 65535, found the text "80"',
      "server.host: expected text that is not empty, found a list",
      'server.body_limit: expected a size such as 32MiB or 10MB, from 1B to 1GiB, found the text "10 parsecs"',
      "server.heartbeat: expected a duration such as 30s, 500ms or 5m, from 1ms to 2147483647ms, found the number 0",
      "server.allow_open: expected true or false, found the number 1",
      'server.drain_timeout: expected a duration such as 30s, 500ms or 5m, from 0s to 2147483647ms, found the text "-1s"',
      'providers.openai.models: expected a list of texts that are not empty, found the text "gpt"',
      "providers.openai.base_url: expected an http or https address without a user name in it, found other text",
      "providers.openai.headers: expected a group of settings, found a single value",
      'demo.enabled: expected one of auto, true, false, found the text "maybe"',
      "telemetry: expected a group of settings, found a single value",
      "models.timeout: expected a duration such as 30s, 500ms or 5m, from 1ms to 2147483647ms, found nothing",
    ]);
  });
});

describe("problems of files", () => {
  test("the value of a secret is in no message, whatever is wrong with it", () => {
    const loaded = load({
      files: {
        "sluice.yaml":
          'server: {master_key: 98765432101}\nproviders: {openai: {api_key: [s3cr3t-a], headers: {x-a: "s3cr3t\\nb", "x b": s3cr3t-c}}}\n',
      },
      environment: { SLUICE_MASTER_KEY: "s3cr3t" },
      arguments: ["s3cr3t-d", "--set", "s3cr3t-e", "--master-kye=s3cr3t-f", "--master-kye", "s3cr3t-g"],
    });
    expect(loaded.problems.length).toBe(9);
    expect(JSON.stringify(loaded.problems)).not.toMatch(/s3cr3t|98765/);
    expect(complaints(loaded)).toContain("providers.openai.headers.x b: the key is not a header name");
  });

  test("broken YAML is told with a line, broken JSON without its text", () => {
    const yaml = load({ files: { "sluice.yaml": "server:\n  port: 1\n bad: 2\nstrict: true\n" } });
    expect(yaml.problems[0]?.message).toMatch(/^is not YAML, near line 3: /);
    const json = load({ files: { "sluice.json": '{"server": s3cr3t}' } });
    expect(json.problems[0]?.message).toBe("is not JSON");
    expect(json.problems[0]?.path).toBe(json.file!);
  });

  test("a top-level key that stands twice is refused, because the parser would drop the first in silence", () => {
    const loaded = load({ files: { "sluice.yaml": "strict: true\nproviders: {}\nstrict: false\n" } });
    expect(loaded.problems[0]?.message).toBe("the key strict stands twice at the top level");
  });

  test("an empty file, a file of comments and a section without lines are fine; a list is not", () => {
    const text = (content: string) => complaints(load({ files: { "sluice.yaml": content } }));
    expect([text(""), text("# nothing\n"), text("\ufeffserver:\n  # port: 1\nproviders:\n  ollama:\n")]).toEqual([
      [],
      [],
      [],
    ]);
    expect(text("- a\n")).toEqual([": expected a group of settings, found a list"]);
  });

  test("a file that refers to itself is read to its known depth", () => {
    expect(complaints(load({ files: { "sluice.yaml": "server: &s\n  port: 7\n  again: *s\n" } }))).toEqual([
      "server.again: unknown key",
    ]);
  });
});

describe("problems of names and arguments", () => {
  test("a provider's name is lower-case letters, digits, dashes and underscores", () => {
    const loaded = load({ files: { "sluice.yaml": "providers: {Open AI: {}, -x: {}, a.b: {}, ok-1: {}, ok_2: {}}" } });
    expect(loaded.problems.map(({ path }) => path)).toEqual(["providers.Open AI", "providers.-x", "providers.a.b"]);
    expect(Object.keys(loaded.config.providers)).toEqual(["ok-1", "ok_2"]);
  });

  test("a header's value holds no control character, and no address holds a password", () => {
    const loaded = load({
      files: { "sluice.yaml": 'providers: {a: {base_url: "https://u:p@h/v1", headers: {x-a: "1\\r\\nx-b: 2"}}}' },
    });
    expect(loaded.problems.map(({ path }) => path)).toEqual(["providers.a.base_url", "providers.a.headers.x-a"]);
    expect(JSON.stringify(loaded.problems)).not.toContain("u:p");
  });

  test("the command line is told about unknown options, missing values and stray arguments", () => {
    const loaded = load({
      arguments: ["--prot", "80", "--port", "--set", "server=1", "--set=server.prot=1", "--host"],
    });
    expect(complaints(loaded)).toEqual([
      "--prot: unknown option, did you mean --port?",
      "--port: needs a value",
      "--host: needs a value",
      "server: is a group of settings, not a single one",
      "server.prot: unknown key, did you mean port?",
    ]);
  });

  test("an argument is never taken for a function of the language", () => {
    expect(complaints(load({ arguments: ["--strict=constructor", "--set=constructor=1"] }))).toHaveLength(2);
  });
});
