// Writes tools and the choice among them into a Responses body.
import type { CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import { asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined } from "../openai-chat/fields.ts";
import type { RequestScope } from "../openai-chat/request-scope.ts";

const legalName = /^[a-zA-Z0-9_-]{1,64}$/;
/** translation.md B11. */
const maxNameCharacters = 64;

/** A legal name stays; another gets an alias, the same wherever the name stands. */
export class Names {
  readonly aliases = new Map<string, string>();
  readonly #wire = new Map<string, string>();

  wire(name: string): string {
    if (legalName.test(name)) return name;
    const known = this.#wire.get(name);
    if (known !== undefined) return known;
    const hash = new Bun.CryptoHasher("sha256").update(name).digest("hex").slice(0, 8);
    const stem = name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, maxNameCharacters - hash.length - 1);
    const wire = `${stem}_${hash}`;
    this.#wire.set(name, wire);
    this.aliases.set(wire, name);
    return wire;
  }
}

function functionTool(tool: FunctionTool, names: Names, scope: RequestScope): JsonObject {
  if (tool.cache) scope.lose("cache");
  return {
    ...(scope.sameDialect ? tool.extra?.["openai-responses"] : {}),
    ...defined<JsonObject>({
      type: "function",
      name: names.wire(tool.name),
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

function customTool(tool: CustomTool, names: Names): JsonObject {
  return defined<JsonObject>({
    type: "custom",
    name: names.wire(tool.name),
    description: tool.description,
    format: flatFormat(tool.format),
  });
}

function searchTool({ country, city, region, timezone }: WebSearchTool): JsonObject {
  const place = defined<JsonObject>({ country, city, region, timezone });
  if (Object.keys(place).length === 0) return { type: "web_search" };
  return { type: "web_search", user_location: { type: "approximate", ...place } };
}

/** Tools that another wire's provider runs do not exist here (T11): dropped and reported. */
function writeTool(tool: Tool, names: Names, scope: RequestScope): JsonObject[] {
  if (tool.kind === "function") return [functionTool(tool, names, scope)];
  if (tool.kind === "custom") return [customTool(tool, names)];
  if (tool.dialect === "openai-responses") return [tool.raw];
  if (tool.kind === "web-search") return [searchTool(tool)];
  scope.loseField(asString(tool.raw["type"]) ?? "tools");
  return [];
}

function kindOf(name: string, tools: readonly Tool[]): "function" | "custom" | undefined {
  const tool = tools.find((tool) => (tool.kind === "function" || tool.kind === "custom") && tool.name === name);
  return tool?.kind === "custom" ? "custom" : tool && "function";
}

function named(name: string, scope: RequestScope, names: Names): JsonObject {
  const { tools } = scope.request;
  const kind = kindOf(name, tools);
  if (kind) return { type: kind, name: names.wire(name) };
  // A hosted tool of this dialect is named by its type.
  if (scope.sameDialect) return { type: name };
  const message = `the tool "${name}" cannot be offered by this provider`;
  throw new GatewayError("unsupported", message, { param: "tool_choice" });
}

function writeChoice(choice: ToolChoice, scope: RequestScope, names: Names): JsonValue {
  if (choice.mode === "named") return named(choice.name, scope, names);
  if (choice.mode !== "allowed") return choice.mode;
  return {
    type: "allowed_tools",
    mode: choice.required ? "required" : "auto",
    tools: choice.names.map((name) => named(name, scope, names)),
  };
}

export function writeTools(scope: RequestScope, names: Names): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = scope.request;
  const written = tools.flatMap((tool) => writeTool(tool, names, scope));
  if (written.length === 0) {
    const forced = toolChoice?.mode === "required" || toolChoice?.mode === "named";
    if (tools.length > 0 && forced) {
      throw new GatewayError("unsupported", "none of the tools can be offered by this provider", { param: "tools" });
    }
    return {};
  }
  return {
    tools: written,
    ...(toolChoice === undefined ? {} : { tool_choice: writeChoice(toolChoice, scope, names) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}
