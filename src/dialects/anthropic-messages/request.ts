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
  loseSampling,
  loseSettings,
  openWriting,
  refuseWhatMatters,
  schemaInstruction,
  topExtras,
  type Writing,
  writtenRequest,
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
  return writtenRequest(body, writing.lost.list(), { aliases: writing.names.aliases(), freeform });
}

type Output = { format?: JsonObject; instruction?: string };

function writeOutput(writing: Writing): Output {
  const output = writing.request.output;
  if (output === undefined || output.kind === "text") return {};
  if (output.kind === "json") return { instruction: jsonInstruction };
  if (writing.facts.flags.jsonSchema !== false) {
    const schema = describedSchema(output);
    return { format: { type: "json_schema", schema: reducedSchema(schema, () => writing.lost.add("output")) } };
  }
  writing.lost.add("output");
  return { instruction: schemaInstruction(output) };
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
  loseSampling(writing);
  loseSettings(writing);
  const extra = topExtras(request.extra);
  // The identifier travels in metadata.user_id unless `user` took its place.
  const isSent = request.userId === undefined && safetyIdentifier(request) !== undefined;
  const { safety_identifier: _sent, ...rest } = extra["openai-chat"] ?? {};
  loseExtras(writing, isSent ? { ...extra, "openai-chat": rest } : extra, "");
}
