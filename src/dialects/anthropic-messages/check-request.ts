// Checks the shape of a Messages body: every field that the dialect knows has a type that can be meant.
import { isObject, type JsonObject } from "../../core/json.ts";
import {
  boolean,
  type Check,
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

const text = required(string, "a string");
const noContent = plain("a string or an array of blocks", () => false);

const orText =
  (blocks: Check): Check =>
  (value) =>
    typeof value === "string" ? undefined : Array.isArray(value) ? blocks(value) : noContent(value);

const source = required(
  variants(
    { type: text },
    {
      base64: { media_type: text, data: text },
      url: { url: text },
      file: { file_id: text },
      text: { data: text, media_type: string },
    },
  ),
  "an object",
);

const optionalObject: Check = (value) => object(value);

const common = { type: text, cache_control: optionalObject };
const leaves = {
  text: { text },
  image: { source },
  document: { source, title: string, context: string, citations: optionalObject },
};

/** Block types that are not named here pass with any fields: the provider knows them (M30). */
const block = variants(common, {
  ...leaves,
  tool_use: { id: text, name: named, input: object },
  tool_result: { tool_use_id: text, content: orText(listOf(variants(common, leaves))), is_error: boolean },
  thinking: { thinking: text, signature: string },
  redacted_thinking: { data: text },
});

const role = plain('"user", "assistant" or "system"', (value) =>
  ["user", "assistant", "system"].includes(String(value)),
);

const message = item({
  role: required(role, '"user", "assistant" or "system"'),
  content: required(orText(listOf(block)), "a string or an array of blocks"),
});

const anyTool = item({ type: string, cache_control: optionalObject });
const customTool = item({ name: named, description: string, input_schema: object, strict: boolean });

/** A tool without a type is one of the client's own (T10). */
const tool: Check = (value) => {
  const fault = anyTool(value);
  if (fault || !isObject(value)) return fault;
  return (value["type"] ?? "custom") === "custom" ? customTool(value) : undefined;
};

/** translation.md A3.2; null stands for "absent" in all of them but the first two. */
const shape = shapeOf({
  model: named,
  messages: required(listOf(message), "an array"),
  cache_control: optionalObject,
  max_tokens: integer,
  metadata: shaped({ user_id: string }),
  output_config: shaped({ effort: string, format: object }),
  provider: stringOrObject,
  service_tier: string,
  stop_sequences: listOf(required(string, "a string")),
  stream: boolean,
  system: stringOr(orText(listOf(variants(common, leaves)))),
  temperature: number,
  thinking: shaped({ type: text, budget_tokens: integer, display: string }),
  tool_choice: shaped({ type: text, name: string, disable_parallel_tool_use: boolean }),
  tools: listOf(tool),
  top_k: integer,
  top_p: number,
});

/**
 * Throws GatewayError (invalid_request, `param` is a path such as `messages[2].content[0].type`) when a known field
 * has a type that cannot be meant. Unknown fields, block types and limits are the provider's to judge.
 */
export function checkRequest(body: JsonObject): void {
  const fault = faultIn(body, shape);
  if (fault) throw refusal(fault);
}
