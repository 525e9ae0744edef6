// The client half of Messages: what a stream and a whole reply say of canonical events.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { ReplyEvent, Stop } from "../../../src/core/events.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { emptyUsage, type Usage } from "../../../src/core/usage.ts";
import { messagesClient } from "../../../src/dialects/anthropic-messages/client.ts";
import { readEvents, type WireEvent } from "../../relays/messages-events.ts";

const context = { requestId: "r1", nowSeconds: 1, provider: "p", model: "m", wantsUsage: true };

function usage(counts: Partial<Usage>): ReplyEvent {
  return { type: "usage", usage: { ...emptyUsage(), ...counts } };
}

const stop = (kind: Stop["kind"], more: Partial<Stop> = {}): ReplyEvent => ({ type: "stop", stop: { kind, ...more } });
const end: ReplyEvent = { type: "end" };
const delta = (block: number, text: string): ReplyEvent => ({ type: "delta", block, text });
const close = (block: number): ReplyEvent => ({ type: "block-stop", block });
const begin = (block: number, kind: "text" | "reasoning" | "refusal"): ReplyEvent => ({
  type: "block-start",
  block,
  kind,
});
const beginCall = (block: number, id: string): ReplyEvent => ({
  type: "block-start",
  block,
  kind: "tool-call",
  id,
  name: `tool_${id}`,
  argumentsKind: "json",
});
const sign = (block: number, origin: string, value: string): ReplyEvent => ({
  type: "state",
  block,
  state: { origin, kind: "signature", value },
});

function written(events: readonly ReplyEvent[]): { wire: string; lost: readonly string[] } {
  const writer = messagesClient.openWriter(context);
  return { wire: events.map((event) => writer.write(event)).join(""), lost: writer.lost };
}

function eventsOf(...events: ReplyEvent[]): WireEvent[] {
  return readEvents(written([{ type: "start", id: "msg_1", model: "model-1" }, ...events]).wire);
}

/** Blocks and their deltas in short: `0 text`, `0 +Hello`, `0 .`. */
function blocksOf(...events: ReplyEvent[]): string[] {
  return eventsOf(...events).flatMap((event) => {
    const index = String(event["index"]);
    if (event.type === "content_block_start") return `${index} ${(event["content_block"] as WireEvent).type}`;
    if (event.type === "content_block_stop") return `${index} .`;
    if (event.type !== "content_block_delta") return [];
    const { type: _type, ...said } = event["delta"] as WireEvent;
    return `${index} +${String(Object.values(said)[0])}`;
  });
}

function whole(...events: ReplyEvent[]): { body: JsonObject; lost: string[] } {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  const reply = fold.reply();
  return { body: messagesClient.writeReply(reply, context), lost: reply.lost };
}

function lastOf(...events: ReplyEvent[]): { delta: JsonObject; usage: JsonObject } {
  return eventsOf(...events).at(-2) as unknown as { delta: JsonObject; usage: JsonObject };
}

