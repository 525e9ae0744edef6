// The table of wire languages.
import type { DialectId } from "../core/chat.ts";
import type { GatewayError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { writeAnthropicError } from "./anthropic-messages/write-error.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { cohereChat } from "./cohere-chat/index.ts";
import type { Dialect } from "./dialect.ts";
import { gemini } from "./gemini/index.ts";
import { writeGeminiError } from "./gemini/write-error.ts";
import { openaiChatClient } from "./openai-chat/client.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

export const dialects: { readonly [id in DialectId]?: Dialect } = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "openai-completions": openaiCompletions,
  "anthropic-messages": anthropicMessages,
  gemini,
  "bedrock-converse": bedrockConverse,
  "cohere-chat": cohereChat,
};

/** How each dialect says an error, for requests that reached no exchange. */
export type ErrorWriter = (error: GatewayError, requestId: string) => JsonObject;

const errorWriters: { readonly [id in DialectId]?: ErrorWriter } = {
  "anthropic-messages": writeAnthropicError,
  gemini: writeGeminiError,
};

export function errorWriterOf(dialect: DialectId): ErrorWriter {
  return errorWriters[dialect] ?? openaiChatClient.writeError;
}
