// The memory of turns: what was kept is found as it was, until it is too old or too much.
import { expect, test } from "bun:test";
import type { Block } from "../../src/core/chat.ts";
import { openMemoryReasoning } from "../../src/storage/memory/reasoning-memory.ts";

const blocks: Block[] = [
  { type: "reasoning", text: "a", state: { origin: "maker", kind: "signature", value: "s\u2028ü" } },
  { type: "tool-call", id: "c", name: "f", argumentsText: "{ }", argumentsKind: "json" },
];
const turn = { origin: "maker", blocks };

function open(bytesMax = 1_000_000) {
  const clock = { now: 0 };
  return { clock, memory: openMemoryReasoning({ ttlMs: 1000, bytesMax, nowMs: () => clock.now }) };
}

test("a turn is found as it was, by its key alone", () => {
  const { memory } = open();
  memory.keep("k", turn);
  expect(memory.find("k")).toEqual(turn);
  expect(memory.find("other")).toBeUndefined();
  memory.close();
  expect(memory.find("k")).toBeUndefined();
});

test("a turn is forgotten when nobody has asked for it in its time", () => {
  const { memory, clock } = open();
  memory.keep("k", turn);
  clock.now = 999;
  expect(memory.find("k")).toEqual(turn);
  clock.now = 1998;
  expect(memory.find("k")).toEqual(turn);
  clock.now = 2998;
  expect(memory.find("k")).toBeUndefined();
});

test("the turn that was asked for longest ago leaves when there is no room", () => {
  const { memory } = open(20_000);
  const large = (text: string) => ({ origin: "maker", blocks: [{ type: "text" as const, text }] });
  for (let index = 0; index < 30; index++) {
    memory.keep(`k${index}`, large("x".repeat(300)));
    memory.find("k0");
  }
  expect(memory.find("k0")).toBeDefined();
  expect(memory.find("k1")).toBeUndefined();
  expect(memory.find("k29")).toBeDefined();
});

test("a turn that takes more than its share is not kept, and replaces nothing but itself", () => {
  const { memory } = open(20_000);
  memory.keep("k", turn);
  memory.keep("other", turn);
  memory.keep("k", { origin: "maker", blocks: [{ type: "text", text: "x".repeat(1000) }] });
  expect(memory.find("k")).toBeUndefined();
  expect(memory.find("other")).toEqual(turn);
});
