// What changes in a Responses body on the as-is path.
import { asArray, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import { modelEdits } from "../control.ts";
import type { Edit, NativeChange } from "../dialect.ts";
import { beginningOf } from "../framing/json-outline.ts";
import { isTagged } from "./carrier.ts";

export function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  return [...modelEdits(body, change.model), ...removeForeignState(body)];
}

/** Reasoning that we have carried for another maker: its state would be refused here, and its text was never said here. */
function removeForeignState(body: JsonObject): Edit[] {
  return (asArray(body["input"]) ?? []).flatMap((item, index): Edit[] =>
    isObject(item) && item["type"] === "reasoning" && isTagged(beginningOf(asString(item["encrypted_content"]) ?? ""))
      ? [{ path: ["input", index], op: "remove", lost: "input.reasoning" }]
      : [],
  );
}

/** Into `instructions`, before the client's own; a system or developer item at the beginning counts as its own, too. */
export function systemEdits(body: JsonObject, prompt: { text: string; force: boolean }): Edit[] {
  const own = body["instructions"];
  const role = asObject(asArray(body["input"])?.[0])?.["role"];
  const hasOwn = (typeof own === "string" && own !== "") || role === "system" || role === "developer";
  if (hasOwn && !prompt.force) return [];
  const text = typeof own === "string" && own !== "" ? `${prompt.text}\n\n${own}` : prompt.text;
  return [{ path: ["instructions"], op: "set", value: text }];
}
