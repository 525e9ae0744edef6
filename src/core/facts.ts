// What a target (one model at one provider) accepts, as data. Filled from provider rows and the catalogue's tables;
// dialect halves read it and never look at a vendor or a model name themselves.
import type { Effort } from "./chat.ts";

export type TargetFacts = {
  /** Provider instance, for messages and reply fields: "openai", "openai-east". */
  provider: string;
  /** Row id of the provider: "openai". */
  providerType: string;
  /** Model id as the provider knows it; goes on the wire unchanged. */
  model: string;
  /** Opaque state made by this family may be replayed here. */
  origin: string;
  flags: TargetFlags;
  /** Names of reply repairs that the provider's row switches on for this dialect. */
  repairs?: readonly string[];
};

/** Absent flags mean the dialect's plain behaviour. */
export type TargetFlags = {
  /** Tokens; the model's own limit on its output, where known. */
  maxOutputTokens?: number;
  /** Effort words understood, weakest first. An empty list: the model does not reason, the field is dropped and reported. */
  efforts?: readonly Effort[];
  /** Claude: "adaptive" (thinking.type adaptive + effort) or "budget". Gemini: "level" or "budget". */
  thinking?: "adaptive" | "budget" | "level" | "none";
  /** Tokens; range of a thinking budget. 0 as minimum means it can be switched off. */
  thinkingBudgetMin?: number;
  thinkingBudgetMax?: number;
  /** False: temperature, top_p, top_k are refused by the model. */
  sampling?: boolean;
  /** False: only one of temperature and top_p may be sent. */
  temperatureWithTopP?: boolean;
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  systemRole?: "system" | "developer";
  /** Anthropic: `role: "system"` is legal inside messages. Gemini: false for Gemma, which has no systemInstruction. */
  systemAnywhere?: boolean;
  systemInstruction?: boolean;
  /** False: the provider has no native JSON-schema output for this model. */
  jsonSchema?: boolean;
  /** False: JSON output and tools exclude one another. */
  jsonWithTools?: boolean;
  /** False: tool calls carry no id on this wire (Vertex). */
  toolCallIds?: boolean;
  /** True: functionResponse may hold images (Gemini 3). */
  imagesInToolResults?: boolean;
  /** True: the schema field that takes plain JSON Schema exists (parametersJsonSchema, responseJsonSchema). */
  jsonSchemaFields?: boolean;
  /** "always": the first call of a step needs its thought signature (Gemini 3), else a sentinel. */
  thoughtSignatures?: "required";
  /** How reasoning text of former turns is sent back on OpenAI's chat wire. */
  reasoningReplay?: "none" | "reasoning_content" | "reasoning" | "reasoning_details";
  /** True: tools whose argument is free text are taken as such on the chat wire; else they are sent as functions (T48). */
  customTools?: boolean;
  /** cache_control marks on parts are understood (OpenRouter, DashScope) rather than refused. */
  cacheControl?: boolean;
  /** False: the wire refuses an assistant message as the last one. */
  prefill?: boolean;
  /** False: a user's turn holds tool results or other blocks, never both (some models behind Converse). */
  textWithToolResults?: boolean;
};
