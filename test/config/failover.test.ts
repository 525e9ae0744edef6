// GoModel's failover rules in all the forms that its configurations have (gomodel.md 2.4 and 6.2).
import { describe, expect, test } from "bun:test";
import { complaints, load } from "./scratch.ts";

describe("failover rules", () => {
  test("come from the configuration, a JSON file and FAILOVER_RULES_JSON, the later over the earlier, model by model", () => {
    const { config, problems, origins } = load({
      files: {
        "sluice.yaml":
          "failover: { manual_rules_path: rules.json, rules: { a: [yaml/1], openai/gpt-4.1: [yaml/2], c: [yaml/3] } }\n",
        "rules.json": '{"openai/gpt-4.1":["file/2"],"c":["file/3"]}',
      },
      environment: { FAILOVER_RULES_JSON: '{"c":["env/3","env/4"]}' },
    });
    expect(problems).toEqual([]);
    expect(config.failover.rules).toEqual({ a: ["yaml/1"], "openai/gpt-4.1": ["file/2"], c: ["env/3", "env/4"] });
    expect(origins.get("failover.rules.c")).toBe("env FAILOVER_RULES_JSON");
  });

  test("are read from the file that FAILOVER_MANUAL_RULES_PATH names", () => {
    const { config } = load({
      files: { "own.json": '{"a":["b"]}' },
      environment: { FAILOVER_MANUAL_RULES_PATH: "own.json", FAILOVER_ENABLED: "false" },
    });
    expect(config.failover).toMatchObject({ enabled: false, rules: { a: ["b"] } });
  });

  test("that cannot be meant are told with their source", () => {
    expect(complaints(load({ environment: { FAILOVER_RULES_JSON: "{a" } }))).toEqual(["failover.rules: is not JSON"]);
    expect(complaints(load({ environment: { FAILOVER_RULES_JSON: '{"a":[1]}' } }))[0]).toStartWith(
      "failover.rules.a: ",
    );
    const missing = complaints(load({ environment: { FAILOVER_MANUAL_RULES_PATH: "none.json" } }));
    expect(missing[0]).toMatch(/^failover\.manual_rules_path: cannot read .*none\.json/);
    const list = load({ files: { "rules.json": "[]" }, environment: { FAILOVER_MANUAL_RULES_PATH: "rules.json" } });
    expect(complaints(list)[0]).toEndWith("rules.json is not a JSON object");
  });
});

describe("models without failover", () => {
  test.each([
    ["FAILOVER_DISABLED_MODELS", "a, openai/b"],
    ["FAILOVER_DISABLED_MODELS_JSON", '["a","openai/b"]'],
    ["FAILOVER_DISABLED_MODELS_JSON", '{"a":true,"c":false,"openai/b":true}'],
  ])("%s: %s", (name, value) => {
    const { config, problems } = load({ environment: { [name]: value } });
    expect(problems).toEqual([]);
    expect(config.failover.disabled_models).toEqual(["a", "openai/b"]);
  });

  test.each(['{"a":1}', "[1]", "a"])("%s is neither form", (value) => {
    expect(complaints(load({ environment: { FAILOVER_DISABLED_MODELS_JSON: value } }))).toEqual([
      "failover.disabled_models_json: is neither a JSON list of models nor true and false by model",
    ]);
  });
});
