// Why a Converse reply ended (translation.md B6, column BC).
import { type Stop, type StopKind, settledKind } from "../../core/events.ts";
import { asObject, asString, type JsonObject } from "../../core/json.ts";

const kinds: ReadonlyMap<string, StopKind> = new Map([
  ["end_turn", "end"],
  ["stop_sequence", "stop-sequence"],
  ["tool_use", "tool-calls"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "context-full"],
  ["content_filtered", "safety"],
  ["guardrail_intervened", "safety"],
]);

/** The model wrote something that is neither text nor a call: an error, not an answer. */
export const malformedStops: ReadonlySet<string> = new Set(["malformed_tool_use", "malformed_model_output"]);

/** @param holder a `messageStop` or a whole reply */
export function readStop(holder: JsonObject, callsTools: boolean): Stop {
  const raw = asString(holder["stopReason"]);
  const fields = asObject(holder["additionalModelResponseFields"]);
  const sequence = asString(fields?.["stop_sequence"]) ?? asString(asObject(fields?.["delta"])?.["stop_sequence"]);
  const kind = raw === undefined ? "end" : (kinds.get(raw) ?? "other");
  return {
    kind: settledKind(kind, callsTools),
    ...(raw !== undefined ? { raw } : {}),
    ...(sequence !== undefined ? { sequence } : {}),
  };
}
