// Checks the shape of a Chat Completions body: every field that the dialect knows has a type that can be meant.
import { isObject, type JsonObject } from "../../core/json.ts";
import {
  boolean,
  type Check,
  type Fields,
  faultIn,
  integer,
  item,
  listOf,
  named,
  number,
  object,
  plain,
  refusal,
  required,
  shaped,
  shapeOf,
  string,
  stringOr,
  stringOrObject,
  variants,
} from "../body-shape.ts";

// translation.md A1.2. image_url and video_url as a plain string are sent by many clients of local hosts.
const link = required(
  stringOr(shaped({ url: required(string, "a string"), media_type: string, detail: string })),
  "an object",
);

const part = variants(
  { type: required(string, "a string"), cache_control: object, prompt_cache_breakpoint: object },
  {
    text: { text: required(string, "a string") },
    input_text: { text: required(string, "a string") },
    output_text: { text: required(string, "a string") },
    refusal: { refusal: required(string, "a string") },
    image_url: { image_url: link },
    video_url: { video_url: link },
    input_audio: { input_audio: item({ data: required(string, "a string"), format: string }) },
    file: { file: item({ filename: string, file_data: string, file_id: string, file_url: string }) },
  },
);

const parts = listOf(part);
const noContent = plain("a string or an array of parts", () => false);
const content = stringOr((value) => (Array.isArray(value) ? parts(value) : noContent(value)));

const toolCall = item({
  id: string,
  type: string,
  function: shaped({ name: named, arguments: stringOrObject }),
  custom: shaped({ name: named, input: string }),
  extra_content: object,
});

const message = item({
  role: required(string, "a string"),
  content,
  name: string,
  tool_calls: listOf(toolCall),
  tool_call_id: string,
  function_call: shaped({ name: named, arguments: stringOrObject }),
  refusal: string,
  audio: object,
  reasoning_content: stringOrObject,
  reasoning: stringOrObject,
  reasoning_details: listOf(item({})),
  thinking_blocks: listOf(item({})),
  annotations: listOf(item({})),
  images: listOf(part),
  cache_control: object,
});

const functionFields: Fields = { name: named, description: string, parameters: object, strict: boolean };
const customFields: Fields = { name: named, description: string, format: object };

/** A tool nested under its type's name, or flat as the Responses dialect writes it (M26). */
const nestedOrFlat = (key: string, fields: Fields): Check => {
  const flat = shapeOf(fields);
  const inside = item(fields);
  return (value) => {
    if (!isObject(value)) return { path: "", expected: "an object", found: value };
    const nested = value[key];
    if (nested === undefined && value["name"] !== undefined) return faultIn(value, flat);
    const fault = inside(nested);
    return fault && { ...fault, path: `.${key}${fault.path}` };
  };
};

const functionTool = nestedOrFlat("function", functionFields);
const customTool = nestedOrFlat("custom", customFields);
const anyTool = item({ type: string, cache_control: object });

const tool: Check = (value) => {
  const fault = anyTool(value);
  if (fault || !isObject(value)) return fault;
  const type = value["type"] ?? (value["function"] !== undefined ? "function" : undefined);
  if (type === undefined) return { path: ".type", expected: "a string", found: undefined };
  return type === "function" ? functionTool(value) : type === "custom" ? customTool(value) : undefined;
};

const responseFormat = variants(
  { type: required(string, "a string") },
  { json_schema: { json_schema: item({ name: string, description: string, schema: object, strict: boolean }) } },
);

/** translation.md A1.1 and the ecosystem's additions; null stands for "absent" in all of them. */
const optionalFields: Fields = {
  audio: object,
  enable_thinking: boolean,
  frequency_penalty: number,
  function_call: stringOrObject,
  functions: listOf(item(functionFields)),
  include_reasoning: boolean,
  logit_bias: object,
  logprobs: boolean,
  max_completion_tokens: integer,
  max_tokens: integer,
  metadata: object,
  modalities: listOf(required(string, "a string")),
  moderation: object,
  n: integer,
  parallel_tool_calls: boolean,
  prediction: object,
  presence_penalty: number,
  prompt_cache_key: string,
  prompt_cache_options: object,
  prompt_cache_retention: string,
  provider: stringOrObject,
  reasoning: shaped({ effort: string, max_tokens: integer, exclude: boolean, enabled: boolean, summary: string }),
  reasoning_effort: string,
  response_format: (value) => (value === undefined || value === null ? undefined : responseFormat(value)),
  safety_identifier: string,
  seed: integer,
  service_tier: string,
  stop: stringOr((value) =>
    Array.isArray(value)
      ? listOf(required(string, "a string"))(value)
      : plain("a string or an array of strings", () => false)(value),
  ),
  store: boolean,
  stream: boolean,
  stream_options: shaped({ include_usage: boolean, include_obfuscation: boolean }),
  temperature: number,
  thinking: shaped({ type: string, budget_tokens: integer }),
  thinking_budget: integer,
  tool_choice: stringOrObject,
  tools: listOf(tool),
  top_k: integer,
  top_logprobs: integer,
  top_p: number,
  user: string,
  verbosity: string,
  web_search_options: object,
};

const chatShape = shapeOf({ model: named, messages: required(listOf(message), "an array"), ...optionalFields });

const responsesShape = shapeOf({
  model: named,
  input: required(stringOr(listOf(item({ type: string, role: string }))), "a string or an array"),
  instructions: string,
  max_output_tokens: integer,
  text: shaped({ format: object, verbosity: string }),
  ...optionalFields,
});

/**
 * Some clients send a body of the Responses dialect here: `input` instead of `messages` (translation.md M26).
 * @returns true when the body has no `messages` and can be read as such a body.
 */
export function isResponsesShaped(body: JsonObject): boolean {
  return (body["messages"] ?? undefined) === undefined && (body["input"] ?? undefined) !== undefined;
}

/** Also foreign: tools as the Responses dialect writes them, flat, with the name beside the type. */
export function isForeign(body: JsonObject): boolean {
  if (isResponsesShaped(body)) return true;
  const { tools } = body;
  if (!Array.isArray(tools)) return false;
  return tools.some((tool) => {
    if (!isObject(tool) || (tool["type"] !== "function" && tool["type"] !== "custom")) return false;
    return typeof tool["name"] === "string" && tool[tool["type"]] === undefined;
  });
}

/**
 * Throws GatewayError (invalid_request, `param` is a path such as `messages[2].content[0].type`) when a known field
 * has a type that cannot be meant. Unknown fields, vendor values and limits are the provider's to judge.
 */
export function checkRequest(body: JsonObject): void {
  const fault = faultIn(body, isResponsesShaped(body) ? responsesShape : chatShape);
  if (fault) throw refusal(fault);
}
