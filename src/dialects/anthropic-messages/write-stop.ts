// Writes why a Messages reply ended (translation.md A3.6, B6).
import type { Stop, StopKind } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";

const reasons: { readonly [kind in StopKind]: string } = {
  end: "end_turn",
  "stop-sequence": "stop_sequence",
  "tool-calls": "tool_use",
  length: "max_tokens",
  "context-full": "model_context_window_exceeded",
  safety: "refusal",
  recitation: "refusal",
  paused: "pause_turn",
  other: "end_turn",
};

/** Ends that calls turn into tool_use; a cut or refused reply must stay what it is (S34, X06). */
const overridden: ReadonlySet<StopKind> = new Set(["end", "stop-sequence", "other"]);
/** Kinds that this dialect has a word of its own for. */
const oneToOne: ReadonlySet<StopKind> = new Set(["end", "stop-sequence", "tool-calls", "length", "context-full"]);

export type Content = { hasCalls: boolean; hasRefusal: boolean };

function reasonOf(stop: Stop, { hasCalls, hasRefusal }: Content): string {
  // Compaction pauses a turn too, and clients tell the two apart.
  if (stop.kind === "paused" && stop.raw === "compaction") return "compaction";
  if (hasCalls && overridden.has(stop.kind)) return "tool_use";
  // A model that says in a refusal that it will not answer has not ended its turn as usual (B1.4, X05).
  if (hasRefusal && stop.kind === "end") return "refusal";
  if (!hasCalls && stop.kind === "tool-calls") return "end_turn";
  return reasons[stop.kind];
}

/** Why a reply ended in words has a place only beside a refusal. */
export function losesExplanation(stop: Stop, content: Content): boolean {
  return stop.explanation !== undefined && reasonOf(stop, content) !== "refusal";
}

/** `stop_reason`, `stop_sequence`, and beside them what these words cannot say. */
export function writeStop(stop: Stop, content: Content): JsonObject {
  const reason = reasonOf(stop, content);
  const isNative = oneToOne.has(stop.kind) || stop.raw === undefined || stop.raw === reason;
  return {
    stop_reason: reason,
    stop_sequence: stop.sequence ?? null,
    ...(reason === "refusal" && stop.explanation !== undefined
      ? { stop_details: { type: "refusal", category: null, explanation: stop.explanation } }
      : {}),
    ...(isNative ? {} : { native_stop_reason: stop.raw as string }),
  };
}
