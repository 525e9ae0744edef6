// Hosts that speak OpenAI's embeddings; Gemini's clients are translated to them.
import { asNumber, asObject, type JsonObject } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, passOn, type Written } from "../operation.ts";
import { purposeFor, unread } from "./purpose.ts";
import { listOf, writeEmbeddings } from "./reply.ts";
import { type EmbeddingsRequest, lostTitle, readEmbeddings } from "./request.ts";

export function openaiEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  if (request.client === "openai") return passOn(target);
  const read = readEmbeddings(request);
  return translated({
    read,
    target,
    json: {
      model: target.model ?? "",
      input: read.inputs as JsonObject[string],
      encoding_format: "float",
      ...(read.dimensions !== undefined && { dimensions: read.dimensions }),
    },
    lost: [...Object.keys(read.extra), ...lostTitle(read)],
  });
}

type Translation = { read: EmbeddingsRequest; target: OperationTarget; json: JsonObject; lost: string[] };

/** A call whose reply has OpenAI's form, whatever the form of the request. */
export function translated({ read, target, json, lost }: Translation): Written {
  return {
    calls: [{ path: fillPath(target), body: { kind: "json", json } }],
    lost,
    read: ([reply]) => {
      const body = asObject(reply?.json);
      const data = listOf(body?.["data"], target.provider, "data").map((entry) => asObject(entry));
      const vectors: JsonObject[string][] = [];
      // Hosts may answer out of order: the index says which input it was.
      for (const [place, entry] of data.entries())
        vectors[asNumber(entry?.["index"]) ?? place] = entry?.["embedding"] ?? null;
      const usage = asObject(body?.["usage"]);
      const tokens = asNumber(usage?.["prompt_tokens"]) ?? asNumber(usage?.["total_tokens"]);
      return writeEmbeddings(read, target, { vectors, tokens });
    },
  };
}

/** What is lost of a request to a host with words of its own for a purpose. */
export function losses(
  read: EmbeddingsRequest,
  words: Parameters<typeof purposeFor>[0],
  known: readonly string[] = [],
) {
  const purpose = purposeFor(words, read.extra);
  return { purpose: purpose.value, lost: [...unread(read.extra, known), ...purpose.lost] };
}
