// Reads a Chat Completions body into the canonical request. Everything it does not understand is kept in `extra`.
import type { ChatRequest, Sampling } from "../../core/chat.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { checkRequest, isResponsesShaped } from "./check-request.ts";
import { defined, objectsOf, remainder, restOf } from "./fields.ts";
import { readOutputFormat, readReasoning, reasoningFields } from "./read-controls.ts";
import { readTurns } from "./read-messages.ts";
import { readFunctionChoice, readToolChoice, readTools } from "./read-tools.ts";
import { chatShape } from "./responses-shape.ts";

/** Top-level fields that have a canonical place; what such a place cannot hold comes back through `leftovers`. */
const understood = new Set<string>([
  ...reasoningFields,
  "frequency_penalty",
  "function_call",
  "functions",
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "messages",
  "metadata",
  "modalities",
  "model",
  "n",
  "parallel_tool_calls",
  "presence_penalty",
  "prompt_cache_key",
  "response_format",
  "safety_identifier",
  "seed",
  "service_tier",
  "stop",
  "stream",
  "stream_options",
  "temperature",
  "tool_choice",
  "tools",
  "top_k",
  "top_logprobs",
  "top_p",
  "user",
  "verbosity",
  "web_search_options",
]);

function booleanOf(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function stopOf(value: JsonValue | undefined): string[] | undefined {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : undefined;
}

/** By presence, never by truth: 0 and "" are values (translation.md M35). */
function readSampling(body: JsonObject): Sampling {
  return defined<Sampling>({
    temperature: asNumber(body["temperature"]),
    topP: asNumber(body["top_p"]),
    topK: asNumber(body["top_k"]),
    seed: asNumber(body["seed"]),
    presencePenalty: asNumber(body["presence_penalty"]),
    frequencyPenalty: asNumber(body["frequency_penalty"]),
    n: asNumber(body["n"]),
    stop: stopOf(body["stop"]),
  });
}

function readLogprobs(body: JsonObject): ChatRequest["logprobs"] {
  return body["logprobs"] === true ? defined<{ top?: number }>({ top: asNumber(body["top_logprobs"]) }) : undefined;
}

/** Second spellings of something that a canonical field already holds with another value. */
function secondSpellings(body: JsonObject): JsonObject {
  const left: JsonObject = {};
  const pairs = [
    ["max_completion_tokens", "max_tokens"],
    ["user", "safety_identifier"],
  ] as const;
  for (const [first, second] of pairs) {
    const value = body[second];
    if (body[first] != null && value != null && value !== body[first]) left[second] = value;
  }
  // "auto" is what happens anyway; anything else contradicts the tool_choice beside it.
  const { tool_choice: choice, function_call: call } = body;
  if (choice != null && call != null && call !== "auto") left["function_call"] = call;
  // Without logprobs, `top_logprobs` is a mistake that the provider should name.
  if (body["logprobs"] !== true && body["top_logprobs"] != null) left["top_logprobs"] = body["top_logprobs"];
  return left;
}

const streamFields = new Set(["include_usage"]);

/**
 * Throws GatewayError (400, naming the field). Fields without a canonical place are in `extra["openai-chat"]`: at the
 * top level here, and in the `extra` of turns, blocks and tools for theirs; `response_format`, `tool_choice`,
 * `stream_options`, `reasoning` and `thinking` leave there what of them was not understood.
 */
export function readRequest(source: JsonObject): ChatRequest {
  checkRequest(source);
  const body = isResponsesShaped(source) ? chatShape(source) : source;
  if (body !== source) checkRequest(body);
  const { reasoning, leftovers } = readReasoning(body);
  const { choice, rest: choiceRest } = readToolChoice(body["tool_choice"]);
  const { output, rest: formatRest } = readOutputFormat(body["response_format"]);
  const streamRest = remainder(body["stream_options"], streamFields);
  const extra: JsonObject = {
    ...restOf(body, understood),
    ...leftovers,
    ...secondSpellings(body),
    ...(choiceRest !== undefined && { tool_choice: choiceRest }),
    ...(formatRest && { response_format: formatRest }),
    ...(streamRest && { stream_options: streamRest }),
  };
  return defined<ChatRequest>({
    dialect: "openai-chat",
    model: asString(body["model"]) ?? "",
    turns: readTurns(objectsOf(body["messages"])),
    tools: readTools(body),
    toolChoice: choice ?? (choiceRest === undefined ? readFunctionChoice(body["function_call"]) : undefined),
    parallelToolCalls: booleanOf(body["parallel_tool_calls"]),
    sampling: readSampling(body),
    maxOutputTokens: asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]),
    reasoning,
    output,
    verbosity: asString(body["verbosity"]),
    logprobs: readLogprobs(body),
    modalities: stopOf(body["modalities"]),
    serviceTier: asString(body["service_tier"]),
    userId: asString(body["user"]) ?? asString(body["safety_identifier"]),
    metadata: asObject(body["metadata"]),
    promptCacheKey: asString(body["prompt_cache_key"]),
    stream: body["stream"] === true,
    wantsUsage: asObject(body["stream_options"])?.["include_usage"] === true,
    extra: Object.keys(extra).length === 0 ? {} : { "openai-chat": extra },
  });
}
