// What the tests of reading messages share.
import type { Block, Turn } from "../../../src/core/chat.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";

export function turns(...messages: JsonObject[]): Turn[] {
  return openaiChatClient.readRequest({ model: "m", messages }).turns;
}

export const assistant = (fields: JsonObject): Block[] => turns({ role: "assistant", ...fields })[0]?.blocks ?? [];
export const parts = (...content: JsonValue[]): Block[] => turns({ role: "user", content })[0]?.blocks ?? [];
export const call = (id: string, name: string, args: JsonValue = "{}"): JsonObject => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
export const callBlock = (id: string, name: string, argumentsText = "{}"): Block => ({
  type: "tool-call",
  id,
  name,
  argumentsText,
  argumentsKind: "json",
});

export function paramOf(act: () => unknown): string | null {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error.param;
    throw error;
  }
  return null;
}
