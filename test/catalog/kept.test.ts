// What outlives a run, what the operator says of lists and models, and when a provider that failed is asked again.
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { openAllows } from "../../src/catalog/allowed.ts";
import { Catalog, type CatalogOptions } from "../../src/catalog/catalog.ts";
import type { ListMode } from "../../src/catalog/read-list.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { ProviderSettings } from "../../src/providers/open.ts";
import { openNamed } from "../providers/support.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const list = (...entries: (string | { [name: string]: JsonValue })[]): JsonValue => ({
  object: "list",
  data: entries.map((entry) => (typeof entry === "string" ? { id: entry } : entry)),
});

type Setup = Partial<CatalogOptions> & {
  settings?: { [name: string]: ProviderSettings };
  answers: { [provider: string]: JsonValue | Error | (() => JsonValue | Error) };
};

async function read({ settings, answers, ...options }: Setup): Promise<{ catalog: Catalog; asked: string[] }> {
  const asked: string[] = [];
  const providers = openNamed(settings ?? Object.fromEntries(Object.keys(answers).map((name) => [name, {}])));
  const catalog = new Catalog({
    providers,
    refreshMs: 0,
    onFailure: () => {},
    fetchListing: async ({ name }) => {
      asked.push(name);
      const given = answers[name];
      const answer = typeof given === "function" ? given() : given;
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("nothing scripted");
      return answer;
    },
    ...options,
  });
  catalog.start();
  await catalog.ready();
  return { catalog, asked };
}

const idsOf = (catalog: Catalog, provider: string) =>
  catalog
    .all()
    .find((known) => known.provider.name === provider)
    ?.models.map(({ id }) => id);

/** A snapshot in memory. */
function openMemory(text?: string) {
  const memory = { text, writes: 0 };
  return {
    memory,
    file: {
      read: () => memory.text,
      async write(next: string) {
        memory.text = next;
        memory.writes++;
      },
    },
  };
}

describe("a snapshot", () => {
  test("gives the next run its models at once, with what was listed of them, until they have been read anew", async () => {
    const { memory, file } = openMemory();
    const entry = { id: "m", context_window: 4096, owned_by: "them", created: 7 };
    await read({ answers: { openai: list(entry), groq: list("g") }, snapshot: file });
    await pass(1000);
    expect(memory.writes).toBe(1);

    const silent = new Promise<JsonValue>(() => {});
    const next = new Catalog({
      providers: openNamed({ openai: {}, groq: {} }),
      refreshMs: 0,
      onFailure: () => {},
      fetchListing: () => silent,
      snapshot: file,
    });
    next.start();
    expect(next.restored).toBe(true);
    expect(next.all().map(({ stale }) => stale)).toEqual([true, true]);
    expect(next.listing().find(({ id }) => id === "openai/m")).toEqual({
      id: "openai/m",
      provider: "openai",
      model: "m",
      ownedBy: "them",
      createdAtSeconds: 7,
      contextTokens: 4096,
    });
    next.close();
  });

  test("keeps the last good list when a later run cannot read one", async () => {
    const { memory, file } = openMemory();
    await read({ answers: { openai: list("m"), groq: list("g") }, snapshot: file });
    await pass(1000);
    const { catalog } = await read({ answers: { openai: new Error("down"), groq: list("h") }, snapshot: file });
    expect(idsOf(catalog, "openai")).toEqual(["m"]);
    expect(catalog.all()[0]).toMatchObject({ stale: true, failure: "down" });
    await pass(1000);
    expect(memory.text).toContain('"m"');
    expect(memory.text).toContain('"h"');
  });

  test.each([
    ["nothing", ""],
    ["half of it", '{"version":1,"providers":{"openai":{"addr'],
    [
      "another version",
      '{"version":2,"providers":{"openai":{"address":"https://api.openai.com/v1","models":[{"id":"x"}]}}}',
    ],
    [
      "another address",
      '{"version":1,"providers":{"openai":{"address":"https://elsewhere.example/v1","models":[{"id":"x"}]}}}',
    ],
    [
      "no objects",
      '{"version":1,"providers":{"openai":{"address":"https://api.openai.com/v1","models":[null,7,"x",{"id":5},{"id":""}]}}}',
    ],
    ["a list", "[1,2,3]"],
    ["nulls", '{"version":1,"providers":null}'],
  ])("that holds %s is as good as none", async (_what, text) => {
    const { catalog } = await read({ answers: { openai: new Error("down") }, snapshot: openMemory(text).file });
    expect(idsOf(catalog, "openai")).toEqual([]);
  });

  test("loses what is wrong in it, and keeps the rest", async () => {
    const models = [
      { id: "ok", contextTokens: "many", maxOutputTokens: -1, tools: 1, inputModalities: ["text", "smell"] },
    ];
    const text = JSON.stringify({
      version: 1,
      providers: { openai: { address: "https://api.openai.com/v1", models } },
    });
    const { catalog } = await read({ answers: { openai: new Error("down") }, snapshot: openMemory(text).file });
    expect(catalog.listing().map(({ id, provider, model, ...facts }) => [id, provider, model, facts])[1]).toEqual([
      "openai/ok",
      "openai",
      "ok",
      { inputModalities: ["text"] },
    ]);
  });
});

