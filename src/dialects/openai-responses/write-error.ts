// Writes failures of a stream as Responses does: a flat `error` event, then `response.failed`.
import type { GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { responseError, writeResponse } from "./write-response.ts";

export function frame(event: JsonObject & { type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Flat: the SDK throws its own words over a nested one (translation.md C3.3). */
export function errorEvent(error: GatewayError, sequence: number): string {
  return frame({
    type: "error",
    sequence_number: sequence,
    code: error.publicCode,
    message: error.message,
    param: error.param,
    error_kind: error.kind,
  });
}

/** For streams of which no writer knows anything: nothing but heartbeats has left. */
export function writeErrorFrames(error: GatewayError, requestId: string): string {
  const response = writeResponse({
    id: `resp_${requestId}`,
    model: "",
    createdAtSeconds: 0,
    status: "failed",
    output: [],
    error: responseError(error),
    extra: {},
  });
  return errorEvent(error, 0) + frame({ type: "response.failed", sequence_number: 1, response });
}
