// Embeddings on Vertex AI: predict, with instances and parameters
// (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api, 2026-08).
import { asNumber, asObject, type JsonObject } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { losses } from "./openai.ts";
import { inBatches, listOf, sumOf, writeEmbeddings } from "./reply.ts";
import { readEmbeddings, textsOf } from "./request.ts";

/** Instances of one call; gemini-embedding-001 takes one. */
const instancesMax = 250;

const own = ["auto_truncate", "autoTruncate"];

export function vertexEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  const read = readEmbeddings(request);
  const { purpose, lost } = losses(read, "gemini", own);
  const truncate = read.extra["auto_truncate"] ?? read.extra["autoTruncate"];
  const parameters: JsonObject = {
    ...(truncate !== undefined && { autoTruncate: truncate }),
    ...(read.dimensions !== undefined && { outputDimensionality: read.dimensions }),
  };
  const instances = textsOf(read).map(
    (content): JsonObject => ({
      content,
      ...(purpose !== undefined && { task_type: purpose }),
      ...(read.title !== undefined && { title: read.title }),
    }),
  );
  const size = /^gemini-/.test(target.model ?? "") ? 1 : instancesMax;
  return {
    calls: inBatches(instances, size).map((some) => ({
      path: fillPath(target),
      body: { kind: "json", json: { instances: some, ...(Object.keys(parameters).length > 0 && { parameters }) } },
    })),
    lost,
    read: (replies) => {
      const predictions = replies.flatMap(({ json }) =>
        listOf(asObject(json)?.["predictions"], target.provider, "predictions"),
      );
      const embeddings = predictions.map((prediction) => asObject(asObject(prediction)?.["embeddings"]));
      return writeEmbeddings(read, target, {
        vectors: embeddings.map((entry) => listOf(entry?.["values"], target.provider, "values")),
        tokens: sumOf(embeddings.map((entry) => asNumber(asObject(entry?.["statistics"])?.["token_count"]))),
      });
    },
  };
}
