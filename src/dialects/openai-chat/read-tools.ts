// Reads tools and the choice among them: nested, flat (Responses-style), custom, hosted and the deprecated functions.
import type { CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { badRequest } from "../../core/errors.ts";
import { asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, extraOf, objectsOf, remainder, restOf } from "./fields.ts";
import { readCacheMark } from "./read-parts.ts";

const functionFields = new Set(["name", "description", "parameters", "strict", "cache_control"]);
const nestedToolFields = new Set(["type", "function", "cache_control"]);
const flatToolFields = new Set(["type", ...functionFields]);

function functionFrom(node: JsonObject, rest: JsonObject, cache: FunctionTool["cache"]): FunctionTool {
  const strict = node["strict"];
  return defined<FunctionTool>({
    kind: "function",
    name: asString(node["name"]) ?? "",
    description: asString(node["description"]),
    parameters: asObject(node["parameters"]),
    strict: typeof strict === "boolean" ? strict : undefined,
    cache,
    extra: extraOf(Object.keys(rest).length === 0 ? undefined : rest),
  });
}

function readFunction(raw: JsonObject): FunctionTool {
  const nested = asObject(raw["function"]);
  if (!nested) return functionFrom(raw, { ...restOf(raw, flatToolFields) }, readCacheMark(raw));
  const inner = restOf(nested, functionFields);
  const rest = { ...restOf(raw, nestedToolFields), ...(inner && { function: inner }) };
  return functionFrom(nested, rest, readCacheMark(raw) ?? readCacheMark(nested));
}

/** A grammar is nested on this dialect and flat on Responses; the rest of a format is the same on both. */
function nestedFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.["type"] !== "grammar" || format["grammar"] !== undefined) return format;
  const grammar = restOf(format, new Set(["type"])) ?? {};
  return { type: "grammar", grammar };
}

const nestedCustomFields = new Set(["type", "custom"]);
const customFields = new Set(["name", "description", "format"]);

function readCustom(raw: JsonObject): CustomTool {
  const nested = asObject(raw["custom"]);
  const node = nested ?? restOf(raw, new Set(["type"])) ?? {};
  const format = nestedFormat(asObject(node["format"]));
  const rest = { ...restOf(nested ? raw : {}, nestedCustomFields), ...restOf(node, customFields) };
  return defined<CustomTool>({
    kind: "custom",
    name: asString(node["name"]) ?? "",
    description: asString(node["description"]),
    format,
    // Kept in this dialect's own shape, whatever shape it came in.
    raw: nested ? raw : { type: "custom", custom: { ...node, ...(format && { format }) } },
    extra: extraOf(Object.keys(rest).length === 0 ? undefined : rest),
  });
}

const searchFields = new Set(["type", "user_location"]);

/** `web_search_options` of the search models and the web_search tool of Responses share their location (A1.1). */
export function readWebSearch(raw: JsonObject): WebSearchTool {
  const location = asObject(raw["user_location"]);
  const place = asObject(location?.["approximate"]) ?? location ?? {};
  const rest = restOf(raw, searchFields);
  return defined<WebSearchTool>({
    kind: "web-search",
    dialect: "openai-chat",
    raw,
    country: asString(place["country"]),
    city: asString(place["city"]),
    region: asString(place["region"]),
    timezone: asString(place["timezone"]),
    extra: extraOf(rest),
  });
}

const webSearchType = /^web_search(?:_preview)?(?:_\d|$)/;

function readTool(raw: JsonObject): Tool {
  const type = asString(raw["type"]) ?? "function";
  if (type === "function") return readFunction(raw);
  if (type === "custom") return readCustom(raw);
  return webSearchType.test(type) ? readWebSearch(raw) : { kind: "hosted", dialect: "openai-chat", raw };
}

/** All tools in the client's order (T52); those of the deprecated `functions` follow. */
export function readTools(body: JsonObject): Tool[] {
  const search = asObject(body["web_search_options"]);
  return [
    ...objectsOf(body["tools"]).map(readTool),
    ...objectsOf(body["functions"]).map(readFunction),
    ...(search ? [readWebSearch(search)] : []),
  ];
}

export type ReadChoice = {
  choice?: ToolChoice /** What of the field was not understood, under its name. */;
  rest?: JsonValue;
};

/** `any` is Mistral's word for "required". */
const modes: { readonly [word: string]: ToolChoice } = {
  auto: { mode: "auto" },
  none: { mode: "none" },
  required: { mode: "required" },
  any: { mode: "required" },
};

function nameIn(node: JsonObject, kind: string): string | undefined {
  return asString(asObject(node[kind])?.["name"]) ?? asString(node["name"]);
}

function readAllowed(node: JsonObject): ReadChoice {
  const allowed = asObject(node["allowed_tools"]) ?? node;
  const names = objectsOf(allowed["tools"]).map((tool) => nameIn(tool, asString(tool["type"]) ?? "function"));
  // A hosted tool in the list has no name to allow: the list is kept whole rather than narrowed in silence.
  if (names.some((name) => name === undefined)) return { rest: node };
  return { choice: { mode: "allowed", names: names as string[], required: allowed["mode"] === "required" } };
}

function readNamed(node: JsonObject, kind: "function" | "custom"): ReadChoice {
  const name = nameIn(node, kind);
  if (!name) throw badRequest(`tool_choice.${kind}.name`, `tool_choice.${kind}.name is missing`);
  const inner = remainder(node[kind], new Set(["name"]));
  const outer = restOf(node, new Set(["type", "name", kind]));
  const rest = outer || inner ? { ...outer, ...(inner && { [kind]: inner }) } : undefined;
  return { choice: { mode: "named", name, kind }, ...(rest && { rest }) };
}

/** All forms of `tool_choice`, flat ones (M26) included. */
export function readToolChoice(value: JsonValue | undefined): ReadChoice {
  if (typeof value === "string") {
    const choice = Object.hasOwn(modes, value) ? modes[value] : undefined;
    if (choice) return { choice };
    throw badRequest(
      "tool_choice",
      `tool_choice must be none, auto, required or an object, not "${value.slice(0, 40)}"`,
    );
  }
  const node = asObject(value);
  if (!node) return {};
  const type = asString(node["type"]) ?? "function";
  if (type === "function" || type === "custom") return readNamed(node, type);
  if (type === "allowed_tools") return readAllowed(node);
  const mode = Object.hasOwn(modes, type) ? modes[type] : undefined;
  return mode ? { choice: mode } : { rest: node };
}

/** The deprecated `function_call`: "none", "auto" or a name. */
export function readFunctionChoice(value: JsonValue | undefined): ToolChoice | undefined {
  const name = asString(asObject(value)?.["name"]);
  if (name !== undefined) return { mode: "named", name, kind: "function" };
  return typeof value === "string" ? readToolChoice(value).choice : undefined;
}
