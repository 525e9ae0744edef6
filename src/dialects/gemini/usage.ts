// Token counts as Gemini writes them. Thoughts stand beside the candidates' tokens, cached tokens inside the prompt's
// (translation.md A4.5, B7).
import { asArray, asNumber, asObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";

const countFields = [
  "promptTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "toolUsePromptTokenCount",
  "cachedContentTokenCount",
  "totalTokenCount",
] as const;

/**
 * Undefined when nothing was counted: Vertex sends `usageMetadata` with a traffic type alone until the last chunk. Every
 * chunk has counts, so this is on the way of each delta.
 */
export function readUsage(value: JsonValue | undefined): Usage | undefined {
  const node = asObject(value);
  if (!node || !isCounted(node)) return undefined;
  const inputTokens = count(node, "promptTokenCount") + count(node, "toolUsePromptTokenCount");
  const reasoningTokens = count(node, "thoughtsTokenCount");
  const outputTokens = count(node, "candidatesTokenCount") + reasoningTokens;
  const usage: Usage = {
    inputTokens,
    outputTokens,
    totalTokens: asNumber(node["totalTokenCount"]) ?? inputTokens + outputTokens,
    cacheReadTokens: Math.min(count(node, "cachedContentTokenCount"), inputTokens),
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens,
    inputAudioTokens: inputOf(node, "AUDIO") ?? 0,
    outputAudioTokens: ofModality(node["candidatesTokensDetails"], "AUDIO") ?? 0,
    raw: node,
  };
  const textTokens = inputOf(node, "TEXT");
  const imageTokens = inputOf(node, "IMAGE");
  if (textTokens !== undefined) usage.inputTextTokens = textTokens;
  if (imageTokens !== undefined) usage.inputImageTokens = imageTokens;
  return usage;
}

type CountField = (typeof countFields)[number];

function isCounted(node: JsonObject): boolean {
  for (const field of countFields) if (asNumber(node[field]) !== undefined) return true;
  return false;
}

function count(node: JsonObject, field: CountField): number {
  return Math.max(0, asNumber(node[field]) ?? 0);
}

function inputOf(node: JsonObject, modality: string): number | undefined {
  const prompt = ofModality(node["promptTokensDetails"], modality);
  const tools = ofModality(node["toolUsePromptTokensDetails"], modality);
  return prompt === undefined && tools === undefined ? undefined : (prompt ?? 0) + (tools ?? 0);
}

function ofModality(details: JsonValue | undefined, modality: string): number | undefined {
  const row = asArray(details)?.find((entry) => asObject(entry)?.["modality"] === modality);
  return asNumber(asObject(row)?.["tokenCount"]);
}
