// Messages replies that no recording holds: hand-made streams, each for one rule about blocks, stops or failures.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { fold, framesOf, readStream, readWhole, terminals } from "./support.ts";

import { close, delta, finish, open, read, start, stop, text } from "./wire.ts";

function stopOf(events: ReplyEvent[]) {
  return events.flatMap((event) => (event.type === "stop" ? [event.stop] : []));
}

function errorOf(events: ReplyEvent[]) {
  const last = events.at(-1);
  if (last?.type !== "error") throw new Error("the stream did not end in an error");
  expect(terminals(events)).toHaveLength(1);
  return last.error;
}

describe("blocks", () => {
  test("a text reply gives the events in their order, with dense block numbers", () => {
    expect(
      read(start(), ...text(0, "a"), ...text(1, "b"), finish("end_turn"), stop).filter(
        (event) => event.type !== "usage",
      ),
    ).toEqual([
      { type: "start", id: "msg_1", model: "claude-x" },
      { type: "block-start", block: 0, kind: "text" },
      { type: "delta", block: 0, text: "a" },
      { type: "block-stop", block: 0 },
      { type: "block-start", block: 1, kind: "text" },
      { type: "delta", block: 1, text: "b" },
      { type: "block-stop", block: 1 },
      { type: "stop", stop: { kind: "end", raw: "end_turn" } },
      { type: "end" },
    ]);
  });

  test("R02 R03 a streamed signature and its thinking text are kept, and belong to the target's origin", () => {
    const events = read(
      start(),
      open(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "signature_delta", signature: "sig==" }),
      close(0),
      finish("end_turn"),
      stop,
    );
    expect(fold(events).choices[0]?.blocks).toEqual([
      { type: "reasoning", text: "hm", state: { origin: "anthropic", kind: "signature", value: "sig==" } },
    ]);
  });

  test("R23 thinking never becomes text", () => {
    const events = read(
      start(),
      open(0, { type: "thinking", thinking: "secret" }),
      close(0),
      ...text(1, "open"),
      finish("end_turn"),
      stop,
    );
    expect(fold(events).choices[0]?.blocks).toEqual([
      { type: "reasoning", text: "secret" },
      { type: "text", text: "open" },
    ]);
  });

  test("redacted thinking is a reasoning block without text, and a signature may come without text", () => {
    const events = read(
      start(),
      open(0, { type: "redacted_thinking", data: "blob" }),
      close(0),
      open(1, { type: "thinking", thinking: "" }),
      delta(1, { type: "signature_delta", signature: "only" }),
      close(1),
      finish("end_turn"),
      stop,
    );
    expect(fold(events).choices[0]?.blocks).toEqual([
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "blob" } },
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "signature", value: "only" } },
    ]);
  });

  test("T27 a call without input has the arguments {}", () => {
    const events = read(
      start(),
      open(0, { type: "tool_use", id: "t1", name: "now", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: "" }),
      close(0),
      finish("tool_use"),
      stop,
    );
    expect(fold(events).choices[0]?.blocks).toEqual([
      { type: "tool-call", id: "t1", name: "now", argumentsText: "{}", argumentsKind: "json" },
    ]);
  });

  test("T31 the empty input of a start is not written before the pieces, and these pass as they are", () => {
    const pieces = ['{"n":', " 12345678901234567890}"];
    const events = read(
      start(),
      open(0, { type: "tool_use", id: "t1", name: "f", input: {} }),
      ...pieces.map((partial_json) => delta(0, { type: "input_json_delta", partial_json })),
      close(0),
      finish("tool_use"),
      stop,
    );
    expect(events.flatMap((event) => (event.type === "delta" ? event.text : []))).toEqual(pieces);
  });

  test("T40 a call after a text and a call after it are told apart by their own blocks (S33)", () => {
    const events = read(
      start(),
      open(0, { type: "text", text: "" }),
      delta(0, { type: "text_delta", text: "x" }),
      close(0),
      open(1, { type: "tool_use", id: "a", name: "f", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: '{"k":1}' }),
      close(1),
      open(2, { type: "tool_use", id: "b", name: "f", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"k":2}' }),
      close(2),
      finish("tool_use"),
      stop,
    );
    const calls = fold(events).choices[0]?.blocks.filter((block) => block.type === "tool-call");
    expect(calls?.map((block) => [block.id, block.argumentsText])).toEqual([
      ["a", '{"k":1}'],
      ["b", '{"k":2}'],
    ]);
  });

  test("a server tool's call and result are whole opaque parts, the call with its collected input", () => {
    const found = { type: "web_search_tool_result", tool_use_id: "s1", content: [] };
    const events = read(
      start(),
      open(0, { type: "server_tool_use", id: "s1", name: "web_search", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: '{"query"' }),
      delta(0, { type: "input_json_delta", partial_json: ':"x"}' }),
      close(0),
      open(1, found),
      close(1),
      finish("end_turn"),
      stop,
    );
    const raw = (part: JsonObject) => ({ type: "opaque", dialect: "anthropic-messages", raw: part });
    expect(events.flatMap((event) => (event.type === "part" ? event.part : []))).toEqual([
      raw({ type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } }),
      raw(found),
    ] as never[]);
    expect(stopOf(events)).toEqual([{ kind: "end", raw: "end_turn" }]);
  });

  test("a compaction block takes the value of its delta", () => {
    const events = read(
      start(),
      open(0, { type: "compaction", content: null }),
      delta(0, { type: "compaction_delta", content: "so far", encrypted_content: "e" }),
      close(0),
      finish("compaction"),
      stop,
    );
    expect(fold(events).choices[0]?.blocks).toEqual([
      {
        type: "opaque",
        dialect: "anthropic-messages",
        raw: { type: "compaction", content: "so far", encrypted_content: "e" },
      },
    ]);
    expect(stopOf(events)[0]?.kind).toBe("paused");
  });

  test("a web search citation is a link, any other names a document; both keep their raw form", () => {
    const web = {
      type: "web_search_result_location",
      url: "https://a.example/",
      title: "A",
      cited_text: "c",
      encrypted_index: "i",
    };
    const page = { type: "page_location", document_title: "D", cited_text: "p", document_index: 0 };
    const events = read(
      start(),
      open(0, { type: "text", text: "" }),
      delta(0, { type: "citations_delta", citation: web }),
      delta(0, { type: "citations_delta", citation: page }),
      close(0),
      finish("end_turn"),
      stop,
    );
    expect(events.flatMap((event) => (event.type === "citation" ? event.citation : []))).toEqual([
      { kind: "url", url: "https://a.example/", title: "A", citedText: "c", raw: web },
      { kind: "document", title: "D", citedText: "p", raw: page },
    ]);
  });

  test("text whose block was never opened is not lost, and an unfinished block is closed at the end", () => {
    const events = read(start(), delta(0, { type: "text_delta", text: "hi" }), finish("end_turn"), stop);
    expect(events.map((event) => event.type)).toEqual([
      "start",
      "usage",
      "block-start",
      "delta",
      "usage",
      "block-stop",
      "stop",
      "end",
    ] as never[]);
  });

  test("S23 a ping is nothing, and an event of a new kind is reported once, not passed on (S35)", () => {
    const events = read(start(), { type: "ping" }, { type: "novelty" }, { type: "novelty" }, finish("end_turn"), stop);
    expect(events.map((event) => event.type)).toEqual(["start", "usage", "lost", "usage", "stop", "end"] as never[]);
    expect(events).toContainEqual({ type: "lost", field: "novelty" });
  });
});

