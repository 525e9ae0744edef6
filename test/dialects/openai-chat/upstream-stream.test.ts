// Streams of hosts that deviate, made by hand after the traps of translation.md: one behaviour a test.
import { describe, expect, test } from "bun:test";
import { openReader } from "../../../src/dialects/openai-chat/read-reply.ts";
import {
  blocksOf,
  callsOf,
  chunk,
  eventsOf,
  facts,
  finish,
  replyOf,
  terminals,
  textOf,
  wholeEvents,
} from "./upstream-support.ts";

function endOf(events: ReturnType<typeof eventsOf>) {
  const ends = terminals(events);
  expect(ends).toHaveLength(1);
  expect(events.at(-1)).toBe(ends[0] as never);
  return ends[0];
}

function errorOf(events: ReturnType<typeof eventsOf>) {
  const end = endOf(events);
  if (end?.type !== "error") throw new Error("the stream did not fail");
  return end.error;
}

describe("how a stream ends", () => {
  const text = chunk({ role: "assistant", content: "Hi" });

  test("S01 the body ends before any finish reason: truncated", () => {
    expect(errorOf(eventsOf([text], { done: false })).code).toBe("upstream_truncated");
  });

  test("S02 the body ends after the finish without [DONE]: a clean end", () => {
    expect(endOf(eventsOf([text, finish("stop")], { done: false }))?.type).toBe("end");
  });

  test("S01 one of two choices has not finished: truncated", () => {
    const second = { ...text, choices: [{ index: 1, delta: { content: "Ho" } }] };
    expect(errorOf(eventsOf([text, second, finish("stop")], { done: false })).code).toBe("upstream_truncated");
  });

  test("an empty body is truncated, and [DONE] alone is no reply", () => {
    expect(errorOf(eventsOf([], { done: false })).code).toBe("upstream_truncated");
    expect(errorOf(eventsOf([])).code).toBe("upstream_malformed");
  });

  test("[DONE] without a finish reason ends the reply, and no reason is made up", () => {
    const reply = replyOf(eventsOf([text]));
    expect(reply.choices[0]?.stop).toEqual({ kind: "other" });
  });

  test("what follows [DONE] is not read", () => {
    const events: unknown[] = [];
    const reader = openReader((event) => events.push(event), facts());
    for (const data of [
      JSON.stringify(text),
      JSON.stringify(finish("stop")),
      "[DONE]",
      JSON.stringify(text),
      "no json",
    ]) {
      reader.read({ event: "", data });
    }
    const count = events.length;
    reader.end();
    expect(events).toHaveLength(count);
  });

  test("S17 an empty data line is no end", () => {
    expect(textOf(blocksOf(eventsOf([text, "", chunk({ content: "!" }), finish("stop")])), "text")).toBe("Hi!");
  });

  test("S03 an error chunk fails the stream, with the host's words", () => {
    const error = errorOf(
      eventsOf([text, { error: { message: "the engine is down", type: "server_error", code: 502 } }]),
    );
    expect([error.code, error.message]).toEqual(["upstream_failed", "the engine is down"]);
  });

  test("S09 an error as the first event comes without any other event", () => {
    const events = eventsOf([{ error: { message: "Overloaded", type: "overloaded_error" } }]);
    expect(events).toHaveLength(1);
    expect(errorOf(events).code).toBe("overloaded");
  });

  test("an `event: error` frame fails the stream, whatever its shape", () => {
    const events: Parameters<typeof endOf>[0] = [];
    const reader = openReader((event) => events.push(event), facts());
    reader.read({ event: "error", data: '{"message":"too many requests","code":"rate_limit_exceeded"}' });
    reader.end();
    expect(errorOf(events).code).toBe("rate_limited");
  });

  test("X34 a choice's own error fails the stream (OpenRouter)", () => {
    const failed = chunk({ content: "" }, {}, { error: { code: 429, message: "slow down" }, finish_reason: "error" });
    expect(errorOf(eventsOf([text, failed])).code).toBe("rate_limited");
  });

  for (const word of ["error", "network_error", "insufficient_system_resource"]) {
    test(`S08 finish_reason "${word}" is a failure and not a finish`, () => {
      const events = eventsOf([text, finish(word)]);
      expect(errorOf(events).code).toBe("upstream_failed");
      expect(events.some((event) => event.type === "stop")).toBe(false);
    });
  }

  test("a frame that is not JSON, or not an object, fails the stream", () => {
    expect(errorOf(eventsOf([text, "{broken"])).code).toBe("upstream_malformed");
    expect(errorOf(eventsOf([text, "42"])).code).toBe("upstream_malformed");
  });

  test("S60 content that follows the finish belongs to the reply", () => {
    const events = eventsOf([
      text,
      finish("stop"),
      chunk({ content: " there" }),
      { usage: { prompt_tokens: 1 }, choices: [] },
    ]);
    expect(textOf(blocksOf(events), "text")).toBe("Hi there");
    expect(events.map((event) => event.type).slice(-3)).toEqual(["block-stop", "stop", "end"]);
  });

  test("U16 usage before the last content does not end the reply", () => {
    const events = eventsOf([
      text,
      chunk({ content: "!" }, { usage: { prompt_tokens: 1, completion_tokens: 2 } }),
      finish("stop"),
    ]);
    expect(textOf(blocksOf(events), "text")).toBe("Hi!");
  });
});

