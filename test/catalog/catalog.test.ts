// The catalogue: what it lists, and what it does when a provider's list cannot be read.
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Catalog, type CatalogOptions } from "../../src/catalog/catalog.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { ProviderSettings } from "../../src/providers/open.ts";
import { openNamed } from "../providers/support.ts";
import { readText, wholeReplies } from "../support/corpus.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lets time pass, and what it set going come to its end. */
async function pass(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

type Answer = JsonValue | Error;
type Setup = {
  providers: { [name: string]: ProviderSettings };
  /** The answer to the nth page asked of a provider. */
  answer: (provider: string, index: number, path: string) => Answer | Promise<Answer>;
  refreshMs?: number;
};

function opened(setup: Setup) {
  const asked: string[] = [];
  const failures: string[] = [];
  const counts = new Map<string, number>();
  const options: CatalogOptions = {
    providers: openNamed(setup.providers),
    refreshMs: setup.refreshMs ?? 0,
    onFailure: (provider, message) => failures.push(`${provider}: ${message}`),
    fetchListing: async ({ name }, path) => {
      const index = counts.get(name) ?? 0;
      counts.set(name, index + 1);
      asked.push(`${name} ${path}`);
      const answer = await setup.answer(name, index, path);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { catalog: new Catalog(options), asked, failures };
}

const list = (...ids: string[]): JsonValue => ({ object: "list", data: ids.map((id) => ({ id })) });
const idsOf = (catalog: Catalog): string[] => catalog.listing().map(({ id }) => id);
const having = (catalog: Catalog, model: string): string[] => catalog.providersOf(model).map(({ name }) => name);

async function read(setup: Setup) {
  const all = opened(setup);
  all.catalog.start();
  await all.catalog.ready();
  return all;
}

describe("the listing", () => {
  test("has each model under its qualified id, and bare where one provider alone has it, sorted", async () => {
    const lists: { [name: string]: JsonValue } = { openai: list("b", "shared"), mistral: list("a", "shared") };
    const { catalog } = await read({ providers: { openai: {}, mistral: {} }, answer: (name) => lists[name]! });
    expect(idsOf(catalog)).toEqual(["a", "b", "mistral/a", "mistral/shared", "openai/b", "openai/shared"]);
    expect(catalog.listing()[0]).toEqual({ id: "a", model: "a", provider: "mistral" });
    expect(having(catalog, "shared")).toEqual(["openai", "mistral"]);
    expect(having(catalog, "none")).toEqual([]);
  });

  test("has no id twice when one provider's id begins with another provider's name", async () => {
    const lists: { [name: string]: JsonValue } = {
      openai: list("gpt-4o"),
      openrouter: list("openai/gpt-4o", "meta/llama"),
    };
    const { catalog } = await read({ providers: { openai: {}, openrouter: {} }, answer: (name) => lists[name]! });
    expect(catalog.listing().map(({ id, provider }) => `${id} at ${provider}`)).toEqual([
      "gpt-4o at openai",
      "meta/llama at openrouter",
      "openai/gpt-4o at openai",
      "openrouter/meta/llama at openrouter",
      "openrouter/openai/gpt-4o at openrouter",
    ]);
  });

  test("has all models of a recorded list, those with slashes too", async () => {
    const groq = JSON.parse(readText(wholeReplies("models-list").find(({ name }) => name.includes("groq"))!)) as {
      data: { id: string }[];
    };
    const { catalog } = await read({ providers: { groq: {} }, answer: () => groq });
    const ids = groq.data.map(({ id }) => id);
    expect(idsOf(catalog)).toEqual([...ids, ...ids.map((id) => `groq/${id}`)].sort());
    expect(having(catalog, "canopylabs/orpheus-v1-english")).toEqual(["groq"]);
  });

  test("has what the operator listed from the start, once, and what the provider lists beside it", async () => {
    const setup = {
      providers: { openai: { models: ["mine", "mine", "gpt"] } },
      answer: () => list("gpt", "gpt", "other"),
    };
    const before = opened(setup).catalog;
    expect(idsOf(before)).toEqual(["gpt", "mine", "openai/gpt", "openai/mine"]);
    expect(before.all()[0]?.stale).toBe(true);
    const { catalog } = await read(setup);
    expect(idsOf(catalog)).toEqual(["gpt", "mine", "openai/gpt", "openai/mine", "openai/other", "other"]);
    expect(having(catalog, "mine")).toEqual(["openai"]);
  });
});

test("an id that begins with its own provider's name stands alone unless it qualifies another model", async () => {
  const { catalog } = await read({ providers: { groq: {} }, answer: () => list("groq/compound", "groq/x", "x") });
  expect(idsOf(catalog)).toEqual(["groq/compound", "groq/groq/compound", "groq/groq/x", "groq/x", "x"]);
});

describe("pages", () => {
  test("are read one after the other, until there is no next one", async () => {
    const pages: JsonValue[] = [
      { data: [{ id: "a" }], has_more: true, last_id: "a" },
      { data: [{ id: "b" }], has_more: false, last_id: "b" },
    ];
    const { catalog, asked } = await read({ providers: { anthropic: {} }, answer: (_name, index) => pages[index]! });
    expect(asked).toEqual(["anthropic /models?limit=1000", "anthropic /models?limit=1000&after_id=a"]);
    expect(idsOf(catalog)).toEqual(["a", "anthropic/a", "anthropic/b", "b"]);
  });

  test("that never end are not read for ever", async () => {
    const endless = { models: [{ name: "models/g" }], nextPageToken: "again" };
    const { catalog, asked } = await read({ providers: { gemini: {} }, answer: () => endless });
    expect(asked.length).toBe(20);
    expect(idsOf(catalog)).toEqual(["g", "gemini/g"]);
  });
});

describe("a provider that fails", () => {
  const gone = new GatewayError("upstream_unreachable", "openai refused the connection");

  test("is stale with its reason; the others are not, and nobody waits for ever", async () => {
    const { catalog, failures } = await read({
      providers: { openai: { models: ["mine"] }, mistral: {} },
      answer: (name) => (name === "openai" ? gone : list("m")),
    });
    expect(catalog.all().map(({ provider, stale, failure }) => [provider.name, stale, failure])).toEqual([
      ["openai", true, "openai refused the connection"],
      ["mistral", false, undefined],
    ]);
    expect(failures).toEqual(["openai: openai refused the connection"]);
    expect(having(catalog, "mine")).toEqual(["openai"]);
  });

  test("by answering something else is stale too", async () => {
    const { failures } = await read({ providers: { openai: {} }, answer: () => ({ error: "no" }) });
    expect(failures).toEqual(["openai: the model list has an unknown shape"]);
  });

  test("on a later page gives no half of a list", async () => {
    const page = { data: [{ id: "a" }], has_more: true, last_id: "a" };
    const { catalog } = await read({
      providers: { anthropic: {} },
      answer: (_name, index) => (index === 0 ? page : gone),
    });
    expect(idsOf(catalog)).toEqual([]);
  });

  test("at a refresh keeps its list, and is well again after the next", async () => {
    const answers: Answer[] = [list("one"), gone, list("two")];
    const setup = {
      providers: { openai: {} },
      refreshMs: 30_000,
      answer: (_name: string, index: number) => answers[index]!,
    };
    const { catalog, failures } = await read(setup);
    const state = () => [idsOf(catalog), catalog.all()[0]?.stale, catalog.all()[0]?.failure];
    expect(state()).toEqual([["one", "openai/one"], false, undefined]);
    await pass(30_000);
    expect(state()).toEqual([["one", "openai/one"], true, gone.message]);
    expect(failures.length).toBe(1);
    await pass(30_000);
    expect(state()).toEqual([["openai/two", "two"], false, undefined]);
    catalog.close();
  });

  test("is asked again after a minute, not only at the next refresh", async () => {
    const answer = (_name: string, index: number) => (index === 0 ? gone : list("a"));
    const { catalog, asked } = await read({ providers: { openai: {} }, refreshMs: 3_600_000, answer });
    await pass(59_000);
    expect(asked.length).toBe(1);
    await pass(1000);
    expect([asked.length, idsOf(catalog)]).toEqual([2, ["a", "openai/a"]]);
    await pass(3_599_000);
    expect(asked.length).toBe(2);
    await pass(1000);
    expect(asked.length).toBe(3);
    catalog.close();
  });
});

test("lists are read once when no refresh is asked for, whatever came of it", async () => {
  for (const answer of [list("a"), new GatewayError("upstream_timeout", "late")]) {
    const { asked } = await read({ providers: { openai: {} }, answer: () => answer });
    await pass(86_400_000);
    expect(asked.length).toBe(1);
  }
});

test("nothing is read after the end, not even when a list was still on its way", async () => {
  const waiting = await read({ providers: { openai: {} }, answer: () => list("a"), refreshMs: 1000 });
  waiting.catalog.close();
  const gate = Promise.withResolvers<JsonValue>();
  const onItsWay = opened({ providers: { openai: {} }, answer: () => gate.promise, refreshMs: 1000 });
  onItsWay.catalog.start();
  onItsWay.catalog.close();
  gate.resolve(list("a"));
  await onItsWay.catalog.ready();
  await pass(10_000);
  expect([waiting.asked.length, onItsWay.asked.length]).toEqual([1, 1]);
});

test("ready resolves at once before anything is read, and after the last provider once started", async () => {
  const gate = Promise.withResolvers<JsonValue>();
  const { catalog } = opened({ providers: { openai: {} }, answer: () => gate.promise });
  await catalog.ready();
  catalog.start();
  const state = { ready: false };
  const ready = catalog.ready().then(() => {
    state.ready = true;
  });
  await Promise.resolve();
  expect([state.ready, having(catalog, "a")]).toEqual([false, []]);
  gate.resolve(list("a"));
  await ready;
  expect(having(catalog, "a")).toEqual(["openai"]);
});
