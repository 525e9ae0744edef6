// Requests of OpenAI's Chat Completions: what its declared types leave open.
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { base64, commonSamples, recipeOf } from "./recipe.ts";

const weather = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};
const patch = { type: "custom", custom: { name: "apply_patch" } };
const user = { role: "user", content: "Hello" };
const result = (id: JsonValue) => ({ role: "tool", tool_call_id: id, content: "mild" });

function besideRoot(body: JsonObject, around: string): JsonObject {
  if (around.startsWith("tool_choice")) return { ...body, tools: [weather, patch] };
  if (around.startsWith("parallel_tool_calls")) return { ...body, tools: [weather] };
  if (around.startsWith("function_call")) return { ...body, functions: [weather.function] };
  if (around.startsWith("top_logprobs")) return { ...body, logprobs: true };
  if (around.startsWith("stream_options")) return { ...body, stream: true };
  if (around.startsWith("audio")) return { ...body, modalities: ["text", "audio"] };
  return body;
}

function besideMessages(path: string, list: JsonValue[]): JsonValue {
  const [message] = list;
  const called = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } };
  if (path === "messages[tool]") return [user, { role: "assistant", content: null, tool_calls: [called] }, ...list];
  if (path === "messages[function]") {
    const call = { name: "get_weather", arguments: "{}" };
    return [user, { role: "assistant", content: null, function_call: call }, ...list];
  }
  if (path === "messages[assistant]") {
    const calls = isObject(message) && Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
    const answers = calls.map((call) => result(isObject(call) ? (call["id"] ?? null) : null));
    const old =
      isObject(message) && message["function_call"] ? [{ role: "function", name: "old_way", content: "mild" }] : [];
    return [user, ...list, ...answers, ...old, user];
  }
  return path === "messages[user]" ? list : [...list, user];
}

export const chatRecipe = recipeOf({
  samples: [
    ...commonSamples,
    [/image_url\.url$/, (probe) => `https://media.example/${probe}.png`],
    [/input_audio\.data$/, base64],
    [/file\.file_data$/, (probe) => `data:application/pdf;base64,${base64(probe)}`],
    [/file\.filename$/, (probe) => `${probe}.pdf`],
    [/^logit_bias$/, () => ({ "50256": -7 })],
    [/^top_logprobs$/, () => 3],
    [/prompt_cache_options\.ttl$/, () => "30m"],
    [
      /tool_choice\[allowed_tools\]\.allowed_tools\.tools\[\]$/,
      () => ({ type: "function", function: { name: "get_weather" } }),
    ],
  ],
  stands: [
    [/^model$/, "model-of-the-route"],
    [/^messages$/, [user]],
    [/\.tool_call_id$/, "call_1"],
    [/messages\[function\]\.name$/, "get_weather"],
    [/^tool_choice\[function\]\.function\.name$/, "get_weather"],
    [/^tool_choice\[custom\]\.custom\.name$/, "apply_patch"],
    [/function_call\.name$/, "old_way"],
    [/^function_call.*\.name$/, "get_weather"],
    [/content\[file\]\.file$/, { filename: "a.pdf", file_data: `data:application/pdf;base64,${base64("a")}` }],
    [/allowed_tools\.tools$/, [{ type: "function", function: { name: "get_weather" } }]],
  ],
  meant: /^web_search_options$/,
  leftOut: [
    [/^model$/, "the route's own: the gateway writes the target's model"],
    [/\.tool_call_id$|messages\[function\]\.name$/, "joins a result to its call: T01 to T07"],
    [/^tool_choice.*\.name$|^function_call.*\.name$/, "names a tool of the same request: T09"],
  ],
  beside: (path, value, around) => {
    if (path === "" && isObject(value)) return besideRoot(value, around);
    if (/^messages\[\w+\]$/.test(path) && Array.isArray(value)) return besideMessages(path, value);
    if (path === "messages[assistant]" && isObject(value)) {
      const says = ["content", "tool_calls", "function_call", "refusal"].some((field) => value[field] !== undefined);
      return says ? value : { ...value, content: "Earlier" };
    }
    if (/content\[file\]\.file$/.test(path) && isObject(value) && around.endsWith("filename")) {
      return { file_data: `data:application/pdf;base64,${base64("a")}`, ...value };
    }
    return value;
  },
});