describe("odd frames", () => {
  test("S27 Azure's first chunk has no choices and an empty id: the reply starts with the next one", () => {
    const filter = {
      id: "",
      object: "",
      model: "",
      created: 0,
      choices: [],
      prompt_filter_results: [{ prompt_index: 0 }],
    };
    const events = eventsOf([filter, chunk({ role: "assistant", content: "a" }), finish("stop")]);
    expect(events[0]).toEqual({ type: "start", id: "c1", model: "m", createdAtSeconds: 7 });
    expect(replyOf(events).extra).toEqual({ prompt_filter_results: [{ prompt_index: 0 }] });
  });

  test("S28 a choice without a delta is no fault, and what it holds is reported", () => {
    const filter = { id: "c1", choices: [{ index: 0, content_filter_results: { hate: { filtered: false } } }] };
    const reply = replyOf(eventsOf([chunk({ content: "a" }), filter, finish("stop")]));
    expect(reply.lost).toEqual(["choices.content_filter_results"]);
  });

  test("S26 a usage chunk without the choices key is read", () => {
    const reply = replyOf(
      eventsOf([chunk({ content: "a" }), finish("stop"), { usage: { prompt_tokens: 3, completion_tokens: 1 } }]),
    );
    expect([reply.usage?.inputTokens, reply.usage?.totalTokens]).toEqual([3, 4]);
  });

  test("S24 no role chunk, a repeated role and a role of null make no difference", () => {
    const events = eventsOf([
      chunk({ content: "a" }),
      chunk({ role: "assistant", content: "b" }),
      chunk({ role: null, content: "c" }),
      finish("stop"),
    ]);
    expect(blocksOf(events)).toEqual([{ type: "text", text: "abc" }]);
  });

  test("S29 a stream without id, model and time starts without them", () => {
    const events = eventsOf([{ choices: [{ delta: { content: "a" }, finish_reason: "stop" }] }]);
    expect(events[0]).toEqual({ type: "start" });
  });

  test("`message` in place of `delta` is read as a delta", () => {
    const events = eventsOf([
      { choices: [{ index: 0, message: { role: "assistant", content: "a" } }] },
      finish("stop"),
    ]);
    expect(textOf(blocksOf(events), "text")).toBe("a");
  });

  test("fields of the reply are extra, told once and again when they change", () => {
    const events = eventsOf([
      chunk({ content: "a" }, { service_tier: "default", citations: ["u"] }),
      chunk({ content: "b" }, { service_tier: "default", citations: ["u"] }),
      chunk({}, { service_tier: "flex", x_groq: { id: "r" } }, { finish_reason: "stop" }),
      chunk({}, { x_groq: { seed: 1 } }),
    ]);
    expect(events.filter((event) => event.type === "extra")).toHaveLength(3);
    expect(replyOf(events).extra).toEqual({ service_tier: "flex", citations: ["u"], x_groq: { id: "r", seed: 1 } });
  });

  test("fields of a delta that nobody knows are reported as lost, once", () => {
    const events = eventsOf([
      chunk({ content: "a", mood: "fine", empty: [] }),
      chunk({ content: "b", mood: "bad" }),
      finish("stop"),
    ]);
    expect(replyOf(events).lost).toEqual(["message.mood"]);
  });

  test("`obfuscation` is padding and no field of the reply", () => {
    const reply = replyOf(eventsOf([chunk({ content: "a" }, { obfuscation: "xyz" }), finish("stop")]));
    expect([reply.extra, reply.lost]).toEqual([{}, []]);
  });

  test("several choices keep their own blocks, and a missing index is the position", () => {
    const two = { id: "c1", choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] };
    const done = { id: "c1", choices: [{ finish_reason: "stop" }, { finish_reason: "length" }] };
    const reply = replyOf(eventsOf([two, done]));
    expect(reply.choices.map((choice) => choice.blocks)).toEqual([
      [{ type: "text", text: "a" }],
      [{ type: "text", text: "b" }],
    ]);
    expect(reply.choices.map((choice) => choice.stop.kind)).toEqual(["end", "length"]);
  });

  test("X44 with merge-choices an answer that is split over choices is one", () => {
    const call = { id: "t", function: { name: "f", arguments: '{"a":1}' } };
    const body = {
      choices: [
        { index: 0, message: { content: "text" }, finish_reason: "stop" },
        { index: 1, message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" },
      ],
    };
    const reply = replyOf(wholeEvents(body, ["merge-choices"]));
    expect(reply.choices).toHaveLength(1);
    expect(reply.choices[0]?.blocks.map((block) => block.type)).toEqual(["text", "tool-call"]);
    expect(reply.choices[0]?.stop.kind).toBe("tool-calls");
    expect(replyOf(wholeEvents(body)).choices).toHaveLength(2);
  });

  test("log probabilities are passed on, null ones are not", () => {
    const logprobs = { content: [{ token: "a", logprob: -1 }], refusal: null };
    const events = eventsOf([
      chunk({ content: "a" }, {}, { logprobs }),
      chunk({ content: "b" }, {}, { logprobs: null }),
      finish("stop"),
    ]);
    expect(events.filter((event) => event.type === "logprobs")).toEqual([{ type: "logprobs", logprobs }]);
  });
});

