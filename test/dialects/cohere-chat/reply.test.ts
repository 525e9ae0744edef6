// Cohere v2 replies: every recording against its own lines, and cases made by hand.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { SseDecoder } from "../../../src/dialects/framing/sse.ts";
import { payloads, readText, streams, wholeReplies } from "../../support/corpus.ts";
import { failureOf, fold, readStream, readWhole, terminals, upstream } from "./support.ts";

const read = (lines: readonly string[]) => readStream(lines.map((data) => ({ event: "", data })));
const readEvents = (...events: JsonObject[]) => read(events.map((event) => JSON.stringify(event)));

type Line = {
  type: string;
  index?: number;
  delta?: {
    message?: {
      content?: { text?: string; thinking?: string };
      tool_plan?: string;
      tool_calls?: { id?: string; function: { name?: string; arguments: string } };
    };
    finish_reason?: string;
    usage?: { tokens: { input_tokens: number; output_tokens: number }; cached_tokens: number };
  };
};
type Said = { kind: string; text: string; id?: string; name?: string };

/** What the lines say: the plan, the contents by index, the calls by index, in this order. */
function said(lines: readonly Line[]): Said[] {
  const parts = new Map<string, Said>();
  const part = (key: string, kind: string) => {
    const known = parts.get(key) ?? { kind, text: "" };
    parts.set(key, known);
    return known;
  };
  for (const { type, index, delta } of lines) {
    const message = delta?.message;
    if (type === "tool-plan-delta") part("plan", "reasoning").text += message?.tool_plan;
    if (type === "content-delta") {
      const { text, thinking } = message?.content ?? {};
      part(`content ${index}`, thinking === undefined ? "text" : "reasoning").text += text ?? thinking;
    }
    if (type === "tool-call-start") {
      const { id, function: named } = message?.tool_calls ?? { function: { arguments: "" } };
      Object.assign(part(`call ${index}`, "tool-call"), { id, name: named.name });
    }
    if (type === "tool-call-delta") part(`call ${index}`, "").text += message?.tool_calls?.function.arguments;
  }
  return [...parts.values()].map((each) =>
    each.kind === "tool-call" && each.text === "" ? { ...each, text: "{}" } : each,
  );
}

function shown(blocks: readonly Block[] | undefined): Said[] {
  return (blocks ?? []).map((block): Said => {
    if (block.type === "tool-call") {
      return { kind: "tool-call", text: block.argumentsText, id: block.id, name: block.name };
    }
    return { kind: block.type, text: block.type === "text" || block.type === "reasoning" ? block.text : "" };
  });
}