describe("stop", () => {
  const rows: [raw: string, kind: string][] = [
    ["end_turn", "end"],
    ["max_tokens", "length"],
    ["stop_sequence", "stop-sequence"],
    ["pause_turn", "paused"],
    ["refusal", "safety"],
    ["model_context_window_exceeded", "context-full"],
    ["something_new", "other"],
  ];
  for (const [raw, kind] of rows) {
    test(`${raw} is ${kind}${raw === "pause_turn" ? " (X09)" : ""}`, () => {
      expect(stopOf(read(start(), ...text(0, "x"), finish(raw), stop))).toEqual([{ kind, raw } as never]);
    });
  }

  const withCall = [open(0, { type: "tool_use", id: "t", name: "f", input: {} }), close(0)];

  test("S34 a plain end with calls is tool-calls; a cut call stays length", () => {
    expect(stopOf(read(start(), ...withCall, finish("end_turn"), stop))[0]?.kind).toBe("tool-calls");
    expect(stopOf(read(start(), ...withCall, finish("max_tokens"), stop))[0]?.kind).toBe("length");
  });

  test("X04 tool_use without a call is a plain end", () => {
    expect(stopOf(read(start(), ...text(0, "x"), finish("tool_use"), stop))).toEqual([
      { kind: "end", raw: "tool_use" },
    ]);
  });

  test("the stop string that matched is told", () => {
    expect(stopOf(read(start(), ...text(0, "x"), finish("stop_sequence", { stop_sequence: "END" }), stop))).toEqual([
      { kind: "stop-sequence", raw: "stop_sequence", sequence: "END" },
    ]);
  });

  test("X08 a refusal without content keeps its explanation", () => {
    const details = { type: "refusal", category: "cyber", explanation: "Not this." };
    const events = read(start(), finish("refusal", { stop_details: details }), stop);
    expect(stopOf(events)).toEqual([{ kind: "safety", raw: "refusal", explanation: "Not this." }]);
    expect(fold(events).choices[0]?.blocks).toEqual([]);
    expect(fold(events).extra).toEqual({ stop_details: details });
  });
});

