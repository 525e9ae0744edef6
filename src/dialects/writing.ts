// What writing one request carries from part to part, and the decisions that Messages, Converse and Cohere share.
import type {
  ChatRequest,
  DialectId,
  HostedTool,
  OutputFormat,
  Tool,
  ToolCallBlock,
  ToolChoice,
  WebSearchTool,
} from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import type { TargetFacts } from "../core/facts.ts";
import { asObject, type JsonObject } from "../core/json.ts";
import { freeformKey, keptArguments } from "./call-arguments.ts";
import type { WrittenRequest } from "./dialect.ts";
import type { Place } from "./history.ts";
import { fieldName, Losses, type LostField } from "./lost-fields.ts";
import { ToolIds, ToolNames } from "./tool-names.ts";

export type Writing = {
  /** The dialect that is written: its own client's further fields have a place. */
  readonly own: DialectId;
  readonly request: ChatRequest;
  readonly facts: TargetFacts;
  readonly lost: Losses;
  readonly ids: ToolIds;
  readonly names: ToolNames;
};

export type WritingLimits = { own: DialectId; maxNameCharacters: number; maxIdCharacters?: number };

export function openWriting(request: ChatRequest, facts: TargetFacts, limits: WritingLimits): Writing {
  return {
    own: limits.own,
    request,
    facts,
    lost: new Losses(request.dialect),
    ids: new ToolIds(limits.maxIdCharacters),
    names: new ToolNames(limits.maxNameCharacters),
  };
}

type ToolWords = { aliases: ReadonlyMap<string, string> | undefined; freeform?: ReadonlySet<string> };

/** A request that is written, with what the reader of its reply must know of its tools. */
export function writtenRequest(body: JsonObject, lost: string[], { aliases, freeform }: ToolWords): WrittenRequest {
  const written: WrittenRequest = { body, lost };
  if (aliases) written.toolAliases = aliases;
  if (freeform && freeform.size > 0) written.freeformTools = freeform;
  return written;
}

/** Reports every non-null field of the extras that another dialect's client wrote, under a prefix such as `messages.`. */
export function loseExtras(writing: Writing, extra: ChatRequest["extra"] | undefined, prefix: string): void {
  for (const [dialect, fields] of Object.entries(extra ?? {})) {
    if (dialect === writing.own) continue;
    for (const [name, value] of Object.entries(fields ?? {})) {
      if (value !== null && value !== undefined) writing.lost.addNamed(prefix + name);
    }
  }
}

/**
 * The further top-level fields of a request, without those that ask for what happens anyway: nothing is stored here, and
 * the gateway's streams are never padded.
 */
export function topExtras(extra: ChatRequest["extra"]): ChatRequest["extra"] {
  const chat = extra["openai-chat"];
  if (chat === undefined) return extra;
  const { store, stream_options: options, ...rest } = chat;
  const isPadded =
    asObject(options)?.["include_obfuscation"] !== false || Object.keys(asObject(options) ?? {}).length > 1;
  return {
    ...extra,
    "openai-chat": {
      ...rest,
      ...(store !== undefined && store !== false ? { store } : {}),
      ...(options !== undefined && isPadded ? { stream_options: options } : {}),
    },
  };
}

/** The schema of an answer, with what the client said of it beside the schema. */
export function describedSchema({ schema, description }: OutputFormat & { kind: "schema" }): JsonObject {
  if (description === undefined || schema["description"] !== undefined) return schema;
  return { ...schema, description };
}

/** Throws GatewayError where the client forces a tool that is not among those on offer. */
export function refuseMissingTool(choice: ToolChoice | undefined, isOffered: (name: string) => boolean): void {
  if (choice?.mode !== "named" || isOffered(choice.name)) return;
  const message = `the tool "${choice.name}" cannot be offered by this provider`;
  throw new GatewayError("unsupported", message, { param: "tool_choice" });
}

/** A client that asked for these builds on them: an answer without them is worse than none (translation.md B14). */
export function refuseWhatMatters({ request }: Writing): void {
  const refuse = (field: LostField, message: string): never => {
    throw new GatewayError("unsupported", message, { param: fieldName(request.dialect, field) });
  };
  if ((request.sampling.n ?? 1) > 1) refuse("n", "this provider gives one answer per request");
  if (request.logprobs !== undefined) refuse("logprobs", "this provider gives no log probabilities in a known form");
  const modality = request.modalities?.find((name) => name.toLowerCase() !== "text");
  if (modality !== undefined) refuse("modalities", `this provider answers in text, not in ${modality}`);
}

