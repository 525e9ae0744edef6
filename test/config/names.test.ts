// Virtual models and agents as people write them: records and lists, groups and texts, files and a variable.
import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { settingsTable } from "../../src/config/settings.ts";
import { effectiveSettings } from "../../src/config/show.ts";
import { complaints, load } from "./scratch.ts";

const yaml = (text: string) => ({ files: { "sluice.yaml": text } });

describe("virtual models", () => {
  // The list is GoModel's form (config.example.yaml), the record ours and Nenya's.
  test("are a record, or a list whose entries hold their name as `source`", () => {
    const list = load(
      yaml(`virtual_models:
  - source: regular
    target: anthropic/claude-sonnet-4-6
    slowdown: 0.5
  - source: smart
    strategy: round_robin
    targets:
      - { model: openai/gpt-4o, weight: 2 }
      - { model: anthropic/claude-sonnet-4-6 }
`),
    );
    const record = load(
      yaml(`virtual_models:
  regular: { target: anthropic/claude-sonnet-4-6, slowdown: 0.5 }
  smart:
    strategy: round_robin
    targets: [{ model: openai/gpt-4o, weight: 2 }, anthropic/claude-sonnet-4-6]
`),
    );
    expect(list.problems).toEqual([]);
    expect(record.problems).toEqual([]);
    expect(list.config.virtual_models).toEqual(record.config.virtual_models);
    expect(list.config.virtual_models["smart"]).toEqual({
      enabled: true,
      strategy: "round_robin",
      targets: [
        { model: "openai/gpt-4o", weight: 2 },
        { model: "anthropic/claude-sonnet-4-6", weight: 1 },
      ],
    });
  });

  test("may have names with dots, slashes and spaces, but not every name", () => {
    const { config, problems } = load(
      yaml('virtual_models:\n  "openai/gpt-4.1 (old)": { target: a/b }\n  "/": {}\n  __proto__: { target: x/y }\n'),
    );
    expect(Object.keys(config.virtual_models)).toEqual(["openai/gpt-4.1 (old)", "/"]);
    expect(problems.map(({ path }) => path)).toEqual(["virtual_models.__proto__"]);
  });

  test("problems name their place in lists and groups, all of them at once", () => {
    const loaded = load(
      yaml(`virtual_models:
  smart:
    stratgy: cost
    strategy: fastest
    targets:
      - { model: a, weight: 0 }
      - { model: b, wieght: 2, weight: 1.5 }
      - 7
      - ""
  listed: { targets: openai/gpt-4o }
agents:
  - models: [a]
  - { name: build, models: [{ model: a, required_capabilities: [sight] }] }
  - { name: build }
`),
    );
    expect(complaints(loaded)).toEqual([
      "virtual_models.smart.stratgy: unknown key, did you mean strategy?",
      'virtual_models.smart.strategy: expected one of fallback, failover, round-robin, round_robin, weighted, cost, latency, balanced, adaptive, sticky, least-busy, least_busy, found the text "fastest"',
      "virtual_models.smart.targets[0].weight: expected a whole number from 1 to 1000, found the number 0",
      "virtual_models.smart.targets[1].wieght: unknown key, did you mean weight?",
      "virtual_models.smart.targets[1].weight: expected a whole number from 1 to 1000, found the number 1.5",
      "virtual_models.smart.targets[2]: expected a group of settings or the text of its model, found the number 7",
      "virtual_models.smart.targets[3]: expected a group of settings or the text of its model, found empty text",
      'virtual_models.listed.targets: expected a list, found the text "openai/gpt-4o"',
      "agents[0].name: expected text that is not empty, found nothing",
      'agents[2].name: "build" stands twice in the list',
      "agents.build.models[0].required_capabilities: expected a list of vision, tool_calls, reasoning, audio, video, files, content_arrays, stream_options, auto_tool_choice, found a list",
    ]);
  });

  test("references to variables work in the texts of their targets", () => {
    const files = {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
      "sluice.yaml": "virtual_models: { x: { targets: [{ model: 'openai/${MODEL:-gpt}' }, '${LOST}'] } }\n",
    };
    expect(complaints(load({ files }))).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
      "virtual_models.x.targets: ${LOST} is not set and has no default (write ${LOST:-default})",
    ]);
    const { config } = load({ files, environment: { MODEL: "gpt-5", LOST: "a/b" } });
    expect(config.virtual_models["x"]?.targets?.map(({ model }) => model)).toEqual(["openai/gpt-5", "a/b"]);
  });

  test("a file that refers to itself ends in a problem, not in a loop", () => {
    const loaded = load(yaml("virtual_models:\n  x: &x\n    targets: [&t { model: a, weight: *t }, *x]\n"));
    expect(loaded.problems.length).toBeGreaterThan(0);
  });
});

