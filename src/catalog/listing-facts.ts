// What entries of model listings say beside the id: limits, abilities and prices, in the words of the hosts that add them
// to OpenAI's shape. Numbers that come as text are read as numbers; what cannot be meant is left out.
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../core/json.ts";
import type { KnownFacts, Modality, Prices } from "../core/known-facts.ts";
import { readModalities } from "./modalities.ts";

/** A limit: a whole number of tokens. Some hosts write 0 or null for "not known". */
export function asTokens(value: JsonValue | undefined): number | undefined {
  const number = asNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function first(entry: JsonObject, ...names: string[]): number | undefined {
  for (const name of names) {
    const tokens = asTokens(entry[name]);
    if (tokens !== undefined) return tokens;
  }
  return undefined;
}

/**
 * Groq: context_window, max_completion_tokens. OpenRouter and Kilo (openrouter.ai/docs/api-reference/list-available-models):
 * context_length, top_provider, architecture, supported_parameters, pricing. Mistral (docs.mistral.ai/api, 2026-08):
 * max_context_length, capabilities. vLLM, SGLang and Chutes: max_model_len. llama.cpp: meta.n_ctx_train. Kimi: context_length,
 * supports_image_in, supports_reasoning. DeepInfra: metadata. GitHub: limits.
 */
export function factsOfEntry(entry: JsonObject): KnownFacts {
  const top = asObject(entry["top_provider"]) ?? {};
  const architecture = asObject(entry["architecture"]);
  const metadata = asObject(entry["metadata"]) ?? {};
  const meta = asObject(entry["meta"]) ?? {};
  const limits = asObject(entry["limits"]) ?? {};
  const contextTokens =
    first(entry, "context_window", "context_length", "max_context_length", "max_model_len") ??
    first(metadata, "context_length") ??
    first(limits, "max_input_tokens") ??
    first(meta, "n_ctx", "n_ctx_train");
  const maxOutputTokens =
    first(entry, "max_completion_tokens", "max_output_tokens", "max_output_length") ??
    first(top, "max_completion_tokens") ??
    first(metadata, "max_tokens") ??
    first(limits, "max_output_tokens");
  const inputs = asArray(architecture?.["input_modalities"] ?? entry["input_modalities"]);
  const outputs = asArray(architecture?.["output_modalities"] ?? entry["output_modalities"]);
  return defined({
    contextTokens,
    maxOutputTokens,
    inputModalities: inputs ? readModalities(inputs) : imagesToo(entry),
    outputModalities: outputs && readModalities(outputs),
    ...abilities(entry),
    prices: readListedPrices(asObject(entry["pricing"])),
  });
}

/** Drops what is undefined: absent means not said. */
export function defined(facts: { [name in keyof KnownFacts]: KnownFacts[name] | undefined }): KnownFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as KnownFacts;
}

function imagesToo(entry: JsonObject): Modality[] | undefined {
  const sees = asObject(entry["capabilities"])?.["vision"] ?? entry["supports_image_in"];
  return typeof sees === "boolean" ? (sees ? ["text", "image"] : ["text"]) : undefined;
}

function abilities(entry: JsonObject): { tools?: boolean; reasoning?: boolean } {
  const parameters = asArray(entry["supported_parameters"]) ?? asArray(entry["supported_features"]);
  if (parameters) return { tools: parameters.includes("tools"), reasoning: parameters.includes("reasoning") };
  const capabilities = asObject(entry["capabilities"]);
  const tools = capabilities?.["function_calling"];
  const reasoning = entry["supports_reasoning"] ?? capabilities?.["reasoning"];
  return {
    ...(typeof tools === "boolean" && { tools }),
    ...(typeof reasoning === "boolean" && { reasoning }),
  };
}

/** USD for one token, as text. A negative price means that it depends on what is routed to (OpenRouter's auto). */
function readListedPrices(pricing: JsonObject | undefined): Prices | undefined {
  const perMTok = (name: string) => {
    const price = Number(asString(pricing?.[name]) ?? Number.NaN);
    return Number.isFinite(price) && price >= 0 ? Number((price * 1e6).toPrecision(12)) : undefined;
  };
  const inputPerMTok = perMTok("prompt");
  const outputPerMTok = perMTok("completion");
  if (inputPerMTok === undefined || outputPerMTok === undefined) return undefined;
  const cacheReadPerMTok = perMTok("input_cache_read");
  const cacheWritePerMTok = perMTok("input_cache_write");
  const reasoningPerMTok = perMTok("internal_reasoning");
  const perRequest = Number(asString(pricing?.["request"]) ?? 0);
  return {
    inputPerMTok,
    outputPerMTok,
    ...(cacheReadPerMTok !== undefined && { cacheReadPerMTok }),
    ...(cacheWritePerMTok !== undefined && { cacheWritePerMTok }),
    // Zero stands for "as output".
    ...(reasoningPerMTok !== undefined && reasoningPerMTok > 0 && { reasoningPerMTok }),
    ...(perRequest > 0 && { perRequest }),
    source: "the provider's list",
    version: "listed",
  };
}
