// Reads generationConfig: sampling, output format, thinking, what the reply shall hold (translation.md A4.2, B9).
import { type ChatRequest, efforts, type OutputFormat, type Reasoning, type Sampling } from "../../core/chat.ts";
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, restOf } from "../openai-chat/fields.ts";
import { fromOpenApi } from "./schema-read.ts";
import { spelled } from "./spelling.ts";

const understood = new Set([
  "temperature",
  "topP",
  "topK",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "candidateCount",
  "stopSequences",
  "maxOutputTokens",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "responseLogprobs",
  "logprobs",
  "responseModalities",
  "thinkingConfig",
]);
/** Spelled one way, but left to Google. */
const known = new Set([...understood, "mediaResolution", "speechConfig", "imageConfig", "enableEnhancedCivicAnswers"]);
const thinkingFields = new Set(["thinkingBudget", "thinkingLevel", "includeThoughts"]);

export type ReadConfig = Pick<
  ChatRequest,
  "sampling" | "maxOutputTokens" | "reasoning" | "output" | "logprobs" | "modalities"
> & {
  /** What was not understood, under Google's names. */
  rest?: JsonObject;
};

export function readConfig(value: JsonValue | undefined): ReadConfig {
  const config = spelled(asObject(value) ?? {}, known);
  const { output, rest: outputRest } = readOutput(config);
  const { reasoning, rest: thinkingRest } = readThinking(config["thinkingConfig"]);
  const rest: JsonObject = {
    ...restOf(config, understood),
    ...outputRest,
    ...(thinkingRest && { thinkingConfig: thinkingRest }),
  };
  return defined<ReadConfig>({
    sampling: readSampling(config),
    maxOutputTokens: asNumber(config["maxOutputTokens"]),
    reasoning,
    output,
    logprobs:
      config["responseLogprobs"] === true
        ? defined<{ top?: number }>({ top: asNumber(config["logprobs"]) })
        : undefined,
    modalities: readModalities(config["responseModalities"]),
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  });
}

/** By presence, never by truth: 0 and "" are values (M35). */
function readSampling(config: JsonObject): Sampling {
  return defined<Sampling>({
    temperature: asNumber(config["temperature"]),
    topP: asNumber(config["topP"]),
    topK: asNumber(config["topK"]),
    seed: asNumber(config["seed"]),
    presencePenalty: asNumber(config["presencePenalty"]),
    frequencyPenalty: asNumber(config["frequencyPenalty"]),
    n: asNumber(config["candidateCount"]),
    stop: textsOf(config["stopSequences"]),
  });
}

function textsOf(value: JsonValue | undefined): string[] | undefined {
  return asArray(value)?.filter((entry) => typeof entry === "string");
}

/** Text alone is what comes anyway, and several hosts refuse the field that asks for it. */
function readModalities(value: JsonValue | undefined): string[] | undefined {
  const modalities = textsOf(value)?.map((modality) => modality.toLowerCase());
  return modalities?.some((modality) => modality !== "text") ? modalities : undefined;
}

function readOutput(config: JsonObject): { output?: OutputFormat; rest?: JsonObject } {
  const mediaType = asString(config["responseMimeType"]);
  const own = asObject(config["responseSchema"]);
  const schema = asObject(config["responseJsonSchema"]) ?? (own && fromOpenApi(own));
  if (mediaType !== undefined && mediaType !== "application/json" && mediaType !== "text/plain") {
    // One word of an enumeration (text/x.enum), or something newer: only Google can say it.
    const { responseMimeType, responseSchema, responseJsonSchema } = config;
    return { rest: defined<JsonObject>({ responseMimeType, responseSchema, responseJsonSchema }) };
  }
  if (schema) return { output: { kind: "schema", schema } };
  if (mediaType === "application/json") return { output: { kind: "json" } };
  return mediaType === undefined ? {} : { output: { kind: "text" } };
}

function readThinking(value: JsonValue | undefined): { reasoning?: Reasoning; rest?: JsonObject } {
  const raw = asObject(value);
  if (!raw) return {};
  const config = spelled(raw, thinkingFields);
  const budgetTokens = asNumber(config["thinkingBudget"]);
  const level = asString(config["thinkingLevel"])?.toLowerCase();
  const rest = restOf(config, thinkingFields);
  return {
    reasoning: defined<Reasoning>({
      effort: efforts.find((effort) => effort === level),
      budgetTokens: budgetTokens === 0 ? undefined : budgetTokens,
      // -1 leaves the amount to the model, 0 switches thinking off (ai.google.dev/gemini-api/docs/thinking).
      mode: budgetTokens === undefined ? undefined : budgetTokens === 0 ? "off" : budgetTokens < 0 ? "adaptive" : "on",
      // Google shows thoughts only to those who ask.
      includeText: config["includeThoughts"] === true,
    }),
    ...(rest ? { rest } : {}),
  };
}
