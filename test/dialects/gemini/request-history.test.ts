// Tool calls, their results and thought signatures in the history, as generateContent contents. Expected values by hand.
import { describe, expect, test } from "bun:test";
import type { Turn } from "../../../src/core/chat.ts";
import { assistant, call, png, result, text, user, written } from "./support.ts";

describe("calls and results", () => {
  test("T53 results stand together in the order of the calls, with the name of their call", () => {
    const { body } = written({
      turns: [
        user(text("q")),
        assistant(text("let me see"), call("a", "first", '{"x":1}'), call("b", "second", "")),
        user(result("b", "two")),
        user(result("a", '{"deg":12}')),
        user(text("and now?")),
      ],
    });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "q" }] },
      {
        role: "model",
        parts: [
          { text: "let me see" },
          { functionCall: { id: "a", name: "first", args: { x: 1 } } },
          { functionCall: { id: "b", name: "second", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "first", response: { deg: 12 } } },
          { functionResponse: { id: "b", name: "second", response: { output: "two" } } },
        ],
      },
      { role: "user", parts: [{ text: "and now?" }] },
    ]);
  });

  test("T54 T55 text and calls of one turn are both kept, in their order", () => {
    const { body } = written({
      turns: [user(text("q")), assistant(call("a", "f"), text("after")), user(result("a", "r"))],
    });
    expect((body["contents"] as { parts: unknown[] }[])[1]?.parts).toEqual([
      { functionCall: { id: "a", name: "f", args: {} } },
      { text: "after" },
    ]);
  });

  test("T56 a target without call ids gets none", () => {
    const { body } = written(
      { turns: [user(text("q")), assistant(call("a", "f")), user(result("a", "r"))] },
      { toolCallIds: false },
    );
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "q" }] },
      { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "r" } } }] },
    ]);
  });

  test("T06 an id that is used again in a later turn binds to the call of that turn", () => {
    const { body } = written({
      turns: [
        user(text("q")),
        assistant(call("call_0", "first")),
        user(result("call_0", "one")),
        assistant(call("call_0", "second")),
        user(result("call_0", "two")),
      ],
    });
    const contents = body["contents"] as { parts: { functionResponse?: { name: string; response: unknown } }[] }[];
    expect(contents[2]?.parts[0]?.functionResponse).toMatchObject({ name: "first", response: { output: "one" } });
    expect(contents[4]?.parts[0]?.functionResponse).toMatchObject({ name: "second", response: { output: "two" } });
  });

  test("M15 text parts of a result are one text, and a failed call says so", () => {
    const { body } = written({
      turns: [
        user(text("q")),
        assistant(call("a", "f"), call("b", "f")),
        user(
          { type: "tool-result", callId: "a", blocks: [text("x"), text("y")] },
          { type: "tool-result", callId: "b", isError: true, blocks: [text('{"why":1}')] },
        ),
      ],
    });
    expect((body["contents"] as { parts: unknown[] }[])[2]?.parts).toEqual([
      { functionResponse: { id: "a", name: "f", response: { output: "x\ny" } } },
      { functionResponse: { id: "b", name: "f", response: { error: '{"why":1}' } } },
    ]);
  });

  test("M18 an image in a result goes inside the response, or after it where the model cannot read it there", () => {
    const turns = [
      user(text("q")),
      assistant(call("a", "look")),
      user({ type: "tool-result", callId: "a", blocks: [text("seen"), png("QUJD")] }),
    ];
    const inlineData = { mimeType: "image/png", data: "QUJD" };
    const response = { id: "a", name: "look", response: { output: "seen" } };
    const inside = written({ turns }, { imagesInToolResults: true }).body["contents"] as unknown[];
    expect(inside.slice(2)).toEqual([
      { role: "user", parts: [{ functionResponse: { ...response, parts: [{ inlineData }] } }] },
    ]);
    const after = written({ turns }).body["contents"] as unknown[];
    expect(after.slice(2)).toEqual([
      { role: "user", parts: [{ functionResponse: response }] },
      { role: "user", parts: [{ text: "Returned by look:" }, { inlineData }] },
    ]);
  });

  test("T53 a call without a result gets one and a result without a call becomes text, both reported", () => {
    const { body, lost } = written({
      turns: [user(text("q")), assistant(call("a", "f")), user(result("zzz", "stray", { name: "g" }))],
    });
    expect((body["contents"] as unknown[]).slice(2)).toEqual([
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "f", response: { error: "no result of this call is in the history" } } },
        ],
      },
      { role: "user", parts: [{ text: "Result of g: stray" }] },
    ]);
    expect(lost).toEqual(["messages.tool_call_id"]);
  });

  test("T29 arguments that are no object are carried, never emptied, and reported", () => {
    const { body, lost } = written({
      turns: [
        user(text("q")),
        assistant(call("a", "f", '{"cut":'), call("b", "f", "null"), call("c", "f", '{"n":9007199254740993}')),
      ],
    });
    const parts = (body["contents"] as { parts: { functionCall: { args: unknown } }[] }[])[1]?.parts;
    expect(parts?.[0]?.functionCall.args).toEqual({ __raw: '{"cut":' });
    expect(lost).toContain("tool_calls.function.arguments");
    expect(parts?.[1]?.functionCall.args).toEqual({});
    expect(JSON.stringify(parts?.[2]?.functionCall.args)).toBe('{"n":9007199254740993}');
  });
});

