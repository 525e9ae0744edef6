// What a client calls the things that a Messages request cannot say, so that losses are reported in its own words.
import type { DialectId } from "../core/chat.ts";

/** OpenAI Chat's names; the other client dialects list only what they call differently. */
const chatNames = {
  seed: "seed",
  n: "n",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stop: "stop",
  maxOutputTokens: "max_tokens",
  logprobs: "logprobs",
  modalities: "modalities",
  verbosity: "verbosity",
  metadata: "metadata",
  user: "user",
  serviceTier: "service_tier",
  promptCacheKey: "prompt_cache_key",
  reasoning: "reasoning_effort",
  output: "response_format",
  prefill: "messages.prefill",
  messageName: "messages.name",
  reasoningHistory: "messages.reasoning_content",
  opaqueState: "messages.extra_content",
  annotations: "messages.annotations",
  imageDetail: "image_url.detail",
  image: "image_url",
  audio: "input_audio",
  video: "video_url",
  file: "file",
  cache: "cache_control",
  cacheTtl: "cache_control.ttl",
  orphanResult: "tool_call_id",
  missingResult: "tool_calls",
  arguments: "tool_calls.function.arguments",
  toolSchema: "tools.function.parameters",
  toolStrict: "tools.function.strict",
  toolFormat: "tools.custom.format",
  toolChoice: "tool_choice",
  searchContext: "web_search_options.search_context_size",
} as const;

export type LostField = keyof typeof chatNames;

const otherNames: { [dialect in DialectId]?: { [field in LostField]?: string } } = {
  "openai-responses": {
    maxOutputTokens: "max_output_tokens",
    logprobs: "include",
    verbosity: "text.verbosity",
    reasoning: "reasoning.effort",
    output: "text.format",
    reasoningHistory: "input.reasoning",
    opaqueState: "input.reasoning.encrypted_content",
    annotations: "input.annotations",
    imageDetail: "input_image.detail",
    image: "input_image",
    file: "input_file",
    orphanResult: "call_id",
    missingResult: "function_call",
    arguments: "function_call.arguments",
    toolSchema: "tools.parameters",
    toolStrict: "tools.strict",
    toolFormat: "tools.format",
    searchContext: "tools.search_context_size",
  },
  "anthropic-messages": {
    stop: "stop_sequences",
    user: "metadata.user_id",
    reasoning: "thinking",
    output: "output_config.format",
    reasoningHistory: "messages.thinking",
    opaqueState: "messages.thinking.signature",
    annotations: "messages.citations",
    image: "image",
    file: "document",
    orphanResult: "tool_result.tool_use_id",
    missingResult: "tool_use",
    arguments: "tool_use.input",
    toolSchema: "tools.input_schema",
    toolStrict: "tools.strict",
    toolFormat: "tools.format",
    searchContext: "tools.search_context_size",
  },
  gemini: {
    seed: "generationConfig.seed",
    n: "generationConfig.candidateCount",
    presencePenalty: "generationConfig.presencePenalty",
    frequencyPenalty: "generationConfig.frequencyPenalty",
    temperature: "generationConfig.temperature",
    topP: "generationConfig.topP",
    topK: "generationConfig.topK",
    stop: "generationConfig.stopSequences",
    maxOutputTokens: "generationConfig.maxOutputTokens",
    logprobs: "generationConfig.responseLogprobs",
    modalities: "generationConfig.responseModalities",
    reasoning: "generationConfig.thinkingConfig",
    output: "generationConfig.responseSchema",
    reasoningHistory: "contents.thought",
    opaqueState: "contents.thoughtSignature",
    image: "inlineData",
    audio: "inlineData",
    video: "inlineData",
    file: "inlineData",
    orphanResult: "functionResponse",
    missingResult: "functionCall",
    arguments: "functionCall.args",
    toolSchema: "functionDeclarations.parameters",
    toolChoice: "toolConfig.functionCallingConfig",
  },
};

export function fieldName(dialect: DialectId, field: LostField): string {
  return otherNames[dialect]?.[field] ?? chatNames[field];
}

const fields = Object.keys(chatNames) as LostField[];

/** A field that a provider's edit took out of the written request, by the name that the client has for it. */
export function clientName(written: string, from: DialectId, client: DialectId): string {
  const field = fields.find((each) => fieldName(from, each) === written);
  return field === undefined ? written : fieldName(client, field);
}

/** Collects losses in order of appearance, each once. */
export class Losses {
  readonly #names = new Set<string>();
  readonly #dialect: DialectId;

  constructor(dialect: DialectId) {
    this.#dialect = dialect;
  }

  add(field: LostField): void {
    this.#names.add(fieldName(this.#dialect, field));
  }

  /** For a field that canonical form knows only by the client's own name. */
  addNamed(name: string): void {
    this.#names.add(name);
  }

  list(): string[] {
    return [...this.#names];
  }
}
