// The demo's failing models: each fails in one way that real providers have, every time.
import type { JsonObject } from "../core/json.ts";
import type { DemoRequest } from "./demo-replies.ts";
import { streamSteps, wholeReply } from "./demo-wire.ts";
import { type BodyStep, connectionLost, pacedBody, untilAborted, type Wait } from "./paced-body.ts";

export type FaultContext = { request: DemoRequest; signal: AbortSignal; createdSeconds: number; wait: Wait };

type Failure = { status: number; type: string; code: string | null; message: string; retryAfterSeconds?: number };

/** The error body of the wire (translation.md A1.3). */
export function errorBody(failure: Omit<Failure, "status">, param: string | null = null): JsonObject {
  return { error: { message: failure.message, type: failure.type, param, code: failure.code } };
}

const refusals: { readonly [model: string]: Failure } = {
  "error-400": {
    status: 400,
    type: "invalid_request_error",
    code: null,
    message: "This demo model refuses every request as invalid.",
  },
  "error-401": {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: "This demo model accepts no credential.",
  },
  "error-404": {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    message: "This demo model pretends not to exist.",
  },
  "error-429": {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message: "This demo model is always at its rate limit.",
    retryAfterSeconds: 2,
  },
  "error-500": { status: 500, type: "server_error", code: null, message: "This demo model always breaks." },
  "error-503": { status: 503, type: "server_error", code: null, message: "This demo model is always overloaded." },
};

export function refuse(failure: Failure, param: string | null = null): Response {
  const headers: { [name: string]: string } = {};
  if (failure.retryAfterSeconds !== undefined) headers["retry-after"] = String(failure.retryAfterSeconds);
  return Response.json(errorBody(failure, param), { status: failure.status, headers });
}

const partText = "This answer was going well until";

/** The first part of an ordinary reply: frames of a stream, or the first half of a whole body. */
function* firstPart(context: FaultContext): Generator<BodyStep> {
  const { request, createdSeconds } = context;
  const envelope = { request, createdSeconds, reply: { reasoning: "", text: partText, wordPauseMs: 0 } };
  if (!request.stream) {
    const whole = JSON.stringify(wholeReply(envelope));
    yield { write: whole.slice(0, whole.length / 2) };
    return;
  }
  const spokenFrames = 1 + partText.split(" ").length;
  yield* streamSteps({ ...envelope, request: { ...request, wordsMax: Number.POSITIVE_INFINITY } }).take(spokenFrames);
}

function* brokenOff(context: FaultContext): Generator<BodyStep> {
  yield* firstPart(context);
  yield { fail: connectionLost() };
}

function replyType(context: FaultContext): { headers: { "content-type": string } } {
  return {
    headers: { "content-type": context.request.stream ? "text/event-stream; charset=utf-8" : "application/json" },
  };
}

const insideFailure = {
  type: "server_error",
  code: "demo_error",
  message: "This demo model reports its failure under status 200.",
};

function failInside(context: FaultContext): Response {
  const text = JSON.stringify(errorBody(insideFailure));
  return new Response(context.request.stream ? `data: ${text}\n\n` : text, replyType(context));
}

const pages = { headers: { "content-type": "text/html; charset=utf-8" } };

type Fault = (context: FaultContext) => Response | Promise<Response>;

export const faults: { readonly [model: string]: Fault } = {
  ...Object.fromEntries(Object.entries(refusals).map(([model, failure]) => [model, () => refuse(failure)])),
  "error-timeout": (context) => untilAborted(context.signal),
  "error-midstream": (context) =>
    new Response(pacedBody(brokenOff(context), context.signal, context.wait), replyType(context)),
  "error-truncated": (context) =>
    new Response(pacedBody(firstPart(context), context.signal, context.wait), replyType(context)),
  "error-html": () =>
    new Response("<!doctype html><title>Sign in</title><h1>Please sign in to this network</h1>", pages),
  "error-inside": failInside,
};
