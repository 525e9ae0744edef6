// Folding a reply's events into the whole reply, and which events count as output.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { isOutput, type Reply, type ReplyEvent } from "../../src/core/events.ts";
import { openFold } from "../../src/core/fold.ts";
import { emptyUsage } from "../../src/core/usage.ts";

function folded(events: readonly ReplyEvent[]): Reply {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  return fold.reply();
}

const end: ReplyEvent = { type: "end" };
const text = (block: number, choice?: number): ReplyEvent =>
  choice === undefined
    ? { type: "block-start", block, kind: "text" }
    : { type: "block-start", block, kind: "text", choice };
const delta = (block: number, piece: string): ReplyEvent => ({ type: "delta", block, text: piece });
const call = (block: number, name: string): ReplyEvent => ({
  type: "block-start",
  block,
  kind: "tool-call",
  id: `id-${name}`,
  name,
  argumentsKind: "json",
});

describe("a folded reply", () => {
  test("has its blocks in order, each with its own text, state and citations", () => {
    const state = { origin: "maker", kind: "signature", value: "s" } as const;
    const citation = { kind: "url", url: "https://example.com" } as const;
    const reply = folded([
      { type: "start", id: "r1", model: "m", createdAtSeconds: 7, extra: { a: 1 } },
      { type: "block-start", block: 0, kind: "reasoning" },
      delta(0, "think"),
      { type: "state", block: 0, state },
      { type: "block-stop", block: 0 },
      text(1),
      delta(1, "Hel"),
      delta(1, ""),
      delta(1, "lo"),
      { type: "citation", block: 1, citation },
      { type: "block-stop", block: 1 },
      { type: "part", block: 2, part: { type: "image", source: { kind: "url", url: "https://example.com/i.png" } } },
      { type: "block-start", block: 3, kind: "refusal" },
      delta(3, "no"),
      { type: "stop", stop: { kind: "length", raw: "max_tokens" } },
      { type: "extra", extra: { b: 2 } },
      { type: "lost", field: "logprobs" },
      end,
    ]);
    expect(reply).toEqual({
      id: "r1",
      model: "m",
      createdAtSeconds: 7,
      choices: [
        {
          blocks: [
            { type: "reasoning", text: "think", state },
            { type: "text", text: "Hello", citations: [citation] },
            { type: "image", source: { kind: "url", url: "https://example.com/i.png" } },
            { type: "refusal", text: "no" },
          ],
          stop: { kind: "length", raw: "max_tokens" },
        },
      ],
      extra: { a: 1, b: 2 },
      lost: ["logprobs"],
    });
  });

  test("keeps the arguments of tool calls apart that come interleaved", () => {
    const reply = folded([call(0, "a"), call(1, "b"), delta(1, '{"y"'), delta(0, '{"x":1}'), delta(1, ":2}"), end]);
    expect(reply.choices[0]?.blocks).toEqual([
      { type: "tool-call", id: "id-a", name: "a", argumentsText: '{"x":1}', argumentsKind: "json" },
      { type: "tool-call", id: "id-b", name: "b", argumentsText: '{"y":2}', argumentsKind: "json" },
    ]);
  });

  test("takes a state that comes after the block's stop, and no text", () => {
    const state = { origin: "maker", kind: "encrypted", value: "s" } as const;
    const reply = folded([
      text(0),
      delta(0, "a"),
      { type: "block-stop", block: 0 },
      delta(0, "b"),
      { type: "state", block: 0, state },
      end,
    ]);
    expect(reply.choices[0]?.blocks).toEqual([{ type: "text", text: "a", state }]);
  });

  test("counts the last usage, never a sum", () => {
    const usage = (outputTokens: number): ReplyEvent => ({ type: "usage", usage: { ...emptyUsage(), outputTokens } });
    expect(folded([usage(1), usage(5), usage(3), end]).usage?.outputTokens).toBe(3);
  });

  test("has its choices apart, and those that said nothing empty", () => {
    const reply = folded([
      text(0, 2),
      delta(0, "c"),
      text(1),
      delta(1, "a"),
      { type: "stop", stop: { kind: "safety" }, choice: 2 },
      end,
    ]);
    expect(reply.choices).toEqual([
      { blocks: [{ type: "text", text: "a" }], stop: { kind: "end" } },
      { blocks: [], stop: { kind: "end" } },
      { blocks: [{ type: "text", text: "c" }], stop: { kind: "safety" } },
    ]);
  });

  test("joins log probabilities, keeps them when a later frame has none, and leaves the frames as they were", () => {
    const first = { content: [{ token: "a" }], refusal: null };
    const reply = folded([
      { type: "logprobs", logprobs: first },
      { type: "logprobs", logprobs: { content: [{ token: "b" }], refusal: [{ token: "r" }] } },
      { type: "logprobs", logprobs: { content: null, refusal: null } },
      end,
    ]);
    expect(reply.choices[0]?.logprobs).toEqual({
      content: [{ token: "a" }, { token: "b" }],
      refusal: [{ token: "r" }],
    });
    expect(first.content).toEqual([{ token: "a" }]);
  });

  test("without any block is one empty choice", () => {
    expect(folded([end]).choices).toEqual([{ blocks: [], stop: { kind: "end" } }]);
  });

  test("ignores text for a block that was never opened, and all that follows its end", () => {
    const reply = folded([
      delta(5, "x"),
      { type: "block-stop", block: 5 },
      end,
      text(0),
      { type: "error", error: new GatewayError("internal", "late") },
    ]);
    expect(reply.choices).toEqual([{ blocks: [], stop: { kind: "end" } }]);
  });

  test("S01 that never ended is a truncation", () => {
    expect(() => folded([text(0), delta(0, "half"), { type: "stop", stop: { kind: "end" } }])).toThrow(
      expect.objectContaining({ code: "upstream_truncated" }),
    );
  });

  test("S03 that failed is its failure, whatever came before or after", () => {
    const error = new GatewayError("overloaded", "busy");
    expect(() => folded([text(0), delta(0, "half"), { type: "error", error }, end])).toThrow(error);
  });
});

describe("output", () => {
  const output: ReplyEvent[] = [
    delta(0, "x"),
    call(0, "f"),
    { type: "part", block: 0, part: { type: "text", text: "" } },
    end,
  ];
  const none: ReplyEvent[] = [
    { type: "start", id: "x" },
    text(0),
    { type: "block-start", block: 0, kind: "reasoning" },
    delta(0, ""),
    { type: "block-stop", block: 0 },
    { type: "usage", usage: emptyUsage() },
    { type: "lost", field: "x" },
    { type: "extra", extra: {} },
    { type: "stop", stop: { kind: "end" } },
  ];

  test.each(output)("is %j", (event) => {
    expect(isOutput(event)).toBe(true);
  });

  test.each(none)("is not %j", (event) => {
    expect(isOutput(event)).toBe(false);
  });
});
