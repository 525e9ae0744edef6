// Edits of a client's Messages body on its way to a target: what every target needs, and those that provider rows name.
import type { JsonObject } from "../../core/json.ts";
import type { Adjustment, Edit, NativeChange } from "../dialect.ts";

/** The model's name, and the gateway's own routing hint, which no endpoint knows. Usage comes in every stream unasked. */
export function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  const edits: Edit[] = [];
  if (body["model"] !== change.model) edits.push({ path: ["model"], op: "set", value: change.model });
  if (typeof body["provider"] === "string") edits.push({ path: ["provider"], op: "remove" });
  return edits;
}

/** No provider row needs a named edit of this dialect yet. */
export const adjustments: { readonly [name: string]: Adjustment } = {};
