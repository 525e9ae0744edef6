// POST /v1/embeddings in OpenAI's form, and Gemini's embedContent and batchEmbedContents.
import { asObject, type JsonObject } from "../core/json.ts";
import { bedrockEmbeddings } from "./embeddings/bedrock.ts";
import { cohereEmbeddings } from "./embeddings/cohere.ts";
import { geminiEmbeddings } from "./embeddings/gemini.ts";
import { jinaEmbeddings } from "./embeddings/jina.ts";
import { minimaxEmbeddings } from "./embeddings/minimax.ts";
import { mistralEmbeddings } from "./embeddings/mistral.ts";
import { openaiEmbeddings } from "./embeddings/openai.ts";
import { checkEmbeddings } from "./embeddings/request.ts";
import { vertexEmbeddings } from "./embeddings/vertex.ts";
import { voyageEmbeddings } from "./embeddings/voyage.ts";
import type { Operation } from "./operation.ts";
import { readUsage } from "./usage.ts";

export const embeddings: Operation = {
  id: "embeddings",
  check: checkEmbeddings,
  shapes: {
    openai: openaiEmbeddings,
    bedrock: bedrockEmbeddings,
    cohere: cohereEmbeddings,
    gemini: geminiEmbeddings,
    jina: jinaEmbeddings,
    minimax: minimaxEmbeddings,
    mistral: mistralEmbeddings,
    vertex: vertexEmbeddings,
    voyage: voyageEmbeddings,
  },
  usageOf: (reply: JsonObject) => readUsage(asObject(reply["usage"]) ?? geminiUsage(reply)),
};

/** ai.google.dev/api/embeddings (2026-08): newer models count the input's tokens. */
function geminiUsage(reply: JsonObject): JsonObject | undefined {
  const usage = asObject(reply["usageMetadata"]);
  const tokens = usage?.["promptTokenCount"] ?? usage?.["totalTokenCount"];
  return tokens === undefined ? undefined : { prompt_tokens: tokens };
}
