// Mistral's embeddings: OpenAI's, but for the name of the dimensions (docs.mistral.ai/api/#tag/embeddings, 2026-08).
import { pick } from "../../core/json.ts";
import type { OperationRequest, OperationTarget, Written } from "../operation.ts";
import { passOn } from "../operation.ts";
import { openaiEmbeddings, translated } from "./openai.ts";
import { purposeFields } from "./purpose.ts";
import { lostTitle, readEmbeddings, textsOf } from "./request.ts";

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
  return translated({
    read,
    target,
    json: {
      ...pick(read.extra, own),
      model: target.model ?? "",
      input: textsOf(read),
      ...(read.dimensions !== undefined && { output_dimension: read.dimensions }),
    },
    lost: [
      ...Object.keys(read.extra).filter((name) => !own.includes(name) || purposeFields.includes(name)),
      ...lostTitle(read),
    ],
  });
}
