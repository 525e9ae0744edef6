// Field names as Google's JSON takes them: camelCase, or the snake_case of the protocol buffers (translation.md A4.3).
import type { JsonObject } from "../../core/json.ts";

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

/**
 * The node with the fields of `known` in camelCase; others keep their spelling, since nobody knows what they are. Where
 * both spellings stand, the camelCase one counts and the other stays what it is: unknown.
 */
export function spelled(node: JsonObject, known: ReadonlySet<string>): JsonObject {
  let renamed: JsonObject | undefined;
  for (const name of Object.keys(node)) {
    if (!name.includes("_")) continue;
    const camel = camelCase(name);
    if (camel === name || !known.has(camel) || Object.hasOwn(node, camel)) continue;
    renamed ??= { ...node };
    renamed[camel] = node[name] as JsonObject[string];
    delete renamed[name];
  }
  return renamed ?? node;
}
