// Tools and the tool choice of a Messages request (translation.md A3.4, B1.1, traps T10-T19).
import type { FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { badRequest } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { freeformKey } from "../call-arguments.ts";
import { reducedSchema, toolSchema } from "../claude-schema.ts";
import { loseExtras, loseHosted, refuseMissingTool, type Writing } from "../writing.ts";
import { dressed } from "./request-blocks.ts";

export type WrittenTools = {
  tools?: JsonObject[];
  tool_choice?: JsonObject;
  /** Wire names of tools whose argument is free text. */
  freeform: ReadonlySet<string>;
};

export function writeTools(writing: Writing): WrittenTools {
  const { request } = writing;
  const freeform = new Set<string>();
  const offered = allowedTools(writing);
  const tools = offered.flatMap((tool): JsonObject[] => {
    const wire = writeTool(writing, tool, request.tools.indexOf(tool));
    if (wire !== undefined && tool.kind === "custom") freeform.add(String(wire["name"]));
    return wire === undefined ? [] : [wire];
  });
  if (tools.length === 0) {
    if (request.toolChoice !== undefined && isForced(request.toolChoice)) writing.lost.add("toolChoice");
    return { freeform };
  }
  const names = new Set(offered.flatMap((tool) => nameOf(tool) ?? []));
  refuseMissingTool(request.toolChoice, (name) => names.has(name));
  const choice = writeChoice(writing, request.toolChoice);
  return { tools, ...(choice !== undefined ? { tool_choice: choice } : {}), freeform };
}

function nameOf(tool: Tool): string | undefined {
  if (tool.kind === "function" || tool.kind === "custom") return tool.name;
  if (tool.kind === "web-search" && tool.dialect !== "anthropic-messages") return undefined;
  return typeof tool.raw["name"] === "string" ? tool.raw["name"] : undefined;
}

export function isForced(choice: ToolChoice | undefined): boolean {
  if (choice === undefined) return false;
  return choice.mode === "required" || choice.mode === "named" || (choice.mode === "allowed" && choice.required);
}

/** The API has no subset choice: other tools are left out, but for those that the history calls, which must stay defined. */
function allowedTools(writing: Writing): Tool[] {
  const { tools, toolChoice, turns } = writing.request;
  if (toolChoice?.mode !== "allowed") return tools;
  const called = new Set(
    turns.flatMap(({ blocks }) => blocks.flatMap((block) => (block.type === "tool-call" ? block.name : []))),
  );
  return tools.filter((tool) => {
    const name =
      tool.kind === "function" || tool.kind === "custom" ? tool.name : String(tool.raw["name"] ?? tool.raw["type"]);
    if (toolChoice.names.includes(name)) return true;
    if (called.has(name)) writing.lost.add("toolChoice");
    return called.has(name);
  });
}

function writeTool(writing: Writing, tool: Tool, index: number): JsonObject | undefined {
  switch (tool.kind) {
    case "function":
      return writeFunction(writing, tool, index);
    case "custom":
      // A grammar cannot be enforced here; the free text travels as one string property (T48).
      loseExtras(writing, tool.extra, "tools.");
      if (tool.format !== undefined && tool.format["type"] !== "text") writing.lost.add("toolFormat");
      return {
        name: toolName(writing, tool.name, index),
        ...(tool.description !== undefined ? { description: tool.description } : {}),
        input_schema: { type: "object", properties: { [freeformKey]: { type: "string" } }, required: [freeformKey] },
      };
    case "web-search":
      return tool.dialect === "anthropic-messages" ? { ...tool.raw } : writeWebSearch(writing, tool);
    case "hosted":
      if (tool.dialect === "anthropic-messages") return { ...tool.raw };
      loseHosted(writing, tool, index);
      return undefined;
  }
}

function toolName(writing: Writing, name: string, index: number): string {
  if (name.trim() === "") throw badRequest(`tools[${index}].function.name`, "a tool needs a name");
  return writing.names.wire(name);
}

function writeFunction(writing: Writing, tool: FunctionTool, index: number): JsonObject {
  loseExtras(writing, tool.extra, "tools.");
  const { schema, changed } = toolSchema(tool.parameters);
  if (changed) writing.lost.add("toolSchema");
  // Models without native schemas refuse `strict` as well (translation.md B8, the Bedrock row).
  const strict = tool.strict === true && writing.facts.flags.jsonSchema !== false;
  if (tool.strict === true && !strict) writing.lost.add("toolStrict");
  const wire: JsonObject = {
    name: toolName(writing, tool.name, index),
    ...(tool.description !== undefined ? { description: tool.description } : {}),
    input_schema: strict ? reducedSchema(schema, () => writing.lost.add("toolSchema")) : schema,
    ...(strict ? { strict: true } : {}),
  };
  return dressed(wire, tool);
}

function writeWebSearch(writing: Writing, tool: WebSearchTool): JsonObject {
  for (const [dialect, fields] of Object.entries(tool.extra ?? {})) {
    const { search_context_size: size, ...rest } = fields ?? {};
    if (size !== undefined) writing.lost.add("searchContext");
    loseExtras(writing, { [dialect]: rest }, dialect === "openai-chat" ? "web_search_options." : "tools.");
  }
  const location: JsonObject = {
    ...(tool.city !== undefined ? { city: tool.city } : {}),
    ...(tool.region !== undefined ? { region: tool.region } : {}),
    ...(tool.country !== undefined ? { country: tool.country } : {}),
    ...(tool.timezone !== undefined ? { timezone: tool.timezone } : {}),
  };
  const isPlaced = Object.keys(location).length > 0;
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(tool.allowedDomains !== undefined ? { allowed_domains: tool.allowedDomains } : {}),
    ...(tool.blockedDomains !== undefined ? { blocked_domains: tool.blockedDomains } : {}),
    ...(isPlaced ? { user_location: { type: "approximate", ...location } } : {}),
  };
}

function writeChoice(writing: Writing, choice: ToolChoice | undefined): JsonObject | undefined {
  const wire = choiceWords(writing, choice);
  if (writing.request.parallelToolCalls !== false || wire?.["type"] === "none") return wire;
  return { ...(wire ?? { type: "auto" }), disable_parallel_tool_use: true };
}

function choiceWords(writing: Writing, choice: ToolChoice | undefined): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.mode === "named") return { type: "tool", name: writing.names.wire(choice.name) };
  if (choice.mode === "allowed") return { type: choice.required ? "any" : "auto" };
  return { type: choice.mode === "required" ? "any" : choice.mode };
}
