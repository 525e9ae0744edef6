// Writes the canonical request as a Responses body.
import type { ChatRequest, Effort, OutputFormat } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { WrittenRequest } from "../dialect.ts";
import { defined } from "../openai-chat/fields.ts";
import { effortOfBudget, effortOfMode, nearestEffort } from "../openai-chat/request-reasoning.ts";
import { openScope, type RequestScope, withRest } from "../openai-chat/request-scope.ts";
import { writtenRequest } from "../writing.ts";
import { writeItems } from "./request-items.ts";
import { writeTools } from "./request-tools.ts";

/** translation.md A2.1. */
const minOutputTokens = 16;
const maxUserCharacters = 64;

/** Fields that have no place on this wire, in the words of Chat Completions. */
function writeSampling(scope: RequestScope): JsonObject {
  const { sampling } = scope.request;
  if (sampling.stop && sampling.stop.length > 0) scope.lose("stop");
  if (sampling.topK !== undefined) scope.lose("topK");
  if (sampling.seed !== undefined) scope.loseField("seed");
  if (sampling.n !== undefined && sampling.n !== 1) scope.loseField("n");
  if (sampling.presencePenalty) scope.loseField("presence_penalty");
  if (sampling.frequencyPenalty) scope.loseField("frequency_penalty");
  if (scope.facts.flags.sampling !== false) {
    return defined<JsonObject>({ temperature: sampling.temperature, top_p: sampling.topP });
  }
  if (sampling.temperature !== undefined && sampling.temperature !== 1) scope.lose("temperature");
  if (sampling.topP !== undefined && sampling.topP !== 1) scope.lose("topP");
  return {};
}

function wantedEffort(request: ChatRequest): Effort | undefined {
  const { effort, budgetTokens, mode } = request.reasoning ?? {};
  if (mode === "off") return "none";
  if (effort !== undefined) return effort;
  return budgetTokens === undefined ? mode && effortOfMode[mode] : effortOfBudget(budgetTokens);
}

/** A client that switched thinking on expects to see some of it; here it must be asked for (R41). */
function wantedSummary(request: ChatRequest): string | undefined {
  const { summary, includeText, mode, budgetTokens } = request.reasoning ?? {};
  if (summary !== undefined) return summary;
  if (includeText !== undefined) return includeText ? "auto" : undefined;
  return mode === "on" || mode === "adaptive" || budgetTokens !== undefined ? "auto" : undefined;
}

function writeReasoning(scope: RequestScope): JsonObject {
  const { request, facts } = scope;
  const wanted = wantedEffort(request);
  const { efforts } = facts.flags;
  const effort = wanted && efforts ? nearestEffort(wanted, efforts) : wanted;
  const summary = efforts?.length === 0 || effort === "none" ? undefined : wantedSummary(request);
  if (wanted !== undefined && wanted !== "none" && effort === undefined) {
    scope.lose(request.reasoning?.effort === undefined ? "thinking" : "effort");
  }
  const reasoning = defined<JsonObject>({ effort, summary });
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

function writeFormat(output: OutputFormat): JsonObject {
  if (output.kind === "text") return { type: "text" };
  if (output.kind === "json") return { type: "json_object" };
  return defined<JsonObject>({
    type: "json_schema",
    name: output.name ?? "response",
    description: output.description,
    schema: output.schema,
    // Copied, never decided (X20); absent means true here.
    strict: output.strict ?? false,
  });
}

function writeText(request: ChatRequest): JsonObject {
  const text = defined<JsonObject>({
    format: request.output && writeFormat(request.output),
    verbosity: request.verbosity,
  });
  return Object.keys(text).length === 0 ? {} : { text };
}

/** Ids over the limit are refused (M44); a hash still tells users apart. */
function writeUser(userId: string | undefined): string | undefined {
  if (userId === undefined || userId.length <= maxUserCharacters) return userId;
  return new Bun.CryptoHasher("sha256").update(userId).digest("hex");
}

function writeMaxTokens({ request, facts }: RequestScope): JsonObject {
  const { maxOutputTokens: wanted } = request;
  if (wanted === undefined) return {};
  const limit = facts.flags.maxOutputTokens ?? wanted;
  return { max_output_tokens: Math.max(minOutputTokens, Math.min(wanted, limit)) };
}

/** Nothing is stored for us, so reasoning must come along to be replayed (R31). */
function writeInclude({ request, facts }: RequestScope): JsonObject {
  const stored = request.extra["openai-chat"]?.["store"] === true;
  const include = [
    ...(facts.flags.efforts?.length === 0 ? [] : ["reasoning.encrypted_content"]),
    ...(request.logprobs ? ["message.output_text.logprobs"] : []),
  ];
  return { store: stored, ...(include.length === 0 ? {} : { include }) };
}

/** Fields that OpenAI has on both of its dialects, under one name and of one shape (its API reference, 2026-08). */
const sharedWithChat: ReadonlySet<string> = new Set([
  "moderation",
  "prompt_cache_options",
  "prompt_cache_retention",
  "store",
  "stream_options",
]);

function furtherFields(scope: RequestScope): JsonObject {
  const carried: JsonObject = { ...scope.request.extra["openai-responses"] };
  for (const [dialect, fields] of Object.entries(scope.request.extra)) {
    if (dialect === "openai-responses") continue;
    for (const [field, value] of Object.entries(fields ?? {})) {
      if (dialect === "openai-chat" && sharedWithChat.has(field)) carried[field] = value;
      else if (value !== null) scope.loseField(field);
    }
  }
  return carried;
}

/** A client that asked for sound or pictures builds on them (translation.md B3.1, B14). */
function refuseModalities({ modalities, dialect }: ChatRequest): void {
  const other = modalities?.find((name) => name.toLowerCase() !== "text");
  if (other === undefined) return;
  const param = dialect === "gemini" ? "generationConfig.responseModalities" : "modalities";
  throw new GatewayError("unsupported", `this provider answers in text, not in ${other}`, { param });
}

/** Throws GatewayError "unsupported" for media and forced tools that this wire has no form for. */
export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const lost: string[] = [];
  const scope = openScope({ request, facts, lost, own: "openai-responses" });
  refuseModalities(request);
  const written: JsonObject = {
    model: facts.model,
    input: writeItems(scope),
    ...writeMaxTokens(scope),
    ...writeSampling(scope),
    ...writeReasoning(scope),
    ...writeText(request),
    ...writeTools(scope),
    ...writeInclude(scope),
    ...defined<JsonObject>({
      top_logprobs: request.logprobs?.top,
      service_tier: request.serviceTier,
      safety_identifier: writeUser(request.userId),
      metadata: request.metadata,
      prompt_cache_key: request.promptCacheKey,
    }),
    // include_usage is refused here: usage always comes (S48).
    ...(request.stream ? { stream: true } : {}),
  };
  return writtenRequest(withRest(written, furtherFields(scope)), lost, { aliases: scope.aliases() });
}
