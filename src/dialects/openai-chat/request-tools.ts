// Writes tools and the choice among them into a Chat Completions body.
import type { CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import { asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { freeformKey } from "../call-arguments.ts";
import { cacheFields } from "./request-parts.ts";
import { ownRest, type RequestScope, withRest } from "./request-scope.ts";

function functionTool(tool: FunctionTool, scope: RequestScope): JsonObject {
  // Some hosts refuse a function without parameters (T14); a client of this dialect may leave them away.
  const parameters = tool.parameters ?? (scope.sameDialect ? undefined : { type: "object", properties: {} });
  const written: JsonObject = {
    type: "function",
    function: {
      name: scope.toolName(tool.name),
      ...(tool.description === undefined ? {} : { description: tool.description }),
      ...(parameters === undefined ? {} : { parameters }),
      // Absent means false on this wire, whatever it means on the client's.
      ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    },
    ...cacheFields(tool, scope),
  };
  return withRest(written, ownRest(tool.extra, scope));
}

/** Responses writes a grammar flat, this dialect nests it. */
function nestedFormat(format: JsonObject): JsonObject {
  if (format["type"] !== "grammar" || format["grammar"] !== undefined) return format;
  const { type, ...grammar } = format;
  return { type, grammar } as JsonObject;
}

function customTool(tool: CustomTool, scope: RequestScope): JsonObject {
  if (!takesFreeText(scope)) return freeformFunction(tool, scope);
  if (scope.sameDialect) return tool.raw;
  ownRest(tool.extra, scope);
  return {
    type: "custom",
    custom: {
      name: scope.toolName(tool.name),
      ...(tool.description === undefined ? {} : { description: tool.description }),
      ...(tool.format === undefined ? {} : { format: nestedFormat(tool.format) }),
    },
  };
}

/** Free-text tools are OpenAI's own; other hosts of this dialect refuse the type, or drop the tool without a word (T48). */
export function takesFreeText({ facts }: RequestScope): boolean {
  return facts.flags.customTools === true;
}

/** The free text travels as the one string of a function; a grammar cannot be enforced there. */
function freeformFunction(tool: CustomTool, scope: RequestScope): JsonObject {
  const type = asString(tool.format?.["type"]);
  if (type !== undefined && type !== "text")
    scope.loseField(scope.sameDialect ? "tools.custom.format" : "tools.format");
  for (const fields of Object.values(tool.extra ?? {})) {
    for (const field in fields) scope.loseField(`tools.${field}`);
  }
  return {
    type: "function",
    function: {
      name: scope.toolName(tool.name),
      ...(tool.description === undefined ? {} : { description: tool.description }),
      parameters: { type: "object", properties: { [freeformKey]: { type: "string" } }, required: [freeformKey] },
    },
  };
}

/** Wire names of the free-text tools that go out as functions. */
export function freeformNames(scope: RequestScope): ReadonlySet<string> {
  if (takesFreeText(scope)) return new Set();
  return new Set(scope.request.tools.flatMap((tool) => (tool.kind === "custom" ? [scope.toolName(tool.name)] : [])));
}

function typeOf(tool: { raw: JsonObject }): string {
  return typeof tool.raw["type"] === "string" ? tool.raw["type"] : "tools";
}

/** Tools that the provider runs exist on the wire they were written for only (T11): dropped and reported. */
function writeTool(tool: Tool, scope: RequestScope): JsonObject | undefined {
  if (tool.kind === "function") return functionTool(tool, scope);
  if (tool.kind === "custom") return customTool(tool, scope);
  if (tool.dialect === "openai-chat") return tool.raw["type"] === undefined ? undefined : tool.raw;
  scope.loseField(typeOf(tool));
  return undefined;
}

/** The search models' own field, which the client wrote as `web_search_options`. */
function searchOptions(tools: readonly Tool[]): JsonObject {
  const search = tools.find(
    (tool): tool is WebSearchTool =>
      tool.kind === "web-search" && tool.dialect === "openai-chat" && tool.raw["type"] === undefined,
  );
  return search ? { web_search_options: search.raw } : {};
}

function named(name: string, kind: "function" | "custom", scope: RequestScope): JsonObject {
  const type = takesFreeText(scope) ? kind : "function";
  return { type, [type]: { name: scope.toolName(name) } };
}

function kindOf(name: string, tools: readonly Tool[]): "function" | "custom" {
  return tools.some((tool) => tool.kind === "custom" && tool.name === name) ? "custom" : "function";
}

function writeChoice(choice: ToolChoice, scope: RequestScope): JsonValue {
  const { tools } = scope.request;
  switch (choice.mode) {
    case "named":
      return named(choice.name, choice.kind ?? kindOf(choice.name, tools), scope);
    case "allowed":
      return {
        type: "allowed_tools",
        allowed_tools: {
          mode: choice.required ? "required" : "auto",
          tools: choice.names.map((name) => named(name, kindOf(name, tools), scope)),
        },
      };
    default:
      return choice.mode;
  }
}

function hasTool(tools: readonly Tool[], name: string): boolean {
  return tools.some((tool) => (tool.kind === "function" || tool.kind === "custom") && tool.name === name);
}

/**
 * `tools`, `tool_choice` and `parallel_tool_calls`. The last two are refused without the first (T12, T21), so they go
 * with it. Throws "unsupported" when the client forces a tool that had to be dropped.
 */
export function writeTools(scope: RequestScope): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = scope.request;
  const written = tools.flatMap((tool) => writeTool(tool, scope) ?? []);
  const search = searchOptions(tools);
  if (written.length === 0) {
    if (tools.length > 0 && Object.keys(search).length === 0 && toolChoice?.mode === "required") {
      throw new GatewayError("unsupported", "none of the tools can be offered by this provider", { param: "tools" });
    }
    return search;
  }
  if (!scope.sameDialect && toolChoice?.mode === "named" && !hasTool(tools, toolChoice.name)) {
    const message = `the tool "${toolChoice.name}" cannot be offered by this provider`;
    throw new GatewayError("unsupported", message, { param: "tool_choice" });
  }
  return {
    tools: written,
    ...(toolChoice === undefined ? {} : { tool_choice: writeChoice(toolChoice, scope) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...search,
  };
}
