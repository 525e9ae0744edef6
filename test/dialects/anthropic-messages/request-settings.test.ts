// Settings of a request to Anthropic: limits, sampling, structured output, caching, identity, losses.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { ask, assistant, call, refusal, request, result, system, tool, user, write } from "./support.ts";

describe("the smallest request", () => {
  test("M36 holds nothing that nobody asked for", () => {
    expect(ask().body).toEqual({
      model: "claude-test",
      max_tokens: 4096,
      messages: [{ role: "user", content: [{ type: "text", text: "x" }] }],
    });
    expect(ask({ stream: true, wantsUsage: true }).body["stream"]).toBe(true);
  });
});

describe("max_tokens", () => {
  test("M37 is the client's, else the model's own limit, and never above that", () => {
    expect(ask({ maxOutputTokens: 5 }).body["max_tokens"]).toBe(5);
    expect(ask({}, { maxOutputTokens: 64_000 }).body["max_tokens"]).toBe(64_000);
    const capped = ask({ maxOutputTokens: 100_000 }, { maxOutputTokens: 64_000 });
    expect([capped.body["max_tokens"], capped.lost]).toEqual([64_000, ["max_tokens"]] as never);
  });

  test("M35 zero is a value", () => {
    const body = ask({ maxOutputTokens: 0, sampling: { temperature: 0, topP: 0 } }, { temperatureWithTopP: true }).body;
    expect(body).toMatchObject({ max_tokens: 0, temperature: 0, top_p: 0 });
  });
});

describe("sampling", () => {
  const sample = (sampling: ChatRequest["sampling"], flags: TargetFlags = {}) => {
    const { body, lost } = ask({ sampling }, flags);
    const { temperature, top_p, top_k, stop_sequences } = body;
    return { ...JSON.parse(JSON.stringify({ temperature, top_p, top_k, stop_sequences })), lost };
  };

  test("a temperature above 1 is 1 and reported", () => {
    expect(sample({ temperature: 1.7 })).toEqual({ temperature: 1, lost: ["temperature"] });
  });

  test("of temperature and top_p the temperature stays, unless it says nothing", () => {
    expect(sample({ temperature: 0.5, topP: 0.9 })).toEqual({ temperature: 0.5, lost: ["top_p"] });
    expect(sample({ temperature: 0.5, topP: 1 })).toEqual({ temperature: 0.5, lost: [] });
    expect(sample({ temperature: 1, topP: 0.9 })).toEqual({ top_p: 0.9, lost: [] });
    expect(sample({ temperature: 0.5, topP: 0.9 }, { temperatureWithTopP: true })).toEqual({
      temperature: 0.5,
      top_p: 0.9,
      lost: [],
    });
  });

  test("a model without sampling gets none; defaults of an SDK are no loss", () => {
    expect(sample({ temperature: 0, topP: 0.5, topK: 3 }, { sampling: false })).toEqual({
      lost: ["temperature", "top_p", "top_k"],
    });
    expect(sample({ temperature: 1, topP: 1 }, { sampling: false })).toEqual({ lost: [] });
  });

  test("M42 stop strings are a list, blank ones are left out and reported", () => {
    expect(sample({ stop: ["END", " "], topK: 7 })).toEqual({ stop_sequences: ["END"], top_k: 7, lost: ["stop"] });
    expect(ask({ sampling: { stop: [] } }).body).not.toHaveProperty("stop_sequences");
  });

  test("what the API has no word for is reported in the client's words", () => {
    const written = ask({
      sampling: { seed: 1, presencePenalty: 0.5, frequencyPenalty: 0 },
      verbosity: "low",
      metadata: { a: "b" },
      promptCacheKey: "k",
      extra: { "openai-chat": { logit_bias: { 5: 1 }, prediction: null, store: false } },
    });
    expect(written.lost).toEqual([
      "seed",
      "presence_penalty",
      "verbosity",
      "metadata",
      "prompt_cache_key",
      "logit_bias",
    ]);
    const gemini = ask({ dialect: "gemini", sampling: { seed: 1 } });
    expect(gemini.lost).toEqual(["generationConfig.seed"]);
  });
});

