// Writes canonical usage as the `usage` object of a Messages reply (translation.md B7).
import { asObject, type JsonObject } from "../../core/json.ts";
import { emptyUsage, type Usage } from "../../core/usage.ts";

/** Our input count holds the caches, this dialect's does not (U03). */
function uncachedTokens(usage: Usage): number {
  const cached = usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return Math.max(0, usage.inputTokens - cached);
}

/** Every count a number: clients add to them without looking (U09). */
export function writeUsage(usage: Usage = emptyUsage()): JsonObject {
  const searches = asObject(usage.raw?.["server_tool_use"]);
  return {
    input_tokens: uncachedTokens(usage),
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    ...(usage.reasoningTokens > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoningTokens } } : {}),
    ...(searches ? { server_tool_use: searches } : {}),
    ...(usage.estimated === true ? { estimated: true } : {}),
    ...(usage.raw ? { raw_usage: usage.raw } : {}),
  };
}

/**
 * Usage of a message that has only begun: what is known of the input or is thought to be, and the one token that is about
 * to come. Agents decide by it when to compact (U08).
 */
export function writeFirstUsage(usage: Usage | undefined, inputTokensEstimate = 0): JsonObject {
  const isKnown = (usage?.inputTokens ?? 0) > 0 || inputTokensEstimate <= 0;
  const known = isKnown ? usage : { ...emptyUsage(), inputTokens: inputTokensEstimate };
  // The SDK keeps what it does not know of here to the end, when the count is the provider's.
  const { raw_usage: _early, output_tokens_details: _none, ...counts } = writeUsage(known);
  return { ...counts, output_tokens: Math.max(1, usage?.outputTokens ?? 0) };
}

/**
 * Usage at the end of a stream. What stands here overwrites what the message began with, so an input count that nobody
 * told is left out rather than said to be 0 (C3.2, U06).
 */
export function writeLastUsage(usage: Usage | undefined): JsonObject {
  if (!usage) return { output_tokens: 0 };
  const { cache_creation: _onlyAtStart, ...counts } = writeUsage(usage);
  if (usage.inputTokens > 0) return counts;
  const { input_tokens: _unknown, ...known } = counts;
  return known;
}