describe("a provider that fails", () => {
  test("is asked again after a minute, then two, then four, and as usual once it is well", async () => {
    let answer: JsonValue | Error = new Error("down");
    const { catalog, asked } = await read({
      answers: { openai: () => answer },
      refreshMs: 3_600_000,
      recheckMs: 60_000,
    });
    const askedAfter = async (milliseconds: number) => {
      await pass(milliseconds);
      return asked.length;
    };
    expect(await askedAfter(60_000)).toBe(2);
    expect(await askedAfter(60_000)).toBe(2);
    expect(await askedAfter(60_000)).toBe(3);
    expect(await askedAfter(180_000)).toBe(3);
    answer = list("m");
    expect(await askedAfter(60_000)).toBe(4);
    expect(idsOf(catalog, "openai")).toEqual(["m"]);
    expect(await askedAfter(3_599_999)).toBe(4);
    answer = new Error("down again");
    expect(await askedAfter(1)).toBe(5);
    expect(await askedAfter(60_000)).toBe(6);
    expect(idsOf(catalog, "openai")).toEqual(["m"]);
    catalog.close();
  });
});

describe("models listed by hand", () => {
  const settings = { openai: { models: ["mine", "m"] } };
  const modes: readonly (readonly [ListMode, JsonValue | Error, string[]])[] = [
    ["add", list("m", "n"), ["m", "n", "mine"]],
    ["add", new Error("down"), ["mine", "m"]],
    ["fallback", list("m", "n"), ["m", "n"]],
    ["fallback", list(), ["mine", "m"]],
    ["fallback", new Error("down"), ["mine", "m"]],
    ["allowlist", list("m", "n"), ["mine", "m"]],
  ];
  for (const [mode, answer, ids] of modes) {
    test(`${mode}, ${answer instanceof Error ? "no list" : JSON.stringify(answer)}: ${ids}`, async () => {
      const { catalog, asked } = await read({ settings, answers: { openai: answer }, modeOf: () => mode });
      expect(idsOf(catalog, "openai")).toEqual(ids);
      expect(asked.length).toBe(mode === "allowlist" ? 0 : 1);
    });
  }
});

describe("allowed models", () => {
  test("are patterns over ids, with or without the provider; a model must pass both lists", async () => {
    const allows = openAllows({
      everywhere: ["gpt-*", "groq/*", "exact"],
      byProvider: new Map([["groq", ["*-70b*", "llama?"]]]),
    });
    const { catalog } = await read({
      answers: {
        openai: list("gpt-4o", "o3", "exact", "exactly", "x/gpt-4"),
        groq: list("llama-70b-x", "llama-8b", "llama?", "llamas"),
      },
      allows,
    });
    expect(idsOf(catalog, "openai")).toEqual(["gpt-4o", "exact"]);
    expect(idsOf(catalog, "groq")).toEqual(["llama-70b-x", "llama?"]);
    expect(catalog.providersOf("o3")).toEqual([]);
    expect(catalog.allows("openai", "o3")).toBe(false);
    expect(catalog.allows("openai", "gpt-5-that-nobody-lists")).toBe(true);
  });

  test("a pattern of many stars is decided at once", () => {
    const allows = openAllows({ everywhere: [`${"*a".repeat(12)}*b`], byProvider: new Map() });
    expect(allows("p", "a".repeat(60))).toBe(false);
  });

  test("what a caller may not use is not listed to it", async () => {
    const { catalog } = await read({ answers: { openai: list("a", "b") } });
    expect(catalog.listing((_provider, model) => model === "a").map(({ id }) => id)).toEqual(["a", "openai/a"]);
  });
});

describe("overrides", () => {
  test("win over the provider's list, the narrowest of them over the others, price by price", async () => {
    const listed = {
      id: "m",
      context_length: 1000,
      architecture: { input_modalities: ["text", "image", "file"], output_modalities: ["text"] },
      supported_parameters: ["tools", "temperature"],
      pricing: { prompt: "0.000003", completion: "0.000015", input_cache_read: "0.0000003" },
    };
    const { catalog } = await read({
      answers: { openai: list(listed, "n") },
      overrides: {
        "openai/": { max_tokens: 10, supports_reasoning: true },
        m: { max_tokens: 20, supports_vision: false },
        "openai/m": { max_tokens: 30, output_cost_per_1m: 99 },
      },
    });
    const [provider] = catalog.providersOf("m");
    if (!provider) throw new Error("m is not there");
    expect(catalog.factsOf(provider, "m")).toEqual({
      contextTokens: 1000,
      maxOutputTokens: 30,
      inputModalities: ["text", "file"],
      outputModalities: ["text"],
      tools: true,
      reasoning: true,
      prices: {
        inputPerMTok: 3,
        outputPerMTok: 99,
        cacheReadPerMTok: 0.3,
        source: "the configuration",
        version: "configured",
      },
    });
    expect(catalog.factsOf(provider, "n")).toEqual({ maxOutputTokens: 10, reasoning: true });
    expect(catalog.factsOf(provider, "not-listed")).toEqual({ maxOutputTokens: 10, reasoning: true });
  });
});
