// Which models can do what a request asks, and what a client hears when none can.
import { describe, expect, test } from "bun:test";
import { type Demand, plainDemand } from "../../src/core/demand.ts";
import type { KnownFacts } from "../../src/core/known-facts.ts";
import { openNamed } from "../providers/support.ts";
import { asked, openPlanner, planned } from "./support.ts";

const providers = openNamed({ openai: {}, groq: {}, anthropic: {} });
const facts: { [id: string]: KnownFacts } = {
  "openai/small": {
    contextTokens: 8000,
    maxOutputTokens: 1000,
    tools: false,
    inputModalities: ["text"],
    reasoning: false,
  },
  "groq/seeing": { contextTokens: 32_000, maxOutputTokens: 4000, tools: true, inputModalities: ["text", "image"] },
};
const yaml =
  "agents: { x: { strategy: fallback, models: [openai/small, groq/seeing, anthropic/unknown] }, known: { strategy: fallback, models: [openai/small, groq/seeing] } }";

const ask = (model: string, demand: Partial<Demand>, more: object = {}) =>
  planned(openPlanner({ providers, facts, yaml }).planner, {
    model,
    demand: () => ({ ...plainDemand, ...demand }),
    ...more,
  });

describe("a model is no candidate", () => {
  test("where it is known to lack what the request holds; what is not known is believed", async () => {
    expect(await ask("x", {})).toBe("openai/small, groq/seeing, anthropic/unknown");
    expect(await ask("x", { tools: true })).toBe("groq/seeing, anthropic/unknown");
    expect(await ask("x", { image: true })).toBe("groq/seeing, anthropic/unknown");
    expect(await ask("x", { audio: true })).toBe("anthropic/unknown");
    expect(await ask("x", { reasoning: true })).toBe("groq/seeing, anthropic/unknown");
    expect(await ask("x", { outputTokens: 2000 })).toBe("groq/seeing, anthropic/unknown");
    expect(await ask("x", {}, { inputTokens: () => 10_000 })).toBe("groq/seeing, anthropic/unknown");
  });

  test("and the reason is recorded", async () => {
    const { planner } = openPlanner({ providers, facts, yaml });
    const { refused } = await planner.plan(asked({ model: "x", inputTokens: () => 40_000 }));
    expect(refused).toEqual([
      { provider: "openai", model: "small", reason: "about 40000 tokens of input, and its window holds 8000" },
      { provider: "groq", model: "seeing", reason: "about 40000 tokens of input, and its window holds 32000" },
    ]);
  });

  test("where it would lose what the client forbids to lose", async () => {
    const losses = ({ model }: { model: string }) => (model === "small" ? ["top_k"] : []);
    expect(await ask("known", {}, { losses })).toBe("groq/seeing");
  });

  test("for an endpoint that its provider does not have", async () => {
    const both = "agents: { e: { models: [anthropic/x, openai/text-embedding-3-small] } }";
    const { planner } = openPlanner({ providers, yaml: both });
    expect(await planned(planner, { model: "e", operation: "embeddings" })).toBe("openai/text-embedding-3-small");
  });

  test("where the operator asks for abilities that nobody knows it has", async () => {
    const needing =
      "agents: { x: { strategy: fallback, required_capabilities: [vision], models: [openai/small, groq/seeing, anthropic/unknown] } }";
    expect(await planned(openPlanner({ providers, facts, yaml: needing }).planner, { model: "x" })).toBe("groq/seeing");
  });

  test("beyond the window that the operator has written, whatever is known", async () => {
    const limited =
      "agents: { x: { strategy: fallback, max_context: 100, models: [openai/small, { model: groq/seeing, max_context: 200 }] } }";
    const { planner } = openPlanner({ providers, facts, yaml: limited });
    expect(await planned(planner, { model: "x", inputTokens: () => 150 })).toBe("groq/seeing");
  });
});

describe("when none is left the client hears", () => {
  test("of the window, where that alone is missing: a 400 of that class", async () => {
    expect(await ask("known", {}, { inputTokens: () => 40_000 })).toBe(
      '400 context_length_exceeded model: no model of "known" can take this request (openai/small: about 40000 tokens of input, and its window holds 8000; groq/seeing: about 40000 tokens of input, and its window holds 32000)',
    );
    expect(await ask("known", { tools: true }, { inputTokens: () => 40_000 })).toStartWith(
      "400 context_length_exceeded ",
    );
  });

  test("of the ability", async () => {
    expect(await ask("known", { audio: true })).toBe(
      '400 unsupported_parameter model: no model of "known" can take this request (openai/small: it takes no audio; groq/seeing: it takes no audio)',
    );
  });

  test("of the loss", async () => {
    expect(await ask("known", {}, { losses: () => ["top_k"] })).toStartWith("400 would_be_lost top_k: ");
  });

  test("nothing of output limits and reasoning: the first is asked, it knows better", async () => {
    expect(await ask("known", { outputTokens: 100_000 })).toBe("openai/small, groq/seeing");
  });
});

test("a plain selector is not held to what is known: the provider knows better", async () => {
  expect(await ask("openai/small", { tools: true, image: true }, { inputTokens: () => 1e6 })).toBe("openai/small");
});
