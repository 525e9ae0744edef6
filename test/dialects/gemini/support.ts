// What the tests of this dialect share: a target, a request, and a reply read to its end.
import type { Block, ChatRequest, Turn } from "../../../src/core/chat.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { TargetFacts, TargetFlags } from "../../../src/core/facts.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { GeminiReader } from "../../../src/dialects/gemini/read-reply.ts";
import { writeRequest } from "../../../src/dialects/gemini/request.ts";
import { chatRequest } from "../../support/chat-request.ts";

export function target(flags: TargetFlags = {}): TargetFacts {
  return { provider: "google", providerType: "google", model: "gemini-test", origin: "gemini", flags };
}

export function chat(fields: Partial<ChatRequest> = {}): ChatRequest {
  return chatRequest({ model: "gemini-test", ...fields });
}

export const text = (words: string): Block => ({ type: "text", text: words });
export const user = (...blocks: Block[]): Turn => ({ role: "user", blocks });
export const assistant = (...blocks: Block[]): Turn => ({ role: "assistant", blocks });
export const call = (id: string, name: string, argumentsText = "{}"): Block => ({
  type: "tool-call",
  id,
  name,
  argumentsText,
  argumentsKind: "json",
});
export const result = (callId: string, words: string, rest: object = {}): Block => ({
  type: "tool-result",
  callId,
  blocks: [text(words)],
  ...rest,
});
export const png = (data = "AAAA"): Block => ({
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data },
});

export function written(fields: Partial<ChatRequest>, flags: TargetFlags = {}): { body: JsonObject; lost: string[] } {
  return writeRequest(chat(fields), target(flags));
}

/** Events of a reply that came as these chunks. Made-up ids count from call-1. */
export function eventsOf(chunks: JsonValue[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  let count = 0;
  const reader = new GeminiReader({
    emit: (event) => events.push(event),
    facts: target(),
    newId: () => `call-${++count}`,
  });
  for (const chunk of chunks) reader.read({ event: "", data: JSON.stringify(chunk) });
  reader.end();
  return events;
}

export function replyOf(chunks: JsonValue[]) {
  const fold = openFold();
  for (const event of eventsOf(chunks)) fold.emit(event);
  return fold.reply();
}

export function isTerminal(event: ReplyEvent): boolean {
  return event.type === "end" || event.type === "error";
}

/** A chunk with these parts. */
export function chunk(parts: JsonValue[], rest: JsonObject = {}): JsonObject {
  return { candidates: [{ content: { role: "model", parts }, index: 0, ...rest }] };
}
