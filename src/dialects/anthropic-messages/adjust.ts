// Edits of a client's Messages body on its way to a target: what every target needs, and those that provider rows name.
import { asArray, asString, isObject, type JsonObject } from "../../core/json.ts";
import type { Adjustment, Edit, NativeChange } from "../dialect.ts";
import { isTagged } from "./carrier.ts";

/** The model's name, and the gateway's own routing hint, which no endpoint knows. Usage comes in every stream unasked. */
export function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  const edits: Edit[] = [];
  if (body["model"] !== change.model) edits.push({ path: ["model"], op: "set", value: change.model });
  if (typeof body["provider"] === "string") edits.push({ path: ["provider"], op: "remove" });
  return [...edits, ...removeForeignState(body)];
}

/**
 * Thinking that another maker's model left in the history, under our tag: no Messages endpoint takes the signature, and
 * the text without one is refused too (R05). A message of nothing else goes as a whole.
 */
function removeForeignState(body: JsonObject): Edit[] {
  return (asArray(body["messages"]) ?? []).flatMap((message, index): Edit[] => {
    const content = isObject(message) && message["role"] === "assistant" ? asArray(message["content"]) : undefined;
    const places = (content ?? []).flatMap((block, at) => (isTaggedThinking(block) ? [at] : []));
    const lost = "messages.thinking";
    if (places.length > 0 && places.length === content?.length) {
      return [{ path: ["messages", index], op: "remove", lost }];
    }
    return places.map((at): Edit => ({ path: ["messages", index, "content", at], op: "remove", lost }));
  });
}

function isTaggedThinking(block: unknown): boolean {
  return isObject(block) && block["type"] === "thinking" && isTagged(asString(block["signature"]) ?? "");
}

/** No provider row needs a named edit of this dialect yet. */
export const adjustments: { readonly [name: string]: Adjustment } = {};