describe("VIRTUAL_MODELS", () => {
  test("is JSON, and wins over the file name by name", () => {
    const { config, problems, origins } = load({
      files: {
        "sluice.yaml": "virtual_models: { a: { target: x/file, slowdown: 2 }, b: { target: x/file } }\n",
      },
      environment: { VIRTUAL_MODELS: '[{"source":"a","target":"x/env"},{"source":"c","targets":["x/env"]}]' },
    });
    expect(problems).toEqual([]);
    expect(config.virtual_models).toEqual({
      b: { enabled: true, target: "x/file" },
      a: { enabled: true, target: "x/env" },
      c: { enabled: true, targets: [{ model: "x/env", weight: 1 }] },
    });
    expect(origins.get("virtual_models.a.target")).toBe("env VIRTUAL_MODELS");
  });

  test("may be an object by name, too", () => {
    const { config } = load({ environment: { VIRTUAL_MODELS: '{"a":{"target":"x/env"}}' } });
    expect(config.virtual_models["a"]?.target).toBe("x/env");
  });

  test("what cannot be read is told with the variable's name", () => {
    const bad = load({ environment: { VIRTUAL_MODELS: "[{" } });
    expect(bad.problems).toEqual([{ path: "virtual_models", message: "is not JSON", source: "env VIRTUAL_MODELS" }]);
    const worse = load({ environment: { VIRTUAL_MODELS: '[{"source":"a","targets":[{"weight":0}]},null,"x"]' } });
    expect(worse.problems.map(({ path, source }) => `${path} ${source}`)).toEqual([
      "virtual_models[1].source env VIRTUAL_MODELS",
      "virtual_models[2].source env VIRTUAL_MODELS",
      "virtual_models.a.targets[0].weight env VIRTUAL_MODELS",
    ]);
  });
});

describe("agents", () => {
  // The keys of nenya.md 3.1 and 3.2.
  test("take Nenya's keys", () => {
    const { config, problems } = load({
      files: {
        "sluice.json": JSON.stringify({
          agents: {
            build: {
              strategy: "fallback",
              description: "coding",
              cooldown_seconds: 60,
              max_retries: 3,
              failure_threshold: 5,
              failure_window_secs: 60,
              success_threshold: 1,
              sticky_session_ttl_seconds: 3600,
              system_prompt: "be brief",
              force_system_prompt: true,
              models: [
                "openai/gpt-4o",
                { provider: "anthropic", model_rgx: "^claude-(sonnet|opus)", max_context: 128000, max_output: 8192 },
                { provider_rgx: "^groq", required_capabilities: ["vision", "tool_calls"], format: "openai" },
              ],
            },
          },
          discovery: { auto_agents: true, auto_agents_config: { auto_fast: { enabled: true } } },
        }),
      },
    });
    expect(problems).toEqual([]);
    expect(config.agents["build"]?.models?.length).toBe(3);
    expect(config.discovery.auto_agents_config).toEqual({ auto_fast: { enabled: true } });
  });

  test("a system prompt may come from a file, but not from two places", () => {
    const files = {
      "prompt.txt": "You are terse.\n",
      "sluice.yaml": "agents: { a: { system_prompt_file: prompt.txt } }\n",
    };
    expect(load({ files }).config.agents["a"]?.system_prompt).toBe("You are terse.");
    const both = { ...files, "sluice.yaml": "agents: { a: { system_prompt: x, system_prompt_file: prompt.txt } }\n" };
    expect(complaints(load({ files: both }))).toEqual([
      "agents.a.system_prompt_file: both system_prompt and system_prompt_file are set; keep one of them",
    ]);
    const lost = { "sluice.yaml": "agents: { a: { system_prompt_file: gone.txt } }\n" };
    expect(load({ files: lost }).problems[0]?.message).toContain("there is no such file");
  });

  test("can be set on the command line, with commas or as JSON", () => {
    const set = (value: string) =>
      load({ arguments: ["--set", `agents.a.models=${value}`] }).config.agents["a"]?.models;
    expect(set("openai/a, groq/b")).toEqual([
      { model: "openai/a", weight: 1 },
      { model: "groq/b", weight: 1 },
    ]);
    expect(set('[{"model":"openai/a","weight":3}]')).toEqual([{ model: "openai/a", weight: 3 }]);
  });
});

describe("documentation", () => {
  test("the published schema takes both forms of a record and of a target", () => {
    const schema = jsonSchema() as { properties: { [name: string]: { anyOf: { [keyword: string]: unknown }[] } } };
    const [record, list] = schema.properties["virtual_models"]?.anyOf ?? [];
    expect(record?.["type"]).toBe("object");
    expect(list?.["type"]).toBe("array");
    const items = list?.["items"] as { properties: { [name: string]: { items?: { anyOf?: { type: string }[] } } } };
    expect(Object.keys(items.properties)).toContain("source");
    expect(items.properties["targets"]?.items?.anyOf?.map(({ type }) => type)).toEqual(["string", "object"]);
  });

  test("the table of settings has a row for the variable, and settings can be shown", () => {
    const rows = settingsTable().filter(({ env }) => env === "VIRTUAL_MODELS");
    expect(rows.map(({ path, type }) => [path, type])).toEqual([["virtual_models.<name>", "group"]]);
    const { config, origins } = load(yaml("virtual_models: { a: { targets: [x/y] } }\n"));
    const shown = effectiveSettings(config, origins).find(({ path }) => path === "virtual_models.a.targets");
    expect(shown?.value).toBe('[{"model":"x/y","weight":1}]');
  });
});
