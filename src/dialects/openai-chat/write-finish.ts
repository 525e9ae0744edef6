// Writes why a choice ended: finish_reason, and beside it what that short word cannot say.
import type { Stop, StopKind } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import { defined } from "./fields.ts";

/** translation.md B6, column CC. */
const finishOfStop: { readonly [kind in StopKind]: string } = {
  end: "stop",
  "stop-sequence": "stop",
  "tool-calls": "tool_calls",
  length: "length",
  "context-full": "length",
  safety: "content_filter",
  recitation: "content_filter",
  paused: "stop",
  other: "stop",
};

/** Ends that calls turn into tool_calls. A cut or filtered call must stay what it is (X06). */
const overridden: ReadonlySet<StopKind> = new Set(["end", "stop-sequence", "other"]);

/** Kinds that this dialect has a word for: read back, the word means the same again. */
const oneToOne: ReadonlySet<StopKind> = new Set(["end", "stop-sequence", "tool-calls", "length"]);

/** The reason is derived: clients wait for calls that were announced, and stop when calls were not (X03, X04). */
function finishReason(kind: StopKind, hasCalls: boolean): string {
  if (hasCalls && overridden.has(kind)) return "tool_calls";
  if (!hasCalls && kind === "tool-calls") return "stop";
  return finishOfStop[kind];
}

/** Fields of the choice. The provider's own word never stands as finish_reason, whose values clients validate (X07). */
export function writeFinish(stop: Stop, hasCalls: boolean): { finish_reason: string } & JsonObject {
  return defined<{ finish_reason: string } & JsonObject>({
    finish_reason: finishReason(stop.kind, hasCalls),
    // The dialect's "stop" does not say that a stop sequence was met: where that is not named, the provider's word says it.
    native_finish_reason:
      oneToOne.has(stop.kind) && (stop.kind !== "stop-sequence" || stop.sequence !== undefined) ? undefined : stop.raw,
    stop_sequence: stop.sequence,
  });
}

/** The text of a refusal that is only told by the stop; undefined when the reply was not refused. */
export function refusalOf(stop: Stop): string | undefined {
  return stop.kind === "safety" || stop.kind === "recitation" ? stop.explanation : undefined;
}
