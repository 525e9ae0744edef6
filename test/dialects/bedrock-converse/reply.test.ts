// Converse replies made by hand: exceptions, odd orders, stops, usage, and failed calls.
import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { Frame } from "../../../src/dialects/dialect.ts";
import { facts, failureOf, fold, readStream, readWhole, terminals, upstream } from "./support.ts";

const frame = (event: string, payload: JsonValue = {}): Frame => ({ event, data: JSON.stringify(payload) });
const delta = (index: number, part: JsonObject) =>
  frame("contentBlockDelta", { contentBlockIndex: index, delta: part });
const close = (index: number) => frame("contentBlockStop", { contentBlockIndex: index });
const stop = (stopReason: string, more: JsonObject = {}) => frame("messageStop", { stopReason, ...more });
const usage = frame("metadata", { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } });
const openCall = (index: number, toolUseId: string, name = "look") =>
  frame("contentBlockStart", { contentBlockIndex: index, start: { toolUse: { toolUseId, name } } });

describe("exceptions in a stream", () => {
  const rows: [type: string, message: string, code: string][] = [
    ["throttlingException", "Too many requests", "rate_limited"],
    ["serviceUnavailableException", "later", "overloaded"],
    ["internalServerException", "oops", "upstream_failed"],
    ["modelStreamErrorException", "the model broke off", "upstream_failed"],
    ["modelTimeoutException", "slow", "upstream_timeout"],
    ["validationException", "the field x is wrong", "invalid_request"],
    ["validationException", "Input is too long for requested model.", "context_length"],
    ["somethingNewException", "?", "upstream_failed"],
    ["InternalFailure", "?", "upstream_failed"],
  ];
  for (const [type, message, code] of rows) {
    test(`S53 S64 ${type} "${message}" is ${code}, not a truncation`, () => {
      const events = readStream([frame("messageStart"), delta(0, { text: "a" }), frame(type, { message })]);
      expect(terminals(events)).toHaveLength(1);
      expect(failureOf(events)).toBe(code);
      expect(JSON.stringify(events.at(-1))).toContain("error");
    });
  }

  test("S64 a stream of nothing but an exception is that exception", () => {
    expect(failureOf(readStream([frame("throttlingException", { message: "x" })]))).toBe("rate_limited");
  });

  test("S53 an exception whose payload is no JSON is still that exception", () => {
    expect(failureOf(readStream([{ event: "throttlingException", data: "slow down" }]))).toBe("rate_limited");
  });
});

