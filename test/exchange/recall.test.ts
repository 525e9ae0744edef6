// The memory of one conversation: found again by what a client sends back of it, in any spelling, and by nothing else.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest, Turn } from "../../src/core/chat.ts";
import type { ReplyEvent } from "../../src/core/events.ts";
import type { TargetFacts } from "../../src/core/facts.ts";
import { openRecall, watchTurn } from "../../src/exchange/recall.ts";
import { openMemoryReasoning } from "../../src/storage/memory/reasoning-memory.ts";
import type { ReasoningMemory } from "../../src/storage/reasoning-memory.ts";
import { chatRequest } from "../support/chat-request.ts";

const facts: TargetFacts = { provider: "p", providerType: "p", model: "m", origin: "maker", flags: {} };
const thought: Block = { type: "reasoning", text: "why", state: { origin: "maker", kind: "signature", value: "s" } };
const call = (argumentsText: string, id = "c1"): Block => ({
  type: "tool-call",
  id,
  name: "f",
  argumentsText,
  argumentsKind: "json",
});
const said = (words: string): Turn => ({ role: "user", blocks: [{ type: "text", text: words }] });
const request = (...turns: Turn[]) => chatRequest({ turns, tools: [{ kind: "function", name: "f" }] });
const answer = (...blocks: Block[]): Turn => ({ role: "assistant", blocks });

const openMemory = () => openMemoryReasoning({ ttlMs: 1000, bytesMax: 1_000_000, nowMs: () => 0 });
const recallOf = (memory: ReasoningMemory, whole: ChatRequest, tenant = "t") => openRecall({ memory, tenant, whole });

function remembering(memory: ReasoningMemory): void {
  const first = request(said("question"));
  recallOf(memory, first).keeper(first, facts)?.([thought, call('{"a":1,"b":[2]}')]);
}

describe("a turn", () => {
  const sent = request(said("question"), answer(call('{ "b": [2], "a": 1.0 }')));

  test("is found although its arguments are written anew", async () => {
    const memory = openMemory();
    remembering(memory);
    const restored = await recallOf(memory, sent).restore(sent, facts);
    expect(restored.turns[1]?.blocks).toEqual([thought, call('{"a":1,"b":[2]}')]);
    expect(sent.turns[1]?.blocks.length).toBe(1);
  });

  test.each([
    ["another tenant", "other", sent],
    ["another conversation", "t", request(said("other"), answer(call('{"a":1,"b":[2]}')))],
    ["other arguments", "t", request(said("question"), answer(call('{"a":2,"b":[2]}')))],
    ["another id", "t", request(said("question"), answer(call('{"a":1,"b":[2]}', "c2")))],
  ])("is not found by %s", async (_name, tenant, asked) => {
    const memory = openMemory();
    remembering(memory);
    expect(await recallOf(memory, asked, tenant).restore(asked, facts)).toBe(asked);
  });

  test("is found where the oldest turns had to go: the conversation is the client's", async () => {
    const memory = openMemory();
    remembering(memory);
    const cut = request(said("later question"), ...sent.turns.slice(1));
    expect((await recallOf(memory, sent).restore(cut, facts)).turns[1]?.blocks.length).toBe(2);
  });

  test("is found in a memory that is elsewhere", async () => {
    const here = openMemory();
    remembering(here);
    const elsewhere: ReasoningMemory = { ...here, find: async (key) => here.find(key) };
    expect((await recallOf(elsewhere, sent).restore(sent, facts)).turns[1]?.blocks.length).toBe(2);
  });

  test("without a tool to call is not watched", () => {
    const plain = { ...request(said("question")), tools: [] };
    expect(recallOf(openMemory(), plain).keeper(plain, facts)).toBeUndefined();
  });
});

describe("a stream", () => {
  const events: ReplyEvent[] = [
    { type: "block-start", block: 0, kind: "reasoning" },
    { type: "delta", block: 0, text: "why" },
    { type: "block-stop", block: 0 },
    { type: "block-start", block: 1, kind: "tool-call", id: "c1", name: "f", argumentsKind: "json" },
    { type: "delta", block: 1, text: "{}" },
  ];
  const watched = (...last: ReplyEvent[]) => {
    const kept: (readonly Block[])[] = [];
    const passed: ReplyEvent[] = [];
    const emit = watchTurn(
      (event) => passed.push(event),
      (blocks) => kept.push(blocks),
    );
    for (const event of [...events, ...last]) emit(event);
    return { kept, passed };
  };

  test("passes on as it is, and is kept at its end", () => {
    const { kept, passed } = watched({ type: "end" });
    expect(passed).toEqual([...events, { type: "end" }]);
    expect(kept).toEqual([[{ type: "reasoning", text: "why" }, call("{}")]]);
  });

  test("that breaks off is not kept", () => {
    expect(watched().kept).toEqual([]);
  });
});
