// Model listings in Anthropic's shape (docs.anthropic.com/en/api/models-list): pages by cursor.
import { badRequest } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { isoOfSeconds } from "../../core/time.ts";

export type WrittenModel = {
  id: string;
  createdAtSeconds?: number;
  contextTokens?: number;
  maxOutputTokens?: number;
};

const epoch = "1970-01-01T00:00:00Z";
const limitDefault = 20;
const limitMax = 1000;

/** Every field that the official SDK declares; null where nobody has told us. */
export function writeModel(model: WrittenModel): JsonObject {
  return {
    type: "model",
    id: model.id,
    display_name: model.id,
    // "May be set to an epoch value if the release date is unknown."
    created_at: (isoOfSeconds(model.createdAtSeconds) ?? epoch).replace(".000Z", "Z"),
    max_input_tokens: model.contextTokens ?? null,
    max_tokens: model.maxOutputTokens ?? null,
    capabilities: null,
    lifecycle: "active",
    line: null,
    deprecated_at: null,
    retires_at: null,
  };
}

/** One page. Throws GatewayError naming the parameter when it cannot be meant. */
export function writeModels(models: readonly WrittenModel[], query: URLSearchParams): JsonObject {
  const limit = readLimit(query.get("limit"));
  const after = query.get("after_id");
  const before = query.get("before_id");
  if (after && before) throw badRequest("before_id", "only one of after_id and before_id may be given");
  let page: readonly WrittenModel[];
  let hasMore: boolean;
  if (before) {
    const end = placeOf(models, before, "before_id");
    page = models.slice(Math.max(0, end - limit), end);
    hasMore = end > limit;
  } else {
    const start = after ? placeOf(models, after, "after_id") + 1 : 0;
    page = models.slice(start, start + limit);
    hasMore = start + limit < models.length;
  }
  return {
    data: page.map(writeModel),
    has_more: hasMore,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

function readLimit(written: string | null): number {
  if (written === null) return limitDefault;
  const limit = /^\d{1,4}$/.test(written) ? Number(written) : 0;
  if (limit >= 1 && limit <= limitMax) return limit;
  throw badRequest("limit", `limit must be a number from 1 to ${limitMax}`);
}

function placeOf(models: readonly WrittenModel[], id: string, parameter: string): number {
  const place = models.findIndex((model) => model.id === id);
  if (place < 0) throw badRequest(parameter, `${parameter} names no model of the list: "${id.slice(0, 100)}"`);
  return place;
}
