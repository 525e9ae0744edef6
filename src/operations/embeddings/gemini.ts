// Gemini's embeddings (ai.google.dev/api/embeddings, 2026-08): one content a call, or a batch of them.
import { asArray, asNumber, asObject, isObject, type JsonObject } from "../../core/json.ts";
import { type FieldValue, fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { losses } from "./openai.ts";
import { inBatches, listOf, sumOf, writeEmbeddings } from "./reply.ts";
import { readEmbeddings, textsOf } from "./request.ts";

/** Contents of one batch. */
const contentsMax = 100;

export function geminiEmbeddings(request: OperationRequest, target: OperationTarget): Written {
  if (request.client === "gemini") return ownSingle(request.json ?? {}, target);
  if (request.client === "gemini-batch") return ownBatch(request.json ?? {}, target);
  const read = readEmbeddings(request);
  const { purpose, lost } = losses(read, "gemini");
  const fields: JsonObject = {
    model: `models/${target.model ?? ""}`,
    ...(purpose !== undefined && { taskType: purpose }),
    ...(read.title !== undefined && { title: read.title }),
    ...(read.dimensions !== undefined && { outputDimensionality: read.dimensions }),
  };
  const contents = textsOf(read).map((text): JsonObject => ({ ...fields, content: { parts: [{ text }] } }));
  const path = fillPath({ ...target, path: target.batchPath ?? target.path });
  const bodies: JsonObject[] = target.batchPath
    ? inBatches(contents, contentsMax).map((requests) => ({ requests }))
    : contents;
  return {
    calls: bodies.map((json) => ({ path, body: { kind: "json", json } })),
    lost,
    read: (replies) =>
      writeEmbeddings(read, target, {
        vectors: replies.flatMap(({ json }) => valuesOf(asObject(json), target.provider)),
        tokens: sumOf(replies.map(({ json }) => tokensOf(asObject(json)))),
      }),
  };
}

/** A body that stands as it is: only where it repeats the model's name must that be the host's. */
function ownSingle(body: JsonObject, target: OperationTarget): Written {
  const set = typeof body["model"] === "string" ? [modelAt(["model"], target)] : [];
  return { calls: [{ path: fillPath(target), body: { kind: "own", remove: [], set } }], lost: [] };
}

function ownBatch(body: JsonObject, target: OperationTarget): Written {
  const requests = asArray(body["requests"]) ?? [];
  // Required in each request of a batch.
  const set = requests.flatMap((request, index) =>
    isObject(request) ? [modelAt(["requests", index, "model"], target)] : [],
  );
  const path = fillPath({ ...target, path: target.batchPath ?? target.path });
  return { calls: [{ path, body: { kind: "own", remove: [], set } }], lost: [] };
}

function modelAt(path: FieldValue["path"], target: OperationTarget): FieldValue {
  return { path, value: `models/${target.model ?? ""}` };
}

function valuesOf(body: JsonObject | undefined, provider: string): JsonObject[string][] {
  const single = asObject(body?.["embedding"]);
  const entries = single ? [single] : listOf(body?.["embeddings"], provider, "embeddings");
  return entries.map((entry) => listOf(asObject(entry)?.["values"], provider, "values"));
}

function tokensOf(body: JsonObject | undefined): number | undefined {
  const usage = asObject(body?.["usageMetadata"]);
  return asNumber(usage?.["promptTokenCount"]) ?? asNumber(usage?.["totalTokenCount"]);
}
