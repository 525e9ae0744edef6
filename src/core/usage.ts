// Token counts of one reply, normalised once. Inclusive totals plus a breakdown, so that no consumer ever subtracts.
import type { JsonObject } from "./json.ts";

export type Usage = {
  /** All input tokens: uncached + cache read + cache writes. */
  inputTokens: number;
  /** All output tokens, reasoning included. */
  outputTokens: number;
  /** Provider's own total where it gives one that is not input + output; else input + output. */
  totalTokens: number;
  cacheReadTokens: number;
  /** Written with the 5-minute lifetime, or with a lifetime that the provider does not name. */
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  /** Part of outputTokens. */
  reasoningTokens: number;
  /** Parts of inputTokens and outputTokens. */
  inputAudioTokens: number;
  outputAudioTokens: number;
  /** Further counts that only some providers give; absent means not said. */
  inputTextTokens?: number;
  inputImageTokens?: number;
  acceptedPredictionTokens?: number;
  rejectedPredictionTokens?: number;
  /** Units of endpoints that are not chat: seconds of audio, characters to speak, what a rerank is billed by. */
  inputAudioSeconds?: number;
  outputAudioSeconds?: number;
  inputCharacters?: number;
  searchUnits?: number;
  /** True when nobody counted and these are our guess. */
  estimated?: boolean;
  /** The provider's usage object as it came (`usage.raw_usage` of translated replies). */
  raw?: JsonObject;
};

export function emptyUsage(): Usage {
  return {
    inputTokens: 0,
    outputTokens: 0,
    totalTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens: 0,
    inputAudioTokens: 0,
    outputAudioTokens: 0,
  };
}

/** Of two calls that gave one reply. The raw objects of providers stay out: they cannot be added. */
export function addUsages(one: Usage, other: Usage): Usage {
  const { raw: _one, estimated, ...counts } = one;
  const { raw: _other, estimated: alsoEstimated, ...more } = other;
  const sum: { [name: string]: number } = { ...counts };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return { ...(sum as unknown as Usage), ...((estimated || alsoEstimated) && { estimated: true }) };
}
