// How replies end: finish reasons, blocked prompts, failures inside a 200, frames that cannot be read. Results by hand.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { openReader } from "../../../src/dialects/gemini/read-reply.ts";
import { chunk, eventsOf, isTerminal, replyOf, target } from "./support.ts";

const stop = { finishReason: "STOP" };

function errorOf(chunks: JsonValue[]) {
  const events = eventsOf(chunks);
  expect(events.filter(isTerminal)).toHaveLength(1);
  const last = events.at(-1);
  return last?.type === "error" ? last.error : undefined;
}

describe("ends", () => {
  test("X13 a blocked prompt is one refused choice that says why", () => {
    const reply = replyOf([
      { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 4 } },
    ]);
    expect(reply.choices).toEqual([
      {
        blocks: [],
        stop: {
          kind: "safety",
          raw: "PROHIBITED_CONTENT",
          explanation: "the prompt was blocked by the provider: PROHIBITED_CONTENT",
        },
      },
    ]);
    expect(reply.usage?.inputTokens).toBe(4);
  });

  test.each([
    ["STOP", "end"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "safety"],
    ["PROHIBITED_CONTENT", "safety"],
    ["BLOCKLIST", "safety"],
    ["SPII", "safety"],
    ["IMAGE_SAFETY", "safety"],
    ["IMAGE_PROHIBITED_CONTENT", "safety"],
    ["RECITATION", "recitation"],
    ["IMAGE_RECITATION", "recitation"],
    ["LANGUAGE", "other"],
    ["OTHER", "other"],
    ["NO_IMAGE", "other"],
    ["TOO_MANY_TOOL_CALLS", "other"],
    ["FINISH_REASON_UNSPECIFIED", "other"],
    ["SOMETHING_NEW", "other"],
  ] as const)("X02 %s ends a reply as %s", (finishReason, kind) => {
    const reply = replyOf([chunk([{ text: "a" }], { finishReason, finishMessage: "why" })]);
    expect(reply.choices[0]?.stop).toEqual({ kind, raw: finishReason, explanation: "why" });
  });

  test.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])(
    "X01 %s is an error and no empty success",
    (finishReason) => {
      const error = errorOf([chunk([{ text: "a" }]), { candidates: [{ finishReason, finishMessage: "bad call" }] }]);
      expect(error).toMatchObject({ code: "upstream_malformed", upstream: { type: finishReason } });
      expect(error?.message).toContain("bad call");
    },
  );

  test("STOP on every chunk ends the reply once", () => {
    const events = eventsOf([chunk([{ text: "a" }], stop), chunk([{ text: "b" }], stop)]);
    expect(events.filter((event) => event.type === "stop")).toHaveLength(1);
    expect(replyOf([chunk([{ text: "a" }], stop), chunk([{ text: "b" }], stop)]).choices[0]?.blocks).toEqual([
      { type: "text", text: "ab" },
    ]);
  });

  test("candidates and contents may be empty or absent on the way", () => {
    const reply = replyOf([
      { candidates: [] },
      { usageMetadata: {} },
      { candidates: [{ content: {} }] },
      { candidates: [{ finishReason: "STOP" }] },
    ]);
    expect(reply.choices).toEqual([{ blocks: [], stop: { kind: "end", raw: "STOP" } }]);
  });

  test("an error object in a frame, plain or in a list, is the reply's error", () => {
    const error = { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } };
    for (const frame of [error, [error], { response: error }]) {
      expect(errorOf([chunk([{ text: "a" }]), frame])).toMatchObject({
        code: "overloaded",
        message: "The model is overloaded.",
      });
    }
  });

  test("frames that cannot be read are an error and nothing follows it", () => {
    for (const data of ["{", '"text"', "7"]) {
      const events: ReplyEvent[] = [];
      const reader = openReader((event) => events.push(event), target());
      reader.read({ event: "", data });
      reader.read({ event: "", data: JSON.stringify(chunk([{ text: "late" }], stop)) });
      reader.end();
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({ type: "error", error: { code: "upstream_malformed" } });
    }
    expect(errorOf([{ candidates: [{ index: 1e9 }] }])?.code).toBe("upstream_malformed");
    expect(errorOf([])?.code).toBe("upstream_truncated");
  });
});
