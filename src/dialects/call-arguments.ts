// The arguments of a tool call as the object that some wires want, where OpenAI's wires carry text.
import type { ToolCallBlock } from "../core/chat.ts";
import { isObject, isRawNumber, type JsonObject, type JsonValue, parseExact } from "../core/json.ts";

/** The one property of a function that stands for a free-text tool. */
export const freeformKey = "input";
/** The reserved key under which arguments travel that are no JSON object; the result is reported as lost. */
export const rawArgumentsKey = "__raw";

/** Arguments as an object. Text that is no object is kept inside one, never thrown away; `onLost` is told of it (T29). */
export function keptArguments(block: ToolCallBlock, onLost: () => void): JsonObject {
  const value = argumentsObject(block);
  if (value) return value;
  onLost();
  return { [rawArgumentsKey]: block.argumentsText };
}

/** Empty text and `null` are a call without arguments (T27, T28); undefined for what is no object (T29). */
export function argumentsObject(block: ToolCallBlock): JsonObject | undefined {
  if (block.argumentsKind === "freeform") return { [freeformKey]: block.argumentsText };
  return objectOf(block.argumentsText);
}

/** The object in the text of arguments, its numbers as they are written. */
export function objectOf(argumentsText: string): JsonObject | undefined {
  const text = argumentsText.trim();
  if (text === "" || text === "null") return {};
  const value = parsedOrUndefined(text);
  return isObject(value) && !isRawNumber(value) ? value : undefined;
}

function parsedOrUndefined(text: string): JsonValue | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
