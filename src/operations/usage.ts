// Usage of replies that are not chat: tokens under any of their names, and units that only these endpoints have.
import { asNumber, asObject, type JsonObject } from "../core/json.ts";
import { emptyUsage, type Usage } from "../core/usage.ts";

/** Tokens of input alone, as embeddings and rerank have them. */
export function inputUsage(tokens: number): Usage {
  return { ...emptyUsage(), inputTokens: tokens, totalTokens: tokens };
}

/**
 * The `usage` node of OpenAI's endpoints (`prompt_tokens` of embeddings, `input_tokens` of images, speech and
 * transcription, `seconds` of transcription by duration) and of those who took it over. Undefined where it counts nothing.
 */
export function readUsage(node: JsonObject | undefined): Usage | undefined {
  if (!node) return undefined;
  const total = asNumber(node["total_tokens"]);
  const output = asNumber(node["output_tokens"]) ?? asNumber(node["completion_tokens"]) ?? 0;
  const input = asNumber(node["input_tokens"]) ?? asNumber(node["prompt_tokens"]) ?? Math.max(0, (total ?? 0) - output);
  // Mistral counts the seconds of its transcriptions beside the tokens (docs.mistral.ai/capabilities/audio, 2026-08).
  const seconds = asNumber(node["seconds"]) ?? asNumber(node["prompt_audio_seconds"]);
  if (total === undefined && seconds === undefined && input + output === 0) return undefined;
  const details = asObject(node["input_tokens_details"]) ?? asObject(node["input_token_details"]);
  const text = asNumber(details?.["text_tokens"]);
  const image = asNumber(details?.["image_tokens"]);
  return {
    ...emptyUsage(),
    inputTokens: input,
    outputTokens: output,
    totalTokens: total ?? input + output,
    inputAudioTokens: asNumber(details?.["audio_tokens"]) ?? 0,
    cacheReadTokens: asNumber(details?.["cached_tokens"]) ?? 0,
    ...(text !== undefined && { inputTextTokens: text }),
    ...(image !== undefined && { inputImageTokens: image }),
    ...(seconds !== undefined && { inputAudioSeconds: seconds }),
    raw: node,
  };
}

/** `usageMetadata` of a generateContent reply (ai.google.dev/api/generate-content#UsageMetadata, 2026-08). */
export function geminiTokens(node: JsonObject | undefined): Usage | undefined {
  if (!node) return undefined;
  const input = asNumber(node["promptTokenCount"]) ?? 0;
  const reasoning = asNumber(node["thoughtsTokenCount"]) ?? 0;
  const output = (asNumber(node["candidatesTokenCount"]) ?? 0) + reasoning;
  return {
    ...emptyUsage(),
    inputTokens: input,
    outputTokens: output,
    totalTokens: asNumber(node["totalTokenCount"]) ?? input + output,
    reasoningTokens: reasoning,
    raw: node,
  };
}
