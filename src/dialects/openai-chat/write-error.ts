// Writes failures in the envelope of the OpenAI dialects, as a body and as the frames that end a stream.
import type { GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

/** All four keys always: clients read `param` and `code` without looking whether they are there. */
function envelope(error: GatewayError): JsonObject {
  return { message: error.message, type: error.type, param: error.param, code: error.publicCode };
}

export function writeError(error: GatewayError): JsonObject {
  return { error: envelope(error), error_kind: error.kind };
}

/** A truthy top-level `error` makes the official SDKs throw (C3.1); [DONE] lets simpler clients stop reading (S06). */
export function writeErrorFrames(error: GatewayError): string {
  const body = { error: { ...envelope(error), error_kind: error.kind } };
  return `data: ${JSON.stringify(body)}\n\ndata: [DONE]\n\n`;
}
