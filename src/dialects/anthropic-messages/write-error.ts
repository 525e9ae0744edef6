// An error as the Messages API says it (translation.md B13; docs.anthropic.com/en/api/errors).
import type { ErrorCode, GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

const types: { readonly [code in ErrorCode]?: string } = {
  not_authenticated: "authentication_error",
  forbidden: "permission_error",
  not_found: "not_found_error",
  model_not_found: "not_found_error",
  payload_too_large: "request_too_large",
  rate_limited: "rate_limit_error",
  quota_exhausted: "rate_limit_error",
  overloaded: "overloaded_error",
  upstream_timeout: "timeout_error",
};

export function writeAnthropicError(error: GatewayError, requestId: string): JsonObject {
  const type = types[error.code] ?? (error.status < 500 ? "invalid_request_error" : "api_error");
  // Claude Code compacts its context when it reads these words.
  const message =
    error.code === "context_length" && !error.message.startsWith("prompt is too long")
      ? `prompt is too long: ${error.message}`
      : error.message;
  return { type: "error", error: { type, message }, request_id: requestId, error_kind: error.kind };
}
