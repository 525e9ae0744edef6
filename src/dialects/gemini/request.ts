// Writes the canonical request as a generateContent body (translation.md A4.2, B2.1, B4, B8).
import type { ChatRequest, OutputFormat } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { WrittenRequest } from "../dialect.ts";
import { describedSchema, topExtras, writtenRequest } from "../writing.ts";
import { type Losses, openLosses } from "./field-names.ts";
import { signFirstCalls, writeContents } from "./request-contents.ts";
import { loseForeign } from "./request-parts.ts";
import { writeThinking } from "./request-thinking.ts";
import { writeTools } from "./request-tools.ts";
import { toOpenApi } from "./schema.ts";
import { toJsonSchema } from "./schema-json.ts";
import { openToolNames } from "./tool-names.ts";

const maxStopSequences = 5;

/** Fields that OpenAI's clients send for Google's own settings, as Google's compatible endpoint takes them. */
const googleFields: { readonly [field: string]: string } = {
  safety_settings: "safetySettings",
  cached_content: "cachedContent",
};

const serviceTiers: { readonly [tier: string]: string } = {
  default: "standard",
  standard: "standard",
  standard_only: "standard",
  flex: "flex",
  priority: "priority",
};

export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const lost = openLosses(request.dialect);
  const names = openToolNames(request.tools.flatMap((tool) => ("name" in tool ? tool.name : [])));
  const { tools, toolConfig, freeform } = writeTools(request, { facts, lost, names });
  const { contents, systemParts } = writeContents(request, { facts, lost, names });
  const output = writeOutput(request.output, {
    facts,
    lost,
    withTools: tools?.[0]?.["functionDeclarations"] !== undefined,
  });
  if (output.instruction !== undefined) systemParts.push({ text: output.instruction });
  if (facts.flags.thoughtSignatures === "required") signFirstCalls(contents);
  const ownSystem = facts.flags.systemInstruction !== false;
  if (!ownSystem && systemParts.length > 0) prefixUser(contents, systemParts);
  const config = {
    ...writeSampling(request, facts, lost),
    ...output.config,
    ...writeReplyOptions(request, lost),
  };
  const thinkingConfig = writeThinking(request, facts, lost);
  const generationConfig = thinkingConfig ? { ...config, thinkingConfig } : config;
  loseRest(request, lost);
  const body: JsonObject = {
    contents,
    ...(ownSystem && systemParts.length > 0 ? { systemInstruction: { parts: systemParts } } : {}),
    ...(tools ? { tools } : {}),
    ...(toolConfig ? { toolConfig } : {}),
    ...(Object.keys(generationConfig).length > 0 ? { generationConfig } : {}),
    ...writeTier(request.serviceTier, lost),
    ...ownFields(request.extra),
  };
  const whole = merge(request.extra.gemini ?? {}, body);
  return writtenRequest(whole, lost.list(), { aliases: names.aliases(), freeform });
}

/** Gemma has no systemInstruction (M32): the text opens the first user turn. */
function prefixUser(contents: { role: string; parts: JsonObject[] }[], systemParts: JsonObject[]): void {
  const first = contents[0];
  if (first?.role === "user" && !first.parts.some((part) => part["functionResponse"] !== undefined)) {
    first.parts.unshift(...systemParts);
  } else contents.unshift({ role: "user", parts: systemParts });
}

/** What this dialect's own client said beyond the canonical fields fills the places that nothing else took. */
function merge(under: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
}