describe("why a reply stopped", () => {
  const words: readonly (readonly [string, string])[] = [
    ["stop", "end"],
    ["eos", "end"],
    ["COMPLETE", "end"],
    ["length", "length"],
    ["model_length", "length"],
    ["MAX_TOKENS", "length"],
    ["max_output_tokens", "length"],
    ["content_filter", "safety"],
    ["sensitive", "safety"],
    ["content_filtered", "safety"],
    ["model_context_window_exceeded", "context-full"],
    ["strange_new_word", "other"],
  ];
  for (const [word, kind] of words) {
    test(`X02 X07 finish_reason "${word}" is "${kind}", and the host's word is kept`, () => {
      const reply = replyOf(eventsOf([chunk({ content: "a" }), finish(word)]));
      expect(reply.choices[0]?.stop).toEqual({ kind: kind as "end", raw: word });
    });
  }

  const call = chunk({
    tool_calls: [{ index: 0, id: "t", type: "function", function: { name: "f", arguments: '{"a":' } }],
  });

  test("X03 an ordinary stop after tool calls is a tool turn", () => {
    expect(replyOf(eventsOf([call, finish("stop")])).choices[0]?.stop.kind).toBe("tool-calls");
  });

  test("X04 a tool turn without calls is an ordinary end", () => {
    const stop = replyOf(eventsOf([chunk({ content: "a" }), finish("tool_calls")])).choices[0]?.stop;
    expect(stop).toEqual({ kind: "end", raw: "tool_calls" });
  });

  test("X06 a call that was cut by the length stays cut", () => {
    const reply = replyOf(eventsOf([call, finish("length")]));
    expect(reply.choices[0]?.stop.kind).toBe("length");
    expect(callsOf(reply.choices[0]?.blocks ?? [])[0]?.argumentsText).toBe('{"a":');
  });

  test("the stop string is told where the host tells it, and token ids are none", () => {
    const stopped = (more: object) =>
      replyOf(eventsOf([chunk({ content: "a" }, {}, { finish_reason: "stop", ...more })])).choices[0]?.stop;
    expect(stopped({ stop_reason: "END" })).toEqual({ kind: "stop-sequence", raw: "stop", sequence: "END" });
    expect(stopped({ matched_stop: "END" })).toEqual({ kind: "stop-sequence", raw: "stop", sequence: "END" });
    expect(stopped({ matched_stop: 151645 })).toEqual({ kind: "end", raw: "stop" });
    expect(stopped({ native_finish_reason: "end_turn" })).toEqual({ kind: "end", raw: "end_turn" });
  });
});
