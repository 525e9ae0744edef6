// Model listings in OpenAI's shape (platform.openai.com/docs/api-reference/models), with the limits that agents ask for.
import type { JsonObject } from "../../core/json.ts";

export type WrittenModel = {
  id: string;
  provider: string;
  ownedBy?: string;
  createdAtSeconds?: number;
  contextTokens?: number;
  maxOutputTokens?: number;
};

export function writeModel(model: WrittenModel): JsonObject {
  return {
    id: model.id,
    object: "model",
    created: model.createdAtSeconds ?? 0,
    owned_by: model.ownedBy ?? model.provider,
    ...(model.contextTokens !== undefined && { context_window: model.contextTokens }),
    ...(model.maxOutputTokens !== undefined && { max_tokens: model.maxOutputTokens }),
  };
}

export function writeModels(models: readonly WrittenModel[]): JsonObject {
  return { object: "list", data: models.map(writeModel) };
}
