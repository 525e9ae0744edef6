// The fields of a Chat Completions body that the gateway reads or changes on the as-is path.
import { asArray, asObject, type JsonObject } from "../../core/json.ts";
import { controlOf, modelEdits } from "../control.ts";
import type { Edit, NativeChange, RequestControl } from "../dialect.ts";

export function readControl(body: JsonObject): RequestControl {
  const control = controlOf(body, asObject(body["stream_options"])?.["include_usage"] === true);
  if (typeof body["n"] === "number" && body["n"] > 1) control.severalChoices = true;
  return control;
}

export function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  const edits = modelEdits(body, change.model);
  if (change.askUsage && body["stream"] === true && asObject(body["stream_options"])?.["include_usage"] !== true) {
    edits.push({ path: ["stream_options", "include_usage"], op: "set", value: true });
  }
  return edits;
}

/** `provider`, and the provider's own usage object beside ours, as on translated replies. */
export function annotateEdits(body: JsonObject, provider: string): Edit[] {
  const edits: Edit[] = [{ path: ["provider"], op: "set", value: provider }];
  const usage = asObject(body["usage"]);
  if (usage) edits.push({ path: ["usage", "raw_usage"], op: "set", value: usage });
  return edits;
}

/** One message in front of all others. A client that has one of its own keeps it alone, unless the gateway's is forced. */
export function systemEdits(body: JsonObject, prompt: { text: string; force: boolean }): Edit[] {
  const first = asObject(asArray(body["messages"])?.[0]);
  const hasOwn = first?.["role"] === "system" || first?.["role"] === "developer";
  if (hasOwn && !prompt.force) return [];
  return [{ path: ["messages"], op: "prepend", value: { role: "system", content: prompt.text } }];
}