describe("refusals", () => {
  const rows: [more: Partial<ChatRequest>, param: string][] = [
    [{ sampling: { n: 2 } }, "n"],
    [{ logprobs: { top: 3 } }, "logprobs"],
    [{ modalities: ["text", "audio"] }, "modalities"],
  ];
  for (const [more, param] of rows) {
    test(`${param} is refused by its name`, () =>
      expect(refusal(() => ask(more))).toMatchObject({ code: "unsupported", status: 400, param }));
  }
  test("n of 1 and text alone are fine", () => {
    expect(ask({ sampling: { n: 1 }, modalities: ["text"] }).lost).toEqual([]);
  });
});

describe("structured output", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      size: { type: "integer", minimum: 1, description: "How big." },
      when: { type: "string", format: "date-time" },
      where: { type: "string", format: "iri", pattern: "^a" },
      what: { oneOf: [{ type: "string", minLength: 2 }, { type: "null" }] },
      list: { type: "array", items: { type: "object", properties: {} }, minItems: 3 },
      any: true,
    },
    required: ["size"],
  };
  const output: ChatRequest["output"] = { kind: "schema", name: "thing", schema, strict: true };

  test("B8 the schema is reduced, on a copy, and what is left out stands in the descriptions (X16)", () => {
    const written = ask({ output });
    expect(written.body["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            size: { type: "integer", description: "How big. {minimum: 1}" },
            when: { type: "string", format: "date-time" },
            where: { type: "string", description: '{format: "iri", pattern: "^a"}' },
            what: { anyOf: [{ type: "string", description: "{minLength: 2}" }, { type: "null" }] },
            list: {
              type: "array",
              items: { type: "object", properties: {}, additionalProperties: false },
              description: "{minItems: 3}",
            },
            any: {},
          },
          required: ["size"],
          additionalProperties: false,
        },
      },
    });
    expect(written.lost).toEqual([]);
  });

  test("a map of free keys cannot be decoded strictly: it is closed, described and reported", () => {
    const written = ask({
      output: { kind: "schema", schema: { type: "object", additionalProperties: { type: "number" } } },
    });
    expect(written.body["output_config"]).toMatchObject({
      format: {
        schema: {
          type: "object",
          additionalProperties: false,
          description: '{additionalProperties: {"type":"number"}}',
        },
      },
    });
    expect(written.lost).toEqual(["response_format"]);
  });

  test("format and effort share output_config", () => {
    const { body } = ask({ output, reasoning: { effort: "low" } }, { thinking: "adaptive" });
    expect(Object.keys(body["output_config"] as JsonObject)).toEqual(["effort", "format"]);
  });

  test("X21 a model without it gets the schema in words, and that is reported", () => {
    const written = write(request([system("s"), user("x")], { output }), { jsonSchema: false });
    expect(written.body).not.toHaveProperty("output_config");
    const blocks = written.body["system"] as JsonObject[];
    expect(blocks[0]).toEqual({ type: "text", text: "s" });
    expect(String(blocks[1]?.["text"])).toContain('"required":["size"]');
    expect(written.lost).toEqual(["response_format"]);
  });

  test("JSON mode is an instruction", () => {
    const written = ask({ output: { kind: "json" } });
    expect(JSON.stringify(written.body["system"])).toContain("JSON object");
    expect(written.body).not.toHaveProperty("output_config");
  });
});

