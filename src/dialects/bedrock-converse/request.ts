// Writes a canonical request as a Converse body (translation.md A5). Model and streaming are in the path, not in the body.
import type { ChatRequest } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asNumber, isObject, type JsonObject } from "../../core/json.ts";
import { writeLimits } from "../claude-limits.ts";
import { reducedSchema } from "../claude-schema.ts";
import type { WrittenRequest } from "../dialect.ts";
import {
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
import { isForcedChoice, writeTools } from "./request-tools.ts";
import { type WrittenTurns, writeTurns } from "./request-turns.ts";

/** Longest tool id and tool name (translation.md B11). */
const toolLimits = { maxNameCharacters: 64, maxIdCharacters: 64 };
/** Most cache points in one request (translation.md rule 17). */
const maxCachePoints = 4;

export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const writing = openWriting(request, facts, { own: "bedrock-converse", ...toolLimits });
  refuseWhatMatters(writing);
  const turns = writeTurns(writing);
  const { toolConfig, freeform } = writeTools(writing);
  const { outputConfig, instruction } = writeOutput(writing);
  if (instruction !== undefined) turns.system.push({ text: instruction });
  const { inferenceConfig, additional } = writeSettings(writing, turns, isForcedChoice(toolConfig));
  const body: JsonObject = {
    ...(turns.system.length > 0 ? { system: turns.system } : {}),
    messages: turns.messages,
    ...(Object.keys(inferenceConfig).length > 0 ? { inferenceConfig } : {}),
    ...(toolConfig !== undefined ? { toolConfig } : {}),
    ...(Object.keys(additional).length > 0 ? { additionalModelRequestFields: additional } : {}),
    // Says which stop string matched, where the model knows (translation.md A6).
    ...(inferenceConfig["stopSequences"] !== undefined
      ? { additionalModelResponseFieldPaths: ["/stop_sequence", "/delta/stop_sequence"] }
      : {}),
    ...(outputConfig !== undefined ? { outputConfig } : {}),
    ...writeTier(writing),
  };
  capCachePoints(writing, body);
  loseTheRest(writing);
  return writtenRequest(body, writing.lost.list(), { aliases: writing.names.aliases(), freeform });
}

type Settings = { inferenceConfig: JsonObject; additional: JsonObject };

/** Claude's own fields travel beside Converse's; a target whose flags tell of no thinking takes none of them. */
function writeSettings(writing: Writing, turns: WrittenTurns, forcedTool: boolean): Settings {
  const { request, facts } = writing;
  const { thinking } = facts.flags;
  const isClaude = thinking === "adaptive" || thinking === "budget";
  const flags = isClaude ? facts.flags : { ...facts.flags, thinking: "none" as const, temperatureWithTopP: true };
  const { prefilled, thinkingBroken } = turns;
  const limits = writeLimits({ ...writing, facts: { ...facts, flags } }, { forcedTool, prefilled, thinkingBroken });
  const inferenceConfig: JsonObject = {};
  const knowsLimit = request.maxOutputTokens !== undefined || flags.maxOutputTokens !== undefined;
  if (knowsLimit || limits["thinking"] !== undefined) inferenceConfig["maxTokens"] = limits["max_tokens"] ?? null;
  const temperature = asNumber(limits["temperature"]);
  const topP = asNumber(limits["top_p"]);
  if (temperature !== undefined) inferenceConfig["temperature"] = temperature;
  if (topP !== undefined) inferenceConfig["topP"] = topP;
  const stop = request.sampling.stop ?? [];
  const usable = stop.filter((text) => text.trim() !== "");
  if (usable.length < stop.length) writing.lost.add("stop");
  if (usable.length > 0) inferenceConfig["stopSequences"] = usable;
  return { inferenceConfig, additional: additionalFields(writing, limits, { isClaude, forcedTool }) };
}

function additionalFields(
  writing: Writing,
  limits: JsonObject,
  { isClaude, forcedTool }: { isClaude: boolean; forcedTool: boolean },
): JsonObject {
  const additional: JsonObject = {};
  for (const name of ["thinking", "output_config"]) {
    const value = limits[name];
    if (value !== undefined) additional[name] = value;
  }
  if (limits["top_k"] !== undefined) {
    if (isClaude) additional["top_k"] = limits["top_k"];
    else writing.lost.add("topK");
  }
  const { parallelToolCalls, tools, toolChoice } = writing.request;
  if (parallelToolCalls === false && tools.length > 0 && toolChoice?.mode !== "none") {
    // Claude's word for it stands on its own tool choice, which must not contradict Converse's (A6).
    if (isClaude && !forcedTool) additional["tool_choice"] = { type: "auto", disable_parallel_tool_use: true };
    else writing.lost.addNamed("parallel_tool_calls");
  }
  return additional;
}

/** Native schemas are for the models that say they have them; for others some generations refuse the field (B8). */
function writeOutput(writing: Writing): { outputConfig?: JsonObject; instruction?: string } {
  const { output } = writing.request;
  if (output === undefined || output.kind === "text") return {};
  if (output.kind === "json") return { instruction: jsonInstruction };
  if (writing.facts.flags.jsonSchema !== true) {
    writing.lost.add("output");
    return { instruction: schemaInstruction(output) };
  }
  const schema = reducedSchema(output.schema, () => writing.lost.add("output"));
  const jsonSchema: JsonObject = {
    schema: JSON.stringify(schema),
    ...(output.name !== undefined ? { name: output.name } : {}),
    ...(output.description !== undefined ? { description: output.description } : {}),
  };
  return { outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema } } } };
}

const tiers = new Set(["default", "priority", "flex"]);

function writeTier({ request, lost }: Writing): JsonObject {
  const tier = request.serviceTier;
  if (tier === undefined || tier === "auto") return {};
  if (tiers.has(tier)) return { serviceTier: { type: tier } };
  lost.add("serviceTier");
  return {};
}

/** Too many cache points: those of the earliest messages go first, since later ones cover them. */
function capCachePoints(writing: Writing, body: JsonObject): void {
  const messages = (body["messages"] as JsonObject[]).map((message) => message["content"] as JsonObject[]);
  const toolConfig = body["toolConfig"];
  const fixed = [isObject(toolConfig) ? toolConfig["tools"] : undefined, body["system"]].filter(Array.isArray);
  const lists = [...messages, ...fixed] as JsonObject[][];
  let excess = lists.flat().filter(isCachePoint).length - maxCachePoints;
  for (const list of lists) {
    for (let at = 0; excess > 0 && at < list.length; at++) {
      if (!isCachePoint(list[at] as JsonObject)) continue;
      list.splice(at--, 1);
      excess--;
      writing.lost.add("cache");
    }
  }
}

function isCachePoint(element: JsonObject): boolean {
  return element["cachePoint"] !== undefined;
}

function loseTheRest(writing: Writing): void {
  const { request, lost } = writing;
  loseSampling(writing);
  loseSettings(writing);
  if (request.userId !== undefined) lost.addNamed("user");
  loseExtras(writing, topExtras(request.extra), "");
}
