// Virtual models and agents: what they stand for, what is wrong with them, who may use them.
import { describe, expect, test } from "bun:test";
import { checkNames } from "../../src/routing/names.ts";
import { load } from "../config/scratch.ts";
import { openNamed } from "../providers/support.ts";
import { firstOf, openPlanner, planned } from "./support.ts";

const providers = openNamed({ openai: {}, groq: {}, anthropic: {} });
const lists = {
  "gpt-4o": ["openai"],
  "gpt-4o-mini": ["openai"],
  "llama-3.3-70b": ["groq"],
  "claude-sonnet-4-5": ["anthropic"],
  "claude-opus-4-5": ["anthropic"],
};

const ask = (yaml: string, model: string, more: object = {}) =>
  planned(openPlanner({ providers, lists, yaml }).planner, { model, ...more });

async function problems(yaml: string): Promise<string[]> {
  const { config } = load({ files: { "sluice.yaml": yaml } });
  return (await checkNames(config, providers)).map(({ path, message }) => `${path}: ${message}`);
}

describe("a name", () => {
  test("stands for its targets in order, in both peers' forms", async () => {
    expect(await ask("virtual_models: [{ source: a, target: openai/gpt-4o }]", "a")).toBe("openai/gpt-4o");
    expect(await ask("virtual_models: { a: { target_model: openai/gpt-4o } }", "a")).toBe("openai/gpt-4o");
    const agent =
      "agents: { a: { strategy: fallback, models: [openai/gpt-4o, { provider: groq, model: llama-3.3-70b }] } }";
    expect(await ask(agent, "a")).toBe("openai/gpt-4o, groq/llama-3.3-70b");
  });

  test("is looked for before a model of that name, and before a provider's", async () => {
    expect(await ask("virtual_models: { gpt-4o: { target: groq/llama-3.3-70b } }", "gpt-4o")).toBe(
      "groq/llama-3.3-70b",
    );
    const shadow = "virtual_models: { openai/gpt-4o: { target: groq/llama-3.3-70b } }";
    expect(await ask(shadow, "openai/gpt-4o")).toBe("groq/llama-3.3-70b");
    expect(await ask(shadow, "openai/gpt-4o", { providerHint: "openai" })).toBe("openai/gpt-4o");
  });

  test("leads through other names, whose own strategies hold", async () => {
    const yaml = `virtual_models:
  cheap: { strategy: fallback, targets: [groq/llama-3.3-70b, openai/gpt-4o-mini] }
  all: { strategy: fallback, targets: [cheap, anthropic/claude-opus-4-5] }
`;
    expect(await ask(yaml, "all")).toBe("groq/llama-3.3-70b, openai/gpt-4o-mini, anthropic/claude-opus-4-5");
  });

  test("may stand for every model of a provider, or for a model wherever it is", async () => {
    expect(await ask("agents: { a: { strategy: fallback, models: [{ provider: anthropic }] } }", "a")).toBe(
      "anthropic/claude-sonnet-4-5, anthropic/claude-opus-4-5",
    );
    const both = openPlanner({
      providers,
      lists: { m: ["openai", "groq"] },
      yaml: "agents: { a: { strategy: fallback, models: [m] } }",
    });
    expect(await planned(both.planner, { model: "a" })).toBe("openai/m, groq/m");
  });

  test("with regular expressions stands for what matches, sorted, and follows the catalogue", async () => {
    const yaml =
      "agents: { a: { strategy: fallback, models: [{ model_rgx: '(?i)^CLAUDE' }, { provider_rgx: ^gro }] } }";
    const { planner, directory } = openPlanner({ providers, lists, yaml });
    expect(await planned(planner, { model: "a" })).toBe(
      "anthropic/claude-opus-4-5, anthropic/claude-sonnet-4-5, groq/llama-3.3-70b",
    );
    directory.change({ ...lists, "claude-haiku-5": ["anthropic"] });
    expect(await planned(planner, { model: "a" })).toStartWith("anthropic/claude-haiku-5, ");
  });

  test("that matches a whole catalogue makes a plan of 32 targets, all of which have their turns", async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m-${index}`, ["openai"]]));
    const { planner } = openPlanner({ providers, lists: many, yaml: "agents: { a: { models: [{ model_rgx: . }] } }" });
    expect((await planned(planner, { model: "a" })).split(", ").length).toBe(32);
    expect(Object.keys(await firstOf(planner, 100, { model: "a" })).length).toBe(100);
  });

  test("waits for the catalogue when it stands for nothing yet", async () => {
    const yaml = "agents: { a: { models: [{ model_rgx: ^gpt }] } }";
    const { planner, directory } = openPlanner({ providers, late: { "gpt-5": ["openai"] }, yaml });
    expect(await planned(planner, { model: "a" })).toBe("openai/gpt-5");
    expect(directory.waited).toBe(1);
  });

  test("that stands for nothing listed is not found, and says so", async () => {
    expect(await ask("agents: { a: { models: [nowhere] } }", "a")).toBe(
      '404 model_not_found model: no model of "a" can take this request (nowhere: nothing that is listed matches it (agents.a.models[0]))',
    );
  });

  test("that is not enabled is no name", async () => {
    expect(await ask("virtual_models: { gpt-4o: { enabled: false, target: groq/llama-3.3-70b } }", "gpt-4o")).toBe(
      "openai/gpt-4o",
    );
  });
});

describe("auto agents", () => {
  const facts = {
    "openai/gpt-4o": {
      contextTokens: 128_000,
      maxOutputTokens: 16_384,
      tools: true,
      inputModalities: ["text", "image"] as const,
    },
    "anthropic/claude-opus-4-5": { contextTokens: 200_000, reasoning: true, tools: true },
    "groq/llama-3.3-70b": { contextTokens: 8192, maxOutputTokens: 4096 },
  };
  const yaml = "discovery: { auto_agents: true }\n";

  test("are made of what is known of the models (nenya.md 7.4)", async () => {
    const { planner } = openPlanner({ providers, lists, facts, yaml });
    expect(await planned(planner, { model: "auto_fast" })).toBe("groq/llama-3.3-70b");
    expect(await planned(planner, { model: "auto_vision" })).toBe("openai/gpt-4o");
    expect(await planned(planner, { model: "auto_reasoning" })).toBe("anthropic/claude-opus-4-5");
    expect(await planned(planner, { model: "auto_tools" })).toBe("anthropic/claude-opus-4-5, openai/gpt-4o");
  });

  test("are waited for while what is known of models is still to come", async () => {
    const early = openPlanner({ providers, lists, lateFacts: facts, yaml });
    expect(await planned(early.planner, { model: "auto_vision" })).toBe("openai/gpt-4o");
    const needing = "agents: { x: { required_capabilities: [vision], models: [openai/gpt-4o] } }";
    const other = openPlanner({ providers, lists, lateFacts: facts, yaml: needing });
    expect(await planned(other.planner, { model: "x" })).toBe("openai/gpt-4o");
  });

  test("can be chosen one by one, and a written agent of that name wins", async () => {
    const some = `${yaml}agents: { auto_large: { models: [openai/gpt-4o] } }\n`;
    const { names } = openPlanner({ providers, lists, facts, yaml: some });
    expect(names.routes.get("auto_large")?.path).toBe("agents.auto_large");
    const one = "discovery: { auto_agents: true, auto_agents_config: { auto_fast: {} } }";
    expect([...openPlanner({ providers, yaml: one }).names.routes.keys()]).toEqual(["auto_fast"]);
  });
});

describe("problems", () => {
  test("name the place and say what to do", async () => {
    expect(
      await problems(`virtual_models:
  self: { target: self }
  lost: { targets: [{ provider: nobody, model: x }, mistral/large, meta-llama/llama-3] }
  none: { targets: [{ weight: 2 }] }
  paths: { target: openai/x, user_paths: [/a/../b] }
agents:
  a: { models: [b] }
  b: { models: [c, openai/gpt-4o] }
  c: { models: [a] }
  empty: { models: [] }
  self: { models: [openai/x] }
`),
    ).toEqual([
      "virtual_models.self.target: names itself; write provider/self to mean the provider's model of that name",
      'virtual_models.lost.targets[0].provider: no provider "nobody" is configured; there are: openai, groq, anthropic',
      'virtual_models.lost.targets[1]: no provider "mistral" is configured; there are: openai, groq, anthropic',
      "virtual_models.none.targets[0]: names neither a model nor a provider",
      "virtual_models.paths.user_paths[0]: holds a dot segment or a colon",
      "agents.empty: names no model; list some in models (or targets)",
      "agents.self: virtual_models has this name, too; keep one of them",
      "agents.c.models[0]: leads back to where it began: a -> b -> c -> a",
    ]);
  });

  test("of one entry are told together", async () => {
    expect(await problems("agents: { a: { models: [{ provider: nobody, model_rgx: '(' }] } }")).toEqual([
      'agents.a.models[0].provider: no provider "nobody" is configured; there are: openai, groq, anthropic',
      "agents.a.models[0].model_rgx: is no regular expression (RE2): missing closing ): `(`",
    ]);
  });

  test("of regular expressions are RE2's words, and no expression takes long", async () => {
    expect(
      await problems(
        "agents: { a: { models: [{ model_rgx: '(' }, { model_rgx: '(?=x)' }, { provider_rgx: '((a{0,1000}){0,1000}){0,1000}' }] } }",
      ),
    ).toEqual([
      "agents.a.models[0].model_rgx: is no regular expression (RE2): missing closing ): `(`",
      "agents.a.models[1].model_rgx: is no regular expression (RE2): invalid or unsupported Perl syntax: `(?=`",
      "agents.a.models[2].provider_rgx: is no regular expression (RE2): expression too large",
    ]);
    // Exponential for an engine that backtracks.
    const yaml = "agents: { a: { strategy: fallback, models: [{ model_rgx: '^(a+)+$' }] } }";
    const evil = { [`${"a".repeat(200)}!`]: ["openai"], aaa: ["openai"] };
    expect(await planned(openPlanner({ providers, lists: evil, yaml }).planner, { model: "a" })).toBe("openai/aaa");
  });
});

describe("access", () => {
  test("follows the most specific policy: model at a provider, provider, model, all", async () => {
    const yaml = `virtual_models:
  /: { enabled: false }
  openai/: {}
  openai/gpt-4o-mini: { enabled: false }
  groq/: { user_paths: [/team] }
  team: { user_paths: [/team/a], target: openai/gpt-4o }
  both: { strategy: fallback, targets: [anthropic/claude-opus-4-5, openai/gpt-4o] }
`;
    const denied = (model: string) =>
      `400 model_access_denied model: no model of "${model}" can take this request (${model}: an access policy forbids it)`;
    expect(await ask(yaml, "openai/gpt-4o")).toBe("openai/gpt-4o");
    expect(await ask(yaml, "openai/gpt-4o-mini")).toBe(denied("openai/gpt-4o-mini"));
    expect(await ask(yaml, "anthropic/claude-opus-4-5")).toBe(denied("anthropic/claude-opus-4-5"));
    expect(await ask(yaml, "groq/llama-3.3-70b")).toBe(denied("groq/llama-3.3-70b"));
    expect(await ask(yaml, "groq/llama-3.3-70b", { userPath: () => "/team/b" })).toBe("groq/llama-3.3-70b");
    expect(await ask(yaml, "groq/llama-3.3-70b", { userPath: () => "/teams" })).toBe(denied("groq/llama-3.3-70b"));
    expect(await ask(yaml, "team", { userPath: () => "/team/a/x" })).toBe("openai/gpt-4o");
    expect(await ask(yaml, "team")).toBe('400 model_access_denied model: "team" is not for this user path');
    expect(await ask(yaml, "both")).toBe("openai/gpt-4o");
  });

  test("is closed where models are not enabled by default", async () => {
    const yaml = "models: { enabled_by_default: false }\nvirtual_models: { gpt-4o: {} }\n";
    expect(await ask(yaml, "openai/gpt-4o")).toBe("openai/gpt-4o");
    expect(await ask(yaml, "openai/gpt-4o-mini")).toContain("model_access_denied");
  });
});
