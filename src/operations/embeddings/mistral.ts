// Mistral's embeddings: OpenAI's, but for the name of the dimensions (docs.mistral.ai/api/#tag/embeddings, 2026-08).
import type { JsonObject } from "../../core/json.ts";
import type { OperationRequest, OperationTarget, Written } from "../operation.ts";
import { passOn } from "../operation.ts";
import { openaiEmbeddings, translated } from "./openai.ts";
import { purposeFields } from "./purpose.ts";
import { readEmbeddings, textsOf } from "./request.ts";

const own = ["output_dimension", "output_dtype", "metadata"];

export function mistralEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  if (
    request.client === "openai" &&
    request.json?.["dimensions"] === undefined &&
    request.json?.["user"] === undefined
  ) {
    return passOn(target);
  }
  if (request.client !== "openai" && request.json === undefined) return openaiEmbeddings(request, target);
  const read = readEmbeddings(request);
  const kept: JsonObject = {};
  for (const name of own) if (read.extra[name] !== undefined) kept[name] = read.extra[name];
  return translated({
    read,
    target,
    json: {
      ...kept,
      model: target.model ?? "",
      input: textsOf(read),
      ...(read.dimensions !== undefined && { output_dimension: read.dimensions }),
    },
    lost: [
      ...Object.keys(read.extra).filter((name) => !own.includes(name) || purposeFields.includes(name)),
      ...(read.title === undefined ? [] : ["title"]),
    ],
  });
}