describe("failures", () => {
  test("S03 S09 an error event is the typed error it names, also as the first event", () => {
    const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(errorOf(read(overloaded))).toMatchObject({ code: "overloaded", message: "Overloaded" });
    expect(errorOf(read(start(), ...text(0, "x"), overloaded, finish("end_turn"), stop)).code).toBe("overloaded");
  });

  test("an error in a stream has the class of its type", () => {
    const code = (type: string, message = "m") => errorOf(read({ type: "error", error: { type, message } })).code;
    expect(code("rate_limit_error")).toBe("rate_limited");
    expect(code("invalid_request_error")).toBe("invalid_request");
    expect(code("invalid_request_error", "prompt is too long: 5 tokens")).toBe("context_length");
    expect(code("authentication_error")).toBe("upstream_auth");
    expect(code("api_error")).toBe("upstream_failed");
    expect(code("timeout_error")).toBe("upstream_timeout");
  });

  test("an event that is not JSON fails the stream", () => {
    const events = readStream(framesOf([JSON.stringify(start()), '{"type":"content_block_del']));
    expect(errorOf(events).code).toBe("upstream_malformed");
  });

  test("a delta of the wrong kind fails the stream", () => {
    const events = read(
      start(),
      open(0, { type: "tool_use", id: "a", name: "f" }),
      delta(0, { type: "text_delta", text: "x" }),
    );
    expect(errorOf(events).code).toBe("upstream_malformed");
  });

  test("S30 the same message_start twice is one start", () => {
    const events = read(start(), start(), ...text(0, "x"), finish("end_turn"), stop);
    expect(events.filter((event) => event.type === "start")).toHaveLength(1);
    expect(terminals(events)).toEqual([{ type: "end" }]);
  });

  test("an empty body is a truncation, [DONE] ends what has its reason, and empty data is ignored", () => {
    expect(errorOf(readStream([])).code).toBe("upstream_truncated");
    const lines = [start(), ...text(0, "x"), finish("end_turn")].map((event) => JSON.stringify(event));
    expect(terminals(readStream(framesOf([...lines, "", "[DONE]"])))).toEqual([{ type: "end" }]);
    expect(errorOf(readStream(framesOf([...lines.slice(0, 2), "[DONE]"]))).code).toBe("upstream_truncated");
  });

  test("a whole reply that is an error, or no reply, is an error event", () => {
    expect(errorOf(readWhole({ type: "error", error: { type: "overloaded_error", message: "no" } })).code).toBe(
      "overloaded",
    );
    expect(errorOf(readWhole({ error: { message: "boom" } })).code).toBe("upstream_failed");
    expect(errorOf(readWhole([])).code).toBe("upstream_malformed");
    expect(errorOf(readWhole({ id: "x" })).code).toBe("upstream_malformed");
  });
});
