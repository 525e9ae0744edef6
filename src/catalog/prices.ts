// Prices as the price list has them, read into rates of our own. The list is bundled: nothing is fetched.
import type { Prices, PriceTier, Rates } from "../core/known-facts.ts";

export const priceListName = "genai-prices";
/** Of the package, which does not tell it; a test compares. */
export const priceListVersion = "0.1.8";

/** A rate of the list: plain, or with steps by the length of the input. */
type ListedRate = number | { base: number; tiers: readonly { start: number; price: number }[] };

/** The list's names for what we count. Its other units (searches, seconds) are no tokens. */
const names: { readonly [listed: string]: keyof Rates } = {
  input_mtok: "inputPerMTok",
  output_mtok: "outputPerMTok",
  cache_read_mtok: "cacheReadPerMTok",
  cache_write_mtok: "cacheWritePerMTok",
  cache_write_1h_mtok: "cacheWrite1hPerMTok",
  output_reasoning_mtok: "reasoningPerMTok",
  input_audio_mtok: "inputAudioPerMTok",
  output_audio_mtok: "outputAudioPerMTok",
  input_image_mtok: "inputImagePerMTok",
  output_image_mtok: "outputImagePerMTok",
};

/** Undefined where the list has no rate for tokens: free and unknown are not the same. */
export function readPrices(listed: { readonly [name: string]: ListedRate | undefined }): Prices | undefined {
  if (listed["input_mtok"] === undefined && listed["output_mtok"] === undefined) return undefined;
  const rates: Rates = { inputPerMTok: 0, outputPerMTok: 0 };
  const tiers = new Map<number, PriceTier>();
  for (const [name, ours] of Object.entries(names)) {
    const rate = listed[name];
    if (rate === undefined) continue;
    rates[ours] = typeof rate === "number" ? rate : rate.base;
    if (typeof rate === "number") continue;
    for (const { start, price } of rate.tiers) {
      const tier = tiers.get(start) ?? { aboveInputTokens: start };
      tier[ours] = price;
      tiers.set(start, tier);
    }
  }
  const perThousand = listed["requests_kcount"];
  if (typeof perThousand === "number") rates.perRequest = perThousand / 1000;
  const steps = [...tiers.values()].sort((one, other) => one.aboveInputTokens - other.aboveInputTokens);
  return {
    ...rates,
    ...(steps.length > 0 && { tiers: steps }),
    source: priceListName,
    version: priceListVersion,
  };
}
