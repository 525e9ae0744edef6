// Google's error bodies: status words, API_KEY_INVALID behind a 400, RetryInfo, and what a 429 really means.
import type { ErrorCode } from "../../core/errors.ts";
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue, parseJson } from "../../core/json.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { classify, type ErrorBody, failureError, readErrorBody } from "../error-body.ts";

/** HTTP status of a status word, for error objects inside a 200 (google.rpc.Code as google/rpc/code.proto maps it). */
const statusOfWord: ReadonlyMap<string, number> = new Map([
  ["INVALID_ARGUMENT", 400],
  ["FAILED_PRECONDITION", 400],
  ["OUT_OF_RANGE", 400],
  ["UNAUTHENTICATED", 401],
  ["PERMISSION_DENIED", 403],
  ["NOT_FOUND", 404],
  ["ABORTED", 409],
  ["ALREADY_EXISTS", 409],
  ["RESOURCE_EXHAUSTED", 429],
  // The request was given up on the provider's side: the client is still here.
  ["CANCELLED", 500],
  ["UNKNOWN", 500],
  ["DATA_LOSS", 500],
  ["INTERNAL", 500],
  ["UNIMPLEMENTED", 501],
  ["UNAVAILABLE", 503],
  ["DEADLINE_EXCEEDED", 504],
]);

const keyWords = /api key (?:not valid|expired|not found)|api_key_invalid|invalid authentication credential/i;
const contextWords = /exceeds the maximum number of tokens|input token count/i;
const billingWords = /billing/i;

const noHeaders: UpstreamFailure["headers"] = { get: () => null };

export function readError(failure: UpstreamFailure): GatewayError {
  const body = readErrorBody(failure.text);
  const node = errorNode(parseJson(failure.text));
  const seen = { ...failure, status: realStatus(failure.status, node) };
  const error = failureError(seen, body, errorCode(seen.status, body, node));
  const retryAfterMs = retryDelayMs(node);
  if (retryAfterMs === undefined || error.retryAfterMs !== undefined) return error;
  return new GatewayError(error.code, error.message, {
    status: error.status,
    retryAfterMs,
    ...(error.publicCode !== null ? { publicCode: error.publicCode } : {}),
    ...(error.param !== null ? { param: error.param } : {}),
    ...(error.upstream ? { upstream: error.upstream } : {}),
  });
}

/** The error of a reply or a frame that is an error object, plain or in an array (A4.5); undefined for any other. */
export function readErrorInside(value: JsonValue, provider: string): GatewayError | undefined {
  const node = errorNode(value);
  return node
    ? readError({ status: 200, headers: noHeaders, text: JSON.stringify({ error: node }), provider })
    : undefined;
}

function errorNode(value: JsonValue | undefined): JsonObject | undefined {
  if (Array.isArray(value)) {
    for (const entry of value) {
      const node = errorNode(entry);
      if (node) return node;
    }
    return undefined;
  }
  const envelope = asObject(value);
  if (!envelope) return undefined;
  if (isObject(envelope["error"])) return envelope["error"];
  // A relay's own words: {error: "…"}.
  return typeof envelope["error"] === "string" ? { message: envelope["error"] } : errorNode(envelope["response"]);
}

/** The status line, unless it says success: then the object's own code, or what its status word stands for. */
function realStatus(status: number, node: JsonObject | undefined): number {
  if (status >= 400) return status;
  const code = Number(node?.["code"]);
  if (Number.isInteger(code) && code >= 400 && code <= 599) return code;
  return statusOfWord.get(asString(node?.["status"]) ?? "") ?? status;
}

function errorCode(status: number, body: ErrorBody, node: JsonObject | undefined): ErrorCode {
  const message = body.message ?? "";
  const word = asString(node?.["status"]) ?? body.type;
  if (status === 400) {
    // Google answers a bad key with 400 INVALID_ARGUMENT and the reason API_KEY_INVALID.
    if (hasReason(node, "API_KEY_INVALID") || keyWords.test(message)) return "upstream_auth";
    if (contextWords.test(message)) return "context_length";
    if (word === "FAILED_PRECONDITION" && billingWords.test(message)) return "quota_exhausted";
  }
  // The free tier's limits by the minute speak of plan and billing too; only their quota ids tell them from a spent quota.
  if (status === 429 && onlyMinuteQuotas(node)) return "rate_limited";
  if (status === 499) return "upstream_failed";
  if (word === "DEADLINE_EXCEEDED") return "upstream_timeout";
  return classify(status, body);
}

function details(node: JsonObject | undefined): JsonObject[] {
  return (asArray(node?.["details"]) ?? []).filter(isObject);
}

function hasReason(node: JsonObject | undefined, reason: string): boolean {
  return details(node).some((detail) => detail["reason"] === reason);
}

function onlyMinuteQuotas(node: JsonObject | undefined): boolean {
  const ids = details(node)
    .flatMap((detail) => asArray(detail["violations"]) ?? [])
    .flatMap((violation) => asString(asObject(violation)?.["quotaId"]) ?? []);
  return ids.length > 0 && ids.every((id) => id.includes("PerMinute"));
}

/** `{"@type": "…/google.rpc.RetryInfo", "retryDelay": "34.4s"}` (protobuf's JSON form of a duration). */
function retryDelayMs(node: JsonObject | undefined): number | undefined {
  for (const detail of details(node)) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(asString(detail["retryDelay"]) ?? "")?.[1];
    // Rounded to microseconds first: 34.4 * 1000 must not become 34401 through the double's error.
    if (seconds !== undefined) return Math.ceil(Math.round(Number(seconds) * 1e6) / 1e3);
  }
  return undefined;
}
