// POST of any inference body to be told where it would go and why, without a call.
import { Elysia } from "elysia";
import type { DialectId } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { geminiCall } from "../dialects/gemini/index.ts";
import { dialects } from "../dialects/index.ts";
import { explainChat, explainEmbeddings } from "../exchange/explain.ts";
import { readJsonBody } from "../exchange/read-body.ts";
import type { RunParts } from "../exchange/run-parts.ts";
import { errorResponse } from "./errors.ts";

export function explainEndpoint(parts: RunParts) {
  return new Elysia({ name: "explain" }).post("/v1/route/explain", ({ request }) => explain(parts, request), {
    parse: "none",
  });
}

async function explain(parts: RunParts, request: Request): Promise<Response> {
  const deadlines = parts.timers.open();
  try {
    parts.admit(request);
    const body = await readJsonBody(request, { bytesMax: parts.settings.bodyBytesMax, deadlines });
    const query = new URLSearchParams(request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "");
    const shape = shapeOf(body.json, { named: query.get("dialect"), headers: request.headers });
    if (shape !== "embeddings") {
      const dialect = dialectOf(shape, body.json, query.get("model"));
      return Response.json(await explainChat(parts, { request, dialect, body }));
    }
    return Response.json(await explainEmbeddings(parts, { request, body }));
  } catch (cause) {
    if (cause instanceof GatewayError) return errorResponse(request, cause);
    throw cause;
  } finally {
    deadlines.close();
  }
}

type Shape = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini" | "embeddings";

const names: { readonly [name: string]: Shape } = {
  chat: "openai-chat",
  responses: "openai-responses",
  messages: "anthropic-messages",
  anthropic: "anthropic-messages",
  "openai-chat": "openai-chat",
  "openai-responses": "openai-responses",
  "anthropic-messages": "anthropic-messages",
  gemini: "gemini",
  embeddings: "embeddings",
};

/** By `?dialect=`, or else by what only one of the languages has. A text as `input` is taken for Responses. */
export function shapeOf(
  body: JsonObject,
  { named, headers }: { named: string | null; headers: { has(name: string): boolean } },
): Shape {
  if (named !== null) {
    const shape = Object.hasOwn(names, named) ? names[named] : undefined;
    if (!shape) throw badRequest("dialect", `dialect is one of ${Object.keys(names).join(", ")}`);
    return shape;
  }
  if (Array.isArray(body["contents"])) return "gemini";
  if (Array.isArray(body["messages"])) {
    return "system" in body || headers.has("anthropic-version") ? "anthropic-messages" : "openai-chat";
  }
  const { input } = body;
  const isEmbedding =
    "encoding_format" in body || "dimensions" in body || (Array.isArray(input) && !isObject(input[0]));
  return input !== undefined && isEmbedding ? "embeddings" : "openai-responses";
}

/** Gemini's bodies name no model, their paths do: here it stands in the body or in `?model=`. */
function dialectOf(id: Exclude<Shape, "embeddings">, body: JsonObject, asked: string | null): Dialect {
  if (id !== "gemini") return dialects[id as DialectId] as Dialect;
  const model = asked ?? body["model"];
  if (typeof model !== "string" || model === "")
    throw badRequest("model", "say ?model= for a body in Gemini's language");
  return geminiCall({ model: model.replace(/^models\//, ""), stream: false });
}
