// What a rerank asks for, whichever of the three forms it is written in.
import { badRequest } from "../../core/errors.ts";
import { asArray, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ClientShape } from "../operation.ts";

export type RankedDocument = {
  text: string;
  /** As the client wrote it. */
  written: JsonValue;
};

export type RerankRequest = {
  client: ClientShape;
  query: string;
  documents: readonly RankedDocument[];
  hasObjects: boolean;
  top: number | undefined;
  returnDocuments: boolean | undefined;
  /** Fields beside those above. */
  extra: JsonObject;
};

// Voyage's limit (docs.voyageai.com/reference/reranker-api, 2026-08) is 1000, Cohere's advice too; Jina has none that is told.
const documentsMax = 10_000;

/** Throws GatewayError naming the field. */
export function readRerank({ client, json = {} }: { client: ClientShape; json?: JsonObject }): RerankRequest {
  const { query, documents, top_n, top_k, return_documents, rank_fields, model: _model, ...extra } = json;
  if (typeof query !== "string" || query === "") throw badRequest("query", "query is required: a non-empty string");
  const list = asArray(documents);
  if (!list || list.length === 0) throw badRequest("documents", "documents is required: a non-empty array");
  if (list.length > documentsMax) throw badRequest("documents", `documents has more than ${documentsMax} entries`);
  const fields = asArray(rank_fields)?.map((field) => asString(field) ?? "");
  return {
    client,
    query,
    documents: list.map((written, index) => ({ text: textOf(written, index, fields), written })),
    hasObjects: list.some((document) => typeof document !== "string"),
    top: readTop("top_n", top_n) ?? readTop("top_k", top_k),
    returnDocuments: typeof return_documents === "boolean" ? return_documents : undefined,
    extra,
  };
}

function readTop(name: string, value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw badRequest(name, `${name} must be a positive integer`);
  return value as number;
}

/** Cohere's first version ranked objects by the fields named, `text` unless told otherwise. */
function textOf(document: JsonValue, index: number, fields: readonly string[] | undefined): string {
  if (typeof document === "string") return document;
  const object = asObject(document);
  const texts = (fields ?? ["text"]).map((field) => asString(object?.[field])).filter((text) => text !== undefined);
  if (!object || texts.length === 0) {
    throw badRequest(`documents[${index}]`, "each document must be a string, or an object with the text to rank");
  }
  return texts.join("\n");
}
