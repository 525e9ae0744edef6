// Canonical requests for the tests of the writer, by default as a client of another dialect brings them.
import type { Block, ChatRequest, DialectId, Turn } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { writeRequest } from "../../../src/dialects/openai-chat/write-request.ts";
import { chatRequest } from "../../support/chat-request.ts";
import { withFlags } from "./upstream-support.ts";

export function request(more: Partial<ChatRequest> = {}): ChatRequest {
  return chatRequest({ dialect: "anthropic-messages", ...more });
}

export function write(more: Partial<ChatRequest> = {}, flags: TargetFlags = {}, origin = "row") {
  return writeRequest(request(more), withFlags(flags, { origin }));
}

export function messages(turns: Turn[], flags: TargetFlags = {}, more: { origin?: string; dialect?: DialectId } = {}) {
  const written = write({ turns, ...(more.dialect ? { dialect: more.dialect } : {}) }, flags, more.origin);
  return { list: written.body["messages"] as never, lost: written.lost };
}

export const user = (...blocks: Block[]): Turn => ({ role: "user", blocks });
export const assistant = (...blocks: Block[]): Turn => ({ role: "assistant", blocks });
export const text = (value: string): Block => ({ type: "text", text: value });
export const call = (id: string, argumentsText = "{}"): Block => ({
  type: "tool-call",
  id,
  name: "f",
  argumentsText,
  argumentsKind: "json",
});
export const result = (callId: string, ...blocks: Block[]): Block => ({ type: "tool-result", callId, blocks });
export const image: Block = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } };
