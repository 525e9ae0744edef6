// Errors of Converse: failed calls, exception messages inside a stream (S53), and an error body under a 200.
import type { ErrorCode, GatewayError } from "../../core/errors.ts";
import { asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { classify, type ErrorBody, failureError, readErrorBody, readErrorNode } from "../error-body.ts";

/** By the exception's name in lower case, without "exception" (Bedrock Runtime API reference, errors of Converse). */
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ["throttling", "rate_limited"],
  ["servicequotaexceeded", "quota_exhausted"],
  ["serviceunavailable", "overloaded"],
  ["modelnotready", "overloaded"],
  ["modeltimeout", "upstream_timeout"],
  ["modelerror", "upstream_failed"],
  ["modelstreamerror", "upstream_failed"],
  ["internalserver", "upstream_failed"],
  ["internalfailure", "upstream_failed"],
  ["accessdenied", "upstream_auth"],
  ["unrecognizedclient", "upstream_auth"],
  ["expiredtoken", "upstream_auth"],
  ["resourcenotfound", "model_not_found"],
  ["unknownoperation", "model_not_found"],
]);

/** `com.amazon.coral.service#UnknownOperationException`, `ThrottlingException:http://…` -> the bare name. */
function bareName(written: string): string {
  return (written.split("#").at(-1) ?? "").split(":", 1)[0] ?? "";
}

function codeOf(status: number, type: string | undefined, body: ErrorBody): ErrorCode {
  const name = (type ?? "").toLowerCase().replace(/exception$/, "");
  const known = codes.get(name);
  if (known !== undefined) return known;
  // A validation inside a stream has no status of its own; its words may still tell of a full context.
  return classify(name === "validation" && status < 400 ? 400 : status, body);
}

function failed(failure: UpstreamFailure, body: ErrorBody, written: string | undefined): GatewayError {
  const type = written === undefined ? undefined : bareName(written);
  const named = type !== undefined && type !== "" ? { ...body, type } : body;
  return failureError(failure, named, codeOf(failure.status, type, named));
}

export function readError(failure: UpstreamFailure): GatewayError {
  const body = readErrorBody(failure.text);
  return failed(failure, body, failure.headers.get("x-amzn-errortype") ?? body.type);
}

const silentFailure = (provider: string): UpstreamFailure => ({
  status: 200,
  headers: { get: () => null },
  text: "",
  provider,
});

export function readException(type: string, payload: JsonValue | undefined, provider: string): GatewayError {
  return failed(silentFailure(provider), readErrorNode(payload), type);
}

/** Events that no reply holds are exceptions when they are called one. */
export function isException(event: string): boolean {
  return /(?:exception|error|failure|fault)$/i.test(event);
}

/** An error body under a 200, such as `{Output: {__type: "…#UnknownOperationException"}}` (translation.md A5). */
export function readErrorInReply(body: JsonObject, provider: string): GatewayError | undefined {
  if (isObject(body["output"])) return undefined;
  const inner = asObject(body["Output"]) ?? body;
  const type = asString(inner["__type"]) ?? asString(body["__type"]);
  const words = readErrorNode(inner);
  if (type === undefined && words.message === undefined) return undefined;
  return failed(silentFailure(provider), words, type);
}
