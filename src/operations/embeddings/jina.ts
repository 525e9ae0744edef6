// Jina's embeddings (jina.ai/embeddings, API reference, 2026-08): OpenAI's reply, a few fields of its own.
import type { JsonObject } from "../../core/json.ts";
import type { OperationRequest, OperationTarget, Written } from "../operation.ts";
import { losses, translated } from "./openai.ts";
import { readEmbeddings, textsOf } from "./request.ts";

const own = ["late_chunking", "truncate", "normalized", "embedding_type", "return_multivector"];

export function jinaEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  const { purpose, lost } = losses(read, "jina", own);
  const kept: JsonObject = {};
  for (const name of own) if (read.extra[name] !== undefined) kept[name] = read.extra[name];
  return translated({
    read,
    target,
    json: {
      // The client's encoding is OpenAI's word for it.
      ...(read.encoding === "base64" && { embedding_type: "base64" }),
      ...kept,
      model: target.model ?? "",
      input: textsOf(read),
      ...(purpose !== undefined && { task: purpose }),
      ...(read.dimensions !== undefined && { dimensions: read.dimensions }),
    },
    lost: [...lost, ...(read.title === undefined ? [] : ["title"])],
  });
}
