// A ranking out of any host's reply, and in any client's form.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asNumber, asObject, asString, type JsonObject } from "../../core/json.ts";
import { emptyUsage, type Usage } from "../../core/usage.ts";
import type { OperationTarget, ReadyReply } from "../operation.ts";
import { readUsage } from "../usage.ts";
import type { RerankRequest } from "./request.ts";

export type Ranking = {
  id: string | undefined;
  model: string | undefined;
  ranked: readonly { index: number; score: number }[];
  usage: Usage | undefined;
};

/** Throws GatewayError for what is no ranking. */
export function readRanking(body: JsonObject | undefined, provider: string): Ranking {
  const entries = asArray(body?.["results"]) ?? asArray(body?.["data"]);
  if (!body || !entries) throw new GatewayError("upstream_malformed", `${provider} sent a reply without results`);
  const ranked = entries.map((entry) => {
    const node = asObject(entry);
    const index = asNumber(node?.["index"]);
    // Bedrock's Rerank writes it in one word.
    const score = asNumber(node?.["relevance_score"]) ?? asNumber(node?.["relevanceScore"]);
    if (index === undefined || score === undefined) {
      throw new GatewayError("upstream_malformed", `${provider} sent a result without index or score`);
    }
    return { index, score };
  });
  return { id: asString(body["id"]), model: asString(body["model"]), ranked, usage: rerankUsage(body) };
}

/** Tokens (Jina, Voyage) or units that are billed (Cohere). */
export function rerankUsage(body: JsonObject): Usage | undefined {
  const meta = asObject(body["meta"]);
  const units = asNumber(asObject(meta?.["billed_units"])?.["search_units"]);
  const usage = readUsage(asObject(body["usage"])) ?? readUsage(asObject(meta?.["tokens"]));
  if (units === undefined) return usage;
  return { ...(usage ?? emptyUsage()), searchUnits: units };
}

export function writeRanking(request: RerankRequest, target: OperationTarget, ranking: Ranking): ReadyReply {
  const { usage, ranked } = ranking;
  // A host that has no field for it ranks everything.
  const kept = request.top === undefined ? ranked : ranked.slice(0, request.top);
  const results = kept.map(({ index, score }) => ({
    index,
    relevance_score: score,
    ...(request.returnDocuments && documentOf(request, index)),
  }));
  const body =
    request.client === "voyage" ? voyageBody(target, ranking, results) : resultsBody(target, ranking, results, request);
  return { body, contentType: "application/json", ...(usage && { usage }) };
}

function documentOf(request: RerankRequest, index: number): { document: JsonObject | string } | undefined {
  const document = request.documents[index];
  if (!document) return undefined;
  if (request.client === "voyage") return { document: document.text };
  return { document: asObject(document.written) ?? { text: document.text } };
}

function voyageBody(target: OperationTarget, ranking: Ranking, data: JsonObject[]): JsonObject {
  const total = ranking.usage?.totalTokens ?? 0;
  return { object: "list", data, model: ranking.model ?? target.model ?? "", usage: { total_tokens: total } };
}

/** Cohere's strictly on /v2; else with Jina's members beside them, since their clients share the path. */
function resultsBody(
  target: OperationTarget,
  ranking: Ranking,
  results: JsonObject[],
  request: RerankRequest,
): JsonObject {
  const { usage } = ranking;
  const units = usage?.searchUnits;
  const tokens = usage?.totalTokens;
  const meta: JsonObject = {
    api_version: { version: "2" },
    ...(units !== undefined && { billed_units: { search_units: units } }),
    ...(tokens !== undefined && tokens > 0 && { tokens: { input_tokens: tokens } }),
  };
  const id = ranking.id === undefined ? {} : { id: ranking.id };
  if (request.client === "cohere") return { ...id, results, meta };
  return {
    ...id,
    object: "list",
    model: ranking.model ?? target.model ?? "",
    results,
    meta,
    usage: { total_tokens: tokens ?? 0, prompt_tokens: usage?.inputTokens ?? 0 },
  };
}
