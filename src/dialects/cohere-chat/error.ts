// Errors of Cohere v2: `{message, id}` of a failed call, and a reply whose finish reason is a failure.
import { GatewayError } from "../../core/errors.ts";
import { asObject, asString, type JsonObject } from "../../core/json.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { failureError, readErrorBody, readErrorNode } from "../error-body.ts";

export function readError(failure: UpstreamFailure): GatewayError {
  return failureError(failure, readErrorBody(failure.text));
}

/** An object that is nothing but an error, inside a 200. */
export function readErrorInside(body: JsonObject, provider: string): GatewayError | undefined {
  const isError = body["error"] !== undefined || (typeof body["message"] === "string" && body["type"] === undefined);
  if (!isError && body["type"] !== "error") return undefined;
  return failureError({ status: 200, headers: { get: () => null }, text: "", provider }, readErrorNode(body));
}

/** @param holder what holds `finish_reason` and, where the provider says more, `error` */
export function readFailedFinish(holder: JsonObject): GatewayError | undefined {
  const reason = asString(holder["finish_reason"]);
  const words = asString(holder["error"]) ?? asString(asObject(holder["error"])?.["message"]);
  const because = words === undefined ? "" : `: ${words}`;
  if (reason === "TIMEOUT") return new GatewayError("upstream_timeout", `the provider gave up on its answer${because}`);
  if (reason === "ERROR" || reason === "ERROR_TOXIC") {
    return new GatewayError("upstream_failed", `the provider could not finish its answer${because}`);
  }
  return undefined;
}