describe("cache marks", () => {
  const marked = (words: string, ttl?: string): Block => ({
    type: "text",
    text: words,
    cache: ttl === undefined ? {} : { ttl },
  });
  const marks = (text: string) => text.split('"cache_control"').length - 1;

  test("U21 marks on tools, system and messages are kept", () => {
    const written = write(
      request([system(marked("s")), user(marked("u"))], { tools: [tool("f", undefined, { cache: {} })] }),
    );
    expect(marks(written.text)).toBe(3);
    expect((written.body["tools"] as JsonObject[])[0]?.["cache_control"]).toEqual({ type: "ephemeral" });
  });

  test("U22 more than four lose those of the earliest messages, and that is reported", () => {
    const turns = [
      system(marked("s")),
      user(marked("1")),
      assistant(marked("2")),
      user(marked("3")),
      assistant(marked("4")),
      user(marked("5")),
    ];
    const written = write(request(turns, { tools: [tool("f", undefined, { cache: {} })] }));
    const kept = (written.body["messages"] as JsonObject[]).map((message) =>
      JSON.stringify(message).includes("cache_control"),
    );
    expect(kept).toEqual([false, false, false, true, true]);
    expect(marks(written.text)).toBe(4);
    expect(written.lost).toEqual(["cache_control"]);
  });

  test("a long lifetime after a short one, or an unknown one, is the default", () => {
    const written = write(
      request([system(marked("a", "1h")), user(marked("b", "5m"), marked("c", "1h"), marked("d", "24h"))]),
    );
    expect(written.text.match(/"cache_control":\{[^}]*\}/g)).toEqual([
      '"cache_control":{"type":"ephemeral","ttl":"1h"}',
      '"cache_control":{"type":"ephemeral","ttl":"5m"}',
      '"cache_control":{"type":"ephemeral"}',
      '"cache_control":{"type":"ephemeral"}',
    ]);
    expect(written.lost).toEqual(["cache_control.ttl"]);
  });
});

describe("the rest", () => {
  test("the user is metadata.user_id, whole; a safety identifier stands in for it", () => {
    const id = "u".repeat(200);
    expect(ask({ userId: id }).body["metadata"]).toEqual({ user_id: id });
    const safe = ask({ extra: { "openai-chat": { safety_identifier: "s" } } });
    expect([safe.body["metadata"], safe.lost]).toEqual([{ user_id: "s" }, []] as never);
  });

  test("service tiers are mapped or reported", () => {
    expect(ask({ serviceTier: "auto" }).body["service_tier"]).toBe("auto");
    expect(ask({ serviceTier: "default" }).body["service_tier"]).toBe("standard_only");
    expect(ask({ serviceTier: "flex" })).toMatchObject({ lost: ["service_tier"] });
  });

  test("fields of Anthropic's own pass verbatim at their levels", () => {
    const written = write(
      request([user({ type: "text", text: "x", extra: { "anthropic-messages": { citations: [] } } })], {
        dialect: "anthropic-messages",
        userId: "u",
        tools: [tool("f", undefined, { extra: { "anthropic-messages": { defer_loading: true } } })],
        extra: { "anthropic-messages": { context_management: { edits: [] }, metadata: { other: 1, user_id: "old" } } },
      }),
    );
    expect(written.body).toMatchObject({
      context_management: { edits: [] },
      metadata: { other: 1, user_id: "u" },
      tools: [{ name: "f", defer_loading: true }],
      messages: [{ role: "user", content: [{ type: "text", text: "x", citations: [] }] }],
    });
    expect(written.lost).toEqual([]);
  });

  test("unknown fields of a client's messages, parts and tools are reported by name", () => {
    const extra = { "openai-chat": { novelty: 1, nothing: null } };
    const written = write(
      request([{ ...user({ type: "text", text: "x", extra }), extra }], {
        tools: [tool("f", undefined, { extra })],
        extra,
      }),
    );
    expect(written.lost).toEqual(["messages.novelty", "messages.content.novelty", "tools.novelty", "novelty"]);
  });

  test("M34 writing twice gives the same body", () => {
    const chat = request([system("s"), user("x"), assistant("", call("a:b")), user(result("a:b", "r"))], {
      tools: [tool("f")],
    });
    expect(write(chat).text).toBe(write(chat).text);
  });
});
