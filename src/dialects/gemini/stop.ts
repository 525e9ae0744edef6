// Why a reply ended: Gemini's finish reasons in our words (translation.md A4.5, B6).
import type { Stop, StopKind } from "../../core/events.ts";
import { asObject, asString, type JsonValue } from "../../core/json.ts";

const kindOfReason: ReadonlyMap<string, StopKind> = new Map([
  ["STOP", "end"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "safety"],
  ["PROHIBITED_CONTENT", "safety"],
  ["BLOCKLIST", "safety"],
  ["SPII", "safety"],
  ["IMAGE_SAFETY", "safety"],
  ["IMAGE_PROHIBITED_CONTENT", "safety"],
  ["RECITATION", "recitation"],
  ["IMAGE_RECITATION", "recitation"],
]);

/** The model broke off over a tool call that nobody can run: no reply, whatever text came before (X01). */
const failedReasons = new Set(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"]);

export function isFailedReason(reason: string): boolean {
  return failedReasons.has(reason);
}

/** A reason that is not in the table is "other", not a refusal (X02). Gemini has none for tool calls: STOP and a call. */
export function readStop(reason: string, message: string | undefined, hasCalls: boolean): Stop {
  const kind = kindOfReason.get(reason) ?? "other";
  return {
    kind: kind === "end" && hasCalls ? "tool-calls" : kind,
    raw: reason,
    ...(message !== undefined && message !== "" ? { explanation: message } : {}),
  };
}

/** A prompt that was refused has feedback instead of candidates (X13). */
export function readBlock(feedback: JsonValue | undefined): Stop | undefined {
  const node = asObject(feedback);
  const reason = asString(node?.["blockReason"]);
  if (!reason) return undefined;
  const words = asString(node?.["blockReasonMessage"]);
  return { kind: "safety", raw: reason, explanation: words || `the prompt was blocked by the provider: ${reason}` };
}