describe("a stream", () => {
  test("S30 begins once, with numbers for usage and a ping after it", () => {
    const events = eventsOf(begin(0, "text"), delta(0, "Hi"), close(0), stop("end"), end);
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events[0]?.["message"]).toMatchObject({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "model-1",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    });
  });

  test("U08 U09 tells what is known of the input when it begins, and the true counts at the end", () => {
    const events = eventsOf(
      usage({ inputTokens: 50 }),
      begin(0, "text"),
      delta(0, "Hi"),
      close(0),
      stop("end"),
      usage({ inputTokens: 60, cacheReadTokens: 40, outputTokens: 7, reasoningTokens: 3 }),
      end,
    );
    expect(events[0]).toMatchObject({ message: { usage: { input_tokens: 50 } } });
    expect(events.at(-2)).toMatchObject({
      usage: {
        input_tokens: 20,
        cache_read_input_tokens: 40,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 3 },
      },
    });
  });

  test("U08 leaves out an input count that nobody told", () => {
    expect(lastOf(begin(0, "text"), delta(0, "a"), stop("end"), end).usage).toEqual({ output_tokens: 0 });
  });

  test("R10 S31 opens a block with its first content, so that an empty one takes no place", () => {
    expect(blocksOf(begin(0, "text"), close(0), beginCall(1, "a"), delta(1, "{}"), close(1), end)).toEqual([
      "0 tool_use",
      "0 +{}",
      "0 .",
    ]);
  });

  test("R11 R12 S32 closes a block before the next and loses no piece between them", () => {
    const order = [begin(0, "text"), delta(0, "a"), close(0), begin(1, "reasoning"), delta(1, "b"), close(1), end];
    expect(blocksOf(...order)).toEqual(["0 text", "0 +a", "0 .", "1 thinking", "1 +b", "1 ."]);
  });

  test("T42 S33 keeps interleaved calls apart: the first is live, the other waits", () => {
    const order = [
      beginCall(0, "a"),
      delta(0, '{"x"'),
      beginCall(1, "b"),
      delta(1, '{"y"'),
      delta(0, ":1}"),
      delta(1, ":2}"),
      close(0),
      close(1),
      stop("tool-calls"),
      end,
    ];
    expect(blocksOf(...order)).toEqual(["0 tool_use", '0 +{"x"', "0 +:1}", "0 .", "1 tool_use", '1 +{"y":2}', "1 ."]);
  });

  test("T42 a complete call ends when another begins, which is then live", () => {
    const writer = messagesClient.openWriter(context);
    for (const event of [beginCall(0, "a"), delta(0, '{"x":1}'), beginCall(1, "b")]) writer.write(event);
    expect(writer.write(delta(1, '{"y"'))).toContain('"partial_json":"{\\"y\\""');
  });

  test("S37 tells the input of a call in deltas, also when there is none", () => {
    expect(blocksOf(beginCall(0, "a"), close(0), end)).toEqual(["0 tool_use", "0 +{}", "0 ."]);
    const start = eventsOf(beginCall(0, "a"), close(0), end)[2];
    expect(start?.["content_block"]).toEqual({ type: "tool_use", id: "a", name: "tool_a", input: {} });
  });

  test("arguments that are no object are reported", () => {
    expect(written([beginCall(0, "a"), delta(0, '{"x":'), close(0), end]).lost).toEqual(["tool_use.input"]);
  });

  test("a genuine signature comes once, whole, at the end of its block", () => {
    const order = [begin(0, "reasoning"), sign(0, "anthropic", "EqQB"), delta(0, "Hm"), close(0), end];
    expect(blocksOf(...order)).toEqual(["0 thinking", "0 +Hm", "0 +EqQB", "0 ."]);
  });

  test("redacted thinking is a whole block", () => {
    const state = { origin: "anthropic", kind: "redacted", value: "data" } as const;
    const events = eventsOf(begin(0, "reasoning"), { type: "state", block: 0, state }, close(0), end);
    expect(events[2]?.["content_block"]).toEqual({ type: "redacted_thinking", data: "data" });
  });

  test("the signature of another maker's call goes before it, under a tag", () => {
    const order = [beginCall(0, "a"), sign(0, "gemini", "sig"), delta(0, "{}"), close(0), end];
    expect(blocksOf(...order)).toEqual([
      "0 thinking",
      `0 +sluice1:gemini:next-signature:${Buffer.from('"sig"').toString("base64url")}`,
      "0 .",
      "1 tool_use",
      "1 +{}",
      "1 .",
    ]);
  });

  test("S35 blocks of server tools come as they were, with their input in deltas", () => {
    const raw = { type: "server_tool_use", id: "s", name: "web_search", input: { query: "x" } };
    const part: ReplyEvent = { type: "part", block: 0, part: { type: "opaque", dialect: "anthropic-messages", raw } };
    expect(blocksOf(part, end)).toEqual(["0 server_tool_use", '0 +{"query":"x"}', "0 ."]);
  });

  test("S05 ends with the error and nothing after it", () => {
    const error = new GatewayError("overloaded", "too much to do");
    const { wire } = written([begin(0, "text"), delta(0, "a"), { type: "error", error }, close(0), end]);
    const last = wire.trimEnd().split("\n\n").at(-1) ?? "";
    expect(last.startsWith("event: error\ndata: ")).toBe(true);
    expect(JSON.parse(last.slice(last.indexOf("{")))).toMatchObject({
      type: "error",
      error: { type: "overloaded_error", message: "too much to do" },
      request_id: "r1",
    });
  });

  test("further choices, pictures and log probabilities are reported", () => {
    const { lost } = written([
      { ...begin(0, "text"), choice: 1 } as ReplyEvent,
      delta(0, "other"),
      { type: "part", block: 1, part: { type: "image", source: { kind: "url", url: "https://a.b/c" } } },
      { type: "logprobs", logprobs: {} },
      end,
    ]);
    expect(lost).toEqual(["choices", "image", "logprobs"]);
  });

  test("a citation of the web is one of this dialect's", () => {
    const citation = { kind: "url", url: "https://a.b", title: "A", startIndex: 0, endIndex: 3 } as const;
    const events = eventsOf(
      begin(0, "text"),
      delta(0, "One two"),
      { type: "citation", block: 0, citation },
      close(0),
      end,
    );
    expect(events[4]?.["delta"]).toEqual({
      type: "citations_delta",
      citation: { type: "web_search_result_location", url: "https://a.b", title: "A", cited_text: "One" },
    });
  });

  test("is kept alive by a comment before it has begun and by pings after", () => {
    expect(messagesClient.heartbeat(false)).toBe(": keep-alive\n\n");
    expect(messagesClient.heartbeat(true)).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});

