// What the suite's clients send: in each dialect one request that uses nearly everything the dialect has.
import type { JsonObject } from "../../src/core/json.ts";

const schema: JsonObject = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/** A second turn with tools, and every field that some host refuses or names otherwise. */
export const chatTools: JsonObject = {
  messages: [
    { role: "developer", content: "Answer briefly." },
    { role: "user", content: [{ type: "text", text: "Weather in Paris?", cache_control: { type: "ephemeral" } }] },
    {
      role: "assistant",
      content: null,
      reasoning_content: "They ask for the weather.",
      tool_calls: [
        { id: "call_000000000001", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
      ],
    },
    { role: "tool", tool_call_id: "call_000000000001", content: "18 degrees" },
    { role: "user", content: "And in Rome?" },
  ],
  tools: [
    {
      type: "function",
      function: { name: "get_weather", description: "Weather of a city", strict: true, parameters: schema },
    },
  ],
  tool_choice: "required",
  parallel_tool_calls: false,
  max_tokens: 400,
  temperature: 0,
  top_p: 0.9,
  seed: 7,
  n: 1,
  stop: ["END"],
  frequency_penalty: 0.5,
  presence_penalty: 0.5,
  logit_bias: { "50256": -100 },
  logprobs: true,
  top_logprobs: 2,
  user: "user-1",
  metadata: { team: "blue" },
  store: false,
  reasoning_effort: "medium",
};

/** A first turn that streams an answer to a schema, with the newer names of fields and reasoning switched off. */
export const chatStream: JsonObject = {
  messages: [
    { role: "system", content: "Answer briefly." },
    { role: "user", content: "How many r are in strawberry?" },
  ],
  max_completion_tokens: 200,
  reasoning_effort: "none",
  response_format: {
    type: "json_schema",
    json_schema: {
      name: "count",
      strict: true,
      schema: { type: "object", properties: { count: { type: "integer" } } },
    },
  },
  prompt_cache_key: "session-1",
  stream: true,
};

/** A first turn with a tool, streamed, and nothing that a host could mind. */
export const chatCalls: JsonObject = {
  messages: [{ role: "user", content: "Weather in Rome?" }],
  tools: [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "Weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ],
  stream: true,
};

/** The least there is, for replies of which only the reading matters. */
export const chatPlain: JsonObject = { messages: [{ role: "user", content: "Hello" }] };

/** As an agent of Anthropic's sends it: cached system blocks, a tool turn with signed thinking, a budget. */
export const messagesTools: JsonObject = {
  system: [{ type: "text", text: "Answer briefly.", cache_control: { type: "ephemeral" } }],
  messages: [
    { role: "user", content: "Weather in Paris?" },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "They ask for the weather.", signature: "c2lnbmF0dXJl" },
        { type: "tool_use", id: "toolu_01", name: "get_weather", input: { city: "Paris" } },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_01", content: "18 degrees" },
        { type: "text", text: "And in Rome?" },
      ],
    },
  ],
  tools: [{ name: "get_weather", description: "Weather of a city", input_schema: schema }],
  tool_choice: { type: "auto" },
  max_tokens: 4000,
  thinking: { type: "enabled", budget_tokens: 2000 },
  metadata: { user_id: "user-1" },
};

export const messagesPlain: JsonObject = { max_tokens: 100, messages: [{ role: "user", content: "Hello" }] };

export const responsesTools: JsonObject = {
  instructions: "Answer briefly.",
  input: [
    { role: "user", content: [{ type: "input_text", text: "Weather in Paris?" }] },
    { type: "function_call", call_id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' },
    { type: "function_call_output", call_id: "call_1", output: "18 degrees" },
    { role: "user", content: "And in Rome?" },
  ],
  tools: [
    { type: "function", name: "get_weather", description: "Weather of a city", parameters: schema, strict: false },
  ],
  reasoning: { effort: "low" },
  max_output_tokens: 400,
  store: false,
  include: ["reasoning.encrypted_content"],
};

export const responsesPlain: JsonObject = { input: "Hello", store: false };

export const geminiTools: JsonObject = {
  systemInstruction: { parts: [{ text: "Answer briefly." }] },
  contents: [
    { role: "user", parts: [{ text: "Weather in Paris?" }] },
    {
      role: "model",
      parts: [{ functionCall: { name: "get_weather", args: { city: "Paris" } }, thoughtSignature: "c2lnbmF0dXJl" }],
    },
    { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { output: "18 degrees" } } }] },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: "get_weather",
          description: "Weather of a city",
          parameters: { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] },
        },
      ],
    },
  ],
  generationConfig: { maxOutputTokens: 400, temperature: 0, thinkingConfig: { includeThoughts: true } },
};

export const geminiPlain: JsonObject = { contents: [{ role: "user", parts: [{ text: "Hello" }] }] };
