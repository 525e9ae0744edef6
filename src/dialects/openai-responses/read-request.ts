// Reads a Responses body into the canonical request. Everything it does not understand is kept in `extra`.
import {
  type ChatRequest,
  type CustomTool,
  efforts,
  type FunctionTool,
  type OutputFormat,
  type Reasoning,
  type Sampling,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
} from "../../core/chat.ts";
import { badRequest, GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, objectsOf, restOf } from "../openai-chat/fields.ts";
import { readCacheMark } from "../openai-chat/read-parts.ts";
import { checkRequest } from "./check-request.ts";
import { chosenName, isNamespace, namesWithin, readNamespace, refuseAmbiguous } from "./namespaces.ts";
import { readInput } from "./read-items.ts";

const understood = new Set([
  "input",
  "instructions",
  "max_output_tokens",
  "metadata",
  "model",
  "parallel_tool_calls",
  "prompt_cache_key",
  "provider",
  "reasoning",
  "safety_identifier",
  "service_tier",
  "stream",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "user",
  // What of these says anything comes back through `bookkeeping`.
  "include",
  "store",
  "stream_options",
  "truncation",
]);

/** State that lives at one provider: a gateway that may call another one cannot honour it (translation.md A2.1). */
const stateful = ["previous_response_id", "conversation", "background", "prompt"] as const;

function refuseState(body: JsonObject): void {
  for (const field of stateful) {
    const value = body[field];
    if (value === undefined || value === null || value === false) continue;
    const message = `${field} needs a provider that keeps responses; send the whole conversation in input instead`;
    throw new GatewayError("unsupported", message, { param: field });
  }
}

const functionFields = new Set(["type", "name", "description", "parameters", "strict", "cache_control"]);
const customFields = new Set(["type", "name", "description", "format"]);

function readFunction(raw: JsonObject): FunctionTool {
  const rest = restOf(raw, functionFields);
  return defined<FunctionTool>({
    kind: "function",
    name: asString(raw["name"]) ?? "",
    description: asString(raw["description"]),
    parameters: asObject(raw["parameters"]),
    strict: typeof raw["strict"] === "boolean" ? raw["strict"] : undefined,
    cache: readCacheMark(raw),
    extra: rest && { "openai-responses": rest },
  });
}

function textsOf(value: JsonValue | undefined): string[] | undefined {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : undefined;
}

const searchFields = new Set(["type", "user_location", "filters"]);
const filterFields = new Set(["allowed_domains", "blocked_domains"]);

function readWebSearch(raw: JsonObject): WebSearchTool {
  const place = asObject(raw["user_location"]) ?? {};
  const filters = asObject(raw["filters"]) ?? {};
  const filtersRest = restOf(filters, filterFields);
  const rest = { ...restOf(raw, searchFields), ...(filtersRest && { filters: filtersRest }) };
  return defined<WebSearchTool>({
    kind: "web-search",
    dialect: "openai-responses",
    raw,
    country: asString(place["country"]),
    city: asString(place["city"]),
    region: asString(place["region"]),
    timezone: asString(place["timezone"]),
    allowedDomains: textsOf(filters["allowed_domains"]),
    blockedDomains: textsOf(filters["blocked_domains"]),
    extra: Object.keys(rest).length === 0 ? undefined : { "openai-responses": rest },
  });
}

const webSearchType = /^web_search(?:_preview)?(?:_\d|$)/;

function readTool(raw: JsonObject): Tool {
  const type = asString(raw["type"]) ?? "function";
  if (type === "function") return readFunction(asObject(raw["function"]) ?? raw);
  if (type === "custom") {
    const rest = restOf(raw, customFields);
    return defined<CustomTool>({
      kind: "custom",
      name: asString(raw["name"]) ?? "",
      description: asString(raw["description"]),
      format: asObject(raw["format"]),
      raw,
      extra: rest && { "openai-responses": rest },
    });
  }
  return webSearchType.test(type) ? readWebSearch(raw) : { kind: "hosted", dialect: "openai-responses", raw };
}

const modes: ReadonlySet<string> = new Set(["auto", "none", "required"]);

/** A forced hosted tool is named by its type alone; no other dialect has it, so it is refused where it is dropped (T11). */
function readToolChoice(value: JsonValue | undefined, tools: readonly Tool[]): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") {
    if (!modes.has(value)) throw badRequest("tool_choice", "tool_choice must be auto, none, required, or an object");
    return { mode: value as "auto" | "none" | "required" };
  }
  const choice = asObject(value) ?? {};
  const type = asString(choice["type"]) ?? "";
  if (type === "allowed_tools") {
    const names = objectsOf(choice["tools"]).flatMap((tool) => {
      const name = asString(tool["name"]) ?? asString(tool["type"]) ?? "";
      return isNamespace(tool) ? namesWithin(name, tools) : [chosenName(name, tools)];
    });
    return { mode: "allowed", names, required: choice["mode"] === "required" };
  }
  const name = asString(choice["name"]) ?? asString(asObject(choice["function"])?.["name"]);
  if ((type === "function" || type === "custom") && name === undefined) {
    throw badRequest("tool_choice.name", "tool_choice.name is missing");
  }
  return defined<ToolChoice & { mode: "named" }>({
    mode: "named",
    name: chosenName(name ?? type, tools),
    kind: type === "function" || type === "custom" ? type : undefined,
  });
}

