// Wire examples of vendors from China: thinking as a switch, and Messages beside chat.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, type ChatHost, chatHost, openaiListing } from "../chat-host.ts";
import { messagesCalls, responsesCalls } from "../native-host.ts";
import { calledWeather, chatFrames, chatReply, weatherCall } from "../replies-chat.ts";
import { chatPlain, messagesPlain } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };
const version = { "anthropic-version": "2023-06-01" };
/** Where Messages wants the key as Anthropic does. */
const asAnthropic = { authorization: undefined, "x-api-key": KEY, ...version };

const schemaWords =
  'Answer with one JSON object and nothing else. It must match this JSON Schema:\n{"type":"object","properties":{"count":{"type":"integer"}}}';

/** docs.z.ai/api-reference/llm/chat-completion (2026-11): one switch for thinking, "auto" tools only, JSON without schemas. */
const zaiChat: Pick<ChatHost, "tools" | "stream" | "toolStream" | "failure"> = {
  tools: {
    changes: {
      "messages.0.role": "system",
      "messages.1.content.0.cache_control": gone,
      tool_choice: "auto",
      parallel_tool_calls: gone,
      seed: gone,
      n: gone,
      frequency_penalty: gone,
      presence_penalty: gone,
      logit_bias: gone,
      logprobs: gone,
      top_logprobs: gone,
      reasoning_effort: gone,
      thinking: { type: "enabled" },
    },
    lost: [
      "cache_control",
      "logprobs",
      "top_logprobs",
      "logit_bias",
      "seed",
      "presence_penalty",
      "frequency_penalty",
      "parallel_tool_calls",
      "tool_choice",
      "reasoning_effort",
    ],
    reply: chatReply(
      { content: "", reasoning_content: "Rome now.", tool_calls: [{ ...weatherCall, index: 0 }] },
      "tool_calls",
    ),
    seen: { finish: "tool_calls", reasoning: "Rome now.", calls: calledWeather },
  },
  stream: {
    changes: {
      ...asksUsage,
      "messages.0.content": `Answer briefly.\n\n${schemaWords}`,
      max_completion_tokens: gone,
      max_tokens: 200,
      response_format: { type: "json_object" },
      reasoning_effort: gone,
      thinking: { type: "disabled" },
    },
    lost: ["response_format.json_schema"],
    reply: chatFrames([{ reasoning_content: "Three." }, { content: '{"count":3}' }]),
    seen: { finish: "stop", text: '{"count":3}', reasoning: "Three." },
  },
  // Arguments come at once, after half a minute of silence, unless they are asked for in pieces.
  toolStream: { changes: { ...asksUsage, tool_stream: true } },
  failure: {
    status: 429,
    reply: { error: { code: "1113", message: "Insufficient balance or no resource package. Please recharge." } },
    seen: { status: 429, message: "Insufficient balance", code: "insufficient_quota" },
  },
};

/** platform.kimi.ai/docs/api/chat (2026-11): no $schema, reasoning of tool turns comes back. */
const kimiTools = {
  "messages.0.role": "system",
  "messages.1.content.0.cache_control": gone,
  "tools.0.function.parameters.$schema": gone,
} as const;

