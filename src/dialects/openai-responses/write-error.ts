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

/** As much of what left last as is searched for its count. */
const searchedBytesMax = 64 * 1024;

/** The number after the last one that left; 0 where nothing did. */
function nextSequence(lastFrames: Uint8Array | undefined): number {
  const text = Buffer.from(lastFrames?.subarray(-searchedBytesMax) ?? []).toString("latin1");
  const last = [...text.matchAll(/"sequence_number"\s*:\s*(\d{1,9})/g)].at(-1)?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** For streams that no writer wrote: their events are the provider's own, which the failure continues to count. */
export function writeErrorFrames(error: GatewayError, requestId: string, lastFrames?: Uint8Array): string {
  const sequence = nextSequence(lastFrames);
  const response = writeResponse({
    id: `resp_${requestId}`,
    model: "",
    createdAtSeconds: 0,
    status: "failed",
    output: [],
    error: responseError(error),
    extra: {},
  });
  return errorEvent(error, sequence) + frame({ type: "response.failed", sequence_number: sequence + 1, response });
}
