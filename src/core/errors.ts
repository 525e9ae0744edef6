// Every failure that is expected to happen, as one class with one table of codes. Dialects render it; nobody else does.

/** The five error types that OpenAI-dialect replies carry (`error.type`). */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "not_found_error"
  | "rate_limit_error"
  | "provider_error";

/** Coarse machine-readable class that stands beside `error` in bodies and inside it in frames. */
export type ErrorKind =
  | "invalid_request"
  | "auth_failed"
  | "model_not_found"
  | "payload_too_large"
  | "rate_limited"
  | "quota_exhausted"
  | "context_exceeded"
  | "provider_error"
  | "provider_timeout"
  | "network_error"
  | "internal_error";

type ErrorRow = {
  /** HTTP status when the failure is known before the first byte. */
  status: number;
  type: ErrorType;
  kind: ErrorKind;
  /** The public `code` of the OpenAI envelope; null where that dialect has none. */
  publicCode: string | null;
  /** May the same request succeed later or elsewhere without being changed? */
  retryable: boolean;
};

const row = (
  status: number,
  type: ErrorType,
  kind: ErrorKind,
  publicCode: string | null,
  retryable = false,
): ErrorRow => ({
  status,
  type,
  kind,
  publicCode,
  retryable,
});

export const errorTable = {
  invalid_request: row(400, "invalid_request_error", "invalid_request", null),
  unsupported: row(400, "invalid_request_error", "invalid_request", "unsupported_parameter"),
  loss_refused: row(400, "invalid_request_error", "invalid_request", "would_be_lost"),
  context_length: row(400, "invalid_request_error", "context_exceeded", "context_length_exceeded"),
  not_authenticated: row(401, "authentication_error", "auth_failed", "invalid_api_key"),
  forbidden: row(403, "authentication_error", "auth_failed", "permission_denied"),
  model_not_found: row(404, "not_found_error", "model_not_found", "model_not_found"),
  not_found: row(404, "not_found_error", "invalid_request", null),
  method_not_allowed: row(405, "invalid_request_error", "invalid_request", "method_not_allowed"),
  request_timeout: row(408, "invalid_request_error", "invalid_request", "request_timeout", true),
  payload_too_large: row(413, "invalid_request_error", "payload_too_large", "payload_too_large"),
  unsupported_media_type: row(415, "invalid_request_error", "invalid_request", "unsupported_media_type"),
  upgrade_required: row(426, "invalid_request_error", "invalid_request", "upgrade_required"),
  rate_limited: row(429, "rate_limit_error", "rate_limited", "rate_limit_exceeded", true),
  quota_exhausted: row(429, "rate_limit_error", "quota_exhausted", "insufficient_quota", true),
  client_gone: row(499, "invalid_request_error", "network_error", "client_disconnected"),
  internal: row(500, "provider_error", "internal_error", "internal_error"),
  not_supported: row(501, "invalid_request_error", "invalid_request", "unsupported_operation"),
  upstream_failed: row(502, "provider_error", "provider_error", "upstream_error", true),
  upstream_auth: row(502, "provider_error", "provider_error", "upstream_authentication_failed", true),
  upstream_unreachable: row(502, "provider_error", "network_error", "upstream_unreachable", true),
  upstream_truncated: row(502, "provider_error", "network_error", "upstream_stream_truncated", true),
  upstream_malformed: row(502, "provider_error", "provider_error", "upstream_malformed_response", true),
  overloaded: row(503, "provider_error", "provider_error", "overloaded", true),
  unavailable: row(503, "provider_error", "provider_error", "service_unavailable", true),
  upstream_timeout: row(504, "provider_error", "provider_timeout", "upstream_timeout", true),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** What a provider said, kept for the log and for headers; the message for the client has been cleaned of secrets. */
export type UpstreamWords = {
  status: number;
  /** The provider's own `type`, `code`, or status word. */
  type?: string;
  code?: string;
  /** Its advice on repeating the request, in the header that its SDKs obey. */
  shouldRetry?: boolean;
};

export type ErrorDetails = {
  /** The offending field of the client's body, as a path: `messages[0].role`. */
  param?: string;
  /** Overrides the row's status (an upstream 422 stays a 4xx of its own, an overload may be 529). */
  status?: number;
  /** Overrides the row's public code. */
  publicCode?: string;
  /** Milliseconds until a retry makes sense, as the provider or a limiter said. */
  retryAfterMs?: number;
  upstream?: UpstreamWords;
  cause?: unknown;
};

export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: ErrorType;
  readonly kind: ErrorKind;
  readonly publicCode: string | null;
  readonly retryable: boolean;
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;
  readonly upstream: UpstreamWords | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const row: ErrorRow = errorTable[code];
    this.name = "GatewayError";
    this.code = code;
    this.status = details.status ?? row.status;
    this.type = row.type;
    this.kind = row.kind;
    this.publicCode = details.publicCode ?? row.publicCode;
    this.retryable = row.retryable;
    this.param = details.param ?? null;
    this.retryAfterMs = details.retryAfterMs;
    this.upstream = details.upstream;
  }
}

/** Shorthand for the most frequent failure: a field of the client's body that cannot be accepted. */
export function badRequest(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
