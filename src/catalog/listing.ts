// Reads providers' model listings: one function per shape, all giving the same entries.
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../core/json.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import type { ListingShape } from "../providers/provider.ts";
import { asTokens, defined, factsOfEntry } from "./listing-facts.ts";

/** A model as its provider lists it, with what the list says of it. */
export type ListedModel = KnownFacts & {
  id: string;
  ownedBy?: string;
  createdAtSeconds?: number;
};

/** One page of a listing, and the query that fetches the next one where there is one. */
export type ListingPage = { models: ListedModel[]; nextQuery?: string };

type ShapeReader = {
  entries: (body: JsonObject) => JsonValue[] | undefined;
  model: (entry: JsonObject) => ListedModel | undefined;
  next: (body: JsonObject) => string | undefined;
};

type Said = { ownedBy?: string | undefined; createdAtSeconds?: number | undefined; facts: KnownFacts };

/** Absent means not said. An id that long, or with control characters, is none. */
function listed(id: string | undefined, { ownedBy, createdAtSeconds, facts }: Said): ListedModel | undefined {
  if (id === undefined || !validId.test(id)) return undefined;
  return {
    id,
    ...(ownedBy !== undefined && { ownedBy }),
    ...(createdAtSeconds !== undefined && { createdAtSeconds }),
    ...facts,
  };
}

const validId = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

const readers: { readonly [shape in ListingShape]: ShapeReader } = {
  // docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html: models on demand, or by a profile that
  // is called by the model's id with a region in front. Those that only provisioned throughput serves are left out.
  bedrock: {
    entries: (body) => asArray(body["modelSummaries"]),
    model: (entry) => {
      const types = asArray(entry["inferenceTypesSupported"]);
      if (types && !types.includes("ON_DEMAND") && !types.includes("INFERENCE_PROFILE")) return undefined;
      return listed(asString(entry["modelId"]), { ownedBy: asString(entry["providerName"]), facts: {} });
    },
    next: () => undefined,
  },
  // platform.openai.com/docs/api-reference/models/list; what hosts add is read in listing-facts.ts.
  // Ollama without a model answers `data: null` (its openai package, ToListCompletion).
  openai: {
    entries: (body) => (body["data"] === null ? [] : asArray(body["data"])),
    model: (entry) =>
      listed(asString(entry["id"]), {
        ownedBy: asString(entry["owned_by"]),
        createdAtSeconds: asNumber(entry["created"]),
        facts: factsOfEntry(entry),
      }),
    next: () => undefined,
  },
  // docs.anthropic.com/en/api/models-list: pages by after_id.
  anthropic: {
    entries: (body) => asArray(body["data"]),
    model: (entry) =>
      listed(asString(entry["id"]), {
        ownedBy: "anthropic",
        createdAtSeconds: secondsOf(asString(entry["created_at"])),
        facts: defined({
          contextTokens: asTokens(entry["max_input_tokens"]),
          maxOutputTokens: asTokens(entry["max_tokens"]),
        }),
      }),
    next: (body) => {
      const last = asString(body["last_id"]);
      return body["has_more"] === true && last ? `after_id=${encodeURIComponent(last)}` : undefined;
    },
  },
  // ai.google.dev/api/models: names carry a "models/" prefix; pages by pageToken.
  gemini: {
    entries: (body) => asArray(body["models"]),
    model: (entry) => {
      const methods = asArray(entry["supportedGenerationMethods"]);
      if (methods && !methods.includes("generateContent")) return undefined;
      return listed(asString(entry["name"])?.replace(/^models\//, ""), {
        ownedBy: "google",
        facts: defined({
          contextTokens: asTokens(entry["inputTokenLimit"]),
          maxOutputTokens: asTokens(entry["outputTokenLimit"]),
          reasoning: typeof entry["thinking"] === "boolean" ? entry["thinking"] : undefined,
        }),
      });
    },
    next: (body) => {
      const token = asString(body["nextPageToken"]);
      return token ? `pageToken=${encodeURIComponent(token)}` : undefined;
    },
  },
  // docs.cohere.com/reference/list-models (2026-11): models by name, with their endpoints; pages by page_token.
  cohere: {
    entries: (body) => asArray(body["models"]),
    model: (entry) =>
      listed(asString(entry["name"]), {
        ownedBy: "cohere",
        facts: defined({ contextTokens: asTokens(entry["context_length"]) }),
      }),
    next: (body) => {
      const token = asString(body["next_page_token"]);
      return token ? `page_token=${encodeURIComponent(token)}` : undefined;
    },
  },
  // elevenlabs.io/docs/api-reference/models/list (2026-11): a bare array.
  elevenlabs: {
    entries: (body) => asArray(body["data"]),
    model: (entry) =>
      listed(asString(entry["model_id"]), {
        ownedBy: "elevenlabs",
        facts: {},
      }),
    next: () => undefined,
  },
};

function secondsOf(date: string | undefined): number | undefined {
  const milliseconds = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** Undefined when the body is no listing of this shape. */
export function readListing(shape: ListingShape, body: JsonValue): ListingPage | undefined {
  const reader = readers[shape];
  // Some compatible hosts answer with the bare array.
  const object = asObject(Array.isArray(body) ? { data: body } : body);
  const entries = object && reader.entries(object);
  if (!entries) return undefined;
  const models: ListedModel[] = [];
  for (const entry of entries) {
    const model = asObject(entry) && reader.model(entry as JsonObject);
    if (model) models.push(model);
  }
  const nextQuery = reader.next(object);
  return { models, ...(nextQuery && { nextQuery }) };
}
