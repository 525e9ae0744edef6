// Jina's embeddings (jina.ai/embeddings, API reference, 2026-08): OpenAI's reply, a few fields of its own.
import { pick } from "../../core/json.ts";
import type { OperationRequest, OperationTarget, Written } from "../operation.ts";
import { losses, translated } from "./openai.ts";
import { lostTitle, readEmbeddings, textsOf } from "./request.ts";

const own = ["late_chunking", "truncate", "normalized", "embedding_type", "return_multivector"];

export function jinaEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  const { purpose, lost } = losses(read, "jina", own);
  return translated({
    read,
    target,
    json: {
      // The client's encoding is OpenAI's word for it.
      ...(read.encoding === "base64" && { embedding_type: "base64" }),
      ...pick(read.extra, own),
      model: target.model ?? "",
      input: textsOf(read),
      ...(purpose !== undefined && { task: purpose }),
      ...(read.dimensions !== undefined && { dimensions: read.dimensions }),
    },
    lost: [...lost, ...lostTitle(read)],
  });
}
