// The built-in demo provider: answers in this process, without network or randomness, so that Sluice can be tried,
// tested and taught before there is any account. It speaks OpenAI's chat wire.
import { asNumber, asObject, asString, isObject, parseJson } from "../core/json.ts";
import { faults, refuse } from "./demo-faults.ts";
import { demoOperations } from "./demo-operations.ts";
import { type DemoRequest, speakers } from "./demo-replies.ts";
import { streamSteps, wholeReply } from "./demo-wire.ts";
import { pacedBody, realWait, type Wait } from "./paced-body.ts";
import type { ProviderRow } from "./provider.ts";
import { openaiAudio, openaiEndpoints, openaiImages, resultsRerank } from "./row-operations.ts";

export const demoRow: ProviderRow = {
  type: "demo",
  title: "Demo (built in)",
  // Never dialled: the transport is in-process. The name is reserved for what cannot exist (RFC 2606).
  baseUrl: "http://demo.invalid/v1",
  versionSuffix: "/v1",
  envPrefix: "DEMO",
  keyless: true,
  auth: { header: "authorization", prefix: "Bearer " },
  speaks: { "openai-chat": { path: "/chat/completions", streamUsage: "ask" } },
  operations: { ...openaiEndpoints, ...openaiImages, ...openaiAudio, rerank: resultsRerank },
  models: { path: "/models", shape: "openai" },
  origin: "demo",
  source: "src/providers/demo.ts, our own",
};

export type DemoOptions = {
  /** Unix time. */
  nowMs?: () => number;
  wait?: Wait;
};

/** Every model of the demo, talking ones first. */
export const demoModels: readonly string[] = [...Object.keys(speakers), ...Object.keys(faults)];

/** Answers POST …/chat/completions, the endpoints of demo-operations.ts and GET …/models. Rejects only with the abort reason of the request's signal. */
export function demoHandle(options: DemoOptions = {}): (request: Request) => Promise<Response> {
  const nowMs = options.nowMs ?? Date.now;
  const wait = options.wait ?? realWait;
  return async (request) => {
    const path = new URL(request.url).pathname;
    const createdSeconds = Math.floor(nowMs() / 1000);
    if (request.method === "GET" && path.endsWith("/models")) return listModels(createdSeconds);
    const operation = Object.keys(demoOperations).find((end) => path.endsWith(end));
    if (request.method === "POST" && operation !== undefined) {
      return await operate(operation, request, createdSeconds);
    }
    if (request.method !== "POST" || !path.endsWith("/chat/completions")) {
      return refuse({ status: 404, ...invalid, message: `There is no ${request.method} ${path} here.` });
    }
    const text = await request.text();
    const read = readRequest(text);
    return read instanceof Response ? read : answer(read, { signal: request.signal, createdSeconds, wait });
  };
}

async function operate(path: string, request: Request, createdSeconds: number): Promise<Response> {
  try {
    return (await demoOperations[path]?.(request, createdSeconds)) as Response;
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    return refuse({ status: 400, ...invalid, message: "The body is not what this endpoint takes." });
  }
}

const invalid = { type: "invalid_request_error", code: null };

function listModels(createdSeconds: number): Response {
  const data = demoModels.map((id) => ({ id, object: "model", created: createdSeconds, owned_by: "sluice-demo" }));
  return Response.json({ object: "list", data });
}

type AnswerContext = { signal: AbortSignal; createdSeconds: number; wait: Wait };

async function answer(request: DemoRequest, context: AnswerContext): Promise<Response> {
  const { signal, createdSeconds, wait } = context;
  const fault = Object.hasOwn(faults, request.model) ? faults[request.model] : undefined;
  if (fault) return fault({ request, signal, createdSeconds, wait });
  const speak = Object.hasOwn(speakers, request.model) ? speakers[request.model] : undefined;
  if (!speak) {
    const message = `The demo has no model ${JSON.stringify(request.model)}. It has: ${demoModels.join(", ")}.`;
    return refuse({ status: 404, type: "invalid_request_error", code: "model_not_found", message }, "model");
  }
  const envelope = { request, reply: speak(request), createdSeconds };
  const id = { "x-request-id": `req_${request.hash}` };
  if (!request.stream) return Response.json(wholeReply(envelope), { headers: id });
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...id };
  return new Response(pacedBody(streamSteps(envelope), signal, wait), { headers });
}

function readRequest(text: string): DemoRequest | Response {
  const body = asObject(parseJson(text));
  if (body === undefined) return refuse({ status: 400, ...invalid, message: "The body is not a JSON object." });
  const model = asString(body["model"]);
  if (!model) return refuse({ status: 400, ...invalid, message: "`model` must be a non-empty string." }, "model");
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject)) {
    return refuse({ status: 400, ...invalid, message: "`messages` must be a non-empty array of objects." }, "messages");
  }
  return {
    model,
    messages,
    stream: body["stream"] === true,
    includeUsage: asObject(body["stream_options"])?.["include_usage"] === true,
    wordsMax: asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]) ?? Number.POSITIVE_INFINITY,
    body,
    hash: new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 24),
  };
}
