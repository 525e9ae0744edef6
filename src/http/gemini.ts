// Gemini's calls of models: the verb stands behind the last colon of the path.
import { Elysia } from "elysia";
import { GatewayError } from "../core/errors.ts";
import { geminiCall } from "../dialects/gemini/index.ts";
import { runCount } from "../exchange/count.ts";
import { runOperation } from "../exchange/operation.ts";
import type { OperationParts } from "../exchange/operation-run.ts";
import { runChat } from "../exchange/run.ts";
import { operations } from "../operations/index.ts";
import type { ClientShape } from "../operations/operation.ts";
import { errorResponse, noEndpoint, pathOf } from "./errors.ts";
import { asJsonArray } from "./json-array.ts";
import { modelPath } from "./models.ts";

/** Verbs of Google's that are not served here; they are told apart from misspellings. */
const laterVerbs: ReadonlySet<string> = new Set([
  "batchGenerateContent",
  "asyncBatchEmbedContent",
  "predict",
  "predictLongRunning",
]);

/** Google's own SDK for JavaScript calls v1 since its version 3, most others v1beta. */
export function geminiEndpoints(parts: OperationParts) {
  const call = ({ request }: { request: Request }) => generate(parts, request);
  return (
    new Elysia({ name: "gemini" })
      .post("/v1beta/models/*", call, { parse: "none" })
      // The Vercel AI SDK leaves `models/` away where a model's name holds a slash.
      .post("/v1beta/*", call, { parse: "none" })
      .post("/v1/models/*", call, { parse: "none" })
  );
}

/** Embedding verbs, and the form of their bodies. */
const embeddingVerbs: { readonly [verb: string]: ClientShape } = {
  embedContent: "gemini",
  batchEmbedContents: "gemini-batch",
};

async function generate(parts: OperationParts, request: Request): Promise<Response> {
  try {
    const { model, verb } = readPath(request);
    if (verb === "countTokens") return await runCount(parts, request, geminiCall({ model, stream: false }));
    const embedding = Object.hasOwn(embeddingVerbs, verb) ? embeddingVerbs[verb] : undefined;
    if (embedding) {
      return await runOperation(parts, request, {
        operation: operations.embeddings,
        dialect: geminiCall({ model, stream: false }),
        client: embedding,
        model,
      });
    }
    const stream = verb === "streamGenerateContent";
    if (!stream && verb !== "generateContent") {
      parts.admit(request);
      throw unknownVerb(verb);
    }
    const response = await runChat(parts, request, geminiCall({ model, stream }));
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    return isStream && !asksForEvents(request.url) ? asJsonArray(response) : response;
  } catch (cause) {
    if (cause instanceof GatewayError) return errorResponse(request, cause);
    throw cause;
  }
}

/** Models hold slashes and colons, raw or encoded: the verb stands behind the last colon of all. */
function readPath(request: Request): { model: string; verb: string } {
  const written = modelPath(request);
  const colon = written.lastIndexOf(":");
  if (colon < 1 && !pathOf(request.url).startsWith("/v1beta/models/")) throw noEndpoint(request);
  if (colon < 1) throw new GatewayError("not_found", "the path wants a model and a verb: MODEL:generateContent");
  return { model: written.slice(0, colon), verb: written.slice(colon + 1) };
}

const served = "generateContent, streamGenerateContent, countTokens, embedContent and batchEmbedContents";

function unknownVerb(verb: string): GatewayError {
  return laterVerbs.has(verb)
    ? new GatewayError("not_supported", `${verb} is not served here; ${served} are`)
    : new GatewayError("not_found", `there is no method "${verb}"; there are ${served}`);
}

/** `alt` is a system parameter of Google's APIs, also written with a dollar (cloud.google.com/apis/docs/system-parameters). */
function asksForEvents(url: string): boolean {
  const query = url.indexOf("?");
  if (query < 0) return false;
  const parameters = new URLSearchParams(url.slice(query));
  return (parameters.get("alt") ?? parameters.get("$alt")) === "sse";
}
