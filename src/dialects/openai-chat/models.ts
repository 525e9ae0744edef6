// Model listings in OpenAI's shape (platform.openai.com/docs/api-reference/models), with what agents and other gateways'
// clients ask of it: limits, abilities, prices.
import type { JsonObject } from "../../core/json.ts";
import type { KnownFacts, Prices } from "../../core/known-facts.ts";

export type WrittenModel = KnownFacts & {
  id: string;
  provider: string;
  ownedBy?: string;
  createdAtSeconds?: number;
  /** Of names that stand for several models. */
  description?: string;
  strategy?: string;
};

export function writeModel(model: WrittenModel): JsonObject {
  const { contextTokens, maxOutputTokens, inputModalities, tools, reasoning, prices } = model;
  const vision = inputModalities?.includes("image");
  return {
    id: model.id,
    object: "model",
    created: model.createdAtSeconds ?? 0,
    owned_by: model.ownedBy ?? model.provider,
    // Nenya's names (nenya.md 1.6).
    ...(contextTokens !== undefined && { context_window: contextTokens }),
    ...(maxOutputTokens !== undefined && { max_tokens: maxOutputTokens }),
    ...(vision !== undefined && { supports_vision: vision }),
    ...(tools !== undefined && { supports_tool_calls: tools }),
    ...(reasoning !== undefined && { supports_reasoning: reasoning }),
    ...(prices && { input_cost_per_1m: prices.inputPerMTok, output_cost_per_1m: prices.outputPerMTok }),
    ...(model.strategy !== undefined && { routing_strategy: model.strategy }),
    ...(model.description !== undefined && { description: model.description }),
    ...writeLimits(model),
    ...writeMetadata(model),
  };
}

/** As models.dev has them, which opencode reads (opencode.ai/docs/models, models.dev/api.json). */
function writeLimits({ contextTokens, maxOutputTokens, inputModalities, outputModalities }: WrittenModel): JsonObject {
  const limit = {
    ...(contextTokens !== undefined && { context: contextTokens }),
    ...(maxOutputTokens !== undefined && { output: maxOutputTokens }),
  };
  return {
    ...(Object.keys(limit).length > 0 && { limit }),
    ...(inputModalities && {
      modalities: { input: [...inputModalities], output: [...(outputModalities ?? ["text" as const])] },
    }),
  };
}

/** GoModel's names (gomodel.md 1.5, 4.9). */
function writeMetadata(model: WrittenModel): JsonObject {
  const { contextTokens, maxOutputTokens, inputModalities, tools, reasoning, prices } = model;
  const capabilities: JsonObject = {
    ...(inputModalities && {
      vision: inputModalities.includes("image"),
      audio_input: inputModalities.includes("audio"),
    }),
    ...(tools !== undefined && { tool_calling: tools }),
    ...(reasoning !== undefined && { reasoning }),
  };
  const metadata: JsonObject = {
    ...(contextTokens !== undefined && { context_window: contextTokens }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
    ...(prices && { pricing: writePrices(prices), pricing_source: `${prices.source} ${prices.version}` }),
  };
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}

const priceNames = {
  inputPerMTok: "input_per_mtok",
  outputPerMTok: "output_per_mtok",
  cacheReadPerMTok: "cached_input_per_mtok",
  cacheWritePerMTok: "cache_write_per_mtok",
  cacheWrite1hPerMTok: "cache_write_1h_per_mtok",
  reasoningPerMTok: "reasoning_output_per_mtok",
  inputAudioPerMTok: "audio_input_per_mtok",
  outputAudioPerMTok: "audio_output_per_mtok",
  inputImagePerMTok: "image_input_per_mtok",
  outputImagePerMTok: "image_output_per_mtok",
  perRequest: "per_request",
} as const;

function writePrices({ tiers, ...rates }: Prices): JsonObject {
  const written = (given: { [name in keyof typeof priceNames]?: number }): JsonObject => {
    const entries = Object.entries(priceNames) as [keyof typeof priceNames, string][];
    return Object.fromEntries(
      entries.flatMap(([ours, name]) => (given[ours] === undefined ? [] : [[name, given[ours]]])),
    );
  };
  return {
    currency: "USD",
    ...written(rates),
    ...(tiers && { tiers: tiers.map((tier) => ({ above_input_tokens: tier.aboveInputTokens, ...written(tier) })) }),
  };
}

export function writeModels(models: readonly WrittenModel[]): JsonObject {
  return { object: "list", data: models.map(writeModel) };
}
