// A remembered turn in the place of what a client sent back: whole where it is the same, thoughts before their calls where not.
import { describe, expect, test } from "bun:test";
import type { Block, ToolCallBlock, Turn } from "../../src/core/chat.ts";
import type { TargetFacts } from "../../src/core/facts.ts";
import { restoredTurn } from "../../src/exchange/remembered-turn.ts";

const facts = (flags: TargetFacts["flags"] = {}, origin = "maker"): TargetFacts => ({
  provider: "p",
  providerType: "p",
  model: "m",
  origin,
  flags,
});
const signed = (value: string): Block => ({
  type: "reasoning",
  text: `thought ${value}`,
  state: { origin: "maker", kind: "signature", value },
});
const call = (id: string, rest: Partial<ToolCallBlock> = {}): Block => ({
  type: "tool-call",
  id,
  name: "f",
  argumentsText: "{}",
  argumentsKind: "json",
  ...rest,
});
const text = (words: string): Block => ({ type: "text", text: words });
const turn = (...blocks: Block[]): Turn => ({ role: "assistant", blocks });

const remembered = { origin: "maker", blocks: [signed("1"), text("Let me look. "), signed("2"), call("a"), call("b")] };

describe("a turn", () => {
  test("that is the same comes back block by block, with the client's cache marks", () => {
    const written = turn(
      text("Let me look."),
      call("a", { argumentsText: "{ }" }),
      call("b", { cache: { ttl: "1h" } }),
    );
    expect(restoredTurn(written, remembered, facts())?.blocks).toEqual([
      ...remembered.blocks.slice(0, 4),
      call("b", { cache: { ttl: "1h" } }),
    ]);
  });

  test("whose text the client has dropped keeps each thought before what it led to", () => {
    expect(restoredTurn(turn(call("a"), call("b")), remembered, facts())?.blocks).toEqual([
      signed("1"),
      signed("2"),
      call("a"),
      call("b"),
    ]);
  });

  test("without one of its calls loses the thought of that call alone", () => {
    const two = { origin: "maker", blocks: [signed("1"), call("a"), signed("2"), call("b")] };
    expect(restoredTurn(turn(text("Well."), call("a")), two, facts())?.blocks).toEqual([
      signed("1"),
      text("Well."),
      call("a"),
    ]);
  });

  test("gives calls their own state, and takes no unsigned reasoning of the client's beside it", () => {
    const state = { origin: "maker", kind: "signature" as const, value: "s" };
    const former = { origin: "maker", blocks: [call("a", { state })] };
    const written = turn({ type: "reasoning", text: "shown" }, text("new words"), call("a"));
    expect(restoredTurn(written, former, facts())?.blocks).toEqual([text("new words"), call("a", { state })]);
  });

  test("of another maker is left alone", () => {
    expect(restoredTurn(turn(call("a"), call("b")), remembered, facts({}, "other"))).toBeUndefined();
  });

  test("with unsigned reasoning goes back only to those that read it again", () => {
    const unsigned = { origin: "maker", blocks: [{ type: "reasoning" as const, text: "why" }, call("a")] };
    expect(restoredTurn(turn(call("a")), unsigned, facts())).toBeUndefined();
    const replaying = facts({ reasoningReplay: "reasoning_content" });
    expect(restoredTurn(turn(call("a")), unsigned, replaying)?.blocks).toEqual(unsigned.blocks);
    expect(restoredTurn(turn({ type: "reasoning", text: "own" }, call("a")), unsigned, replaying)).toBeUndefined();
  });
});
