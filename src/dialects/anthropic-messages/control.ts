// The fields of a Messages body that decide where and how it goes.
import type { JsonObject } from "../../core/json.ts";
import type { Edit, RequestControl } from "../dialect.ts";

export function readControl(body: JsonObject): RequestControl {
  const { model, provider, stream } = body;
  return {
    model: typeof model === "string" && model !== "" ? model : undefined,
    stream: stream === true,
    providerHint: typeof provider === "string" && provider !== "" ? provider : undefined,
    // Streams of this dialect always tell their usage.
    wantsUsage: true,
  };
}

/** Into `system`, before the client's own. */
export function systemEdits(body: JsonObject, prompt: { text: string; force: boolean }): Edit[] {
  const own = body["system"];
  const hasOwn = Array.isArray(own) ? own.length > 0 : typeof own === "string" && own !== "";
  if (hasOwn && !prompt.force) return [];
  if (Array.isArray(own)) return [{ path: ["system"], op: "prepend", value: { type: "text", text: prompt.text } }];
  const text = hasOwn ? `${prompt.text}\n\n${own}` : prompt.text;
  return [{ path: ["system"], op: "set", value: text }];
}
