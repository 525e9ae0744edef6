// POST /v1/moderations in OpenAI's form; Mistral's lacks the verdict over all categories.
import { badRequest, GatewayError } from "../core/errors.ts";
import { asArray, asObject, type JsonObject } from "../core/json.ts";
import { fillPath, type Operation, passOn, type WriteRequest } from "./operation.ts";
import { readUsage } from "./usage.ts";

// docs.mistral.ai/api/#tag/classifiers (2026-08): `results[].categories` and `category_scores`, without `flagged`.
const mistralModeration: WriteRequest = (_request, target) => ({
  calls: [{ path: fillPath(target), body: { kind: "own", remove: [] } }],
  lost: [],
  read: ([reply]) => {
    const body = asObject(reply?.json);
    const results = asArray(body?.["results"]);
    if (!body || !results)
      throw new GatewayError("upstream_malformed", `${target.provider} sent a reply without results`);
    const usage = readUsage(asObject(body["usage"]));
    return {
      body: { ...body, results: results.map((result) => withVerdict(asObject(result) ?? {})) },
      contentType: "application/json",
      ...(usage && { usage }),
    };
  },
});

function withVerdict(result: JsonObject): JsonObject {
  const categories = Object.values(asObject(result["categories"]) ?? {});
  return { flagged: categories.includes(true), ...result };
}

export const moderations: Operation = {
  id: "moderations",
  check({ json }) {
    const input = json?.["input"];
    if (input === undefined || input === null || input === "")
      throw badRequest("input", "input is required: text or parts");
  },
  shapes: { openai: (_request, target) => passOn(target), mistral: mistralModeration },
  usageOf: (reply) => readUsage(asObject(reply["usage"])),
};
