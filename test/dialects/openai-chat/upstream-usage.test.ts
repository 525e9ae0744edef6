// Usage objects of many hosts, each with the counts that its documents or recordings give.
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Usage } from "../../../src/core/usage.ts";
import { findUsage, holdsCounts, readUsage } from "../../../src/dialects/openai-chat/read-usage.ts";
import { chunk, eventsOf, finish, replyOf } from "./upstream-support.ts";

type Counts = Partial<Omit<Usage, "raw">>;

const cases: readonly { name: string; usage: JsonObject; expected: Counts }[] = [
  {
    name: "OpenAI's own object with all details",
    usage: {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: {
        cached_tokens: 30,
        cache_write_tokens: 10,
        audio_tokens: 5,
        text_tokens: 90,
        image_tokens: 5,
      },
      completion_tokens_details: {
        reasoning_tokens: 20,
        audio_tokens: 3,
        accepted_prediction_tokens: 1,
        rejected_prediction_tokens: 2,
      },
    },
    expected: {
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 150,
      cacheReadTokens: 30,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 0,
      reasoningTokens: 20,
      inputAudioTokens: 5,
      outputAudioTokens: 3,
      inputTextTokens: 90,
      inputImageTokens: 5,
      acceptedPredictionTokens: 1,
      rejectedPredictionTokens: 2,
    },
  },
  {
    name: "U18 reasoning beside the completion is added when the three make the total (xAI)",
    usage: {
      prompt_tokens: 12,
      completion_tokens: 1,
      total_tokens: 303,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
    expected: { inputTokens: 12, outputTokens: 291, totalTokens: 303, reasoningTokens: 290 },
  },
  {
    name: "U18 reasoning within the completion is not added",
    usage: {
      prompt_tokens: 18,
      completion_tokens: 219,
      total_tokens: 237,
      completion_tokens_details: { reasoning_tokens: 205 },
    },
    expected: { outputTokens: 219, totalTokens: 237, reasoningTokens: 205 },
  },
  {
    name: "U18 more reasoning than completion cannot be within it, even without a total",
    usage: { prompt_tokens: 5, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 40 } },
    expected: { outputTokens: 42, totalTokens: 47 },
  },
  {
    name: "more cached tokens than prompt tokens are clamped (xAI)",
    usage: { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 12 } },
    expected: { inputTokens: 10, cacheReadTokens: 10, cacheWrite5mTokens: 0 },
  },
  {
    name: "U20 DeepSeek counts cache hits",
    usage: {
      prompt_tokens: 18,
      completion_tokens: 1,
      prompt_cache_hit_tokens: 16,
      prompt_cache_miss_tokens: 2,
      prompt_tokens_details: { cached_tokens: 0 },
    },
    expected: { cacheReadTokens: 16 },
  },
  {
    name: "U20 Moonshot counts cached tokens on top",
    usage: { prompt_tokens: 20, completion_tokens: 3, cached_tokens: 10 },
    expected: { cacheReadTokens: 10 },
  },
  {
    name: "U20 Mistral counts num_cached_tokens",
    usage: { prompt_tokens: 20, completion_tokens: 3, num_cached_tokens: 9 },
    expected: { cacheReadTokens: 9 },
  },
  {
    name: "U20 Mistral's prompt_token_details is read as well",
    usage: { prompt_tokens: 20, completion_tokens: 3, prompt_token_details: { cached_tokens: 8 } },
    expected: { cacheReadTokens: 8 },
  },
  {
    name: "DashScope's cache creation is part of the prompt already",
    usage: {
      prompt_tokens: 30,
      completion_tokens: 3,
      total_tokens: 33,
      prompt_tokens_details: { cached_tokens: 4, cache_creation_input_tokens: 20 },
    },
    expected: { inputTokens: 30, cacheReadTokens: 4, cacheWrite5mTokens: 20, totalTokens: 33 },
  },
  {
    name: "cache writes of an hour are told apart where the host tells",
    usage: {
      prompt_tokens: 30,
      completion_tokens: 3,
      prompt_tokens_details: { cache_creation: { ephemeral_5m_input_tokens: 6, ephemeral_1h_input_tokens: 4 } },
    },
    expected: { cacheWrite5mTokens: 6, cacheWrite1hTokens: 4 },
  },
  {
    name: "Perplexity counts reasoning on top",
    usage: { prompt_tokens: 10, completion_tokens: 60, total_tokens: 70, reasoning_tokens: 40, citation_tokens: 7 },
    expected: { outputTokens: 60, reasoningTokens: 40, totalTokens: 70 },
  },
  {
    name: "U10 nulls in details are zeros",
    usage: {
      prompt_tokens: 1,
      completion_tokens: 2,
      prompt_tokens_details: { cached_tokens: null },
      completion_tokens_details: null,
    },
    expected: { cacheReadTokens: 0, reasoningTokens: 0 },
  },
  {
    name: "Gemini's compatible endpoint leaves completion_tokens away",
    usage: { prompt_tokens: 7, total_tokens: 107 },
    expected: { inputTokens: 7, outputTokens: 100, totalTokens: 107 },
  },
  {
    name: "a total of its own is kept",
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 15 },
    expected: { totalTokens: 15 },
  },
  {
    name: "a missing total is the sum",
    usage: { prompt_tokens: 7, completion_tokens: 3 },
    expected: { totalTokens: 10 },
  },
];

describe("one usage object", () => {
  for (const { name, usage, expected } of cases) {
    test(name, () => {
      expect(readUsage(usage)).toMatchObject(expected);
      expect(readUsage(usage).raw).toBe(usage);
    });
  }
});

describe("where usage stands", () => {
  const counts = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

  test("on top, in x_groq, or in a choice", () => {
    expect(findUsage({ usage: counts })).toEqual(counts);
    expect(findUsage({ x_groq: { id: "r", usage: counts } })).toEqual(counts);
    expect(findUsage({ choices: [{ delta: {}, usage: counts }] })).toEqual(counts);
  });

  test("null, an empty object and fields of null are no usage", () => {
    for (const usage of [null, {}, { prompt_tokens: null, completion_tokens: null }])
      expect(findUsage({ usage })).toBeUndefined();
    expect(holdsCounts({ prompt_tokens: 0 })).toBe(true);
  });

  test("x_groq fills what the usage on top lacks", () => {
    const reply = {
      x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } } },
    };
    expect(readUsage(counts, reply).reasoningTokens).toBe(1);
  });

  test("U13 U14 U19 the last usage of a stream counts, wherever it stands, and none is added up", () => {
    const events = eventsOf([
      chunk({ content: "a" }, { usage: { prompt_tokens: 5, completion_tokens: 1 } }),
      chunk({ content: "b" }, { usage: { prompt_tokens: 5, completion_tokens: 2 } }),
      finish("stop"),
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } },
    ]);
    expect(replyOf(events).usage).toMatchObject({ inputTokens: 5, outputTokens: 3, totalTokens: 8 });
  });

  test("U17 usage that comes with an error is not lost", () => {
    const events = eventsOf([chunk({ content: "a" }), { error: { message: "down" }, usage: counts }]);
    expect(events.map((event) => event.type).slice(-2)).toEqual(["usage", "error"]);
  });
});
