// Reads errors on the Chat Completions wire: the body of a failed call, and error objects found inside a reply.
import type { ErrorCode } from "../../core/errors.ts";
import { GatewayError } from "../../core/errors.ts";
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue, parseJson } from "../../core/json.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { classify, type ErrorBody, failureError, readErrorBody, readErrorNode } from "../error-body.ts";

/** Statuses outside the registry: 498 is "flex capacity exceeded" (console.groq.com/docs/flex-processing, read 2026-11). */
const chatStatuses: ReadonlyMap<number, ErrorCode> = new Map([[498, "overloaded"]]);

const noHeaders = { get: () => null };

/**
 * OpenRouter hides the maker's own words in `error.metadata.raw` behind "Provider returned error"
 * (seen in MassGen#624 and LibreChat-agents#37, read 2026-11). They replace the message; type and code stay unless absent.
 */
function withMakersWords(body: ErrorBody, node: JsonValue | undefined): ErrorBody {
  const wrapper = asObject(asArray(node)?.[0]) ?? asObject(node);
  const metadata = asObject(asObject(wrapper?.["error"])?.["metadata"]) ?? asObject(wrapper?.["metadata"]);
  const raw = metadata?.["raw"];
  if (raw === undefined || raw === null || raw === "") return body;
  const inner = typeof raw === "string" ? readErrorBody(raw) : readErrorNode(raw);
  return inner.message === undefined ? body : { ...inner, ...body, message: inner.message };
}

/** A code in words, such as `tool_use_failed`, tells a client more than our own; a number says nothing new. */
function ownCode(code: ErrorCode, body: ErrorBody): string | undefined {
  return code === "invalid_request" && body.code !== undefined && !/^\d+$/.test(body.code) ? body.code : undefined;
}

function asGatewayError(failure: UpstreamFailure, body: ErrorBody): GatewayError {
  const code = chatStatuses.get(failure.status) ?? classify(failure.status, body);
  const error = failureError(failure, body, code);
  const publicCode = ownCode(code, body);
  if (publicCode === undefined) return error;
  return new GatewayError(code, error.message, {
    publicCode,
    ...(error.param === null ? {} : { param: error.param }),
    ...(error.status >= 400 ? { status: error.status } : {}),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
  });
}

/** The body of a call that failed (translation.md B13). */
export function readError(failure: UpstreamFailure): GatewayError {
  const body = readErrorBody(failure.text);
  return asGatewayError(
    failure,
    withMakersWords(body, failure.text.includes('"raw"') ? parseJson(failure.text) : undefined),
  );
}

/** Numeric codes inside a reply are HTTP statuses where they can be (OpenRouter 429, 502; Google 503). */
function statusOf(node: JsonValue): number {
  const error = asObject(node);
  const code = asNumber(error?.["code"]) ?? asNumber(error?.["status"]) ?? Number(asString(error?.["code"]));
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : 200;
}

/** An error node that stands inside a reply whose status was 200, or under an `event: error`. */
export function errorOfNode(node: JsonValue): GatewayError {
  const failure = {
    status: statusOf(asObject(node)?.["error"] ?? node),
    headers: noHeaders,
    text: "",
    provider: "the provider",
  };
  return asGatewayError(failure, withMakersWords(readErrorNode(node), node));
}

/** MiniMax reports failures in `base_resp` of a 200 (X34). Codes: platform.minimax.io/docs/api-reference/errorcode, read
 * 2026-11, and 2013 from translation.md D1; any other is a failure of the provider.. */
const codeOfBaseResponse: ReadonlyMap<number, ErrorCode> = new Map([
  [1001, "upstream_timeout"],
  [1002, "rate_limited"],
  [1004, "upstream_auth"],
  [1008, "quota_exhausted"],
  [2013, "invalid_request"],
]);

function errorOfBaseResponse(body: JsonObject): GatewayError | undefined {
  const response = asObject(body["base_resp"]);
  const status = asNumber(response?.["status_code"]) ?? 0;
  if (status === 0) return undefined;
  const failure = { status: 200, headers: noHeaders, text: "", provider: "the provider" };
  const words: ErrorBody = { code: String(status) };
  const message = asString(response?.["status_msg"]);
  if (message !== undefined) words.message = message;
  return failureError(failure, words, codeOfBaseResponse.get(status) ?? "upstream_failed");
}

/** An error that comes without an `error` key: vLLM's flat `object: "error"`, Cerebras's fields, FastAPI's `detail`. */
function isFlatError(body: JsonObject): boolean {
  if (body["choices"] !== undefined || body["usage"] !== undefined) return false;
  return body["object"] === "error" || body["message"] !== undefined || body["detail"] !== undefined;
}

/**
 * The error that a reply or chunk of status 200 holds, or undefined. Looks at the top-level `error`, at a choice's own
 * `error` (OpenRouter), at `base_resp`, and at flat error bodies in place of a reply.
 */
export function readErrorObject(body: JsonObject): GatewayError | undefined {
  if (body["error"]) return errorOfNode(body);
  const choices = asArray(body["choices"]);
  for (const choice of choices ?? []) {
    const error = asObject(choice)?.["error"];
    if (error) return errorOfNode({ error });
  }
  if (body["base_resp"]) return errorOfBaseResponse(body);
  return isFlatError(body) ? errorOfNode(body) : undefined;
}
