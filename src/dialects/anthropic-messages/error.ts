// Errors of a Messages endpoint: as the body of a failed call, as an `error` event, or inside a 200.
import type { GatewayError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { failureError, readErrorBody, readErrorNode } from "../error-body.ts";

/** Anthropic's envelope is {type: "error", error: {type, message}, request_id}; hosts and proxies send whatever they like. */
export function readError(failure: UpstreamFailure): GatewayError {
  return failureError(failure, readErrorBody(failure.text));
}

/** An event or a whole reply that is an error, whatever the status said. */
export function isErrorObject(body: JsonObject): boolean {
  return body["type"] === "error" || (isObject(body["error"]) && body["content"] === undefined);
}

const noHeaders = { get: () => null };

/** An error object found in a reply whose status said 200: its `type` alone tells the class. */
export function readErrorInReply(body: JsonObject, provider: string): GatewayError {
  return failureError({ status: 200, headers: noHeaders, text: "", provider }, readErrorNode(body));
}
