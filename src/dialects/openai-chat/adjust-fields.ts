// Adjustments of single top-level fields: those a host refuses, and those it knows under another name.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  isSaid,
  type JsonObject,
  type JsonValue,
} from "../../core/json.ts";
import type { Adjustment, Edit } from "../dialect.ts";
import { messagesOf, nodesOf, type Placed, remove, removeField, report, set } from "./adjust-edits.ts";
import { schemaInstruction } from "./write-request.ts";

type Drop = {
  fields: readonly string[];
  /** A value that asks for nothing: its removal is no loss. */
  isNeutral?: (value: JsonValue) => boolean;
};

const isZero = (value: JsonValue): boolean => value === 0;
const isFalse = (value: JsonValue): boolean => value === false;
const isOne = (value: JsonValue): boolean => value === 1;
const isEmpty = (value: JsonValue): boolean =>
  (isObject(value) ? Object.keys(value).length : asArray(value)?.length) === 0;

/** `drop-…`: fields that hosts refuse (translation.md D1, column "unsupported / rejected", read 2026-11). */
const drops: { readonly [name: string]: Drop } = {
  // Groq, Mistral, Perplexity; OpenAI's reasoning models.
  "drop-logprobs": { fields: ["logprobs", "top_logprobs"], isNeutral: isFalse },
  // Groq, Mistral, Ollama, Cerebras.
  "drop-logit-bias": { fields: ["logit_bias"], isNeutral: isEmpty },
  // Groq, DeepSeek, Ollama, Cohere, Perplexity.
  "drop-n": { fields: ["n"], isNeutral: isOne },
  // DeepSeek, Perplexity.
  "drop-seed": { fields: ["seed"] },
  // xAI's reasoning models, OpenAI's o3 and o4-mini, Perplexity.
  "drop-stop": { fields: ["stop"], isNeutral: isEmpty },
  // xAI's reasoning models, Cerebras.
  "drop-penalties": { fields: ["presence_penalty", "frequency_penalty"], isNeutral: isZero },
  // Ollama (T21).
  "drop-tool-choice": { fields: ["tool_choice"], isNeutral: (value) => value === "auto" },
  // MiMo.
  "drop-parallel-tool-calls": { fields: ["parallel_tool_calls"], isNeutral: (value) => value === true },
  // MiMo, older Mistral: they count without being asked.
  "drop-stream-options": {
    fields: ["stream_options"],
    isNeutral: (value) => asObject(value)?.["include_obfuscation"] !== true,
  },
  // Perplexity.
  "drop-tools": { fields: ["tools", "tool_choice", "parallel_tool_calls"], isNeutral: isEmpty },
  // Mistral.
  "drop-user": { fields: ["user", "safety_identifier"] },
  "drop-metadata": { fields: ["metadata"], isNeutral: isEmpty },
  "drop-store": { fields: ["store"], isNeutral: isFalse },
  "drop-service-tier": { fields: ["service_tier"], isNeutral: (value) => value === "auto" || value === "default" },
  "drop-prediction": { fields: ["prediction"] },
  "drop-verbosity": { fields: ["verbosity"] },
  "drop-modalities": { fields: ["modalities", "audio"], isNeutral: (value) => JSON.stringify(value) === '["text"]' },
  // Hints that only OpenAI reads; strict hosts (Cerebras, Gemini's compatible endpoint) refuse unknown fields.
  "drop-prompt-cache": { fields: ["prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"] },
  "drop-web-search": { fields: ["web_search_options"] },
  "drop-response-format": { fields: ["response_format"], isNeutral: (value) => asObject(value)?.["type"] === "text" },
  "drop-top-k": { fields: ["top_k"] },
};

function drop({ fields, isNeutral = () => false }: Drop): Adjustment {
  return (body) =>
    fields.flatMap((field) => {
      const value = body[field];
      if (value === undefined) return [];
      return [remove([field], value === null || isNeutral(value) ? undefined : field)];
    });
}