type ReadReasoning = { reasoning?: Reasoning; rest?: JsonObject };

function readReasoning(value: JsonValue | undefined): ReadReasoning {
  const node = asObject(value);
  if (!node) return {};
  const word = asString(node["effort"])?.toLowerCase();
  const summary = asString(node["summary"]) ?? asString(node["generate_summary"]);
  const reasoning = defined<Reasoning>({
    effort: efforts.find((effort) => effort === word),
    summary,
    includeText: summary === undefined ? undefined : true,
  });
  const known = new Set(["summary", "generate_summary", ...(reasoning.effort === undefined ? [] : ["effort"])]);
  const rest = restOf(node, known);
  return { ...(Object.keys(reasoning).length > 0 && { reasoning }), ...(rest && { rest }) };
}

/** Parts of an answer that a client may ask for; both are said in another way, whoever answers. */
const includedAnyway = new Set<JsonValue>(["reasoning.encrypted_content", "message.output_text.logprobs"]);

/** How the provider's own store and stream work: kept where it says more than what happens anyway (M28). */
function bookkeeping(body: JsonObject): JsonObject {
  const include = Array.isArray(body["include"]) ? body["include"].filter((name) => !includedAnyway.has(name)) : [];
  return {
    ...(include.length > 0 && { include }),
    ...(body["store"] === true && { store: true }),
    ...(asObject(body["stream_options"])?.["include_obfuscation"] === true && {
      stream_options: { include_obfuscation: true },
    }),
    ...(body["truncation"] === "auto" && { truncation: "auto" }),
  };
}

const textFields = new Set(["format", "verbosity"]);

/** The format is flat here, not nested under `json_schema` (translation.md A2.1). */
function readFormat(format: JsonObject | undefined): OutputFormat | undefined {
  switch (format?.["type"]) {
    case "text":
      return { kind: "text" };
    case "json_object":
      return { kind: "json" };
    case "json_schema":
      return defined<OutputFormat & { kind: "schema" }>({
        kind: "schema",
        name: asString(format["name"]),
        description: asString(format["description"]),
        schema: asObject(format["schema"]) ?? {},
        strict: typeof format["strict"] === "boolean" ? format["strict"] : undefined,
      });
    default:
      return undefined;
  }
}

function readLogprobs(body: JsonObject): ChatRequest["logprobs"] {
  const { include, top_logprobs: top } = body;
  const asked = Array.isArray(include) && include.includes("message.output_text.logprobs");
  return asked ? defined<{ top?: number }>({ top: asNumber(top) }) : undefined;
}

/** Throws GatewayError (400, naming the field) for a body that is wrong, and for state that only one provider could hold. */
export function readRequest(body: JsonObject): ChatRequest {
  checkRequest(body);
  refuseState(body);
  const { turns, tools: added } = readInput(body);
  const tools = [...objectsOf(body["tools"]), ...added].flatMap((raw) =>
    isNamespace(raw) ? readNamespace(raw, readTool) : [readTool(raw)],
  );
  refuseAmbiguous(tools);
  const text = asObject(body["text"]);
  const { reasoning, rest: reasoningRest } = readReasoning(body["reasoning"]);
  const textRest = text && restOf(text, textFields);
  const left: JsonObject = {
    ...restOf(body, understood),
    ...bookkeeping(body),
    ...(reasoningRest && { reasoning: reasoningRest }),
    ...(textRest && { text: textRest }),
  };
  const extra = Object.fromEntries(
    Object.entries(left).filter(([, value]) => value !== null && value !== undefined && value !== false),
  );
  return defined<ChatRequest>({
    dialect: "openai-responses",
    model: asString(body["model"]) ?? "",
    turns,
    tools,
    toolChoice: readToolChoice(body["tool_choice"], tools),
    parallelToolCalls: typeof body["parallel_tool_calls"] === "boolean" ? body["parallel_tool_calls"] : undefined,
    sampling: defined<Sampling>({ temperature: asNumber(body["temperature"]), topP: asNumber(body["top_p"]) }),
    maxOutputTokens: asNumber(body["max_output_tokens"]),
    reasoning,
    output: readFormat(asObject(text?.["format"])),
    verbosity: asString(text?.["verbosity"]),
    logprobs: readLogprobs(body),
    serviceTier: asString(body["service_tier"]),
    userId: asString(body["user"]) ?? asString(body["safety_identifier"]),
    metadata: asObject(body["metadata"]),
    promptCacheKey: asString(body["prompt_cache_key"]),
    stream: body["stream"] === true,
    wantsUsage: true,
    extra: Object.keys(extra).length === 0 ? {} : { "openai-responses": extra },
  });
}
