// What the tests of the called half share: facts of a target, events of hand-made chunks, and the official SDK as reader.
import OpenAI from "openai";
import type { Block, ToolCallBlock } from "../../../src/core/chat.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { TargetFacts, TargetFlags } from "../../../src/core/facts.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openReader, readReply } from "../../../src/dialects/openai-chat/read-reply.ts";

export function facts(more: Partial<TargetFacts> = {}): TargetFacts {
  return { provider: "east", providerType: "row", model: "model-1", origin: "row", flags: {}, ...more };
}

export function withFlags(flags: TargetFlags, more: Partial<TargetFacts> = {}): TargetFacts {
  return facts({ flags, ...more });
}

export type Ending = { done?: boolean; repairs?: readonly string[] };

/** Events of a stream of these payloads; `done`: followed by [DONE]. */
export function eventsOf(
  payloads: readonly (JsonValue | string)[],
  { done = true, repairs }: Ending = {},
): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const reader = openReader((event) => events.push(event), facts(repairs ? { repairs } : {}));
  for (const payload of payloads) {
    reader.read({ event: "", data: typeof payload === "string" ? payload : JSON.stringify(payload) });
  }
  if (done) reader.read({ event: "", data: "[DONE]" });
  reader.end();
  return events;
}

export function wholeEvents(body: JsonValue, repairs?: readonly string[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  readReply(body, (event) => events.push(event), facts(repairs ? { repairs } : {}));
  return events;
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, more: JsonObject = {}, choice: JsonObject = {}): JsonObject {
  return {
    id: "c1",
    object: "chat.completion.chunk",
    created: 7,
    model: "m",
    choices: [{ index: 0, delta, ...choice }],
    ...more,
  };
}

export function finish(reason: string, more: JsonObject = {}): JsonObject {
  return chunk({}, more, { finish_reason: reason });
}

export function replyOf(events: readonly ReplyEvent[]) {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  return fold.reply();
}

export function blocksOf(events: readonly ReplyEvent[], choice = 0): Block[] {
  return replyOf(events).choices[choice]?.blocks ?? [];
}

export function textOf(blocks: readonly Block[], type: "text" | "reasoning" | "refusal"): string {
  return blocks.flatMap((block) => (block.type === type ? [block.text] : [])).join("");
}

export type PlainCall = { id: string; name: string; argumentsText: string };

export function callsOf(blocks: readonly Block[]): PlainCall[] {
  return blocks
    .filter((block): block is ToolCallBlock => block.type === "tool-call")
    .map(({ id, name, argumentsText }) => ({ id, name, argumentsText }));
}

export function terminals(events: readonly ReplyEvent[]): ReplyEvent[] {
  return events.filter((event) => event.type === "end" || event.type === "error");
}

/** A client whose every call gets this answer. */
export function clientOf(body: string, contentType: string): OpenAI {
  return new OpenAI({
    apiKey: "k",
    baseURL: "http://fake.invalid/v1",
    maxRetries: 0,
    fetch: async () => new Response(body, { headers: { "content-type": contentType } }),
  });
}

/** What the official SDK makes of the wire text of a stream. */
export async function sdkReply(wire: string): Promise<OpenAI.ChatCompletion> {
  const client = clientOf(wire, "text/event-stream");
  return client.chat.completions
    .stream({ model: "m", messages: [{ role: "user", content: "x" }], stream: true })
    .finalChatCompletion();
}