/** Moves a value to the name that the host knows; where both are set, that one wins and the other goes. */
function rename(from: string, to: string): Adjustment {
  return (body) => {
    const value = body[from];
    if (value === undefined) return [];
    const edits: Edit[] = [remove([from])];
    if (value !== null && !isSaid(body[to])) edits.unshift(set([to], value));
    return edits;
  };
}

const samplingNeutral: { readonly [field: string]: (value: JsonValue) => boolean } = {
  temperature: isOne,
  top_p: isOne,
  presence_penalty: isZero,
  frequency_penalty: isZero,
  logit_bias: isEmpty,
  logprobs: isFalse,
  top_logprobs: isZero,
};

const samplingFields = Object.entries(samplingNeutral);

/**
 * Reasoning models refuse everything about sampling but the defaults (translation.md D1, row OpenAI: o-series
 * and gpt-5, read 2026-11); many SDKs send those, and their removal is no loss.
 */
const noSampling: Adjustment = (body) => {
  const edits: Edit[] = [];
  for (const [field, isNeutral] of samplingFields) {
    const value = body[field];
    if (value !== undefined) edits.push(remove([field], value === null || isNeutral(value) ? undefined : field));
  }
  return edits;
};

/** OpenAI takes four stop strings (translation.md A1.1, read 2026-11). */
const stopFour: Adjustment = (body) => {
  const stop = asArray(body["stop"]);
  if (!stop || stop.length <= 4) return [];
  return stop.slice(4).map((_word, index) => remove(["stop", index + 4], index === 0 ? "stop" : undefined));
};

/** Z.ai takes one stop word (docs.z.ai/api-reference/llm/chat-completion, read 2026-11). */
const stopOne: Adjustment = (body) => {
  const stop = asArray(body["stop"]);
  return (stop ?? []).slice(1).map((_word, index) => remove(["stop", index + 1], index === 0 ? "stop" : undefined));
};

/** OpenAI refuses metadata on calls that it does not store (M41). */
const metadataNeedsStore: Adjustment = (body) =>
  body["store"] === true
    ? []
    : removeField(body, "metadata", isEmpty(body["metadata"] ?? null) ? undefined : "metadata");

/** OpenAI refuses stream_options on calls that do not stream (A1.1). */
const streamOptionsNeedStream: Adjustment = (body) =>
  body["stream"] === true || body["stream_options"] === undefined ? [] : [remove(["stream_options"])];

/** MiniMax takes temperatures in (0, 1] (translation.md B14): the nearest value stands for zero. */
const temperatureAboveZero: Adjustment = (body) =>
  asNumber(body["temperature"]) === 0 ? [set(["temperature"], 0.01)] : [];

/** MiniMax keeps reasoning out of the content only when told to (R21). */
const reasoningSplit: Adjustment = (body) =>
  body["reasoning_split"] === undefined ? [set(["reasoning_split"], true)] : [];

/** Z.ai is silent for 30 s and more unless tool arguments are streamed (D1; hermes#24915). */
const toolStream: Adjustment = (body) =>
  body["stream"] === true && nodesOf(body, "tools").length > 0 && body["tool_stream"] === undefined
    ? [set(["tool_stream"], true)]
    : [];

function isSystem({ node }: Placed): boolean {
  return node["role"] === "system" || node["role"] === "developer";
}

/** The edit that appends text to a message: to its string, or to its last text part. */
function appendText({ node, path }: Placed, addition: string): Edit[] {
  const content = node["content"];
  if (typeof content === "string") return [set([...path, "content"], `${content}\n\n${addition}`)];
  const part = nodesOf(node, "content", path).findLast((placed) => placed.node["type"] === "text");
  const text = asString(part?.node["text"]);
  return part && text !== undefined ? [set([...part.path, "text"], `${text}\n\n${addition}`)] : [];
}

