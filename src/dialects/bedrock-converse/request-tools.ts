// `toolConfig` of a Converse request (translation.md A5, traps M14, T13, T16, T18).
import type { ToolChoice } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { reducedSchema, toolSchema } from "../claude-schema.ts";
import { calledNames, type Offered, offeredTools, refuseMissingTool, type Writing } from "../writing.ts";
import { withCachePoint } from "./request-blocks.ts";

export type WrittenTools = {
  toolConfig?: JsonObject;
  /** Wire names of tools whose argument is free text. */
  freeform: ReadonlySet<string>;
};

const stubDescription = "Was called earlier in this conversation. It is no longer offered: do not call it.";

export function writeTools(writing: Writing): WrittenTools {
  const { toolChoice } = writing.request;
  const called = calledNames(writing.request);
  const tools = chosenTools(writing, called);
  const freeform = new Set(tools.filter((each) => each.isFreeform).map((each) => writing.names.wire(each.name)));
  const wire = tools.flatMap((offered) => writeTool(writing, offered));
  // History with calls needs a toolConfig, whatever the request offers (M14): what was called and is gone stays as a stub.
  if (wire.length === 0) wire.push(...[...called].map((name) => stub(writing, name)));
  if (wire.length === 0) {
    if (isForced(toolChoice)) writing.lost.add("toolChoice");
    return { freeform };
  }
  refuseMissingTool(toolChoice, (name) => tools.some((each) => each.name === name));
  const choice = tools.length > 0 ? writeChoice(writing, toolChoice) : undefined;
  return { toolConfig: { tools: wire, ...(choice !== undefined ? { toolChoice: choice } : {}) }, freeform };
}

function isForced(choice: ToolChoice | undefined): boolean {
  if (choice === undefined) return false;
  return choice.mode === "required" || choice.mode === "named" || (choice.mode === "allowed" && choice.required);
}

/** There is no subset choice and no "none": what must not be called is left out, unless the history calls it. */
function chosenTools(writing: Writing, called: ReadonlySet<string>): Offered[] {
  const { toolChoice } = writing.request;
  const offered = offeredTools(writing);
  if (toolChoice?.mode !== "none" && toolChoice?.mode !== "allowed") return offered;
  const isWanted = (name: string) => toolChoice.mode === "allowed" && toolChoice.names.includes(name);
  if (toolChoice.mode === "none" && called.size > 0) {
    writing.lost.add("toolChoice");
    return offered;
  }
  const kept = offered.filter(({ name }) => isWanted(name) || called.has(name));
  if (kept.some(({ name }) => !isWanted(name))) writing.lost.add("toolChoice");
  return kept;
}

function writeTool(writing: Writing, { tool, name, description, parameters }: Offered): JsonObject[] {
  const { schema, changed } = toolSchema(parameters);
  if (changed) writing.lost.add("toolSchema");
  const wantsStrict = tool.kind === "function" && tool.strict === true;
  const isStrict = wantsStrict && writing.facts.flags.jsonSchema === true;
  if (wantsStrict && !isStrict) writing.lost.add("toolStrict");
  const toolSpec: JsonObject = {
    name: writing.names.wire(name),
    // An absent or empty description is refused (T13).
    description: description?.trim() ? description : name,
    inputSchema: { json: isStrict ? reducedSchema(schema, () => writing.lost.add("toolSchema")) : schema },
    ...(isStrict ? { strict: true } : {}),
  };
  return withCachePoint(writing, [{ toolSpec }], tool.kind === "function" ? tool.cache : undefined);
}

function stub(writing: Writing, name: string): JsonObject {
  const inputSchema = { json: { type: "object", properties: {} } };
  return { toolSpec: { name: writing.names.wire(name), description: stubDescription, inputSchema } };
}

function writeChoice(writing: Writing, choice: ToolChoice | undefined): JsonObject | undefined {
  if (choice === undefined || choice.mode === "none") return undefined;
  if (choice.mode === "named") return { tool: { name: writing.names.wire(choice.name) } };
  return isForced(choice) ? { any: {} } : { auto: {} };
}

/** Whether the choice that goes out makes the model call a tool. */
export function isForcedChoice(toolConfig: JsonObject | undefined): boolean {
  const choice = toolConfig?.["toolChoice"] as JsonObject | undefined;
  return choice?.["any"] !== undefined || choice?.["tool"] !== undefined;
}
