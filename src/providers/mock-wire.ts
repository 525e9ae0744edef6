// How each dialect that the mock speaks frames a stream, words an error and lists its models (translation.md A1, A3, A4, C0).
import type { DialectId } from "../core/chat.ts";
import type { JsonObject } from "../core/json.ts";

export const mockDialects = ["openai-chat", "anthropic-messages", "gemini"] as const satisfies readonly DialectId[];
export type MockDialectId = (typeof mockDialects)[number];

export function isMockDialect(id: string): id is MockDialectId {
  return (mockDialects as readonly string[]).includes(id);
}

export type MockWire = {
  /** Wire text of one payload. */
  frame(payload: string): string;
  /** Frames after the last payload. */
  closing: readonly string[];
  heartbeat: string;
  /** A line of this stream, without its end. */
  lineStart: string;
  errorBody(status: number, message: string): JsonObject;
  listing(names: readonly string[]): JsonObject;
};

const statusWords: { readonly [status: number]: { openai: string; anthropic: string; google: string } } = {
  400: { openai: "invalid_request_error", anthropic: "invalid_request_error", google: "INVALID_ARGUMENT" },
  401: { openai: "invalid_request_error", anthropic: "authentication_error", google: "UNAUTHENTICATED" },
  403: { openai: "invalid_request_error", anthropic: "permission_error", google: "PERMISSION_DENIED" },
  404: { openai: "invalid_request_error", anthropic: "not_found_error", google: "NOT_FOUND" },
  413: { openai: "invalid_request_error", anthropic: "request_too_large", google: "INVALID_ARGUMENT" },
  429: { openai: "rate_limit_exceeded", anthropic: "rate_limit_error", google: "RESOURCE_EXHAUSTED" },
  503: { openai: "server_error", anthropic: "overloaded_error", google: "UNAVAILABLE" },
  504: { openai: "server_error", anthropic: "timeout_error", google: "DEADLINE_EXCEEDED" },
  529: { openai: "server_error", anthropic: "overloaded_error", google: "UNAVAILABLE" },
};
const clientWords = {
  openai: "invalid_request_error",
  anthropic: "invalid_request_error",
  google: "FAILED_PRECONDITION",
};
const serverWords = { openai: "server_error", anthropic: "api_error", google: "INTERNAL" };

function wordsOf(status: number): { openai: string; anthropic: string; google: string } {
  return statusWords[status] ?? (status >= 400 && status < 500 ? clientWords : serverWords);
}

/** The payload's `type` names its event; a line that is broken JSON on purpose still shows it. */
function eventName(payload: string): string {
  return /"type"\s*:\s*"([^"]+)"/.exec(payload)?.[1] ?? "message";
}

export const mockWires: { readonly [dialect in MockDialectId]: MockWire } = {
  "openai-chat": {
    frame: (payload) => `data: ${payload}\n\n`,
    closing: ["data: [DONE]\n\n"],
    heartbeat: ": keep-alive\n\n",
    lineStart: "data: ",
    errorBody: (status, message) => ({ error: { message, type: wordsOf(status).openai, param: null, code: null } }),
    listing: (names) => ({
      object: "list",
      data: names.map((id) => ({ id, object: "model", created: 0, owned_by: "mock" })),
    }),
  },
  "anthropic-messages": {
    frame: (payload) => `event: ${eventName(payload)}\ndata: ${payload}\n\n`,
    closing: [],
    heartbeat: 'event: ping\ndata: {"type":"ping"}\n\n',
    lineStart: "data: ",
    errorBody: (status, message) => ({ type: "error", error: { type: wordsOf(status).anthropic, message } }),
    listing: (names) => ({
      data: names.map((id) => ({ type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" })),
      has_more: false,
      first_id: names[0] ?? null,
      last_id: names.at(-1) ?? null,
    }),
  },
  gemini: {
    frame: (payload) => `data: ${payload}\r\n\r\n`,
    closing: [],
    heartbeat: ": keep-alive\r\n\r\n",
    lineStart: "data: ",
    errorBody: (status, message) => ({ error: { code: status, message, status: wordsOf(status).google } }),
    listing: (names) => ({
      models: names.map((name) => ({
        name: `models/${name}`,
        displayName: name,
        supportedGenerationMethods: ["generateContent", "streamGenerateContent"],
      })),
    }),
  },
};
