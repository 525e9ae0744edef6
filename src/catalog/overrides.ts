// What the operator says of models, over everything else that is known of them.
import type { KnownFacts } from "../core/known-facts.ts";

/** By selector: `provider/model`, `provider/`, or `model` at every provider. The keys of the file. */
export type ModelOverrides = {
  readonly [selector: string]: {
    readonly context_window?: number;
    readonly max_tokens?: number;
    readonly supports_vision?: boolean;
    readonly supports_tool_calls?: boolean;
    readonly supports_reasoning?: boolean;
    readonly input_cost_per_1m?: number;
    readonly output_cost_per_1m?: number;
    readonly cache_read_cost_per_1m?: number;
    readonly cache_write_cost_per_1m?: number;
  };
};

/** `known` is what the weaker sources say: a price that is set replaces its like there, and leaves the others. */
export function overridden(
  overrides: ModelOverrides,
  at: { provider: string; model: string },
  known: KnownFacts | undefined,
): KnownFacts | undefined {
  let facts = known;
  // From the widest selector to the narrowest.
  for (const selector of [`${at.provider}/`, at.model, `${at.provider}/${at.model}`]) {
    const entry = Object.hasOwn(overrides, selector) ? overrides[selector] : undefined;
    if (entry) facts = apply(entry, facts ?? {});
  }
  return facts;
}

function apply(entry: ModelOverrides[string], known: KnownFacts): KnownFacts {
  const { context_window: contextTokens, max_tokens: maxOutputTokens, supports_vision: vision } = entry;
  const { supports_tool_calls: tools, supports_reasoning: reasoning } = entry;
  const prices = applyPrices(entry, known);
  const inputs = (known.inputModalities ?? ["text"]).filter((modality) => modality !== "image");
  return {
    ...known,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(vision !== undefined && { inputModalities: vision ? [...inputs, "image" as const] : inputs }),
    ...(tools !== undefined && { tools }),
    ...(reasoning !== undefined && { reasoning }),
    ...(prices && { prices }),
  };
}

function applyPrices(entry: ModelOverrides[string], { prices: known }: KnownFacts): KnownFacts["prices"] {
  const { input_cost_per_1m: input, output_cost_per_1m: output } = entry;
  const { cache_read_cost_per_1m: cacheReadPerMTok, cache_write_cost_per_1m: cacheWritePerMTok } = entry;
  if ([input, output, cacheReadPerMTok, cacheWritePerMTok].every((price) => price === undefined)) return undefined;
  const { tiers: _tiers, ...rates } = known ?? { inputPerMTok: 0, outputPerMTok: 0 };
  return {
    ...rates,
    ...(input !== undefined && { inputPerMTok: input }),
    ...(output !== undefined && { outputPerMTok: output }),
    ...(cacheReadPerMTok !== undefined && { cacheReadPerMTok }),
    ...(cacheWritePerMTok !== undefined && { cacheWritePerMTok }),
    source: "the configuration",
    version: "configured",
  };
}
