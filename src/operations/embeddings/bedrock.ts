// Embeddings on Bedrock: each family of models has a body of its own behind the same InvokeModel call
// (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html and …-embed.html, 2026-08).
import { GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, type JsonObject } from "../../core/json.ts";
import { fillPath, type HostReply, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { cohereFields, vectorsOf } from "./cohere.ts";
import { purposeFields } from "./purpose.ts";
import { inBatches, listOf, sumOf, writeEmbeddings } from "./reply.ts";
import { type EmbeddingsRequest, lostTitle, readEmbeddings, textsOf } from "./request.ts";

/** Texts of one call of a Cohere model. */
const cohereTextsMax = 96;
/** A Titan model takes one text at a time, and calls follow each other: more would take minutes. */
const titanTextsMax = 256;

export function bedrockEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  // Ids may begin with a region's prefix: us.cohere.embed-v4:0.
  return /(^|\.)cohere\./.test(target.model ?? "") ? cohereModel(read, target) : titanModel(read, target);
}

function cohereModel(read: EmbeddingsRequest, target: OperationTarget): Written {
  const { fields, lost } = cohereFields(read);
  return {
    calls: inBatches(textsOf(read), cohereTextsMax).map((texts) => call(target, { texts, ...fields })),
    lost,
    read: (replies) =>
      writeEmbeddings(read, target, {
        vectors: replies.flatMap(({ json }) => vectorsOf(asObject(json)?.["embeddings"], target.provider)),
        tokens: sumOf(replies.map(countedTokens)),
      }),
  };
}

function titanModel(read: EmbeddingsRequest, target: OperationTarget): Written {
  const texts = textsOf(read);
  if (texts.length > titanTextsMax) {
    const message = `this model embeds one text a call: send at most ${titanTextsMax} inputs`;
    throw new GatewayError("unsupported", message, { param: "input" });
  }
  const { normalize, ...extra } = read.extra;
  // Version 1 knows nothing but the text.
  const isFirst = /titan-embed-text-v1|titan-embed-g1/.test(target.model ?? "");
  const fields: JsonObject = isFirst
    ? {}
    : {
        ...(read.dimensions !== undefined && { dimensions: read.dimensions }),
        ...(normalize !== undefined && { normalize }),
      };
  const lost = [...Object.keys(extra), ...lostTitle(read)];
  if (isFirst && read.dimensions !== undefined) lost.push("dimensions");
  if (isFirst && normalize !== undefined) lost.push("normalize");
  return {
    calls: texts.map((inputText) => call(target, { inputText, ...fields })),
    lost: [...new Set(lost.filter((name) => !purposeFields.includes(name) || extra[name] !== undefined))],
    read: (replies) =>
      writeEmbeddings(read, target, {
        vectors: replies.map(({ json }) => listOf(asObject(json)?.["embedding"], target.provider, "embedding")),
        tokens: sumOf(
          replies.map((reply) => asNumber(asObject(reply.json)?.["inputTextTokenCount"]) ?? countedTokens(reply)),
        ),
      }),
  };
}

function call(target: OperationTarget, json: JsonObject) {
  return { path: fillPath(target), body: { kind: "json" as const, json } };
}

function countedTokens({ headers }: HostReply): number | undefined {
  const written = headers.get("x-amzn-bedrock-input-token-count");
  return written === null || !/^\d+$/.test(written) ? undefined : Number(written);
}