/** A part that the provider cannot take, named by its place in the client's messages. */
export function unsupportedPart(writing: Writing, field: LostField, place: Place, message: string): GatewayError {
  const name = fieldName(writing.request.dialect, field);
  return new GatewayError("unsupported", message, { param: `messages[${place.turn}].content[${place.block}].${name}` });
}

/** Arguments as an object. Empty text and `null` are a call without arguments (T27, T28); what is no object is kept as text (T29). */
export function callArguments(writing: Writing, block: ToolCallBlock): JsonObject {
  return keptArguments(block, () => writing.lost.add("arguments"));
}

/** A tool as a function of the wire. */
export type Offered = { tool: Tool; name: string; description?: string; parameters?: JsonObject; isFreeform: boolean };

/** The client's tools as functions, in its order. Tools that only another provider runs are left out and reported (T11). */
export function offeredTools(writing: Writing): Offered[] {
  return writing.request.tools.flatMap((tool, index): Offered[] => {
    if (tool.kind !== "function" && tool.kind !== "custom") {
      loseHosted(writing, tool, index);
      return [];
    }
    if (tool.name.trim() === "") throw badRequest(`tools[${index}].function.name`, "a tool needs a name");
    const described = tool.description !== undefined ? { description: tool.description } : {};
    if (tool.kind === "function") {
      loseExtras(writing, tool.extra, "tools.");
      const parameters = tool.parameters !== undefined ? { parameters: tool.parameters } : {};
      return [{ tool, name: tool.name, ...described, ...parameters, isFreeform: false }];
    }
    loseExtras(writing, tool.extra, "tools.");
    // A grammar cannot be enforced here; the free text travels as one string property (T48).
    if (tool.format !== undefined && tool.format["type"] !== "text") writing.lost.add("toolFormat");
    const parameters = { type: "object", properties: { [freeformKey]: { type: "string" } }, required: [freeformKey] };
    return [{ tool, name: tool.name, ...described, parameters, isFreeform: true }];
  });
}

/** A tool that only another provider runs. Agents always list some, so only a forced one is a reason to refuse (T11). */
export function loseHosted(writing: Writing, { raw, dialect }: HostedTool | WebSearchTool, index: number): void {
  if (dialect === "openai-chat" && raw["type"] === undefined) {
    writing.lost.addNamed("web_search_options");
    return;
  }
  const type = String(raw["type"] ?? Object.keys(raw)[0] ?? "hosted");
  const choice = writing.request.toolChoice;
  if (choice?.mode === "named" && (choice.name === type || choice.name === raw["name"])) {
    throw new GatewayError("unsupported", `the tool ${type} cannot be run by this provider`, {
      param: `tools[${index}]`,
    });
  }
  writing.lost.addNamed(`tools.${type}`);
}

/** Names of the tools that the history calls, in order of appearance. */
export function calledNames(request: ChatRequest): Set<string> {
  return new Set(
    request.turns.flatMap(({ blocks }) => blocks.flatMap((block) => (block.type === "tool-call" ? [block.name] : []))),
  );
}

export const jsonInstruction =
  "Answer with exactly one valid JSON object and nothing else: no prose before or after it, no code fence.";

/** The same, where a schema could not be said in a field of its own. */
export function schemaInstruction(output: OutputFormat & { kind: "schema" }): string {
  return `${jsonInstruction} The object must match this JSON Schema:\n${JSON.stringify(describedSchema(output))}`;
}

/** Sampling that neither Messages nor Converse has. */
export function loseSampling({ request, lost }: Writing): void {
  const { sampling } = request;
  if (sampling.seed !== undefined) lost.add("seed");
  // 0 is the default of both penalties.
  if ((sampling.presencePenalty ?? 0) !== 0) lost.add("presencePenalty");
  if ((sampling.frequencyPenalty ?? 0) !== 0) lost.add("frequencyPenalty");
}

/** Settings that none of the three has. */
export function loseSettings({ request, lost }: Writing): void {
  if (request.verbosity !== undefined) lost.add("verbosity");
  if (request.metadata !== undefined && Object.keys(request.metadata).length > 0) lost.add("metadata");
  if (request.promptCacheKey !== undefined) lost.add("promptCacheKey");
}

/** Stands where a wire insists on a user's turn and the client has none. */
export const fillerText = "(no message)";
export const missingResultText = "No result was recorded for this tool call.";
export const emptyResultText = "(no output)";

export function orphanTitle(name: string | undefined): string {
  return name === undefined ? "Result of an earlier tool call:" : `Result of an earlier call of ${name}:`;
}
