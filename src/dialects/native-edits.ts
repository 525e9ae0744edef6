// The edits of a client's body that every target needs, whatever the dialect: the target's name for the model, and the gateway's own hint.
import type { JsonObject } from "../core/json.ts";
import type { Edit } from "./dialect.ts";

/** The gateway's routing hint goes: no endpoint knows it. Anything but a string there is the provider's own. */
export function hintEdits(body: JsonObject): Edit[] {
  return typeof body["provider"] === "string" ? [{ path: ["provider"], op: "remove" }] : [];
}

/** For dialects that have the model in the body. */
export function modelEdits(body: JsonObject, model: string): Edit[] {
  const edits = hintEdits(body);
  if (body["model"] !== model) edits.unshift({ path: ["model"], op: "set", value: model });
  return edits;
}
