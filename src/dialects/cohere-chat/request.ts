// Writes a canonical request as a Cohere v2 chat body (translation.md D1, row Cohere; docs.cohere.com "Chat" v2 reference).
import type { ChatRequest, ToolChoice } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { WrittenRequest } from "../dialect.ts";
import {
  describedSchema,
  loseExtras,
  loseSettings,
  offeredTools,
  openWriting,
  refuseMissingTool,
  refuseWhatMatters,
  topExtras,
  type Writing,
  writtenRequest,
} from "../writing.ts";
import { writeMessages } from "./request-messages.ts";

const toolLimits = { maxNameCharacters: 64, maxIdCharacters: 64 };
/** docs.cohere.com, "Chat" v2 reference: up to five stop sequences. */
const maxStops = 5;

export function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const writing = openWriting(request, facts, { own: "cohere-chat", ...toolLimits });
  refuseWhatMatters(writing);
  const { freeform, ...tools } = writeTools(writing);
  const body: JsonObject = {
    model: facts.model,
    messages: writeMessages(writing),
    ...(request.stream ? { stream: true } : {}),
    ...writeSampling(writing),
    ...tools,
    ...writeThinking(writing),
    ...writeOutput(writing),
  };
  loseTheRest(writing);
  return writtenRequest(body, writing.lost.list(), { aliases: writing.names.aliases(), freeform });
}

function writeSampling(writing: Writing): JsonObject {
  const { sampling, maxOutputTokens } = writing.request;
  const { flags } = writing.facts;
  const stop = (sampling.stop ?? []).filter((text) => text !== "");
  if (stop.length > maxStops) writing.lost.add("stop");
  const limit = Math.min(
    maxOutputTokens ?? Number.POSITIVE_INFINITY,
    flags.maxOutputTokens ?? Number.POSITIVE_INFINITY,
  );
  if (maxOutputTokens !== undefined && limit < maxOutputTokens) writing.lost.add("maxOutputTokens");
  const wire: { [name: string]: number | string[] | undefined } = {
    max_tokens: maxOutputTokens === undefined ? undefined : limit,
    temperature: sampling.temperature,
    p: sampling.topP,
    k: sampling.topK,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    stop_sequences: stop.length > 0 ? stop.slice(0, maxStops) : undefined,
  };
  return Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== undefined)) as JsonObject;
}

type WrittenTools = { tools?: JsonObject[]; tool_choice?: string; freeform: ReadonlySet<string> };

function writeTools(writing: Writing): WrittenTools {
  const { toolChoice, parallelToolCalls } = writing.request;
  const chosen = offeredTools(writing).filter(({ name }) => isChosen(toolChoice, name));
  const freeform = new Set<string>();
  const tools = chosen.map(({ tool, name, description, parameters, isFreeform }): JsonObject => {
    const wire = writing.names.wire(name);
    if (isFreeform) freeform.add(wire);
    if (tool.kind === "function" && tool.strict === true) writing.lost.add("toolStrict");
    if (tool.kind === "function" && tool.cache !== undefined) writing.lost.add("cache");
    const described = description !== undefined ? { description } : {};
    const schema = parameters ?? { type: "object", properties: {} };
    return { type: "function", function: { name: wire, ...described, parameters: schema } };
  });
  refuseMissingTool(toolChoice, (name) => chosen.some((each) => each.name === name));
  const choice = choiceWord(toolChoice);
  if (tools.length === 0) {
    if (choice === "REQUIRED") writing.lost.add("toolChoice");
    return { freeform };
  }
  if (parallelToolCalls === false) writing.lost.addNamed("parallel_tool_calls");
  return { tools, ...(choice !== undefined ? { tool_choice: choice } : {}), freeform };
}

/** A named choice does not exist (D1); with that tool alone on offer, "some tool" says the same. So it is with subsets. */
function isChosen(choice: ToolChoice | undefined, name: string): boolean {
  if (choice?.mode === "named") return choice.name === name;
  return choice?.mode !== "allowed" || choice.names.includes(name);
}

function choiceWord(choice: ToolChoice | undefined): string | undefined {
  if (choice?.mode === "none") return "NONE";
  const isForced = choice?.mode === "required" || choice?.mode === "named";
  return isForced || (choice?.mode === "allowed" && choice.required) ? "REQUIRED" : undefined;
}

/** The wire knows a switch and a budget, no efforts: one that is asked for switches it on, and its strength is reported. */
function writeThinking(writing: Writing): JsonObject {
  const { reasoning } = writing.request;
  const { flags } = writing.facts;
  if (reasoning === undefined) return {};
  const { effort, budgetTokens, mode } = reasoning;
  if (effort === undefined && budgetTokens === undefined && mode === undefined) return {};
  const isOff = mode === "off" || effort === "none" || budgetTokens === 0;
  if (flags.thinking === "none" || flags.efforts?.length === 0) {
    if (!isOff) writing.lost.add("reasoning");
    return {};
  }
  if (isOff) return { thinking: { type: "disabled" } };
  const hasBudget = budgetTokens !== undefined && budgetTokens > 0;
  if (!hasBudget && effort !== undefined) writing.lost.add("reasoning");
  return { thinking: { type: "enabled", ...(hasBudget ? { token_budget: budgetTokens } : {}) } };
}

function writeOutput(writing: Writing): JsonObject {
  const { output } = writing.request;
  if (output === undefined || output.kind === "text") return {};
  if (output.kind === "json") return { response_format: { type: "json_object" } };
  return { response_format: { type: "json_object", json_schema: describedSchema(output) } };
}

function loseTheRest(writing: Writing): void {
  const { request, lost } = writing;
  loseSettings(writing);
  if (request.serviceTier !== undefined && request.serviceTier !== "auto") lost.add("serviceTier");
  if (request.userId !== undefined) lost.addNamed("user");
  loseExtras(writing, topExtras(request.extra), "");
}
