// Voyage's embeddings (docs.voyageai.com/reference/embeddings-api, 2026-08): names of its own, OpenAI's reply without
// prompt_tokens. Its base64 holds 32-bit floats too.
import { pick } from "../../core/json.ts";
import type { OperationRequest, OperationTarget, Written } from "../operation.ts";
import { losses, translated } from "./openai.ts";
import { lostTitle, readEmbeddings, textsOf } from "./request.ts";

const own = ["truncation", "output_dtype", "output_dimension"];

export function voyageEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  const { purpose, lost } = losses(read, "voyage", own);
  return translated({
    read,
    target,
    json: {
      ...pick(read.extra, own),
      model: target.model ?? "",
      input: textsOf(read),
      // "float" is no word of Voyage's: absent means numbers.
      ...(read.encoding === "base64" && { encoding_format: "base64" }),
      ...(purpose !== undefined && { input_type: purpose }),
      ...(read.dimensions !== undefined && { output_dimension: read.dimensions }),
    },
    lost: [...lost, ...lostTitle(read)],
  });
}
