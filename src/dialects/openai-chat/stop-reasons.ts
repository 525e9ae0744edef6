// What `finish_reason` says, in OpenAI's words and in those of its imitators.
import { GatewayError } from "../../core/errors.ts";
import type { Stop, StopKind } from "../../core/events.ts";
import { asString, type JsonObject } from "../../core/json.ts";

/** Lower case. translation.md B6 and D1, read 2026-11. */
const kindOfWord: ReadonlyMap<string, StopKind> = new Map([
  ["stop", "end"],
  ["eos", "end"],
  ["end", "end"],
  ["end_turn", "end"],
  ["complete", "end"],
  ["completed", "end"],
  ["stop_sequence", "stop-sequence"],
  ["tool_calls", "tool-calls"],
  ["tool_call", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["length", "length"],
  ["model_length", "length"],
  ["max_tokens", "length"],
  ["max_output_tokens", "length"],
  ["model_context_window_exceeded", "context-full"],
  ["content_filter", "safety"],
  ["content_filtered", "safety"],
  ["sensitive", "safety"],
  ["safety", "safety"],
  ["refusal", "safety"],
  ["recitation", "recitation"],
  ["pause_turn", "paused"],
]);

/** Words by which a host says that the reply failed; they are never a finish (S08). */
const failedWords: ReadonlySet<string> = new Set(["error", "network_error", "insufficient_system_resource"]);

export function failureOfFinish(word: string): GatewayError | undefined {
  if (!failedWords.has(word.toLowerCase())) return undefined;
  return new GatewayError("upstream_failed", `the provider ended the reply with "${word}"`);
}

/**
 * The stop of a choice, or undefined while it is open. `native_finish_reason` is the maker's word behind a router;
 * vLLM names the matched stop string in `stop_reason`, SGLang in `matched_stop` (numbers there are token ids).
 */
export function readStop(choice: JsonObject): Stop | undefined {
  const word = asString(choice["finish_reason"]);
  if (!word) return undefined;
  const stop: Stop = { kind: kindOfWord.get(word.toLowerCase()) ?? "other", raw: word };
  const native = asString(choice["native_finish_reason"]);
  if (native) stop.raw = native;
  const sequence =
    asString(choice["stop_sequence"]) ?? asString(choice["matched_stop"]) ?? asString(choice["stop_reason"]);
  // Some hosts put the maker's stop word into `stop_reason` ("end_turn"): that matched no string of the client.
  if (sequence && !kindOfWord.has(sequence) && (stop.kind === "end" || stop.kind === "stop-sequence")) {
    stop.kind = "stop-sequence";
    stop.sequence = sequence;
  }
  return stop;
}
