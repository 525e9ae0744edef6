// How a client would call a setting that Gemini cannot express: the names that go into the list of what was lost.
import type { DialectId } from "../../core/chat.ts";

export type Setting =
  | "topK"
  | "presencePenalty"
  | "frequencyPenalty"
  | "maxTokens"
  | "stop"
  | "output"
  | "outputSchema"
  | "logprobs"
  | "parallel"
  | "reasoning"
  | "reasoningText"
  | "reasoningState"
  | "user"
  | "metadata"
  | "toolSchema"
  | "toolStrict"
  | "toolResult"
  | "cache"
  | "detail"
  | "serviceTier"
  | "citations"
  | "arguments"
  | "blockType";

type Names = { readonly [setting in Setting]: string };

const chat: Names = {
  topK: "top_k",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  maxTokens: "max_completion_tokens",
  stop: "stop",
  output: "response_format",
  outputSchema: "response_format.json_schema.schema",
  logprobs: "logprobs",
  parallel: "parallel_tool_calls",
  reasoning: "reasoning_effort",
  reasoningText: "messages.reasoning_content",
  reasoningState: "messages.reasoning_details",
  user: "user",
  metadata: "metadata",
  toolSchema: "tools.function.parameters",
  toolStrict: "tools.function.strict",
  toolResult: "messages.tool_call_id",
  cache: "cache_control",
  detail: "messages.content.image_url.detail",
  serviceTier: "service_tier",
  citations: "messages.annotations",
  arguments: "tool_calls.function.arguments",
  blockType: "messages.content",
};

const responses: Names = {
  ...chat,
  maxTokens: "max_output_tokens",
  output: "text.format",
  outputSchema: "text.format.schema",
  logprobs: "include",
  reasoning: "reasoning",
  reasoningText: "input.reasoning",
  reasoningState: "input.reasoning.encrypted_content",
  toolSchema: "tools.parameters",
  toolStrict: "tools.strict",
  toolResult: "input.call_id",
  detail: "input.content.detail",
  citations: "input.content.annotations",
  arguments: "function_call.arguments",
  blockType: "input",
};

const messages: Names = {
  ...chat,
  maxTokens: "max_tokens",
  stop: "stop_sequences",
  output: "output_config.format",
  outputSchema: "output_config.format.schema",
  parallel: "tool_choice.disable_parallel_tool_use",
  reasoning: "thinking",
  reasoningText: "messages.content.thinking",
  reasoningState: "messages.content.signature",
  user: "metadata.user_id",
  toolSchema: "tools.input_schema",
  toolStrict: "tools.strict",
  toolResult: "messages.content.tool_use_id",
  citations: "messages.content.citations",
  arguments: "tool_use.input",
};

const own: Names = {
  ...chat,
  topK: "generationConfig.topK",
  presencePenalty: "generationConfig.presencePenalty",
  frequencyPenalty: "generationConfig.frequencyPenalty",
  maxTokens: "generationConfig.maxOutputTokens",
  stop: "generationConfig.stopSequences",
  output: "generationConfig.responseMimeType",
  outputSchema: "generationConfig.responseSchema",
  logprobs: "generationConfig.responseLogprobs",
  reasoning: "generationConfig.thinkingConfig",
  reasoningText: "contents.parts.thought",
  reasoningState: "contents.parts.thoughtSignature",
  toolSchema: "tools.functionDeclarations.parameters",
  toolResult: "contents.parts.functionResponse",
  serviceTier: "serviceTier",
  blockType: "contents.parts",
};

const namesOf: { readonly [dialect in DialectId]?: Names } = {
  "openai-responses": responses,
  "anthropic-messages": messages,
  gemini: own,
};

export type Losses = {
  /** A setting by our word for it; `inside` names the part of it that is gone. */
  add(setting: Setting, inside?: string): void;
  /** A field by the client's own name. */
  addField(name: string): void;
  list(): string[];
};

export function openLosses(dialect: DialectId): Losses {
  const names = namesOf[dialect] ?? chat;
  const lost = new Set<string>();
  return {
    add: (setting, inside) => lost.add(inside === undefined ? names[setting] : `${names[setting]}.${inside}`),
    addField: (name) => lost.add(name),
    list: () => [...lost],
  };
}
