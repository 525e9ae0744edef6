// POST /v1/rerank in the forms of Cohere, Jina and Voyage, each answered in its own whatever host ranks; and Cohere's /v2/rerank.
import { asObject, type JsonObject } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { ClientShape, Operation, OperationTarget, Written } from "./operation.ts";
import { fillPath, passOn } from "./operation.ts";
import { readRanking, rerankUsage, writeRanking } from "./rerank/reply.ts";
import { type RerankRequest, readRerank } from "./rerank/request.ts";

/** Whose form a body on /v1/rerank has. Voyage's client always sends one of these; the other two share theirs. */
export function rerankClient(json: JsonObject): ClientShape {
  return "top_k" in json || "truncation" in json ? "voyage" : "results";
}

type Host = {
  /** Names of the host's fields for the number of results and for whether documents come back; undefined: it has none. */
  top: string;
  documents: string | undefined;
  /** Further fields that it takes. */
  own: readonly string[];
  /** Documents may be objects. */
  objects?: true;
  constant?: JsonObject;
};

// docs.cohere.com/reference/rerank (v2), jina.ai/reranker (API reference), docs.voyageai.com/reference/reranker-api,
// docs.aws.amazon.com/bedrock/latest/userguide/rerank-supported.html with Cohere's own body; all read 2026-08.
const hosts = {
  cohere: { top: "top_n", documents: undefined, own: ["max_tokens_per_doc", "priority"] },
  jina: {
    top: "top_n",
    documents: "return_documents",
    own: ["max_chunk_per_doc", "truncate", "return_embeddings"],
    objects: true,
  },
  voyage: { top: "top_k", documents: "return_documents", own: ["truncation"] },
  bedrock: { top: "top_n", documents: undefined, own: ["max_tokens_per_doc"], constant: { api_version: 2 } },
} as const satisfies { readonly [shape: string]: Host };

/** Bodies that a host takes as they are, and answers in the form that the client reads. */
function isNative(shape: keyof typeof hosts, request: RerankRequest): boolean {
  const { client, hasObjects, returnDocuments } = request;
  if (shape === "voyage") return client === "voyage" && !hasObjects;
  if (shape === "jina") return client === "results";
  // Cohere's second version knows neither objects nor documents in its reply.
  return shape === "cohere" && client !== "voyage" && !hasObjects && returnDocuments === undefined;
}

function rankedBy(shape: keyof typeof hosts) {
  const host: Host = hosts[shape];
  return (request: { client: ClientShape; json?: JsonObject }, target: OperationTarget): Written => {
    const read = readRerank(request);
    if (isNative(shape, read)) return passOn(target);
    const kept: JsonObject = {};
    for (const name of host.own) if (read.extra[name] !== undefined) kept[name] = read.extra[name];
    const json: JsonObject = {
      ...host.constant,
      ...kept,
      ...(shape !== "bedrock" && target.model !== undefined && { model: target.model }),
      query: read.query,
      documents: host.objects ? read.documents.map(({ written }) => written) : read.documents.map(({ text }) => text),
      ...(read.top !== undefined && { [host.top]: read.top }),
    };
    return {
      calls: [{ path: fillPath(target), body: { kind: "json", json } }],
      lost: Object.keys(read.extra).filter((name) => !host.own.includes(name)),
      read: ([reply]) => writeRanking(read, target, readRanking(asObject(reply?.json), target.provider)),
    };
  };
}

export const rerank: Operation = {
  id: "rerank",
  check(request) {
    readRerank(request);
  },
  shapes: {
    cohere: rankedBy("cohere"),
    jina: rankedBy("jina"),
    openai: rankedBy("jina"),
    voyage: rankedBy("voyage"),
    bedrock: rankedBy("bedrock"),
  },
  usageOf: (reply): Usage | undefined => rerankUsage(reply),
};