export const thinkerCases: readonly ProviderCase[] = [
  chatHost({
    type: "zai",
    documents: "docs.z.ai/api-reference/llm/chat-completion, docs.z.ai/devpack/tool/claude (2026-11)",
    environment: { ZAI_API_KEY: KEY, ZAI_BASE_URL: HOST },
    address: "https://api.z.ai/api/paas/v4",
    headers: bearer,
    listing: openaiListing("/api/paas/v4/models", "glm-5"),
    path: "/api/paas/v4/chat/completions",
    model: "glm-5",
    ...zaiChat,
    more: messagesCalls("/api/anthropic/v1/messages", "glm-5", { headers: version }),
  }),
  chatHost({
    type: "zai-coding-plan",
    documents: "docs.z.ai/devpack/overview, docs.z.ai/devpack/tool/claude (2026-11)",
    environment: { ZAI_CODING_PLAN_API_KEY: KEY, ZAI_CODING_PLAN_BASE_URL: HOST },
    address: "https://api.z.ai/api/coding/paas/v4",
    headers: bearer,
    listing: openaiListing("/api/coding/paas/v4/models", "glm-5"),
    path: "/api/coding/paas/v4/chat/completions",
    model: "glm-5",
    ...zaiChat,
    failure: {
      status: 429,
      reply: {
        error: { code: "1308", message: "Usage limit reached for 5 hour. Your limit will reset at 2026-11-28" },
      },
      seen: { status: 429, message: "Usage limit reached", code: "insufficient_quota" },
    },
    more: [
      ...messagesCalls("/api/anthropic/v1/messages", "glm-5", { headers: version }),
      {
        name: "an agent's volatile first block stays away, so that the prompt cache works",
        proves: "anthropic-messages",
        to: "/v1/messages",
        target: "/api/anthropic/v1/messages",
        headers: version,
        model: "glm-5",
        send: {
          ...messagesPlain,
          system: [
            { type: "text", text: "x-anthropic-billing-header: cc_version=2.1; cch=1f2e3;" },
            { type: "text", text: "Answer briefly." },
          ],
        },
        body: { model: "glm-5", ...messagesPlain, system: [{ type: "text", text: "Answer briefly." }] },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages" },
        seen: { finish: "end_turn" },
      },
    ],
  }),
  chatHost({
    type: "moonshot",
    documents: "platform.kimi.ai/docs/api/chat, /api/overview, platform.moonshot.ai/docs/guide/agent-support (2026-11)",
    environment: { MOONSHOT_API_KEY: KEY, MOONSHOT_BASE_URL: HOST },
    address: "https://api.moonshot.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "kimi-k2.5"),
    path: "/v1/chat/completions",
    model: "kimi-k2.5",
    tools: {
      changes: { ...kimiTools, reasoning_effort: gone, thinking: { type: "enabled" } },
      lost: ["cache_control", "reasoning_effort"],
      reply: { recorded: "openai-chat/moonshotai/moonshotai-tool-call" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "get_weather", arguments: { city: "Paris" }, id: "call_abc123" }],
        inputTokens: 30,
        outputTokens: 12,
      },
    },
    stream: {
      changes: {
        ...asksUsage,
        max_completion_tokens: gone,
        max_tokens: 200,
        reasoning_effort: gone,
        thinking: { type: "disabled" },
      },
      reply: { recorded: "openai-chat/moonshotai/moonshotai-stream (stream)" },
      seen: { finish: "stop" },
    },
    failure: {
      status: 429,
      reply: {
        error: {
          message: "The engine is currently overloaded, please try again later",
          type: "engine_overloaded_error",
        },
      },
      seen: { status: 429, message: "overloaded" },
    },
    more: [
      ...responsesCalls("/v1/responses", "kimi-k2.5"),
      ...messagesCalls("/anthropic/v1/messages", "kimi-k2.5", { headers: version }),
      {
        name: "a tool turn whose reasoning nobody kept",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/v1/chat/completions",
        model: "kimi-k3",
        send: {
          messages: [
            { role: "user", content: "Weather in Paris?" },
            { role: "assistant", content: null, tool_calls: [weatherCall] },
            { role: "tool", tool_call_id: "call_000000000002", content: "18 degrees" },
          ],
          reasoning_effort: "medium",
        },
        body: {
          model: "kimi-k3",
          messages: [
            { role: "user", content: "Weather in Paris?" },
            { role: "assistant", content: null, reasoning_content: " ", tool_calls: [weatherCall] },
            { role: "tool", tool_call_id: "call_000000000002", content: "18 degrees" },
          ],
          reasoning_effort: "low",
        },
        reply: { recorded: "openai-chat/moonshotai/moonshotai-reasoning" },
        seen: { finish: "stop" },
      },
    ],
  }),
  chatHost({
    type: "kimicode",
    documents: "kimi.com/code/docs/en/third-party-tools/other-coding-agents (2026-11)",
    environment: { KIMICODE_API_KEY: KEY, KIMICODE_BASE_URL: HOST },
    alsoKnownAs: ["KIMI_API_KEY", "KIMI_CODE_API_KEY"],
    address: "https://api.kimi.com/coding/v1",
    headers: bearer,
    listing: openaiListing("/coding/v1/models", "kimi-for-coding"),
    path: "/coding/v1/chat/completions",
    model: "kimi-for-coding",
    tools: {
      changes: { ...kimiTools },
      lost: ["cache_control"],
      reply: { recorded: "openai-chat/recorded-kimicode/chat_completion" },
      seen: { finish: "stop", text: "Hello, World!", inputTokens: 18, outputTokens: 42 },
    },
    stream: { changes: { ...asksUsage, max_completion_tokens: gone, max_tokens: 200 } },
    more: [
      {
        name: "the agent's own name, by which the host knows it",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/coding/v1/chat/completions",
        model: "kimi-for-coding",
        clientHeaders: { "user-agent": "KimiCLI/1.3" },
        headers: { "user-agent": "KimiCLI/1.3" },
        send: chatPlain,
        body: { model: "kimi-for-coding", ...chatPlain },
        reply: { recorded: "openai-chat/recorded-kimicode/chat_completion" },
        seen: { finish: "stop", text: "Hello, World!" },
      },
      ...responsesCalls("/coding/v1/responses", "kimi-for-coding"),
      ...messagesCalls("/coding/v1/messages", "kimi-for-coding", {
        headers: asAnthropic,
        // "enabled" is refused there.
        tools: { changes: { thinking: { type: "adaptive" } }, lost: ["thinking.budget_tokens"] },
      }),
    ],
  }),
];
