// Tools and the choice among them in a client's Messages body (translation.md A3.4, B1.2).
import type { FunctionTool, Tool, ToolChoice } from "../../core/chat.ts";
import { badRequest } from "../../core/errors.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { dialectId, dressOf, isEmpty, without } from "./read-content.ts";

function readFunction(wire: JsonObject): Tool {
  const description = asString(wire["description"]);
  const parameters = asObject(wire["input_schema"]);
  const strict = wire["strict"];
  const tool: FunctionTool = {
    kind: "function",
    name: asString(wire["name"]) ?? "",
    ...dressOf(wire, ["name", "description", "input_schema", "strict"]),
  };
  if (description !== undefined) tool.description = description;
  if (parameters !== undefined) tool.parameters = parameters;
  if (typeof strict === "boolean") tool.strict = strict;
  return tool;
}

function textsOf(value: JsonValue | undefined): string[] | undefined {
  return asArray(value)?.filter((entry) => typeof entry === "string");
}

const searchFields = ["type", "name", "user_location", "allowed_domains", "blocked_domains", "cache_control"];

function readWebSearch(raw: JsonObject): Tool {
  const place = asObject(raw["user_location"]) ?? {};
  const named = Object.fromEntries(
    ["country", "city", "region", "timezone"].flatMap((field) => {
      const value = asString(place[field]);
      return value === undefined ? [] : [[field, value]];
    }),
  );
  const allowedDomains = textsOf(raw["allowed_domains"]);
  const blockedDomains = textsOf(raw["blocked_domains"]);
  // A search tool of another wire has no place for the mark.
  const mark = raw["cache_control"] == null ? {} : { cache_control: raw["cache_control"] };
  const rest = { ...without(raw, searchFields), ...mark };
  return {
    kind: "web-search",
    dialect: dialectId,
    raw,
    ...named,
    ...(allowedDomains ? { allowedDomains } : {}),
    ...(blockedDomains ? { blockedDomains } : {}),
    ...(isEmpty(rest) ? {} : { extra: { [dialectId]: rest } }),
  };
}

/** A tool without a type is the client's own (T10). Every other type is known to its maker alone. */
function readTool(wire: JsonObject): Tool {
  const type = asString(wire["type"]) ?? "custom";
  if (type === "custom") return readFunction(wire);
  return type.startsWith("web_search_") ? readWebSearch(wire) : { kind: "hosted", dialect: dialectId, raw: wire };
}

export function readTools(value: JsonValue | undefined): Tool[] {
  return (asArray(value) ?? []).filter(isObject).map(readTool);
}

export type ReadChoice = { toolChoice?: ToolChoice; parallelToolCalls?: boolean; rest?: JsonObject };

const modes: ReadonlyMap<string, ToolChoice> = new Map<string, ToolChoice>([
  ["auto", { mode: "auto" }],
  ["any", { mode: "required" }],
  ["none", { mode: "none" }],
]);

export function readToolChoice(value: JsonValue | undefined): ReadChoice {
  const wire = asObject(value);
  if (!wire) return {};
  const type = asString(wire["type"]) ?? "";
  const name = asString(wire["name"]);
  if (type === "tool" && !name) throw badRequest("tool_choice.name", "tool_choice.name is missing");
  const choice = type === "tool" && name ? ({ mode: "named", name } as const) : modes.get(type);
  const disabled = wire["disable_parallel_tool_use"];
  const rest = without(wire, ["disable_parallel_tool_use", ...(choice ? ["type", "name"] : [])]);
  return {
    ...(choice ? { toolChoice: choice } : {}),
    ...(typeof disabled === "boolean" ? { parallelToolCalls: !disabled } : {}),
    ...(isEmpty(rest) ? {} : { rest }),
  };
}
