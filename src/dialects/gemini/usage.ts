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

/** Undefined when nothing was counted: Vertex sends `usageMetadata` with a traffic type alone until the last chunk. */
export function readUsage(value: JsonValue | undefined): Usage | undefined {
  const node = asObject(value);
  if (!node || !countFields.some((field) => asNumber(node[field]) !== undefined)) return undefined;
  const count = (field: (typeof countFields)[number]) => Math.max(0, asNumber(node[field]) ?? 0);
  const inputTokens = count("promptTokenCount") + count("toolUsePromptTokenCount");
  const reasoningTokens = count("thoughtsTokenCount");
  const outputTokens = count("candidatesTokenCount") + reasoningTokens;
  const textTokens = inputOf(node, "TEXT");
  const imageTokens = inputOf(node, "IMAGE");
  return {
    inputTokens,
    outputTokens,
    totalTokens: asNumber(node["totalTokenCount"]) ?? inputTokens + outputTokens,
    cacheReadTokens: Math.min(count("cachedContentTokenCount"), inputTokens),
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens,
    inputAudioTokens: inputOf(node, "AUDIO") ?? 0,
    outputAudioTokens: ofModality(node["candidatesTokensDetails"], "AUDIO") ?? 0,
    ...(textTokens !== undefined ? { inputTextTokens: textTokens } : {}),
    ...(imageTokens !== undefined ? { inputImageTokens: imageTokens } : {}),
    raw: node,
  };
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