/**
 * DeepSeek and others have JSON mode without schemas (B8): the schema goes into the system prompt, or the last message of
 * the user where there is none. The model is then asked to follow it, not made to; so it counts as lost.
 */
const jsonSchemaAsObject: Adjustment = (body) => {
  const format = asObject(body["response_format"]);
  if (format?.["type"] !== "json_schema") return [];
  const schema: JsonObject = asObject(asObject(format["json_schema"])?.["schema"]) ?? {};
  const messages = messagesOf(body);
  const place = messages.find(isSystem) ?? messages.findLast(({ node }) => node["role"] === "user");
  return [
    report("response_format", "response_format.json_schema"),
    set(["response_format"], { type: "json_object" }),
    ...(place ? appendText(place, schemaInstruction(schema)) : []),
  ];
};

/** What one host refuses, by the names above: rows name the host's list instead of repeating it. */
const bundles: { readonly [name: string]: readonly string[] } = {
  "groq-unsupported": ["drop-logprobs", "drop-logit-bias", "drop-n"],
  // docs.mistral.ai/api refuses every field that it does not name (422 extra_forbidden; 2026-11).
  "mistral-unsupported": [
    "drop-logprobs",
    "drop-logit-bias",
    "drop-user",
    "drop-stream-options",
    "drop-store",
    "drop-service-tier",
    "drop-prompt-cache",
    "drop-verbosity",
  ],
  "ollama-unsupported": ["drop-tool-choice", "drop-n", "drop-logit-bias"],
  // docs.perplexity.ai/api-reference/chat-completions-post (2026-11).
  "perplexity-unsupported": ["drop-tools", "drop-stop", "drop-seed", "drop-n", "drop-logprobs", "drop-logit-bias"],
  // inference-docs.cerebras.ai/resources/openai: unknown fields are refused (2026-11).
  "cerebras-unsupported": [
    "drop-penalties",
    "drop-logit-bias",
    "drop-n",
    "drop-metadata",
    "drop-store",
    "drop-prompt-cache",
    "drop-verbosity",
    "drop-prediction",
  ],
  // docs.sambanova.ai: accepted and ignored, which a client should know (2026-11).
  "sambanova-unsupported": ["drop-logprobs", "drop-logit-bias", "drop-n", "drop-penalties", "drop-seed"],
  // docs.z.ai/api-reference/llm/chat-completion (2026-11).
  "zai-unsupported": [
    "drop-logprobs",
    "drop-logit-bias",
    "drop-n",
    "drop-seed",
    "drop-penalties",
    "drop-parallel-tool-calls",
  ],
  "xai-reasoning-unsupported": ["drop-stop", "drop-penalties"],
};

function bundle(names: readonly string[]): Adjustment {
  const rows = names.flatMap((name) => drops[name] ?? []);
  return (body, facts) => rows.flatMap((row) => drop(row)(body, facts));
}

export const fieldAdjustments: { readonly [name: string]: Adjustment } = {
  ...Object.fromEntries(Object.entries(drops).map(([name, row]) => [name, drop(row)])),
  ...Object.fromEntries(Object.entries(bundles).map(([name, names]) => [name, bundle(names)])),
  // OpenAI since o1; hosts that copied the API before it know the old name only (M38).
  "max-completion-tokens": rename("max_tokens", "max_completion_tokens"),
  "max-tokens": rename("max_completion_tokens", "max_tokens"),
  // translation.md D1, row Mistral, read 2026-11.
  "random-seed": rename("seed", "random_seed"),
  "no-sampling": noSampling,
  "stop-one": stopOne,
  "stop-four": stopFour,
  "metadata-needs-store": metadataNeedsStore,
  "stream-options-needs-stream": streamOptionsNeedStream,
  "temperature-above-zero": temperatureAboveZero,
  "reasoning-split": reasoningSplit,
  "tool-stream": toolStream,
  "json-schema-as-object": jsonSchemaAsObject,
};
