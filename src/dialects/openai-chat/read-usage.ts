// Reads the usage object of a Chat Completions reply, in the spellings that OpenAI's imitators have, into Usage.
import { asArray, asNumber, asObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";

/** A token count: null, text and negative numbers count as not said (translation.md U10). */
function count(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

/** The largest of several spellings of one count; hosts send a zero in one field beside the number in another. */
function largest(...values: unknown[]): number {
  let most = 0;
  for (const value of values) most = Math.max(most, count(value) ?? 0);
  return most;
}

/** Does the object hold any count at all? `{}` and `{"prompt_tokens":null}` say nothing and must not become zeros. */
export function holdsCounts(usage: JsonObject | undefined): usage is JsonObject {
  if (!usage) return false;
  const fields = [usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"], usage["input_tokens"]];
  return fields.some((field) => count(field) !== undefined);
}

/**
 * The usage object of a reply or chunk, wherever it stands: on top, in Groq's `x_groq`, or in the first choice
 * (Moonshot's streams: earendil-works/pi#2017, read 2026-11). Undefined when there is none with counts in it.
 */
export function findUsage(body: JsonObject): JsonObject | undefined {
  const top = asObject(body["usage"]);
  if (holdsCounts(top)) return top;
  const groq = asObject(asObject(body["x_groq"])?.["usage"]);
  if (holdsCounts(groq)) return groq;
  const choice = asObject(asObject(asArray(body["choices"])?.[0])?.["usage"]);
  return holdsCounts(choice) ? choice : undefined;
}

/** Where cache counts stand (translation.md B7). All of them are part of the prompt's count already. */
function cacheCounts(usage: JsonObject, details: JsonObject) {
  const split = asObject(details["cache_creation"]) ?? asObject(details["cache_creation_token_details"]) ?? {};
  const oneHour = largest(split["ephemeral_1h_input_tokens"]);
  const written = largest(
    details["cache_write_tokens"],
    details["cache_creation_input_tokens"],
    details["cache_creation_tokens"],
    usage["cache_creation_input_tokens"],
    largest(split["ephemeral_5m_input_tokens"]) + oneHour,
  );
  return {
    // DeepSeek counts hits, Moonshot and Mistral count on top, LiteLLM keeps Anthropic's name beside OpenAI's.
    read: largest(
      details["cached_tokens"],
      asObject(usage["prompt_token_details"])?.["cached_tokens"],
      usage["prompt_cache_hit_tokens"],
      usage["cached_tokens"],
      usage["num_cached_tokens"],
      usage["cache_read_input_tokens"],
    ),
    written,
    oneHour: Math.min(oneHour, written),
  };
}

/**
 * All output tokens. xAI and DeepInfra count reasoning beside the completion instead of in it: then the three add up
 * to the total (U18), or reasoning alone is more than the completion that should hold it.
 */
function outputCount(counts: {
  input: number;
  completion: number | undefined;
  reasoning: number;
  total: number | undefined;
}): number {
  const { input, completion, reasoning, total } = counts;
  // Gemini's compatible endpoint leaves completion_tokens away when there is no visible output.
  if (completion === undefined) return Math.max(0, (total ?? input) - input, reasoning);
  const beside = total === input + completion + reasoning && reasoning > 0;
  return beside || reasoning > completion ? completion + reasoning : completion;
}

function optionalCounts(details: JsonObject, outputDetails: JsonObject): Partial<Usage> {
  const found: Partial<Usage> = {};
  const text = count(details["text_tokens"]);
  const image = count(details["image_tokens"]);
  const accepted = count(outputDetails["accepted_prediction_tokens"]);
  const rejected = count(outputDetails["rejected_prediction_tokens"]);
  if (text !== undefined) found.inputTextTokens = text;
  if (image !== undefined) found.inputImageTokens = image;
  if (accepted !== undefined) found.acceptedPredictionTokens = accepted;
  if (rejected !== undefined) found.rejectedPredictionTokens = rejected;
  return found;
}

/**
 * Normalises one usage object. `reply` is the body it came in; where that holds Groq's `x_groq.usage` as well, it fills
 * the fields that `usage` lacks. Counts never exceed the total they are part of.
 */
export function readUsage(usage: JsonObject, reply?: JsonObject): Usage {
  const beside = asObject(asObject(reply?.["x_groq"])?.["usage"]);
  const all: JsonObject = beside ? { ...beside, ...usage } : usage;
  const details = asObject(all["prompt_tokens_details"]) ?? asObject(all["input_tokens_details"]) ?? {};
  const outputDetails = asObject(all["completion_tokens_details"]) ?? asObject(all["output_tokens_details"]) ?? {};
  const input = count(all["prompt_tokens"]) ?? count(all["input_tokens"]) ?? 0;
  const reasoning = largest(outputDetails["reasoning_tokens"], all["reasoning_tokens"]);
  const total = count(all["total_tokens"]) || undefined;
  const completion = count(all["completion_tokens"]) ?? count(all["output_tokens"]);
  const output = outputCount({ input, completion, reasoning, total });
  const cache = cacheCounts(all, details);
  // xAI has reported more cached than prompt tokens (translation.md B7).
  const read = Math.min(cache.read, input);
  const written = Math.min(cache.written, input - read);
  const written1h = Math.min(cache.oneHour, written);
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: total ?? input + output,
    cacheReadTokens: read,
    cacheWrite5mTokens: written - written1h,
    cacheWrite1hTokens: written1h,
    reasoningTokens: Math.min(reasoning, output),
    inputAudioTokens: largest(details["audio_tokens"], all["audio_prompt_tokens"]),
    outputAudioTokens: largest(outputDetails["audio_tokens"], all["audio_completion_tokens"]),
    ...optionalCounts(details, outputDetails),
    raw: usage,
  };
}