describe("streamed recordings", () => {
  for (const recording of streams("cohere")) {
    const lines = payloads(recording);

    test(`${recording.name} reads as its lines say`, () => {
      const parsed = lines.map((line) => JSON.parse(line) as Line);
      const events = read(lines);
      const reply = fold(events);
      expect(terminals(events)).toEqual([{ type: "end" }]);
      expect(shown(reply.choices[0]?.blocks)).toEqual(said(parsed));
      const end = parsed.at(-1)?.delta;
      const tokens = end?.usage?.tokens;
      expect(reply.usage).toMatchObject({
        inputTokens: tokens?.input_tokens ?? -1,
        outputTokens: tokens?.output_tokens ?? -1,
        cacheReadTokens: end?.usage?.cached_tokens ?? -1,
      });
      expect(reply.choices[0]?.stop.kind).toBe(end?.finish_reason === "TOOL_CALL" ? "tool-calls" : "end");
    });

    for (const chunkBytes of [1, 2, 3]) {
      test(`${recording.name} reads the same in chunks of ${chunkBytes} bytes`, () => {
        const text = lines.map((line) => `event: ${(JSON.parse(line) as Line).type}\ndata: ${line}\n\n`).join("");
        const bytes = new TextEncoder().encode(text);
        const frames: { event: string; data: string }[] = [];
        const decoder = new SseDecoder((frame) => frames.push(frame));
        for (let at = 0; at < bytes.length; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
        decoder.end();
        expect(readStream(frames)).toEqual(read(lines));
      });
    }

    test(`${recording.name} cut after any frame ends in exactly one error`, () => {
      for (let kept = 0; kept < lines.length; kept++) {
        const events = read(lines.slice(0, kept));
        expect(terminals(events)).toHaveLength(1);
        expect(failureOf(events)).toBe("upstream_truncated");
      }
    });
  }

  test("T27 the recorded call without arguments has an empty object", () => {
    const recording = streams("cohere").find(({ name }) => name.endsWith("cohere-empty-tool-call"));
    const reply = fold(read(payloads(recording as NonNullable<typeof recording>)));
    expect(shown(reply.choices[0]?.blocks)).toEqual([
      { kind: "reasoning", text: "I will use the currentTime tool to find the current time." },
      { kind: "tool-call", text: "{}", id: "currentTime_y46ar19t5gvw", name: "currentTime" },
    ]);
    expect(reply.id).toBe("66dec7d7-45e6-427c-8fd9-7d6375d12046");
  });
});

type Whole = {
  id: string;
  message: {
    tool_plan?: string;
    content?: { type: string; text?: string; thinking?: string }[];
    tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  };
  usage: { tokens: { input_tokens: number; output_tokens: number } };
};

describe("whole recordings", () => {
  for (const recording of wholeReplies("cohere")) {
    test(`T43 ${recording.name} reads as it is written, every call of it`, () => {
      const wire = JSON.parse(readText(recording)) as Whole;
      const reply = fold(readWhole(JSON.parse(readText(recording)) as JsonValue));
      const { tool_plan, content = [], tool_calls = [] } = wire.message;
      expect(shown(reply.choices[0]?.blocks)).toEqual([
        ...(tool_plan ? [{ kind: "reasoning", text: tool_plan }] : []),
        ...content.map((part) => ({
          kind: part.type === "thinking" ? "reasoning" : "text",
          text: (part.thinking ?? part.text) as string,
        })),
        ...tool_calls.map(({ id, function: named }) => ({
          kind: "tool-call",
          text: named.arguments,
          id,
          name: named.name,
        })),
      ]);
      expect(reply.id).toBe(wire.id);
      expect(reply.usage?.totalTokens).toBe(wire.usage.tokens.input_tokens + wire.usage.tokens.output_tokens);
    });
  }
});

const start: JsonObject = { type: "message-start", id: "m", delta: { message: { role: "assistant" } } };
const end = (finish_reason: string, more: JsonObject = {}): JsonObject => ({
  type: "message-end",
  delta: { finish_reason, ...more },
});
const words = (text: string, index = 0): JsonObject => ({
  type: "content-delta",
  index,
  delta: { message: { content: { text } } },
});
const openCall = (index: number, tool_calls: JsonValue): JsonObject => ({
  type: "tool-call-start",
  index,
  delta: { message: { tool_calls } },
});
const callOf = (id: string, args: JsonValue): JsonObject => ({
  id,
  type: "function",
  function: { name: "look", arguments: args },
});
const more = (index: number, args: string): JsonObject => ({
  type: "tool-call-delta",
  index,
  delta: { message: { tool_calls: { function: { arguments: args } } } },
});
const argumentsOf = (...events: JsonObject[]) =>
  shown(fold(readEvents(start, ...events, end("TOOL_CALL"))).choices[0]?.blocks).map(({ text }) => text);

describe("calls", () => {
  test("T28 arguments of the word null are an empty object, however they are cut", () => {
    expect(argumentsOf(openCall(0, callOf("a", "null")))).toEqual(["{}"]);
    expect(argumentsOf(openCall(0, callOf("a", "")), more(0, "nu"), more(0, "ll"))).toEqual(["{}"]);
    expect(argumentsOf(openCall(0, callOf("a", null)))).toEqual(["{}"]);
    expect(argumentsOf(openCall(0, callOf("a", "")), more(0, "nu"), more(0, "mber"))).toEqual(["number"]);
  });

  test("T43 several calls in one event all count", () => {
    expect(argumentsOf(openCall(0, [callOf("a", '{"x":1}'), callOf("b", '{"y":2}')]))).toEqual(['{"x":1}', '{"y":2}']);
  });

  test("arguments as an object are written as text, and those of no call are an error", () => {
    expect(argumentsOf(openCall(0, callOf("a", { x: 1 })))).toEqual(['{"x":1}']);
    expect(failureOf(readEvents(start, more(0, "{}")))).toBe("upstream_malformed");
  });
});

describe("ends", () => {
  const rows: [raw: string, calls: boolean, kind: string][] = [
    ["COMPLETE", false, "end"],
    ["COMPLETE", true, "tool-calls"],
    ["STOP_SEQUENCE", false, "stop-sequence"],
    ["MAX_TOKENS", true, "length"],
    ["TOOL_CALL", true, "tool-calls"],
    ["TOOL_CALL", false, "end"],
    ["NEW_REASON", false, "other"],
  ];
  for (const [raw, calls, kind] of rows) {
    test(`${raw} ${calls ? "with" : "without"} calls is ${kind}`, () => {
      const events = readEvents(start, calls ? openCall(0, callOf("a", "{}")) : words("a"), end(raw));
      expect(fold(events).choices[0]?.stop).toEqual({ kind, raw } as never);
    });
  }

  test("a reason that is a failure is an error with its words", () => {
    const events = readEvents(start, words("a"), end("ERROR", { error: "the model broke" }));
    expect(failureOf(events)).toBe("upstream_failed");
    expect(terminals(events)).toHaveLength(1);
    expect(failureOf(readEvents(start, end("TIMEOUT")))).toBe("upstream_timeout");
  });

  test("S64 an event that is nothing but an error is that error, not a truncation", () => {
    expect(failureOf(readEvents({ message: "too many tokens" }))).toBe("context_length");
    expect(failureOf(readEvents(start, { type: "error", message: "overloaded" }))).toBe("overloaded");
  });

  test("a done marker without an end is a truncation, after an end nothing", () => {
    expect(failureOf(read([JSON.stringify(start), "[DONE]"]))).toBe("upstream_truncated");
    expect(terminals(read([start, end("COMPLETE")].map((each) => JSON.stringify(each)).concat("[DONE]")))).toEqual([
      { type: "end" },
    ]);
  });

  test("what is not JSON, or no object, is an error", () => {
    expect(failureOf(read(["{"]))).toBe("upstream_malformed");
    expect(failureOf(read(["[1]"]))).toBe("upstream_malformed");
  });
});

describe("contents", () => {
  test("a citation that comes after its text's end still belongs to it", () => {
    const sources = [{ type: "document", id: "d", document: { title: "T", url: "https://a.example" } }];
    const citation = { start: 0, end: 1, text: "a", sources, type: "TEXT_CONTENT", content_index: 0 };
    const cite = { type: "citation-start", index: 0, delta: { message: { citations: citation } } };
    const events = readEvents(start, words("a"), { type: "content-end", index: 0 }, cite, end("COMPLETE"));
    expect(fold(events).choices[0]?.blocks).toEqual([
      {
        type: "text",
        text: "a",
        citations: [{ kind: "url", url: "https://a.example", title: "T", startIndex: 0, endIndex: 1, raw: citation }],
      },
    ]);
  });

  test("an unknown event is reported as lost", () => {
    expect(fold(readEvents(start, { type: "new-thing" }, end("COMPLETE"))).lost).toEqual(["new-thing"]);
  });

  test("billed units stand in for counts that are missing, and cached ones never exceed the input", () => {
    const usage = { billed_units: { input_tokens: 3, output_tokens: 4 }, cached_tokens: 9 };
    expect(fold(readEvents(start, end("COMPLETE", { usage }))).usage).toMatchObject({
      inputTokens: 3,
      outputTokens: 4,
      cacheReadTokens: 3,
    });
  });
});

test("whole replies that are none are errors, each exactly one", () => {
  const rows: [JsonValue, string][] = [
    ["x", "upstream_malformed"],
    [{}, "upstream_malformed"],
    [{ message: "prompt is too long" }, "context_length"],
    [{ message: { content: [] } }, "upstream_malformed"],
    [{ message: { content: [] }, finish_reason: "ERROR" }, "upstream_failed"],
  ];
  for (const [body, code] of rows) {
    expect(failureOf(readWhole(body))).toBe(code);
    expect(terminals(readWhole(body))).toHaveLength(1);
  }
});

test("a failed call says what the provider said", () => {
  const error = upstream.readError({
    status: 429,
    headers: new Headers({ "retry-after": "2" }),
    text: '{"id":"x","message":"trial keys are limited"}',
    provider: "cloud",
  });
  expect(error).toMatchObject({ code: "rate_limited", message: "trial keys are limited", retryAfterMs: 2000 });
});

test("the tap sees output, usage and the end", () => {
  const tap = upstream.openTap();
  const see = (event: JsonObject) => tap.inspect({ event: "", data: JSON.stringify(event) });
  expect(see(start)).toEqual({ id: "m" });
  expect(see(words("a"))).toEqual({ output: true });
  expect(see(end("COMPLETE"))).toMatchObject({ finished: true, terminal: true });
});