function writeSampling({ sampling, ...request }: ChatRequest, { flags }: TargetFacts, lost: Losses): JsonObject {
  const cap = flags.maxOutputTokens;
  const limit = request.maxOutputTokens;
  if (limit !== undefined && cap !== undefined && limit > cap) lost.add("maxTokens");
  const tuned = { temperature: sampling.temperature, topP: sampling.topP, topK: sampling.topK };
  if (flags.sampling === false) {
    if (tuned.temperature !== undefined) lost.addField("temperature");
    if (tuned.topP !== undefined) lost.addField("top_p");
    if (tuned.topK !== undefined) lost.add("topK");
  }
  const stop = sampling.stop?.filter((text) => text !== "");
  if (stop && stop.length > maxStopSequences) lost.add("stop");
  return defined({
    maxOutputTokens: limit === undefined ? undefined : Math.min(limit, cap ?? limit),
    ...(flags.sampling === false ? {} : tuned),
    candidateCount: sampling.n,
    stopSequences: stop && stop.length > 0 ? stop.slice(0, maxStopSequences) : undefined,
    seed: sampling.seed,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
  });
}

/** By presence, never by truth: 0 and "" are values (M35). */
function defined(fields: { [name: string]: JsonValue | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

type WrittenOutput = { config: JsonObject; instruction?: string };

function writeOutput(
  output: OutputFormat | undefined,
  { facts, lost, withTools }: { facts: TargetFacts; lost: Losses; withTools: boolean },
): WrittenOutput {
  if (!output || output.kind === "text") return { config: {} };
  const json = { responseMimeType: "application/json" };
  // Before Gemini 3, JSON output and functions exclude one another (X17): the tools stay, the format is asked for in words.
  if (withTools && facts.flags.jsonWithTools === false) {
    lost.add("output");
    return { config: {}, instruction: jsonInstruction(output) };
  }
  if (output.kind === "json") return { config: json };
  if (facts.flags.jsonSchema === false) {
    lost.add("output");
    return { config: json, instruction: jsonInstruction(output) };
  }
  const asJsonSchema = facts.flags.jsonSchemaFields === true;
  const written = (asJsonSchema ? toJsonSchema : toOpenApi)(describedSchema(output));
  for (const keyword of written.lost) lost.add("outputSchema", keyword);
  if (!written.schema) return { config: json };
  return { config: { ...json, [asJsonSchema ? "responseJsonSchema" : "responseSchema"]: written.schema } };
}

function jsonInstruction(output: OutputFormat): string {
  const plain = "Answer with one JSON value and nothing else.";
  return output.kind === "schema"
    ? `${plain} It must match this JSON Schema:\n${JSON.stringify(describedSchema(output))}`
    : plain;
}

function writeReplyOptions(request: ChatRequest, lost: Losses): JsonObject {
  const modalities = request.modalities?.map((modality) => modality.toUpperCase());
  const onlyText = modalities?.every((modality) => modality === "TEXT") ?? true;
  if (request.verbosity !== undefined) lost.addField("verbosity");
  return defined({
    responseModalities: onlyText ? undefined : modalities,
    responseLogprobs: request.logprobs ? true : undefined,
    logprobs: request.logprobs?.top,
  });
}

function writeTier(tier: string | undefined, lost: Losses): JsonObject {
  // "auto" is what happens without the field.
  if (tier === undefined || tier === "auto") return {};
  const written = Object.hasOwn(serviceTiers, tier) ? serviceTiers[tier] : undefined;
  if (written === undefined) lost.add("serviceTier");
  return written === undefined ? {} : { serviceTier: written };
}

function ownFields(extra: ChatRequest["extra"]): JsonObject {
  const fields = extra["openai-chat"] ?? {};
  return defined(
    Object.fromEntries(Object.entries(googleFields).map(([field, name]) => [name, fields[field] ?? undefined])),
  );
}

function loseRest(request: ChatRequest, lost: Losses): void {
  if (request.userId !== undefined) lost.add("user");
  if (request.metadata && Object.keys(request.metadata).length > 0) lost.add("metadata");
  if (request.promptCacheKey !== undefined) lost.addField("prompt_cache_key");
  const extra = topExtras(request.extra);
  const chat = Object.entries(extra["openai-chat"] ?? {});
  const rest = Object.fromEntries(chat.filter(([field]) => !Object.hasOwn(googleFields, field)));
  loseForeign({ ...extra, "openai-chat": rest }, "", lost);
}
