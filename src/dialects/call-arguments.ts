// The arguments of a tool call as the object that some wires want, where OpenAI's wires carry text.
import type { ToolCallBlock } from "../core/chat.ts";
import { isObject, type JsonObject, type JsonValue, parseExact } from "../core/json.ts";

/** The one property of a function that stands for a free-text tool. */
export const freeformKey = "input";
/** The reserved key under which arguments travel that are no JSON object; the result is reported as lost. */
export const rawArgumentsKey = "__raw";

/** Empty text and `null` are a call without arguments (T27, T28); undefined for what is no object (T29). */
export function argumentsObject(block: ToolCallBlock): JsonObject | undefined {
  if (block.argumentsKind === "freeform") return { [freeformKey]: block.argumentsText };
  const text = block.argumentsText.trim();
  if (text === "" || text === "null") return {};
  const value = parsedOrUndefined(text);
  return isObject(value) && !isRawNumber(value) ? value : undefined;
}

function isRawNumber(value: JsonObject): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

function parsedOrUndefined(text: string): JsonValue | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
