// Which target a request gets: by hint, by the provider in its selector, by the catalogue.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import type { Provider } from "../../src/providers/provider.ts";
import type { PlanRequest } from "../../src/routing/plan.ts";
import { openNamed } from "../providers/support.ts";
import { type Asked, asked, type Lists, openPlanner, soundHealth, planned as targetsOf } from "./support.ts";

const providers = openNamed({
  openai: {},
  "openai-east": {},
  anthropic: {},
  openrouter: {},
});

/** `provider model dialect: reason`, or the code and message of the refusal. */
async function planned(
  request: Asked,
  lists: Lists = {},
  known: ReadonlyMap<string, Provider> = providers,
): Promise<string> {
  const { planner } = openPlanner({ providers: known, lists });
  try {
    const { targets } = await planner.plan(asked(request));
    return targets
      .map(({ provider, model, dialect, reason }) => `${provider.name} ${model} ${dialect}: ${reason}`)
      .join("; ");
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    return `${cause.code} ${cause.param}: ${cause.message}`;
  }
}

describe("a selector with a provider", () => {
  test("goes to that provider, with the rest as the model, slashes included", async () => {
    expect(await planned({ model: "openai/gpt-4o" })).toBe("openai gpt-4o openai-chat: provider in the selector");
    expect(await planned({ model: "openrouter/openai/gpt-4o" })).toStartWith("openrouter openai/gpt-4o ");
    expect(await planned({ model: "openai-east/gpt-4o:x" })).toStartWith("openai-east gpt-4o:x ");
  });

  test("counts before a model of that very name elsewhere", async () => {
    expect(await planned({ model: "openai/gpt-4o" }, { "openai/gpt-4o": ["openrouter"] })).toStartWith(
      "openai gpt-4o ",
    );
  });

  test("is the model's whole name where the provider lists it so and not without the beginning", async () => {
    const lists = { "openrouter/auto": ["openrouter"], "openrouter/gpt": ["openrouter"], gpt: ["openrouter"] };
    expect(await planned({ model: "openrouter/auto" }, lists)).toStartWith("openrouter openrouter/auto ");
    expect(await planned({ model: "openrouter/auto", providerHint: "openrouter" }, lists)).toStartWith(
      "openrouter openrouter/auto ",
    );
    expect(await planned({ model: "openrouter/openrouter/auto" }, lists)).toStartWith("openrouter openrouter/auto ");
    expect(await planned({ model: "openrouter/gpt" }, lists)).toStartWith("openrouter gpt ");
    expect(await planned({ model: "openrouter/auto" })).toStartWith("openrouter auto ");
  });

  test("is the model's own name when no such provider is configured", async () => {
    expect(await planned({ model: "meta/llama" }, { "meta/llama": ["openrouter"] })).toBe(
      "openrouter meta/llama openai-chat: listed by this provider alone",
    );
  });

  test("without a model behind it, or with nothing before the slash, is no selector", async () => {
    for (const model of ["openai/", "/gpt-4o"]) expect(await planned({ model })).toStartWith("model_not_found model: ");
  });
});

describe("a hint", () => {
  test("decides, whatever the catalogue says, and may be repeated in the model", async () => {
    const lists = { "gpt-4o": ["openai"] };
    expect(await planned({ model: "gpt-4o", providerHint: "openai-east" }, lists)).toBe(
      "openai-east gpt-4o openai-chat: provider hint",
    );
    expect(await planned({ model: "openai/gpt-4o", providerHint: "openai" })).toStartWith("openai gpt-4o ");
    expect(await planned({ model: "openai/gpt-4o", providerHint: "openrouter" })).toStartWith(
      "openrouter openai/gpt-4o ",
    );
  });

  test("for a provider that is not configured is refused with the names that are", async () => {
    expect(await planned({ model: "gpt-4o", providerHint: "groq" })).toBe(
      'invalid_request provider: no provider "groq" is configured; there are: openai, openai-east, anthropic, openrouter',
    );
    expect(await planned({ model: "m", providerHint: "groq" }, {}, new Map())).toEndWith("there are: none");
  });
});

describe("a bare model", () => {
  test("goes to the one provider that lists it, in the dialect that it speaks", async () => {
    expect(await planned({ model: "claude" }, { claude: ["anthropic"] })).toBe(
      "anthropic claude anthropic-messages: listed by this provider alone",
    );
  });

  test("that several providers list is refused with every way to name one", async () => {
    expect(await planned({ model: "gpt-4o" }, { "gpt-4o": ["openai", "openai-east"] })).toBe(
      'invalid_request model: several providers have "gpt-4o"; name one: openai/gpt-4o, openai-east/gpt-4o',
    );
  });

  test("that nobody lists is not found, and the refusal says how to name a provider", async () => {
    expect(await planned({ model: "nope" })).toBe(
      'model_not_found model: no configured provider lists "nope"; write provider/model with one of: openai, openai-east, anthropic, openrouter',
    );
    expect(await planned({ model: "nope" }, {}, new Map())).toEndWith("one of: none");
  });

  test("goes to the only provider there is, listed or not", async () => {
    const only = openNamed({ anthropic: {} });
    expect(await planned({ model: "claude-next" }, {}, only)).toBe(
      "anthropic claude-next anthropic-messages: the only provider",
    );
  });

  test("waits for the lists only when it is in none yet", async () => {
    const late = openPlanner({ providers, late: { late: ["openai"] } });
    expect(await targetsOf(late.planner, { model: "late" })).toBe("openai/late");
    expect(late.directory.waited).toBe(1);
    const there = openPlanner({ providers, lists: { late: ["openai"] } });
    expect(await targetsOf(there.planner, { model: "late" })).toBe("openai/late");
    expect(there.directory.waited).toBe(0);
  });
});

