// MiniMax's embeddings (platform.minimaxi.com/document/Embeddings, 2026-08): texts, a type, and vectors by themselves.
import { asNumber, asObject, asString } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { losses } from "./openai.ts";
import { listOf, writeEmbeddings } from "./reply.ts";
import { lostTitle, readEmbeddings, textsOf } from "./request.ts";

export function minimaxEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  // Voyage's two words are the two that MiniMax tells apart.
  const { purpose, lost } = losses(read, "voyage", ["type"]);
  const type = asString(read.extra["type"]) ?? (purpose === "query" ? "query" : "db");
  return {
    calls: [
      {
        path: fillPath(target),
        body: { kind: "json", json: { model: target.model ?? "", texts: textsOf(read), type } },
      },
    ],
    lost: [...lost, ...lostTitle(read), ...(read.dimensions === undefined ? [] : ["dimensions"])],
    read: ([reply]) => {
      const body = asObject(reply?.json);
      const vectors = listOf(body?.["vectors"], target.provider, "vectors");
      return writeEmbeddings(read, target, { vectors, tokens: asNumber(body?.["total_tokens"]) });
    },
  };
}
