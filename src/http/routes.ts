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
    path: "/v1/completions",
    methods: ["POST"],
    dialect: "openai-completions",
    summary: "Complete a text (legacy), whole or streamed",
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

export const compactRoutes: readonly RouteRow[] = [
  {
    path: "/v1/responses/compact",
    methods: ["POST"],
    dialect: "openai-responses",
    summary: "Compact a conversation, as it is, where the provider can; 501 elsewhere",
  },
];

export const explainRoutes: readonly RouteRow[] = [
  {
    path: "/v1/route/explain",
    methods: ["POST"],
    dialect: "openai-chat",
    summary: "Tell where a request would go and why, without a call",
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

const geminiCalls: RouteRow = {
  path: "/v1beta/models/*",
  methods: ["GET", "HEAD", "POST"],
  dialect: "gemini",
  summary:
    "POST `MODEL:generateContent`, `MODEL:streamGenerateContent`, `MODEL:countTokens`, `MODEL:embedContent` or `MODEL:batchEmbedContents`; GET describes the model",
};

export const geminiRoutes: readonly RouteRow[] = [
  {
    path: "/v1beta/models",
    methods: readable,
    dialect: "gemini",
    summary: "List the models of every provider in Gemini's shape",
  },
  geminiCalls,
];

const proxied = (path: string, summary: string): RouteRow => ({
  path,
  methods: ["POST"],
  dialect: "openai-chat",
  summary,
});

/** Endpoints that are not chat; the path behind the version is the operation's id. */
export const proxiedRoutes: readonly RouteRow[] = [
  proxied("/v1/embeddings", "Make vectors of texts or tokens"),
  proxied("/v1/images/generations", "Make images, whole or as events"),
  proxied("/v1/images/edits", "Change images; a form, or JSON"),
  proxied("/v1/images/variations", "Make variations of an image; a form"),
  proxied("/v1/audio/speech", "Speak a text: audio as it is made, or events"),
  proxied("/v1/audio/transcriptions", "Write down what is said, whole or as events; a form"),
  proxied("/v1/audio/translations", "Write down in English what is said; a form"),
  proxied("/v1/moderations", "Classify text and images"),
  proxied("/v1/rerank", "Rank documents, in Cohere's, Jina's or Voyage's form"),
  proxied("/v2/rerank", "The same in Cohere's form, for its SDKs"),
  proxied("/v1/a2a", "Agent to agent: passed on unread, to a provider with an address for it"),
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
  {
    path: "/statsz",
    methods: readable,
    dialect: "openai-chat",
    summary: "What was counted and how targets are doing: breakers, rests, latencies, limits. Asks for the key",
  },
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
  ...compactRoutes,
  ...explainRoutes,
  ...modelRoutes,
  ...geminiRoutes,
  ...passthroughRoutes,
  ...proxiedRoutes,
  ...operationRoutes,
  ...documentRoutes,
];

/** The row that a path belongs to, whatever the method. A trailing slash is as good as none. */
export function findRoute(path: string): RouteRow | undefined {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  // A verb of Gemini's behind a model whose `models/` was left away.
  if (/^\/v1beta\/.+:\w+$/.test(trimmed)) return geminiCalls;
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
