// Reads a client's Messages body into the canonical request. Everything it does not understand is kept in `extra`.
import {
  type Block,
  type ChatRequest,
  type Effort,
  efforts,
  type OutputFormat,
  type Reasoning,
  type Sampling,
  type Turn,
} from "../../core/chat.ts";
import { asArray, asNumber, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import { checkRequest } from "./check-request.ts";
import { dialectId, isEmpty, readBlocks, without } from "./read-content.ts";
import { readToolChoice, readTools } from "./read-tools.ts";

/** Top-level fields with a canonical place; what such a place cannot hold of them comes back through `leftovers`. */
const understood = [
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "service_tier",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
];

/** Claude Code's first system block says what a call is billed to. It changes per call and ruins other caches (M08). */
const billingHeader = /^x-[a-z]+-billing-header:/;
/** Where the blocks of that header wait for a target that reads them. */
export const billingField = "billing_header";

function isBilling(value: unknown): boolean {
  return isObject(value) && billingHeader.test(asString(value["text"]) ?? "");
}

type ReadSystem = { turns: Turn[]; billing: JsonObject[] };

/** Blocks stay blocks, with their cache marks (M07). */
function readSystem(body: JsonObject): ReadSystem {
  const { system } = body;
  const list = asArray(system) ?? [];
  const firstOther = list.findIndex((block) => !isBilling(block));
  const headers = firstOther < 0 ? list.length : firstOther;
  const blocks = typeof system === "string" ? readBlocks(system) : readBlocks(list.slice(headers));
  return {
    turns: blocks.length === 0 ? [] : [{ role: "system", blocks }],
    billing: list.slice(0, headers).filter(isObject),
  };
}

function readTurns(body: JsonObject): Turn[] {
  const nameOfCall = new Map<string, string>();
  return (asArray(body["messages"]) ?? []).filter(isObject).map((message): Turn => {
    const blocks = readBlocks(message["content"]);
    for (const block of blocks) nameResult(block, nameOfCall);
    const rest = without(message, ["role", "content"]);
    return {
      // The check has refused every other role; `system` in mid-conversation keeps its place (M06).
      role: message["role"] as Turn["role"],
      blocks,
      ...(isEmpty(rest) ? {} : { extra: { [dialectId]: rest } }),
    };
  });
}

/** Gemini wants the tool's name beside a result; on this wire only the call has it. */
function nameResult(block: Block, nameOfCall: Map<string, string>): void {
  if (block.type === "tool-call") nameOfCall.set(block.id, block.name);
  if (block.type !== "tool-result") return;
  const name = nameOfCall.get(block.callId);
  if (name !== undefined) block.name = name;
}

/** By presence, never by truth: 0 and "" are values (M35). */
function readSampling(body: JsonObject): Sampling {
  const sampling: Sampling = {};
  const temperature = asNumber(body["temperature"]);
  const topP = asNumber(body["top_p"]);
  const topK = asNumber(body["top_k"]);
  const stop = asArray(body["stop_sequences"])?.filter((word) => typeof word === "string");
  if (temperature !== undefined) sampling.temperature = temperature;
  if (topP !== undefined) sampling.topP = topP;
  if (topK !== undefined) sampling.topK = topK;
  if (stop !== undefined) sampling.stop = stop;
  return sampling;
}

const modes: ReadonlyMap<unknown, Reasoning["mode"]> = new Map([
  ["enabled", "on" as const],
  ["adaptive", "adaptive" as const],
  ["disabled", "off" as const],
]);
const displays: ReadonlyMap<unknown, boolean> = new Map([
  ["summarized", true],
  ["omitted", false],
]);

type Leftovers = { [field: string]: JsonObject };

function keep(left: Leftovers, field: string, rest: JsonObject): void {
  if (!isEmpty(rest)) left[field] = rest;
}

/** `thinking` is the switch and the budget, `output_config.effort` the degree. */
function readReasoning(body: JsonObject, left: Leftovers): Reasoning | undefined {
  const reasoning: Reasoning = {};
  const thinking = asObject(body["thinking"]) ?? {};
  const mode = modes.get(thinking["type"]);
  const budgetTokens = asNumber(thinking["budget_tokens"]);
  const shown = displays.get(thinking["display"]);
  if (mode !== undefined) reasoning.mode = mode;
  if (budgetTokens !== undefined) reasoning.budgetTokens = budgetTokens;
  if (shown !== undefined) reasoning.includeText = shown;
  keep(
    left,
    "thinking",
    without(thinking, [
      ...(mode === undefined ? [] : ["type"]),
      ...(budgetTokens === undefined ? [] : ["budget_tokens"]),
      ...(shown === undefined ? [] : ["display"]),
    ]),
  );
  const effort = asObject(body["output_config"])?.["effort"];
  if (isEffort(effort)) reasoning.effort = effort;
  return Object.keys(reasoning).length === 0 ? undefined : reasoning;
}

function isEffort(value: unknown): value is Effort {
  return efforts.some((effort) => effort === value);
}

function readOutput(body: JsonObject, left: Leftovers): OutputFormat | undefined {
  const config = asObject(body["output_config"]) ?? {};
  const format = asObject(config["format"]);
  const schema = format?.["type"] === "json_schema" ? asObject(format["schema"]) : undefined;
  const rest = without(config, [...(isEffort(config["effort"]) ? ["effort"] : []), ...(schema ? ["format"] : [])]);
  keep(left, "output_config", rest);
  if (!schema) return undefined;
  const name = asString(format?.["name"]);
  return { kind: "schema", schema, ...(name === undefined ? {} : { name }) };
}

function ownFields(body: JsonObject): JsonObject {
  const fields = without(body, understood);
  // A text there is a word to the gateway; anything else belongs to the provider.
  if (typeof fields["provider"] === "string") delete fields["provider"];
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Throws GatewayError (400, naming the field). Fields without a canonical place are in `extra["anthropic-messages"]`. */
export function readRequest(body: JsonObject): ChatRequest {
  checkRequest(body);
  const left: Leftovers = {};
  const system = readSystem(body);
  const { rest: choiceRest, ...choice } = readToolChoice(body["tool_choice"]);
  const reasoning = readReasoning(body, left);
  const output = readOutput(body, left);
  const userId = asString(asObject(body["metadata"])?.["user_id"]);
  const maxOutputTokens = asNumber(body["max_tokens"]);
  const serviceTier = asString(body["service_tier"]);
  keep(left, "metadata", without(asObject(body["metadata"]) ?? {}, ["user_id"]));
  keep(left, "tool_choice", choiceRest ?? {});
  const extra: JsonObject = {
    ...ownFields(body),
    ...left,
    ...(system.billing.length > 0 ? { [billingField]: system.billing } : {}),
  };
  return {
    dialect: dialectId,
    model: asString(body["model"]) ?? "",
    turns: [...system.turns, ...readTurns(body)],
    tools: readTools(body["tools"]),
    ...choice,
    sampling: readSampling(body),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(reasoning ? { reasoning } : {}),
    ...(output ? { output } : {}),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(userId === undefined ? {} : { userId }),
    stream: body["stream"] === true,
    wantsUsage: true,
    extra: isEmpty(extra) ? {} : { [dialectId]: extra },
  };
}
