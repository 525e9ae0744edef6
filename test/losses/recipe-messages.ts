// Requests of Anthropic's Messages, beta fields included: what its declared types leave open.
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { base64, commonSamples, numberOf, recipeOf } from "./recipe.ts";

const weather = { name: "get_weather", input_schema: { type: "object", properties: { city: { type: "string" } } } };
const user = { role: "user", content: "Hello" };
const call = { type: "tool_use", id: "call_1", name: "get_weather", input: {} };

function besideRoot(body: JsonObject, around: string): JsonObject {
  return around.startsWith("tool_choice") ? { ...body, tools: [weather] } : body;
}

function besideMessages(path: string, list: JsonValue[]): JsonValue {
  const [message] = list;
  const content = isObject(message) && Array.isArray(message["content"]) ? message["content"].filter(isObject) : [];
  if (path === "messages[assistant]") {
    const results = content
      .filter((block) => block["type"] === "tool_use")
      .map((block): JsonObject => ({ type: "tool_result", tool_use_id: block["id"] ?? "", content: "mild" }));
    return [user, ...list, results.length > 0 ? { role: "user", content: results } : user];
  }
  const answers = content.some((block) => block["type"] === "tool_result");
  return answers ? [user, { role: "assistant", content: [call] }, ...list] : [...list, user];
}

export const messagesRecipe = recipeOf({
  samples: [
    ...commonSamples,
    [/\.url$/, (probe) => `https://media.example/${probe}.png`],
    [/source\[base64\]\.data$/, base64],
    [/budget_tokens$/, (probe) => 1100 + numberOf(probe)],
    [/^top_k$/, () => 37],
    [/\.input$/, (probe) => ({ city: probe })],
    [
      /^output_format$/,
      (probe) => ({ type: "json_schema", schema: { type: "object", properties: { [probe]: { type: "string" } } } }),
    ],
  ],
  stands: [
    [/^model$/, "model-of-the-route"],
    [/\.budget_tokens$/, 1717],
    [/^messages$/, [user]],
    [/^max_tokens$/, 4000],
    [/tool_use_id$/, "call_1"],
    [/^tool_choice\[tool\]\.name$/, "get_weather"],
    [/content\[tool_use\]\.name$/, "get_weather"],
    [/content\[image\]\.source$/, { type: "base64", media_type: "image/png", data: base64("a") }],
    [/content\[document\]\.source$/, { type: "base64", media_type: "application/pdf", data: base64("a") }],
  ],
  leftOut: [
    [/^model$/, "the route's own: the gateway writes the target's model"],
    [/^betas|^user_profile_id$|^workspace_id$/, "sent as a header by the SDK"],
    [/content\[tool_result\]\.tool_use_id$/, "joins a result to its call: T01 to T07"],
    [/^tool_choice\[tool\]\.name$/, "names a tool of the same request: T09"],
    [
      /^messages\[user\]\.content\[(tool_use|thinking|redacted_thinking|server_tool_use|mcp_tool_use|\w+_tool_result|fallback|compaction|tool_reference)\]/,
      "stands in assistant turns",
    ],
    [
      /^messages\[assistant\]\.content\[(tool_result|image|document|search_result|container_upload)\]/,
      "stands in user turns",
    ],
    [/^messages\[system\]\.content\[(?!text)/, "system turns hold text"],
    [/^system\[(?!text)/, "the system prompt holds text"],
    [/content\[compaction\]\.tool_changes\[|^fallbacks\[\]\./, "goes with the block that it stands in"],
    [/content\[\w+\]\.content\[(image|document|search_result|text)\]\./, "the same as outside of the result"],
    [/tools\[\w+\]\.(cache_control|allowed_callers|defer_loading|input_examples)\b.*\./, "goes with its field"],
  ],
  beside: (path, value, around) => {
    if (path === "" && isObject(value)) return besideRoot(value, around);
    if (/^messages\[\w+\]$/.test(path) && Array.isArray(value)) return besideMessages(path, value);
    if (/^messages\[user\]\.content\[\w+\]$/.test(path) && Array.isArray(value))
      return value.length > 0 ? value : [{ type: "text", text: "Hello" }];
    return value;
  },
});
