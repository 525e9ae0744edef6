// Requests of OpenAI's Responses: what its declared types leave open.
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { base64, commonSamples, recipeOf } from "./recipe.ts";

const weather = {
  type: "function",
  name: "get_weather",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } } },
};
const patch = { type: "custom", name: "apply_patch" };
const user = { role: "user", content: "Hello" };

function besideRoot(written: JsonObject, around: string): JsonObject {
  const body: JsonObject = { model: "model-of-the-route", input: [user], ...written };
  if (around.startsWith("tool_choice")) return { ...body, tools: [weather, patch] };
  if (around.startsWith("parallel_tool_calls")) return { ...body, tools: [weather] };
  if (around.startsWith("stream_options")) return { ...body, stream: true };
  if (around.startsWith("top_logprobs")) return { ...body, include: ["message.output_text.logprobs"] };
  return body;
}

function besideItems(path: string, list: JsonValue[]): JsonValue {
  const call = { type: "function_call", call_id: "call_1", name: "get_weather", arguments: "{}" };
  const custom = { type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: "*** Begin" };
  if (path === "input[function_call_output]") return [user, call, ...list, user];
  if (path === "input[custom_tool_call_output]") return [user, custom, ...list, user];
  if (list.length > 0 && (path === "input[function_call]" || path === "input[custom_tool_call]")) {
    const type = path === "input[function_call]" ? "function_call_output" : "custom_tool_call_output";
    const callId = isObject(list[0]) ? (list[0]["call_id"] ?? "call_1") : "call_1";
    return [user, ...list, { type, call_id: callId, output: "mild" }, user];
  }
  return [user, ...list, user];
}

export const responsesRecipe = recipeOf({
  samples: [
    ...commonSamples,
    [/image_url$/, (probe) => `https://media.example/${probe}.png`],
    [/file_url$/, (probe) => `https://media.example/${probe}.pdf`],
    [/file_data$/, (probe) => `data:application/pdf;base64,${base64(probe)}`],
    [/content\[input_file\]\.filename$|output\[input_file\]\.filename$/, (probe) => `${probe}.pdf`],
    [/^top_logprobs$/, () => 3],
    [/allowed_tools\]\.tools\[\]$/, () => ({ type: "function", name: "get_weather" })],
    [/^prompt_cache_options\.ttl$/, () => "30m"],
  ],
  stands: [
    [/^model$/, "model-of-the-route"],
    [/\[output_text\]\.(annotations|logprobs)$/, []],
    [/^input$/, [user]],
    [/\.call_id$/, "call_1"],
    [/input\[function_call\]\.name$/, "get_weather"],
    [/^tool_choice\[(function|allowed_tools)\]\.name$/, "get_weather"],
    [/^tool_choice\[custom\]\.name$/, "apply_patch"],
    [/^tool_choice\[allowed_tools\]\.tools$/, [{ type: "function", name: "get_weather" }]],
    [
      /\[input_file\]$/,
      { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${base64("a")}` },
    ],
    [/\[input_image\]$/, { type: "input_image", detail: "auto", image_url: "https://media.example/a.png" }],
  ],
  leftOut: [
    [/^model$/, "the route's own: the gateway writes the target's model"],
    [/\.call_id$/, "joins a result to its call: T01 to T07"],
    [/^tool_choice\[(function|custom)\]\.name$/, "names a tool of the same request: T09"],
    [/^input\[(additional_tools|tool_search_output)\]\.tools\[\w+\]\./, "the same as under `tools`"],
    [/^input\[message:Message\]\.content/, "the same as in the short form of a message"],
  ],
  beside: (path, value, around) => {
    if (path === "" && isObject(value)) return besideRoot(value, around);
    if (/^input\[[\w:]+\]$/.test(path) && Array.isArray(value)) return besideItems(path, value);
    if (path === "input" && Array.isArray(value)) return value;
    if (/\[input_file\]$/.test(path) && isObject(value) && /filename$|detail$|breakpoint/.test(around)) {
      return { filename: "a.pdf", file_data: `data:application/pdf;base64,${base64("a")}`, ...value };
    }
    if (/\[input_image\]$/.test(path) && isObject(value) && !/image_url$|file_id$/.test(around)) {
      return { image_url: "https://media.example/a.png", ...value };
    }
    return value;
  },
});