describe("odd streams", () => {
  test("S54 usage before the stop is kept, and nothing ends early", () => {
    const events = readStream([delta(0, { text: "a" }), usage, delta(0, { text: "b" }), close(0), stop("end_turn")]);
    const reply = fold(events);
    expect(reply.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
    expect(reply.choices[0]?.blocks).toEqual([{ type: "text", text: "ab" }]);
    expect(terminals(events)).toHaveLength(1);
  });

  test("S54 the reply is complete with stop and usage, before the body ends", () => {
    const events: unknown[] = [];
    const reader = upstream.openReader((event) => events.push(event.type), facts());
    for (const each of [delta(0, { text: "a" }), close(0), stop("end_turn")]) reader.read(each);
    expect(events).not.toContain("end");
    reader.read(usage);
    expect(events.at(-1)).toBe("end");
    reader.read(delta(0, { text: "late" }));
    reader.end();
    expect(events.at(-1)).toBe("end");
  });

  test("S55 text and reasoning without a start, and without messageStart, open by themselves", () => {
    const events = readStream([
      delta(0, { reasoningContent: { text: "hm", signature: "S" } }),
      delta(1, { text: "a", p: "abcdef" } as JsonObject),
      stop("end_turn"),
    ]);
    expect(events.map(({ type }) => type)[0]).toBe("start");
    expect(fold(events)).toMatchObject({
      lost: [],
      choices: [
        {
          blocks: [
            { type: "reasoning", text: "hm", state: { origin: "maker", kind: "signature", value: "S" } },
            { type: "text", text: "a" },
          ],
        },
      ],
    });
  });

  test("redacted reasoning is kept as its maker's own", () => {
    const events = readStream([delta(0, { reasoningContent: { redactedContent: "R" } }), stop("end_turn")]);
    expect(fold(events).choices[0]?.blocks).toEqual([
      { type: "reasoning", text: "", state: { origin: "maker", kind: "redacted", value: "R" } },
    ]);
  });

  test("T43 several calls of one reply all count, with their arguments put together", () => {
    const events = readStream([
      openCall(0, "a"),
      delta(0, { toolUse: { input: '{"x"' } }),
      openCall(1, "b", "hear"),
      delta(0, { toolUse: { input: ":1}" } }),
      close(0),
      close(1),
      stop("tool_use"),
      usage,
    ]);
    expect(fold(events).choices[0]?.blocks).toMatchObject([
      { id: "a", name: "look", argumentsText: '{"x":1}' },
      { id: "b", name: "hear", argumentsText: "{}" },
    ]);
  });

  test("arguments of a call that never began are an error", () => {
    expect(failureOf(readStream([delta(0, { toolUse: { input: "{}" } })]))).toBe("upstream_malformed");
  });

  test("what is not JSON, or no object, is an error", () => {
    expect(failureOf(readStream([{ event: "contentBlockDelta", data: "{" }]))).toBe("upstream_malformed");
    expect(failureOf(readStream([frame("contentBlockDelta", [1])]))).toBe("upstream_malformed");
  });

  test("an unknown event or kind of content is reported as lost", () => {
    const reply = fold(
      readStream([frame("newThing"), delta(0, { sound: {} }), delta(0, { text: "a" }), stop("end_turn")]),
    );
    expect(reply.lost).toEqual(["newThing", "content.sound"]);
  });

  test("citations belong to their text", () => {
    const citation = {
      title: "T",
      sourceContent: [{ text: "words" }],
      location: { web: { url: "https://a.example" } },
    };
    const reply = fold(readStream([delta(0, { text: "a" }), delta(0, { citation }), stop("end_turn")]));
    expect(reply.choices[0]?.blocks[0]).toMatchObject({
      citations: [{ kind: "url", url: "https://a.example", title: "T", citedText: "words", raw: citation }],
    });
  });
});

describe("stops", () => {
  const rows: [raw: string, calls: boolean, kind: string][] = [
    ["end_turn", false, "end"],
    ["end_turn", true, "tool-calls"],
    ["tool_use", true, "tool-calls"],
    ["tool_use", false, "end"],
    ["max_tokens", true, "length"],
    ["model_context_window_exceeded", false, "context-full"],
    ["content_filtered", false, "safety"],
    ["guardrail_intervened", true, "safety"],
    ["something_new", false, "other"],
  ];
  for (const [raw, calls, kind] of rows) {
    test(`${raw} ${calls ? "with" : "without"} calls is ${kind}`, () => {
      const frames = [calls ? openCall(0, "a") : delta(0, { text: "a" }), stop(raw)];
      expect(fold(readStream(frames)).choices[0]?.stop).toEqual({ kind, raw } as never);
    });
  }

  test("a malformed call is an error, not an answer", () => {
    for (const reason of ["malformed_tool_use", "malformed_model_output"]) {
      expect(failureOf(readStream([delta(0, { text: "a" }), stop(reason), usage]))).toBe("upstream_failed");
    }
  });

  test("the stop string that matched is told, in both forms", () => {
    for (const fields of [{ stop_sequence: "END" }, { delta: { stop_sequence: "END" } }]) {
      const end = stop("stop_sequence", { additionalModelResponseFields: fields });
      const kind = { kind: "stop-sequence", raw: "stop_sequence", sequence: "END" } as const;
      expect(fold(readStream([delta(0, { text: "a" }), end])).choices[0]?.stop).toEqual(kind);
    }
  });
});

test("B7 input tokens hold both caches, and the long lifetime is told apart", () => {
  const wire = {
    inputTokens: 10,
    outputTokens: 5,
    totalTokens: 45,
    cacheReadInputTokens: 20,
    cacheWriteInputTokens: 10,
    cacheDetails: [{ ttl: "1h", inputTokens: 4 }],
  };
  const body = { output: { message: { content: [{ text: "a" }] } }, stopReason: "end_turn", usage: wire };
  expect(fold(readWhole(body)).usage).toMatchObject({
    inputTokens: 40,
    outputTokens: 5,
    totalTokens: 45,
    cacheReadTokens: 20,
    cacheWrite5mTokens: 6,
    cacheWrite1hTokens: 4,
  });
});

describe("whole replies that are none", () => {
  test("an error body under a 200 is an error", () => {
    const body = { Output: { __type: "com.amazon.coral.service#UnknownOperationException" }, Version: "1.0" };
    expect(failureOf(readWhole(body))).toBe("model_not_found");
    expect(failureOf(readWhole({ message: "no" }))).toBe("upstream_failed");
  });

  test("a body without content is malformed", () => {
    for (const body of [[], "x", {}, { output: {} }, { output: { message: {} } }]) {
      const events = readWhole(body as JsonValue);
      expect(terminals(events)).toHaveLength(1);
      expect(failureOf(events)).toBe("upstream_malformed");
    }
  });

  test("a whole reply without a stop reason is a plain end", () => {
    const reply = fold(readWhole({ output: { message: { content: [{ text: "a" }] } } }));
    expect(reply.choices).toEqual([{ blocks: [{ type: "text", text: "a" }], stop: { kind: "end" } }]);
  });
});

describe("failed calls", () => {
  const fail = (status: number, type: string | undefined, message: string) =>
    upstream.readError({
      status,
      headers: new Headers(type === undefined ? {} : { "x-amzn-errortype": type }),
      text: JSON.stringify({ message }),
      provider: "cloud",
    });
  const rows: [status: number, type: string | undefined, message: string, code: string][] = [
    [429, "ThrottlingException:http://internal.amazon.com/coral/", "slow", "rate_limited"],
    [400, "ServiceQuotaExceededException", "quota", "quota_exhausted"],
    [429, "ModelNotReadyException", "wait", "overloaded"],
    [408, "ModelTimeoutException", "slow", "upstream_timeout"],
    [424, "ModelErrorException", "broken", "upstream_failed"],
    [403, "AccessDeniedException", "no", "upstream_auth"],
    [404, "ResourceNotFoundException", "no model", "model_not_found"],
    [400, "ValidationException", "bad field", "invalid_request"],
    [400, "ValidationException", "Input is too long for requested model.", "context_length"],
    [503, undefined, "busy", "overloaded"],
  ];
  for (const [status, type, message, code] of rows) {
    test(`${status} ${type ?? "without a type"} "${message}" is ${code}`, () => {
      expect(fail(status, type, message).code).toBe(code as never);
    });
  }
});

test("the tap sees output, usage, the finish, the end, and errors", () => {
  const tap = upstream.openTap();
  expect(tap.inspect(frame("messageStart"))).toEqual({});
  expect(tap.inspect(delta(0, { text: "a" }))).toEqual({ output: true });
  expect(tap.inspect(stop("end_turn"))).toEqual({});
  expect(tap.inspect(usage)).toMatchObject({ finished: true, terminal: true, usage: { outputTokens: 4 } });
  expect(upstream.openTap().inspect(frame("throttlingException")).error?.code).toBe("rate_limited");
});
