// Reads tools and the choice among them (translation.md A4.2, B2.3).
import type { FunctionTool, Tool, ToolChoice } from "../../core/chat.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { restOf } from "../openai-chat/fields.ts";
import { fromOpenApi } from "./schema-read.ts";
import { spelled } from "./spelling.ts";

const toolFields = new Set(["functionDeclarations", "googleSearch", "codeExecution", "urlContext", "fileSearch"]);
const declarationFields = new Set(["name", "description", "parameters", "parametersJsonSchema"]);
const choiceFields = new Set(["mode", "allowedFunctionNames"]);

/** One element may hold several kinds: each becomes a tool of its own, in order. */
export function readTools(value: JsonValue | undefined): Tool[] {
  return (asArray(value) ?? []).filter(isObject).flatMap((raw) =>
    Object.entries(spelled(raw, toolFields)).flatMap(([kind, setting]): Tool[] => {
      if (kind === "functionDeclarations") return (asArray(setting) ?? []).filter(isObject).map(readDeclaration);
      if (kind === "googleSearch") return [readSearch(kind, asObject(setting))];
      return [{ kind: "hosted", dialect: "gemini", raw: { [kind]: setting } }];
    }),
  );
}

function readSearch(kind: string, setting: JsonObject | undefined): Tool {
  const isPlain = Object.keys(setting ?? {}).length === 0;
  const extra = isPlain || !setting ? {} : { extra: { gemini: setting } };
  return { kind: "web-search", dialect: "gemini", raw: { [kind]: setting ?? {} }, ...extra };
}

function readDeclaration(raw: JsonObject): FunctionTool {
  const node = spelled(raw, declarationFields);
  const description = asString(node["description"]);
  const plain = asObject(node["parametersJsonSchema"]);
  const own = asObject(node["parameters"]);
  const parameters = plain ?? (own && fromOpenApi(own));
  const rest = restOf(node, declarationFields);
  return {
    kind: "function",
    name: asString(node["name"]) ?? "",
    ...(description !== undefined ? { description } : {}),
    ...(parameters ? { parameters } : {}),
    ...(rest ? { extra: { gemini: rest } } : {}),
  };
}

export type ReadChoice = {
  choice?: ToolChoice;
  /** What of `toolConfig` was not understood. */
  rest?: JsonObject;
};

const configFields = new Set(["functionCallingConfig"]);

export function readChoice(value: JsonValue | undefined): ReadChoice {
  const raw = asObject(value);
  if (!raw) return {};
  const config = spelled(raw, configFields);
  const calling = asObject(config["functionCallingConfig"]);
  const spelledCalling = calling && spelled(calling, choiceFields);
  const choice = spelledCalling && choiceOf(spelledCalling);
  const callingRest = spelledCalling && (choice ? restOf(spelledCalling, choiceFields) : spelledCalling);
  const rest: JsonObject = {
    ...restOf(config, configFields),
    ...(callingRest && { functionCallingConfig: callingRest }),
  };
  return { ...(choice ? { choice } : {}), ...(Object.keys(rest).length > 0 ? { rest } : {}) };
}

/** Undefined for a mode that nobody else has: VALIDATED without names, which also checks what the model may leave out. */
function choiceOf(calling: JsonObject): ToolChoice | undefined {
  const names = (asArray(calling["allowedFunctionNames"]) ?? []).filter((name) => typeof name === "string");
  const [only] = names;
  switch (asString(calling["mode"])?.toUpperCase()) {
    case "AUTO":
      return { mode: "auto" };
    case "NONE":
      return { mode: "none" };
    case "ANY":
      if (only === undefined) return { mode: "required" };
      return names.length === 1 ? { mode: "named", name: only } : { mode: "allowed", names, required: true };
    case "VALIDATED":
      return names.length > 0 ? { mode: "allowed", names, required: false } : undefined;
    default:
      return undefined;
  }
}
