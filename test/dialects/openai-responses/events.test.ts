// Single events of the Responses dialect: what hosts leave out, how a reply ends, and how we write it.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { ReplyEvent, StopKind } from "../../../src/core/events.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { openaiResponsesClient as client } from "../../../src/dialects/openai-responses/client.ts";
import { openaiResponsesUpstream as upstream } from "../../../src/dialects/openai-responses/upstream.ts";

const facts = { provider: "openai", providerType: "openai", model: "m", origin: "openai", flags: {} };
const context = { requestId: "r1", nowSeconds: 1, provider: "p", model: "m", wantsUsage: true };

function read(bodies: JsonObject[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const reader = upstream.openReader((event) => events.push(event), facts);
  for (const body of bodies) reader.read({ event: String(body["type"]), data: JSON.stringify(body) });
  reader.end();
  return events;
}

function write(events: ReplyEvent[]): (JsonObject & { type: string })[] {
  const writer = client.openWriter(context);
  const wire = events.map((event) => writer.write(event)).join("");
  return [...wire.matchAll(/^data: (.+)$/gm)].map((match) => JSON.parse(match[1]!) as JsonObject & { type: string });
}

const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: '{"a":1}' };
const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
const ended = (fields: JsonObject = {}, type = "completed"): JsonObject => ({
  type: `response.${type}`,
  response: { id: "resp_1", status: type, output: [], usage, ...fields },
});
const argumentsOf = (events: ReplyEvent[]) =>
  events.map((event) => (event.type === "delta" ? event.text : "")).join("");

describe("reading", () => {
  const added = { type: "response.output_item.added", output_index: 0, item: { ...call, arguments: "" } };
  const whole = { type: "response.function_call_arguments.done", output_index: 0, arguments: call.arguments };
  const piece = { type: "response.function_call_arguments.delta", output_index: 0, delta: call.arguments };
  const done = { type: "response.output_item.done", output_index: 0, item: call };

  test.each([
    ["T32 only in arguments.done", [added, whole, ended()]],
    ["T32 only in output_item.done", [done, ended()]],
    ["T33 in deltas and again when done", [added, piece, whole, done, ended({ output: [call] })]],
    ["S40 only in the final response", [ended({ output: [call] })]],
  ] as [string, JsonObject[]][])("arguments that stand %s come once", (_name, bodies) => {
    const events = read(bodies);
    expect(argumentsOf(events)).toBe('{"a":1}');
    expect(events.filter((event) => event.type === "block-start")).toHaveLength(1);
    expect(events.find((event) => event.type === "block-start")).toMatchObject({ id: "call_1", name: "f" });
    expect(events.find((event) => event.type === "stop")).toMatchObject({ stop: { kind: "tool-calls" } });
  });

  test("S47 an item whose ids change stays one", () => {
    const text = (id: string, delta: string) => ({
      type: "response.output_text.delta",
      output_index: 0,
      content_index: 0,
      item_id: id,
      delta,
    });
    const item = { type: "message", id: "c", content: [{ type: "output_text", text: "ab" }] };
    const events = read([
      text("a", "a"),
      text("b", "b"),
      { type: "response.output_item.done", output_index: 0, item },
      ended(),
    ]);
    expect(argumentsOf(events)).toBe("ab");
  });

  test.each([
    ["S44 X10", "max_output_tokens", "length"],
    ["X11", "content_filter", "safety"],
  ])("%s an answer that is incomplete for %s stops for %s", (_id, reason, kind) => {
    const events = read([ended({ incomplete_details: { reason } }, "incomplete")]);
    expect(events).toContainEqual({ type: "stop", stop: { kind: kind as StopKind, raw: reason } });
    expect(events.at(-1)).toEqual({ type: "end" });
  });

  test("U17 the usage of a failed response is read before its error", () => {
    const error = { code: "rate_limit_exceeded", message: "slow down" };
    const events = read([ended({ error }, "failed")]);
    expect(events.find((event) => event.type === "usage")).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    expect(events.at(-1)).toMatchObject({ type: "error", error: { message: "slow down", code: "rate_limited" } });
  });

  test("S03 a flat error event is an error", () => {
    const events = read([{ type: "error", code: "server_error", message: "broken", param: null }]);
    expect(events).toMatchObject([{ type: "error", error: { message: "broken" } }]);
  });
});

