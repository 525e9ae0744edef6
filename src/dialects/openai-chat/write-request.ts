// Writes the canonical request as a Chat Completions body.
import type { ChatRequest, OutputFormat } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { WrittenRequest } from "../dialect.ts";
import { writtenRequest } from "../writing.ts";
import { defined } from "./fields.ts";
import { writeMessages } from "./request-messages.ts";
import { writeReasoning } from "./request-reasoning.ts";
import { openScope, ownRest, type RequestScope, withRest } from "./request-scope.ts";
import { freeformNames, writeTools } from "./request-tools.ts";

/** OpenAI's limit (translation.md A1.1). */
const maxStops = 4;
const maxUserCharacters = 64;

function writeStop(scope: RequestScope): string[] | undefined {
  const { stop } = scope.request.sampling;
  if (!stop || stop.length === 0) return undefined;
  if (stop.length <= maxStops || scope.sameDialect) return stop;
  scope.lose("stop");
  return stop.slice(0, maxStops);
}

/** Values as they are: 0 is one, and defaults are never added (M35, M36). */
function writeSampling(scope: RequestScope): JsonObject {
  const { sampling } = scope.request;
  // top_k is no field of OpenAI's; only a client that wrote it on this very wire knows that its host takes it.
  if (sampling.topK !== undefined && !scope.sameDialect) scope.lose("topK");
  return defined<JsonObject>({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: scope.sameDialect ? sampling.topK : undefined,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    n: sampling.n,
    stop: writeStop(scope),
  });
}

/** Models that refuse sampling take the value 1, which is their only one. */
function withoutSampling(fields: JsonObject, scope: RequestScope): JsonObject {
  const { temperature, top_p: topP, top_k: topK, ...rest } = fields;
  if (temperature !== undefined && temperature !== 1) scope.lose("temperature");
  if (topP !== undefined && topP !== 1) scope.lose("topP");
  if (topK !== undefined) scope.lose("topK");
  return rest;
}

/** Ids over the limit are refused (M44); a hash still tells users apart. Claude Code sends a long JSON text. */
function writeUser(scope: RequestScope): string | undefined {
  const { userId } = scope.request;
  if (userId === undefined || scope.sameDialect || userId.length <= maxUserCharacters) return userId;
  return new Bun.CryptoHasher("sha256").update(userId).digest("hex");
}

function schemaFormat(output: OutputFormat & { kind: "schema" }): JsonObject {
  return {
    type: "json_schema",
    json_schema: defined<JsonObject>({
      // OpenAI demands a name; other dialects have none.
      name: output.name ?? "response",
      description: output.description,
      schema: output.schema,
      strict: output.strict,
    }),
  };
}

const jsonInstruction = "Answer with one JSON object and nothing else.";

/** What a prompt says where a host has no field for the schema. */
export function schemaInstruction(schema: JsonObject): string {
  return `${jsonInstruction} It must match this JSON Schema:\n${JSON.stringify(schema)}`;
}

type Format = { fields: JsonObject /** What the prompt must say instead. */; instruction?: string };

/** translation.md B8: native first, then JSON mode with the schema in the prompt, then the prompt alone. */
function writeFormat(scope: RequestScope): Format {
  const { output, tools } = scope.request;
  const { flags } = scope.facts;
  if (!output) return { fields: {} };
  if (output.kind === "text") return { fields: { response_format: { type: "text" } } };
  const clashes = flags.jsonWithTools === false && tools.length > 0;
  const json = { response_format: { type: "json_object" } };
  if (output.kind === "json") {
    if (!clashes) return { fields: json };
    scope.lose("format");
    return { fields: {}, instruction: jsonInstruction };
  }
  if (!clashes && flags.jsonSchema !== false) return { fields: { response_format: schemaFormat(output) } };
  scope.lose("format");
  return { fields: clashes ? {} : json, instruction: schemaInstruction(output.schema) };
}

/** The instruction stands at the end of the leading system messages, so that the cached prefix stays what it was. */
function withInstruction(messages: JsonObject[], instruction: string | undefined, role: string): JsonObject[] {
  if (instruction === undefined) return messages;
  const isSystem = (message: JsonObject) => message["role"] === "system" || message["role"] === "developer";
  const place = messages.findIndex((message) => !isSystem(message));
  return messages.toSpliced(place < 0 ? messages.length : place, 0, { role, content: instruction });
}

function writeStreaming(request: ChatRequest): JsonObject {
  // Usage is always wanted by the gateway itself (U15); the client's writer shows it only to those who asked.
  return request.stream ? { stream: true, stream_options: { include_usage: true } } : {};
}

function writeMaxTokens(scope: RequestScope): JsonObject {
  const { maxOutputTokens } = scope.request;
  if (maxOutputTokens === undefined) return {};
  const { maxTokensField = "max_tokens", maxOutputTokens: limit } = scope.facts.flags;
  // A client of another dialect must name a number and often names its own model's limit.
  const capped = scope.sameDialect || limit === undefined ? maxOutputTokens : Math.min(maxOutputTokens, limit);
  return { [maxTokensField]: capped };
}

/** Anthropic's word for "no priority" (translation.md B1.1). */
const tierWords: { readonly [word: string]: string } = { standard_only: "default" };

function writeRest(scope: RequestScope): JsonObject {
  const { request } = scope;
  return defined<JsonObject>({
    verbosity: request.verbosity,
    logprobs: request.logprobs ? true : undefined,
    top_logprobs: request.logprobs?.top,
    modalities: request.modalities,
    service_tier: tierWords[request.serviceTier ?? ""] ?? request.serviceTier,
    user: writeUser(scope),
    metadata: request.metadata,
    prompt_cache_key: request.promptCacheKey,
  });
}

/**
 * Throws GatewayError "unsupported" for media and forced tools that this wire has no form for. A second spelling of the
 * token limit that the client sent in vain is dropped: hosts refuse both together.
 */
export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const lost: string[] = [];
  const scope = openScope({ request, facts, lost, own: "openai-chat" });
  const sampling = writeSampling(scope);
  const format = writeFormat(scope);
  const written: JsonObject = {
    model: facts.model,
    messages: withInstruction(writeMessages(scope), format.instruction, facts.flags.systemRole ?? "system"),
    ...writeMaxTokens(scope),
    ...(facts.flags.sampling === false ? withoutSampling(sampling, scope) : sampling),
    ...writeReasoning(scope),
    ...format.fields,
    ...writeTools(scope),
    ...writeRest(scope),
    ...writeStreaming(request),
  };
  const { max_tokens: _shadowed, max_completion_tokens: _other, ...rest } = ownRest(scope.request.extra, scope) ?? {};
  return writtenRequest(withRest(written, rest), lost, { aliases: scope.aliases(), freeform: freeformNames(scope) });
}
