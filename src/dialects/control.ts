// The fields by which a body says where and how it goes, the same in most dialects: read, and edited for a target.
import type { JsonObject } from "../core/json.ts";
import type { Edit, RequestControl } from "./dialect.ts";

/** `wantsUsage`: where streams always tell it, every client does. */
export function controlOf(body: JsonObject, wantsUsage: boolean): RequestControl {
  const { model, provider, stream } = body;
  return {
    model: typeof model === "string" && model !== "" ? model : undefined,
    stream: stream === true,
    // Anything but a string there belongs to the provider (OpenRouter's routing object) and passes.
    providerHint: typeof provider === "string" && provider !== "" ? provider : undefined,
    wantsUsage,
  };
}

/** The gateway's routing hint goes: no endpoint knows it. */
export function hintEdits(body: JsonObject): Edit[] {
  return typeof body["provider"] === "string" ? [{ path: ["provider"], op: "remove" }] : [];
}

/** For dialects that have the model in the body. */
export function modelEdits(body: JsonObject, model: string): Edit[] {
  const edits = hintEdits(body);
  if (body["model"] !== model) edits.unshift({ path: ["model"], op: "set", value: model });
  return edits;
}
