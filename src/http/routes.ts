// The route table: what is served, by which methods, and in whose dialect it is answered. 404 and 405 are read from it.
import type { DialectId } from "../core/chat.ts";

export type RouteRow = {
  /** Elysia's path syntax; a final `*` matches the rest, slashes included. */
  path: string;
  methods: readonly string[];
  dialect: DialectId;
  /** One line for the documentation. */
  summary: string;
};

const readable = ["GET", "HEAD"] as const;

/** Chat-like endpoints: a row is an endpoint. */
export const chatRoutes: readonly RouteRow[] = [
  {
    path: "/v1/chat/completions",
    methods: ["POST"],
    dialect: "openai-chat",
    summary: "Create a chat completion, whole or streamed",
  },
  {
    path: "/v1/responses",
    methods: ["POST"],
    dialect: "openai-responses",
    summary: "Create a response, whole or streamed; nothing is stored",
  },
  {
    path: "/v1/messages",
    methods: ["POST"],
    dialect: "anthropic-messages",
    summary: "Create a message, whole or streamed",
  },
];

/** Endpoints that count the tokens of a request: a row is an endpoint. Gemini's is a verb of its models. */
export const countRoutes: readonly RouteRow[] = [
  {
    path: "/v1/messages/count_tokens",
    methods: ["POST"],
    dialect: "anthropic-messages",
    summary: "Count the tokens of a message's input",
  },
  {
    path: "/v1/responses/input_tokens",
    methods: ["POST"],
    dialect: "openai-responses",
    summary: "Count the tokens of a response's input",
  },
];

export const modelRoutes: readonly RouteRow[] = [
  { path: "/v1/models", methods: readable, dialect: "openai-chat", summary: "List the models of every provider" },
  {
    path: "/v1/models/*",
    methods: ["GET", "HEAD", "POST"],
    dialect: "openai-chat",
    summary: "GET describes one model, whose id may hold slashes; POST as under `/v1beta/models/*`",
  },
];

export const geminiRoutes: readonly RouteRow[] = [
  {
    path: "/v1beta/models",
    methods: readable,
    dialect: "gemini",
    summary: "List the models of every provider in Gemini's shape",
  },
  {
    path: "/v1beta/models/*",
    methods: ["GET", "HEAD", "POST"],
    dialect: "gemini",
    summary:
      "POST `MODEL:generateContent`, `MODEL:streamGenerateContent` or `MODEL:countTokens`; GET describes the model",
  },
];

export const operationRoutes: readonly RouteRow[] = [
  { path: "/", methods: readable, dialect: "openai-chat", summary: "Say that this is Sluice" },
  { path: "/health", methods: readable, dialect: "openai-chat", summary: "The process lives" },
  {
    path: "/health/ready",
    methods: readable,
    dialect: "openai-chat",
    summary: "It takes requests: models read, not draining",
  },
  { path: "/healthz", methods: readable, dialect: "openai-chat", summary: "The process lives, as plain text" },
];

export const documentRoutes: readonly RouteRow[] = [
  {
    path: "/swagger/doc.json",
    methods: readable,
    dialect: "openai-chat",
    summary: "This API as an OpenAPI 3.0 document",
  },
  {
    path: "/swagger/index.html",
    methods: readable,
    dialect: "openai-chat",
    summary: "The document as pages to read and try; needs no other host",
  },
  { path: "/swagger", methods: readable, dialect: "openai-chat", summary: "Leads to /swagger/index.html" },
  {
    path: "/swagger/assets/*",
    methods: readable,
    dialect: "openai-chat",
    summary: "Scripts and styles of these pages",
  },
];

const everyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export const passthroughRoutes: readonly RouteRow[] = [
  {
    path: "/p/*",
    methods: everyMethod,
    dialect: "openai-chat",
    summary: "`/p/PROVIDER/PATH`: the provider's own API, from its base URL on; WebSockets too",
  },
  {
    path: "/proxy/*",
    methods: everyMethod,
    dialect: "openai-chat",
    summary: "`/proxy/PROVIDER/PATH`: the same, from its host on, so that PATH names the version",
  },
];

export const routes: readonly RouteRow[] = [
  ...chatRoutes,
  ...countRoutes,
  ...modelRoutes,
  ...geminiRoutes,
  ...passthroughRoutes,
  ...operationRoutes,
  ...documentRoutes,
];

/** The row that a path belongs to, whatever the method. A trailing slash is as good as none. */
export function findRoute(path: string): RouteRow | undefined {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return routes.find((row) =>
    row.path.endsWith("*") ? trimmed.startsWith(row.path.slice(0, -1)) : row.path === trimmed,
  );
}

/** Whose shapes a caller reads: the path says it where only one dialect has it, else the headers of the SDKs do. */
export function dialectOfCaller(path: string, headers: Headers): DialectId {
  const row = findRoute(path);
  if (row && (chatRoutes.includes(row) || countRoutes.includes(row) || geminiRoutes.includes(row))) return row.dialect;
  if (/^\/v1\/messages(?:\/|$)/.test(path)) return "anthropic-messages";
  if (/^(?:\/upload)?\/v1beta(?:\/|$)/.test(path) || isGeminiCall(path, headers)) return "gemini";
  if (headers.has("anthropic-version")) return "anthropic-messages";
  if (headers.has("x-goog-api-key")) return "gemini";
  return row?.dialect ?? "openai-chat";
}

/** Google's SDK for JavaScript calls `/v1/models` too: there its key header, or the verb in the path, tells it apart. */
function isGeminiCall(path: string, headers: Headers): boolean {
  if (path !== "/v1/models" && !path.startsWith("/v1/models/")) return false;
  return headers.has("x-goog-api-key") || /:(?:countTokens|\w*Content\w*)$/.test(path);
}