test("the client's dialect is chosen where the provider speaks it, else the provider's first", async () => {
  const both = openNamed({ openai: {} });
  const provider = both.get("openai") as Provider;
  const speaks = { "anthropic-messages": { path: "/messages" }, ...provider.row.speaks };
  const known = new Map([["openai", { ...provider, row: { ...provider.row, speaks } }]]);
  const dialectOf = async (clientDialect: PlanRequest["clientDialect"]) =>
    planned({ model: "openai/m", clientDialect }, {}, known);
  expect(await dialectOf("openai-chat")).toContain(" openai-chat: ");
  expect(await dialectOf("anthropic-messages")).toContain(" anthropic-messages: ");
  expect(await dialectOf("gemini")).toContain(" anthropic-messages: ");
});

describe("several providers", () => {
  test("of one model are tried in the order of models.order, where there is one", async () => {
    const lists = { "gpt-4o": ["openai", "openrouter", "openai-east"], x: ["openai"] };
    const yaml = "models: { order: [openai-east, openai] }\n";
    const { planner } = openPlanner({ providers, lists, yaml });
    expect(await targetsOf(planner, { model: "gpt-4o" })).toBe("openai-east/gpt-4o, openai/gpt-4o");
    expect(await targetsOf(planner, { model: "x" })).toBe("openai/x");
  });

  test("are meant by their type, where none of them has that name", async () => {
    const instances = openNamed({ "openai-west": {}, "openai-east": {}, anthropic: {} });
    const { planner } = openPlanner({ providers: instances });
    expect(await targetsOf(planner, { model: "openai/gpt-4o" })).toBe("openai-west/gpt-4o, openai-east/gpt-4o");
    expect(await targetsOf(planner, { model: "openai/gpt-4o", providerHint: "openai" })).toBe(
      "openai-west/gpt-4o, openai-east/gpt-4o",
    );
  });
});

test("nobody estimates tokens where no limit counts them", async () => {
  const providers = openNamed({ openai: {}, groq: {} });
  const yaml = "agents: { pair: { strategy: fallback, models: [openai/a, groq/b] } }";
  let estimates = 0;
  const request = asked({ model: "pair", inputTokens: () => ++estimates });
  await openPlanner({ providers, yaml }).planner.plan(request);
  expect(estimates).toBe(0);
  await openPlanner({ providers, yaml, health: { ...soundHealth, countsTokens: true } }).planner.plan(request);
  expect(estimates).toBe(2);
});

describe("a plan that is remembered", () => {
  test("is made anew once the catalogue has changed", async () => {
    const { planner, directory } = openPlanner({ providers });
    const modelOf = async () => (await planner.plan(asked({ model: "openrouter/auto" }))).targets[0]?.model;
    expect([await modelOf(), await modelOf()]).toEqual(["auto", "auto"]);
    directory.change({ "openrouter/auto": ["openrouter"] });
    expect([await modelOf(), await modelOf()]).toEqual(["openrouter/auto", "openrouter/auto"]);
  });

  test("is another one for each language of clients, and for each endpoint", async () => {
    const { planner } = openPlanner({ providers });
    const dialectOf = async (clientDialect: PlanRequest["clientDialect"]) =>
      (await planner.plan(asked({ model: "openai/gpt-4o", clientDialect }))).targets[0]?.dialect;
    for (let again = 0; again < 2; again++) {
      expect(await dialectOf("openai-chat")).toBe("openai-chat");
      expect(await dialectOf("openai-responses")).toBe("openai-responses");
    }
    await planner.plan(asked({ model: "anthropic/m" }));
    const embedding = asked({ model: "anthropic/m", operation: "embeddings" });
    expect(() => planner.plan(embedding)).toThrow("does not serve /v1/embeddings");
  });

  test("is nobody's who may not use the model", async () => {
    const yaml = "virtual_models: { openai/gpt-4o: { user_paths: [/team] } }";
    const { planner } = openPlanner({ providers, yaml });
    const ask = (userPath: string) => planner.plan(asked({ model: "openai/gpt-4o", userPath: () => userPath }));
    expect((await ask("/team")).targets.length).toBe(1);
    expect(() => ask("/others")).toThrow("an access policy forbids it");
    expect((await ask("/team/a")).targets.length).toBe(1);
  });
});
