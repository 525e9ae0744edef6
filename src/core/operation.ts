// The endpoints that are not chat, and the wire languages in which hosts speak them.

/** An id is the endpoint's path below /v1, and the key of `format_urls` and of `endpoints` in the configuration. */
export const operationIds = [
  "embeddings",
  "images/generations",
  "images/edits",
  "images/variations",
  "audio/speech",
  "audio/transcriptions",
  "audio/translations",
  "moderations",
  "rerank",
  "a2a",
] as const;

export type OperationId = (typeof operationIds)[number];

/**
 * The wire language of one endpoint of one host, read and written by `operations/<operation>`. "openai" is that of
 * OpenAI's endpoint of the same name; an endpoint that OpenAI does not have is named after the maker of its form.
 */
export type OperationShape =
  | "openai"
  | "bedrock"
  | "cohere"
  | "elevenlabs"
  | "gemini"
  | "jina"
  | "minimax"
  | "mistral"
  | "raw"
  | "vertex"
  | "voyage"
  | "xiaomi";