/** translation.md B6, column AM. */
const reasons: readonly (readonly [Stop["kind"], string])[] = [
  ["end", "end_turn"],
  ["stop-sequence", "stop_sequence"],
  ["length", "max_tokens"],
  ["context-full", "model_context_window_exceeded"],
  ["safety", "refusal"],
  ["recitation", "refusal"],
  ["paused", "pause_turn"],
  ["other", "end_turn"],
  // X04: no call was made, whatever the provider said.
  ["tool-calls", "end_turn"],
];

describe("the reason for the end", () => {
  test.each(reasons)("X05 %s is %s", (kind, reason) => {
    expect(lastOf(begin(0, "text"), delta(0, "a"), close(0), stop(kind), end).delta).toMatchObject({
      stop_reason: reason,
    });
  });

  test("S34 is tool_use after any call, unless the reply was cut or refused", () => {
    const call = [beginCall(0, "a"), delta(0, "{}"), close(0)];
    expect(lastOf(...call, stop("end"), end).delta["stop_reason"]).toBe("tool_use");
    expect(lastOf(...call, stop("length"), end).delta["stop_reason"]).toBe("max_tokens");
  });

  test("X05 X08 is refusal for a refusal, with or without words", () => {
    expect(lastOf(begin(0, "refusal"), delta(0, "No."), close(0), stop("end"), end).delta["stop_reason"]).toBe(
      "refusal",
    );
    const { body } = whole({ type: "start" }, stop("safety", { explanation: "not this" }), end);
    expect(body).toMatchObject({ content: [], stop_reason: "refusal", stop_details: { explanation: "not this" } });
  });

  test("names the stop string that matched", () => {
    expect(lastOf(stop("stop-sequence", { sequence: "END" }), end).delta["stop_sequence"]).toBe("END");
  });
});

describe("a whole reply", () => {
  test("U03 holds the blocks in order and counts that leave the cache out", () => {
    const { body } = whole(
      { type: "start", id: "msg_1", model: "model-1" },
      begin(0, "reasoning"),
      delta(0, "Hm"),
      sign(0, "openai", "blob"),
      close(0),
      begin(1, "text"),
      delta(1, "Hi"),
      close(1),
      beginCall(2, "a"),
      delta(2, '{"x":1}'),
      close(2),
      stop("tool-calls"),
      usage({ inputTokens: 100, cacheReadTokens: 60, cacheWrite5mTokens: 10, cacheWrite1hTokens: 5, outputTokens: 9 }),
      end,
    );
    expect(body).toMatchObject({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "model-1",
      content: [
        { type: "thinking", thinking: "Hm", signature: expect.stringMatching(/^sluice1:openai:signature:/) },
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "a", name: "tool_a", input: { x: 1 } },
      ],
      stop_reason: "tool_use",
      usage: {
        input_tokens: 25,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 15,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 5 },
        output_tokens: 9,
      },
    });
  });

  test("T29 keeps arguments that are no object, and reports them", () => {
    const { body, lost } = whole({ type: "start" }, beginCall(0, "a"), delta(0, "{oops"), close(0), end);
    expect(body["content"] as JsonObject[]).toEqual([
      { type: "tool_use", id: "a", name: "tool_a", input: { __raw: "{oops" } },
    ]);
    expect(lost).toEqual(["tool_use.input"]);
  });

  test("unsigned reasoning has an empty signature, and an empty text is no block", () => {
    const { body } = whole(
      { type: "start" },
      begin(0, "reasoning"),
      delta(0, "Hm"),
      close(0),
      begin(1, "text"),
      close(1),
      end,
    );
    expect(body["content"] as JsonObject[]).toEqual([{ type: "thinking", thinking: "Hm", signature: "" }]);
  });
});
