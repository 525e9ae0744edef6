// Wire examples of makers of open models: DeepSeek and Mistral.
import { expect } from "bun:test";
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { messagesCalls } from "../native-host.ts";

const nineCharacters = expect.stringMatching(/^[A-Za-z0-9]{9}$/);
const bearer = { authorization: `Bearer ${KEY}` };

export const openMakerCases: readonly ProviderCase[] = [
  chatHost({
    type: "deepseek",
    documents: "api-docs.deepseek.com/api/create-chat-completion, guides/thinking_mode, guides/json_mode (2026-11)",
    environment: { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: HOST },
    address: "https://api.deepseek.com",
    headers: bearer,
    listing: openaiListing("/models", "deepseek-v4-pro"),
    path: "/chat/completions",
    model: "deepseek-v4-pro",
    // A forced tool excludes thinking; no seed, no choice of n, strings outside the user's turns.
    tools: {
      changes: {
        "messages.0.role": "system",
        "messages.1.content.0.cache_control": gone,
        n: gone,
        seed: gone,
        reasoning_effort: gone,
        thinking: { type: "disabled" },
      },
      lost: ["cache_control", "seed", "thinking"],
    },
    // JSON mode has no schemas: it goes into the prompt.
    stream: {
      changes: {
        ...asksUsage,
        "messages.0.content":
          'Answer briefly.\n\nAnswer with one JSON object and nothing else. It must match this JSON Schema:\n{"type":"object","properties":{"count":{"type":"integer"}}}',
        max_completion_tokens: gone,
        max_tokens: 200,
        response_format: { type: "json_object" },
        reasoning_effort: gone,
        thinking: { type: "disabled" },
      },
      lost: ["response_format.json_schema"],
      reply: { recorded: "openai-chat/deepseek/deepseek-reasoning (stream)" },
      seen: { finish: "stop", text: 'The word "strawberry" contains three "r"s.' },
    },
    failure: {
      status: 402,
      reply: {
        error: { message: "Insufficient Balance", type: "unknown_error", param: null, code: "invalid_request_error" },
      },
      seen: { status: 429, message: "Insufficient Balance", code: "insufficient_quota" },
    },
    more: [
      ...messagesCalls("/anthropic/v1/messages", "deepseek-v4-pro", {
        headers: { authorization: undefined, "x-api-key": KEY, "anthropic-version": "2023-06-01" },
      }),
      {
        name: "a client of Responses, whose reasoning goes back with its call",
        proves: "openai-chat",
        to: "/v1/responses",
        target: "/chat/completions",
        model: "deepseek-v4-pro",
        send: {
          input: [
            { role: "user", content: "Weather in Paris?" },
            { type: "reasoning", summary: [{ type: "summary_text", text: "They ask for the weather." }] },
            { type: "function_call", call_id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' },
            { type: "function_call_output", call_id: "call_1", output: "18 degrees" },
          ],
          reasoning: { effort: "xhigh" },
        },
        body: {
          model: "deepseek-v4-pro",
          messages: [
            { role: "user", content: "Weather in Paris?" },
            {
              role: "assistant",
              content: null,
              reasoning_content: "They ask for the weather.",
              tool_calls: [
                { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
              ],
            },
            { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
          ],
          thinking: { type: "enabled" },
          reasoning_effort: "max",
        },
        reply: { recorded: "openai-chat/deepseek/deepseek-reasoning" },
        seen: { finish: "completed" },
      },
    ],
  }),
  chatHost({
    type: "mistral",
    documents: "docs.mistral.ai/api/#tag/chat (2026-11)",
    environment: { MISTRAL_API_KEY: KEY, MISTRAL_BASE_URL: HOST },
    address: "https://api.mistral.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "mistral-small-latest"),
    path: "/v1/chat/completions",
    model: "mistral-small-latest",
    // Own words for seed and "required", ids of nine characters, and no field beyond the documented ones.
    tools: {
      changes: {
        "messages.0.role": "system",
        "messages.1.content.0.cache_control": gone,
        "messages.2.reasoning_content": gone,
        "messages.2.tool_calls.0.id": nineCharacters,
        "messages.3.tool_call_id": nineCharacters,
        seed: gone,
        random_seed: 7,
        tool_choice: "any",
        logit_bias: gone,
        logprobs: gone,
        top_logprobs: gone,
        user: gone,
        store: gone,
        reasoning_effort: gone,
      },
      lost: [
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "user",
        "cache_control",
        "reasoning_content",
        "reasoning_effort",
      ],
      reply: { recorded: "openai-chat/mistral/mistral-tool-call" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "weather", arguments: { location: "San Francisco" }, id: "gSIMJiOkT" }],
        inputTokens: 124,
        outputTokens: 22,
      },
    },
    toolStream: { changes: {} },
    stream: {
      changes: { max_completion_tokens: gone, max_tokens: 200, reasoning_effort: gone, prompt_cache_key: gone },
      lost: ["prompt_cache_key"],
      reply: { recorded: "openai-chat/mistral/mistral-incremental-tool-call (stream)" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "webSearchTool", arguments: { query: "current Berlin weather" } }],
      },
    },
    agent: {
      changes: {
        "messages.2.tool_calls.0.id": nineCharacters,
        "messages.3.tool_call_id": nineCharacters,
        reasoning_effort: gone,
        user: gone,
      },
      lost: ["cache_control", "thinking", "metadata.user_id"],
    },
    failure: {
      status: 422,
      reply: {
        object: "error",
        message: { detail: [{ type: "extra_forbidden", loc: ["body", "x"], msg: "Extra inputs are not permitted" }] },
        type: "invalid_request_error",
        param: null,
        code: null,
      },
      seen: { status: 422, message: "Extra inputs are not permitted" },
    },
  }),
];
