// Writes canonical usage as the `usage` object of Chat Completions.
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { defined } from "./fields.ts";

/**
 * Inclusive totals, as this dialect counts (translation.md B7): prompt_tokens with the cache, completion_tokens with
 * the reasoning. Details are always numbers: null there crashes clients (U10).
 */
export function writeUsage(usage: Usage): JsonObject {
  return defined<JsonObject>({
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: defined<JsonObject>({
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      audio_tokens: usage.inputAudioTokens,
      text_tokens: usage.inputTextTokens,
      image_tokens: usage.inputImageTokens,
    }),
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.outputAudioTokens,
      accepted_prediction_tokens: usage.acceptedPredictionTokens ?? 0,
      rejected_prediction_tokens: usage.rejectedPredictionTokens ?? 0,
    },
    estimated: usage.estimated === true ? true : undefined,
    raw_usage: usage.raw,
  });
}
