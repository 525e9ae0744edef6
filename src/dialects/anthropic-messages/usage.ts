// Token counts of a Messages reply (translation.md A3.6, B7). Counts in a stream are cumulative snapshots, never increments.
import { asArray, asNumber, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";

const inputCounts = new Set(["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]);

/**
 * One usage object from two: later values replace earlier ones, null says nothing, and a zero on the input side does not
 * take back a count that was given before (some hosts fill message_delta with zeros: U06).
 */
export function mergeUsage(before: JsonObject | undefined, next: JsonObject): JsonObject {
  const merged: JsonObject = { ...before };
  for (const name of Object.keys(next)) {
    const value = next[name];
    if (value === null || value === undefined) continue;
    if (value === 0 && inputCounts.has(name) && (asNumber(merged[name]) ?? 0) > 0) continue;
    merged[name] = value;
  }
  return merged;
}

type Counts = { input: number; output: number; cacheRead: number; cacheWrite: number; cacheWrite1h: number };

function readCounts(wire: JsonObject): Counts {
  const cacheWrite = asNumber(wire["cache_creation_input_tokens"]) ?? 0;
  const split = asObject(wire["cache_creation"]);
  const long = asNumber(split?.["ephemeral_1h_input_tokens"]) ?? 0;
  const short = asNumber(split?.["ephemeral_5m_input_tokens"]) ?? 0;
  return {
    input: asNumber(wire["input_tokens"]) ?? 0,
    output: asNumber(wire["output_tokens"]) ?? 0,
    cacheRead: asNumber(wire["cache_read_input_tokens"]) ?? 0,
    // The total is restated at the end of a stream and the split is not: the split alone counts only without a total.
    cacheWrite: wire["cache_creation_input_tokens"] == null ? long + short : cacheWrite,
    cacheWrite1h: long,
  };
}

function add(left: Counts, right: Counts): Counts {
  return {
    input: left.input + right.input,
    output: left.output + right.output,
    cacheRead: left.cacheRead + right.cacheRead,
    cacheWrite: left.cacheWrite + right.cacheWrite,
    cacheWrite1h: left.cacheWrite1h + right.cacheWrite1h,
  };
}

/**
 * With server-side compaction the top-level counts leave the compaction's own call out: the sum of its iterations is what
 * was spent. An advisor is another model and stays out; in all other cases the top level is right as given (B7).
 */
function totalCounts(wire: JsonObject): Counts {
  if (wire["iterations"] === undefined) return readCounts(wire);
  const iterations = (asArray(wire["iterations"]) ?? []).filter(isObject);
  const types = new Set(iterations.map((iteration) => asString(iteration["type"])));
  types.delete("advisor_message");
  const onlyKnown = [...types].every((type) => type === "message" || type === "compaction");
  if (!types.has("compaction") || !onlyKnown) return readCounts(wire);
  return iterations
    .filter((iteration) => iteration["type"] !== "advisor_message")
    .map(readCounts)
    .reduce(add);
}

/** Canonical counts of a (merged) usage object. Anthropic's `input_tokens` leaves the caches out; ours holds them (U04). */
export function readUsage(wire: JsonObject): Usage {
  const counts = totalCounts(wire);
  const inputTokens = counts.input + counts.cacheRead + counts.cacheWrite;
  const cacheWrite1hTokens = Math.min(counts.cacheWrite1h, counts.cacheWrite);
  return {
    inputTokens,
    outputTokens: counts.output,
    totalTokens: inputTokens + counts.output,
    cacheReadTokens: counts.cacheRead,
    cacheWrite5mTokens: counts.cacheWrite - cacheWrite1hTokens,
    cacheWrite1hTokens,
    reasoningTokens: asNumber(asObject(wire["output_tokens_details"])?.["thinking_tokens"]) ?? 0,
    inputAudioTokens: 0,
    outputAudioTokens: 0,
    raw: wire,
  };
}
