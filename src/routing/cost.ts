// What a request costs at a target, before it is sent: its estimated input, and as much output as it may get.
import type { Prices } from "../core/known-facts.ts";

/** Output of a request that sets no limit, or a high one. Only to compare prices: an answer has usually no more. */
const outputTokensUsual = 1000;

export type CostEstimate = {
  /** With as much output as answers usually have. */
  expectedUsd: number;
  /** With all the output that the request allows; absent where it sets no limit. */
  mostUsd?: number;
};

export function estimateCost(
  prices: Prices,
  size: { inputTokens: number; outputTokens: number | undefined },
): CostEstimate {
  const { inputTokens, outputTokens } = size;
  const tier = prices.tiers?.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  const input = ((tier?.inputPerMTok ?? prices.inputPerMTok) * inputTokens) / 1e6 + (prices.perRequest ?? 0);
  const perToken = (tier?.outputPerMTok ?? prices.outputPerMTok) / 1e6;
  return {
    expectedUsd: input + perToken * Math.min(outputTokens ?? outputTokensUsual, outputTokensUsual),
    ...(outputTokens !== undefined && { mostUsd: input + perToken * outputTokens }),
  };
}
