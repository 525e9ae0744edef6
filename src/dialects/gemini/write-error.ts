// An error as Google's APIs say it (translation.md B13; google.rpc.Status).
import type { GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

const words: { readonly [status: number]: string } = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

export function writeGeminiError(error: GatewayError, _requestId: string): JsonObject {
  const status = words[error.status] ?? (error.status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  return {
    error: { code: error.status, message: error.message, status, details: [] },
    error_kind: error.kind,
  };
}
