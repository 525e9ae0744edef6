// Writes a canonical request as a Messages body (translation.md B1.1). Pure: the request is read, never changed (M34).
import type { ChatRequest } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, isObject, type JsonObject } from "../../core/json.ts";
import { writeLimits } from "../claude-limits.ts";
import { reducedSchema } from "../claude-schema.ts";
import type { WrittenRequest } from "../dialect.ts";
import {
  describedSchema,
  jsonInstruction,
  loseExtras,
  openWriting,
  refuseWhatMatters,
  topExtras,
  type Writing,
} from "../writing.ts";
import { billingField } from "./read-request.ts";
import { capCacheMarks } from "./request-cache.ts";
import { isForced, writeTools } from "./request-tools.ts";
import { writeTurns } from "./request-turns.ts";

/** Longest tool name of the direct API (translation.md A3.3); ids have no limit there. */
const maxNameCharacters = 128;

export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const writing = openWriting(request, facts, { maxNameCharacters, own: "anthropic-messages" });
  refuseWhatMatters(writing);
  const { system, messages, prefilled, thinkingBroken } = writeTurns(writing);
  const { freeform, ...tools } = writeTools(writing);
  const forcedTool = tools.tools !== undefined && isForced(request.toolChoice);
  const limits = writeLimits(writing, { forcedTool, prefilled, thinkingBroken });
  const output = writeOutput(writing);
  if (output.instruction !== undefined) system.push({ type: "text", text: output.instruction });
  const { [billingField]: billing, ...ownExtra } = request.extra["anthropic-messages"] ?? {};
  system.unshift(...(asArray(billing) ?? []).filter(isObject));
  const body: JsonObject = {
    model: facts.model,
    ...limits,
    ...(system.length > 0 ? { system } : {}),
    messages,
    ...tools,
    ...writeStop(writing),
    ...writeIdentity(writing),
    ...(request.stream ? { stream: true } : {}),
  };
  if (output.format !== undefined) {
    body["output_config"] = { ...(body["output_config"] as JsonObject | undefined), format: output.format };
  }
  addOwnExtras(body, ownExtra);
  capCacheMarks(writing, body);
  loseTheRest(writing);
  const aliases = writing.names.aliases();
  return {
    body,
    lost: writing.lost.list(),
    ...(aliases !== undefined ? { toolAliases: aliases } : {}),
    ...(freeform.size > 0 ? { freeformTools: freeform } : {}),
  };
}

type Output = { format?: JsonObject; instruction?: string };

function writeOutput(writing: Writing): Output {
  const output = writing.request.output;
  if (output === undefined || output.kind === "text") return {};
  if (output.kind === "json") return { instruction: jsonInstruction };
  const schema = describedSchema(output);
  if (writing.facts.flags.jsonSchema !== false) {
    return { format: { type: "json_schema", schema: reducedSchema(schema, () => writing.lost.add("output")) } };
  }
  writing.lost.add("output");
  return { instruction: `${jsonInstruction} The object must match this JSON Schema:\n${JSON.stringify(schema)}` };
}

function writeStop(writing: Writing): JsonObject {
  const stop = writing.request.sampling.stop ?? [];
  // Blank stop strings are refused by the API (translation.md A3.2).
  const usable = stop.filter((text) => text.trim() !== "");
  if (usable.length < stop.length) writing.lost.add("stop");
  return usable.length > 0 ? { stop_sequences: usable } : {};
}

const tiers: ReadonlyMap<string, string> = new Map([
  ["auto", "auto"],
  ["default", "standard_only"],
  ["standard_only", "standard_only"],
]);

function writeIdentity(writing: Writing): JsonObject {
  const { request } = writing;
  const wire: JsonObject = {};
  const user = request.userId ?? safetyIdentifier(request);
  if (user !== undefined) wire["metadata"] = { user_id: user };
  if (request.serviceTier !== undefined) {
    const tier = tiers.get(request.serviceTier);
    if (tier === undefined) writing.lost.add("serviceTier");
    else wire["service_tier"] = tier;
  }
  return wire;
}

function safetyIdentifier(request: ChatRequest): string | undefined {
  const value = request.extra["openai-chat"]?.["safety_identifier"];
  return typeof value === "string" ? value : undefined;
}

/** Messages fields that no canonical field holds pass as they are; where both wrote an object, ours wins key by key. */
function addOwnExtras(body: JsonObject, extra: JsonObject): void {
  for (const [name, value] of Object.entries(extra)) {
    const ours = body[name];
    if (ours === undefined) body[name] = value;
    else if (isObject(ours) && isObject(value)) body[name] = { ...value, ...ours };
  }
}

function loseTheRest(writing: Writing): void {
  const { request } = writing;
  const { sampling } = request;
  if (sampling.seed !== undefined) writing.lost.add("seed");
  // 0 is the default of both penalties.
  if ((sampling.presencePenalty ?? 0) !== 0) writing.lost.add("presencePenalty");
  if ((sampling.frequencyPenalty ?? 0) !== 0) writing.lost.add("frequencyPenalty");
  if (request.verbosity !== undefined) writing.lost.add("verbosity");
  if (request.metadata !== undefined && Object.keys(request.metadata).length > 0) writing.lost.add("metadata");
  if (request.promptCacheKey !== undefined) writing.lost.add("promptCacheKey");
  const extra = topExtras(request.extra);
  const chat = extra["openai-chat"];
  // The identifier travels in metadata.user_id unless `user` took its place.
  const said = new Set([
    ...(request.userId === undefined && safetyIdentifier(request) !== undefined ? ["safety_identifier"] : []),
  ]);
  const rest = Object.fromEntries(Object.entries(chat ?? {}).filter(([name]) => !said.has(name)));
  loseExtras(writing, { ...extra, ...(chat !== undefined ? { "openai-chat": rest } : {}) }, "");
}
