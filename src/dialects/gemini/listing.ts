// Model listings in Google's shape (ai.google.dev/api/models).
import type { JsonObject } from "../../core/json.ts";

export type WrittenModel = { id: string; contextTokens?: number; maxOutputTokens?: number };

export function writeModel(model: WrittenModel): JsonObject {
  return {
    name: `models/${model.id}`,
    version: "",
    displayName: model.id,
    ...(model.contextTokens !== undefined && { inputTokenLimit: model.contextTokens }),
    ...(model.maxOutputTokens !== undefined && { outputTokenLimit: model.maxOutputTokens }),
    supportedGenerationMethods: ["generateContent", "streamGenerateContent"],
  };
}

/** All in one page, whatever size was asked for: there is no next one. */
export function writeModels(models: readonly WrittenModel[]): JsonObject {
  return { models: models.map(writeModel) };
}
