// Cohere's v2 embed (docs.cohere.com/reference/embed, 2026-08).
import { asNumber, asObject, type JsonObject, pick } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { losses } from "./openai.ts";
import { inBatches, listOf, sumOf, writeEmbeddings } from "./reply.ts";
import { type EmbeddingsRequest, lostTitle, readEmbeddings, textsOf } from "./request.ts";

/** Texts of one call. */
const textsMax = 96;

const own = ["truncate", "max_tokens", "priority"];

export function cohereEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  const { fields, lost } = cohereFields(read);
  const calls = inBatches(textsOf(read), textsMax).map((texts) => ({
    path: fillPath(target),
    body: { kind: "json" as const, json: { model: target.model ?? "", texts, ...fields } },
  }));
  return {
    calls,
    lost,
    read: (replies) =>
      writeEmbeddings(read, target, {
        vectors: replies.flatMap(({ json }) => vectorsOf(asObject(json)?.["embeddings"], target.provider)),
        tokens: sumOf(replies.map(({ json }) => billedTokens(asObject(json)))),
      }),
  };
}

/** Fields beside the texts, which Cohere's models on Bedrock take too. */
export function cohereFields(read: EmbeddingsRequest): { fields: JsonObject; lost: string[] } {
  const { purpose, lost } = losses(read, "cohere", own);
  const fields: JsonObject = {
    // Required since v3; documents are what most vectors are made of.
    input_type: purpose ?? "search_document",
    embedding_types: ["float"],
    ...(read.dimensions !== undefined && { output_dimension: read.dimensions }),
    ...pick(read.extra, own),
  };
  return { fields, lost: [...lost, ...lostTitle(read)] };
}

/** By type, or as a bare list where a model knows floats only. */
export function vectorsOf(embeddings: JsonObject[string] | undefined, provider: string): JsonObject[string][] {
  return listOf(asObject(embeddings)?.["float"] ?? embeddings, provider, "embeddings");
}

function billedTokens(body: JsonObject | undefined): number | undefined {
  return asNumber(asObject(asObject(body?.["meta"])?.["billed_units"])?.["input_tokens"]);
}
