// Takes apart the wrapper call in which OpenAI's models sometimes put several calls (translation.md T51). A repair.
import { asArray, asObject, asString, parseJson } from "../../core/json.ts";

export const wrapperNames: ReadonlySet<string> = new Set([
  "multi_tool_use.parallel",
  "multi_tool_use_parallel",
  "parallel",
]);

export type Unpacked = { name: string; argumentsText: string };

function recipient(written: string): string {
  return written.startsWith("functions.") ? written.slice("functions.".length) : written;
}

/** The calls within, or undefined when the text is not such a wrapper; then the call stays as it is. */
export function unpackParallel(argumentsText: string): Unpacked[] | undefined {
  const uses = asObject(parseJson(argumentsText))?.["tool_uses"];
  const calls = (asArray(uses) ?? []).map((use) => {
    const name = asString(asObject(use)?.["recipient_name"]);
    const parameters = asObject(asObject(use)?.["parameters"]);
    return name ? { name: recipient(name), argumentsText: JSON.stringify(parameters ?? {}) } : undefined;
  });
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}