describe("writing", () => {
  const start: ReplyEvent = { type: "start", id: "x", model: "m" };
  const text: ReplyEvent[] = [
    { type: "block-start", block: 0, kind: "text" },
    { type: "delta", block: 0, text: "hi" },
    { type: "block-stop", block: 0 },
  ];
  const ending = (kind: StopKind): ReplyEvent[] => [{ type: "stop", stop: { kind } }, { type: "end" }];

  test("S39 S42 a text has its whole sequence", () => {
    expect(write([start, ...text, ...ending("end")]).map((event) => event.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
  });

  test.each([
    ["X10", "length", "response.incomplete", "max_output_tokens"],
    ["X11", "safety", "response.incomplete", "content_filter"],
  ] as const)("%s a stop for %s ends with %s, and the item says that it was cut", (_id, kind, type, reason) => {
    const events = write([start, ...text, ...ending(kind)]);
    expect(events.at(-1)).toMatchObject({ type, response: { status: "incomplete", incomplete_details: { reason } } });
    expect(events.at(-2)).toMatchObject({ type: "response.output_item.done", item: { status: "incomplete" } });
  });

  test.each([
    ["json", "function_call", "response.function_call_arguments.done", "arguments"],
    ["freeform", "custom_tool_call", "response.custom_tool_call_input.done", "input"],
  ] as const)("S46 X12 a %s call is a %s in a completed response", (argumentsKind, type, done, field) => {
    const events = write([
      start,
      { type: "block-start", block: 0, kind: "tool-call", id: "c1", name: "f", argumentsKind },
      { type: "delta", block: 0, text: "{}" },
      { type: "block-stop", block: 0 },
      ...ending("tool-calls"),
    ]);
    expect(events.find((event) => event.type === done)).toMatchObject({ [field]: "{}", output_index: 0 });
    expect(events.at(-1)).toMatchObject({
      type: "response.completed",
      response: { status: "completed", output: [{ type, call_id: "c1", name: "f", [field]: "{}" }] },
    });
  });

  test("S43 usage that comes after the stop is in the final response", () => {
    const counts = {
      inputTokens: 3,
      outputTokens: 2,
      totalTokens: 5,
      cacheReadTokens: 1,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      reasoningTokens: 0,
      inputAudioTokens: 0,
      outputAudioTokens: 0,
    };
    const stop: ReplyEvent = { type: "stop", stop: { kind: "end" } };
    const events = write([start, ...text, stop, { type: "usage", usage: counts }, { type: "end" }]);
    expect(events.at(-1)).toMatchObject({
      response: { usage: { input_tokens: 3, input_tokens_details: { cached_tokens: 1 }, output_tokens: 2 } },
    });
  });

  test("R30 the state of a call comes back to that call, not to the reasoning beside it", () => {
    const state = { origin: "gemini", kind: "signature", value: "sig" } as const;
    const fold = openFold();
    const events: ReplyEvent[] = [
      start,
      { type: "block-start", block: 0, kind: "tool-call", id: "c1", name: "f", argumentsKind: "json" },
      { type: "state", block: 0, state },
      { type: "block-stop", block: 0 },
      ...ending("tool-calls"),
    ];
    for (const event of events) fold.emit(event);
    const { output } = client.writeReply(fold.reply(), context) as { output: JsonObject[] };
    const { turns } = client.readRequest({ model: "m", input: output });
    expect(turns).toEqual([
      {
        role: "assistant",
        blocks: [{ type: "tool-call", id: "c1", name: "f", argumentsText: "{}", argumentsKind: "json", state }],
      },
    ]);
  });

  test("S04 a failure is a flat error, then response.failed, counted on", () => {
    const events = write([
      start,
      ...text.slice(0, 2),
      { type: "error", error: new GatewayError("overloaded", "busy") },
    ]);
    expect(events.slice(-2)).toMatchObject([
      { type: "error", sequence_number: 5, code: "overloaded", message: "busy", param: null },
      { type: "response.failed", sequence_number: 6, response: { status: "failed", error: { message: "busy" } } },
    ]);
  });
});