describe("thought signatures", () => {
  const signed = (origin: string): Turn[] => [
    user(text("q")),
    assistant(
      { type: "reasoning", text: "hmm", state: { origin, kind: "signature", value: "S1" } },
      { type: "text", text: "so", state: { origin, kind: "signature", value: "S2" } },
      {
        type: "tool-call",
        id: "a",
        name: "f",
        argumentsText: "{}",
        argumentsKind: "json",
        state: { origin, kind: "signature", value: "S3" },
      },
      call("b", "f"),
    ),
    user(result("a", "1"), result("b", "2")),
  ];

  test("R24 R25 a signature goes back on the very part it came with", () => {
    const { body, lost } = written({ turns: signed("gemini") }, { thoughtSignatures: "required" });
    expect((body["contents"] as { parts: unknown[] }[])[1]?.parts).toEqual([
      { text: "hmm", thought: true, thoughtSignature: "S1" },
      { text: "so", thoughtSignature: "S2" },
      { functionCall: { id: "a", name: "f", args: {} }, thoughtSignature: "S3" },
      { functionCall: { id: "b", name: "f", args: {} } },
    ]);
    expect(lost).toEqual([]);
  });

  test("R27 history of another maker loses its signatures and the first call of each step gets the sentinel", () => {
    const { body, lost } = written({ turns: signed("anthropic") }, { thoughtSignatures: "required" });
    expect((body["contents"] as { parts: unknown[] }[])[1]?.parts).toEqual([
      { text: "so" },
      { functionCall: { id: "a", name: "f", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
      { functionCall: { id: "b", name: "f", args: {} } },
    ]);
    expect(lost).toEqual(["messages.reasoning_content", "messages.reasoning_details"]);
    const plain = written({ turns: signed("anthropic") }).body["contents"] as { parts: object[] }[];
    expect(JSON.stringify(plain)).not.toContain("thoughtSignature");
  });

  test("R26 a signature without text goes back as a part with empty text", () => {
    const state = { origin: "gemini", kind: "signature", value: "S" } as const;
    const { body } = written({
      turns: [user(text("q")), assistant({ type: "text", text: "", state }), user(text("more"))],
    });
    expect((body["contents"] as { parts: unknown[] }[])[1]?.parts).toEqual([{ text: "", thoughtSignature: "S" }]);
  });
});
