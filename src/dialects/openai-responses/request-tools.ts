// Writes tools and the choice among them into a Responses body.
import type { CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import { asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined } from "../openai-chat/fields.ts";
import { ownRest, type RequestScope } from "../openai-chat/request-scope.ts";
import { ownName } from "./namespaces.ts";

function functionTool(tool: FunctionTool, scope: RequestScope): JsonObject {
  if (tool.cache) scope.lose("cache");
  ownRest(tool.extra, scope, "tools.");
  return {
    ...(scope.sameDialect ? tool.extra?.["openai-responses"] : {}),
    ...defined<JsonObject>({
      type: "function",
      name: scope.toolName(tool.name),
      description: tool.description,
      parameters: tool.parameters ?? { type: "object", properties: {} },
      // Absent means true here and false elsewhere: models would fill every optional argument (T24, T25).
      strict: tool.strict ?? (scope.sameDialect ? undefined : false),
    }),
  };
}

/** Chat Completions nests a grammar, this dialect writes it flat. */
function flatFormat(format: JsonObject | undefined): JsonObject | undefined {
  const grammar = asObject(format?.["grammar"]);
  return grammar ? { type: "grammar", ...grammar } : format;
}

function customTool(tool: CustomTool, scope: RequestScope): JsonObject {
  if (scope.sameDialect) return { ...tool.raw, name: scope.toolName(tool.name) };
  ownRest(tool.extra, scope, "tools.");
  return defined<JsonObject>({
    type: "custom",
    name: scope.toolName(tool.name),
    description: tool.description,
    format: flatFormat(tool.format),
  });
}

/** OpenAI's chat client writes the size under the same name. */
function searchTool(tool: WebSearchTool, scope: RequestScope): JsonObject {
  const { country, city, region, timezone, allowedDomains, blockedDomains } = tool;
  const { search_context_size: size, ...others } = tool.extra?.["openai-chat"] ?? {};
  ownRest({ ...tool.extra, "openai-chat": others }, scope, "tools.");
  const filters = defined<JsonObject>({ allowed_domains: allowedDomains, blocked_domains: blockedDomains });
  const place = defined<JsonObject>({ country, city, region, timezone });
  return defined<JsonObject>({
    type: "web_search",
    search_context_size: size,
    filters: Object.keys(filters).length === 0 ? undefined : filters,
    user_location: Object.keys(place).length === 0 ? undefined : { type: "approximate", ...place },
  });
}

/** Tools that another wire's provider runs do not exist here (T11): dropped and reported. */
function writeTool(tool: Tool, scope: RequestScope): JsonObject[] {
  if (tool.kind === "function") return [functionTool(tool, scope)];
  if (tool.kind === "custom") return [customTool(tool, scope)];
  if (tool.dialect === "openai-responses") return [tool.raw];
  if (tool.kind === "web-search") return [searchTool(tool, scope)];
  scope.loseField(asString(tool.raw["type"]) ?? "tools");
  return [];
}

function offered(name: string, tools: readonly Tool[]): FunctionTool | CustomTool | undefined {
  return tools.find(
    (tool): tool is FunctionTool | CustomTool =>
      (tool.kind === "function" || tool.kind === "custom") && tool.name === name,
  );
}

function named(name: string, scope: RequestScope): JsonObject {
  const { tools } = scope.request;
  const tool = offered(name, tools);
  if (tool) return { type: tool.kind, name: scope.toolName(ownName(name, tool.namespace?.name)) };
  // A hosted tool of this dialect is named by its type.
  if (scope.sameDialect) return { type: name };
  const message = `the tool "${name}" cannot be offered by this provider`;
  throw new GatewayError("unsupported", message, { param: "tool_choice" });
}

function writeChoice(choice: ToolChoice, scope: RequestScope): JsonValue {
  if (choice.mode === "named") return named(choice.name, scope);
  if (choice.mode !== "allowed") return choice.mode;
  return {
    type: "allowed_tools",
    mode: choice.required ? "required" : "auto",
    tools: choice.names.map((name) => named(name, scope)),
  };
}

export function writeTools(scope: RequestScope): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = scope.request;
  const groups = new Set<JsonObject>();
  const written = tools.flatMap((tool) => {
    const group = "namespace" in tool ? tool.namespace?.raw : undefined;
    if (!group) return writeTool(tool, scope);
    // The whole group as it was written, where its first tool stands.
    if (groups.has(group)) return [];
    groups.add(group);
    return [group];
  });
  if (written.length === 0) {
    const forced = toolChoice?.mode === "required" || toolChoice?.mode === "named";
    if (tools.length > 0 && forced) {
      throw new GatewayError("unsupported", "none of the tools can be offered by this provider", { param: "tools" });
    }
    return {};
  }
  return {
    tools: written,
    ...(toolChoice === undefined ? {} : { tool_choice: writeChoice(toolChoice, scope) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}
