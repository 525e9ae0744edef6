// Why a Messages reply ended (translation.md A3.6, B6).
import { type Stop, type StopKind, settledKind } from "../../core/events.ts";
import { asObject, asString, type JsonObject } from "../../core/json.ts";

const kinds: ReadonlyMap<string, StopKind> = new Map([
  ["end_turn", "end"],
  ["stop_sequence", "stop-sequence"],
  ["tool_use", "tool-calls"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "context-full"],
  ["refusal", "safety"],
  // Both wait for the client to send the turn back; nothing is finished.
  ["pause_turn", "paused"],
  ["compaction", "paused"],
]);

/**
 * @param holder the object with `stop_reason`, `stop_sequence`, `stop_details`: a message, or the `delta` of message_delta
 * @param callsTools the reply holds calls that the client must answer
 */
export function readStop(holder: JsonObject, callsTools: boolean): Stop {
  const raw = asString(holder["stop_reason"]);
  const sequence = asString(holder["stop_sequence"]);
  const explanation = asString(asObject(holder["stop_details"])?.["explanation"]);
  return {
    kind: settledKind(raw === undefined ? "end" : (kinds.get(raw) ?? "other"), callsTools),
    ...(raw !== undefined ? { raw } : {}),
    ...(sequence !== undefined ? { sequence } : {}),
    ...(explanation !== undefined ? { explanation } : {}),
  };
}
