// Wire examples of vendors that make the models they serve.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { completionsCalls } from "../completions-host.ts";
import { countCall, geminiCalls, messagesCalls, responsesCalls } from "../native-host.ts";
import { chatPlain } from "../requests.ts";

const weatherTool = { type: "function", function: { name: "get_weather", parameters: { type: "object" } } };
const bearer = { authorization: `Bearer ${KEY}` };

export const makerCases: readonly ProviderCase[] = [
  chatHost({
    type: "openai",
    documents: "platform.openai.com/docs/api-reference/chat and /responses, guides/reasoning (2026-11)",
    environment: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: HOST },
    address: "https://api.openai.com/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "gpt-5.2"),
    path: "/v1/chat/completions",
    model: "gpt-5.2",
    // Reasoning models: no sampling, max_completion_tokens; metadata only on stored calls; no cache marks, no reasoning.
    tools: {
      changes: {
        "messages.1.content.0.cache_control": gone,
        "messages.2.reasoning_content": gone,
        max_tokens: gone,
        max_completion_tokens: 400,
        temperature: gone,
        top_p: gone,
        frequency_penalty: gone,
        presence_penalty: gone,
        logit_bias: gone,
        logprobs: gone,
        top_logprobs: gone,
        metadata: gone,
      },
      lost: [
        "cache_control",
        "reasoning_content",
        "metadata",
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
      ],
      reply: { recorded: "openai-chat/recorded-openai/chat_with_tools" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "get_weather", arguments: { location: "Paris" }, id: "call_X8zi23yeE70r4qiZ2lhIuRNK" }],
        inputTokens: 47,
        outputTokens: 14,
      },
    },
    stream: { changes: { ...asksUsage } },
    agent: {
      changes: { "messages.0.role": "developer", max_tokens: gone, max_completion_tokens: 4000 },
      lost: ["cache_control", "thinking"],
    },
    more: [
      ...completionsCalls("/v1/completions", "gpt-3.5-turbo-instruct"),
      ...responsesCalls("/v1/responses", "gpt-5.2", {
        tools: {
          reply: { recorded: "openai-responses/openai/openai-reasoning-encrypted-content.1" },
          seen: { finish: "completed" },
        },
        stream: {
          reply: { recorded: "openai-responses/recorded-openai/responses_stream (stream)" },
          seen: { finish: "completed", text: "Hello, World!" },
        },
      }),
      {
        name: "functions beside reasoning, which this endpoint refuses since GPT-5.4",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/v1/chat/completions",
        model: "gpt-5.4",
        send: { ...chatPlain, tools: [weatherTool], reasoning_effort: "high" },
        body: { model: "gpt-5.4", ...chatPlain, tools: [weatherTool], reasoning_effort: "none" },
        reply: { recorded: "openai-chat/recorded-openai/chat_with_tools" },
        seen: { finish: "tool_calls" },
        lost: ["reasoning_effort"],
      },
      {
        name: "a model that is served on Responses alone",
        proves: "openai-responses",
        to: "/v1/chat/completions",
        target: "/v1/responses",
        model: "gpt-5.2-codex",
        send: { ...chatPlain, max_tokens: 100 },
        body: {
          model: "gpt-5.2-codex",
          input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }],
          max_output_tokens: 100,
          store: false,
          include: ["reasoning.encrypted_content"],
        },
        reply: { recorded: "openai-responses/recorded-openai/responses" },
        seen: { finish: "stop", text: "Hello, World!" },
      },
    ],
  }),
  {
    type: "anthropic",
    documents: "docs.anthropic.com/en/api/messages, /models-list, /versioning (2026-11)",
    environment: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: HOST },
    address: "https://api.anthropic.com/v1",
    headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01" },
    listing: {
      target: "/v1/models?limit=1000",
      reply: {
        data: [{ type: "model", id: "claude-sonnet-4-5", display_name: "Claude", created_at: "2025-09-29T00:00:00Z" }],
        has_more: false,
        first_id: "claude-sonnet-4-5",
        last_id: "claude-sonnet-4-5",
      },
      models: ["claude-sonnet-4-5"],
    },
    calls: [
      countCall("/v1/messages/count_tokens", "claude-sonnet-4-5"),
      ...messagesCalls("/v1/messages", "claude-sonnet-4-5", {
        tools: {
          reply: { recorded: "anthropic-messages/recorded-anthropic/messages_with_tools" },
          seen: {
            finish: "tool_use",
            text: "I'll check the current weather in Paris for you.",
            calls: [{ name: "get_weather", arguments: { location: "Paris" }, id: "toolu_01Dq95J3WcnLmvSvBpAuaXwi" }],
            inputTokens: 380,
            outputTokens: 65,
          },
        },
      }),
      {
        name: "a client of Chat Completions, with thinking",
        proves: "anthropic-messages",
        to: "/v1/chat/completions",
        target: "/v1/messages",
        model: "claude-sonnet-4-5",
        send: {
          messages: [
            { role: "system", content: "Answer briefly." },
            { role: "user", content: "Hello" },
          ],
          max_tokens: 5000,
          stop: "END",
          reasoning_effort: "low",
          user: "user-1",
        },
        body: {
          model: "claude-sonnet-4-5",
          system: [{ type: "text", text: "Answer briefly." }],
          messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
          max_tokens: 5000,
          stop_sequences: ["END"],
          thinking: { type: "enabled", budget_tokens: 1024 },
          metadata: { user_id: "user-1" },
        },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages_extended_thinking" },
        seen: { finish: "stop" },
      },
    ],
  },
  {
    type: "gemini",
    documents: "ai.google.dev/api/generate-content, /api/models (2026-11)",
    environment: { GEMINI_API_KEY: KEY, GEMINI_BASE_URL: HOST },
    alsoKnownAs: ["GOOGLE_API_KEY"],
    address: "https://generativelanguage.googleapis.com/v1beta",
    headers: { "x-goog-api-key": KEY },
    listing: {
      target: "/v1beta/models?pageSize=1000",
      reply: {
        models: [
          {
            name: "models/gemini-3-flash-preview",
            supportedGenerationMethods: ["generateContent"],
            inputTokenLimit: 1,
          },
          { name: "models/aqa", supportedGenerationMethods: ["generateAnswer"] },
        ],
      },
      models: ["gemini-3-flash-preview"],
    },
    calls: [
      ...geminiCalls("/v1beta/models/gemini-3-flash-preview", "gemini-3-flash-preview"),
      {
        name: "Gemma, which has no system instruction, and labels, which Vertex alone has",
        proves: "gemini",
        to: "/v1beta/models/MODEL:generateContent",
        target: "/v1beta/models/gemma-3-27b-it:generateContent",
        model: "gemma-3-27b-it",
        send: {
          systemInstruction: { parts: [{ text: "Answer briefly." }] },
          contents: [{ role: "user", parts: [{ text: "Hello" }] }],
          labels: { team: "blue" },
        },
        body: { contents: [{ role: "user", parts: [{ text: "Answer briefly." }, { text: "Hello" }] }] },
        reply: { recorded: "gemini/google/google-reasoning" },
        seen: { finish: "STOP" },
        lost: ["labels"],
      },
    ],
  },
  chatHost({
    type: "xai",
    documents: "docs.x.ai/docs/api-reference, docs/guides/reasoning (2026-11)",
    environment: { XAI_API_KEY: KEY, XAI_BASE_URL: HOST },
    address: "https://api.x.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "grok-4.6"),
    path: "/v1/chat/completions",
    model: "grok-4.6",
    // Reasoning models refuse stop and both penalties.
    tools: {
      changes: { stop: gone, frequency_penalty: gone, presence_penalty: gone },
      lost: ["stop", "presence_penalty", "frequency_penalty"],
      reply: { recorded: "openai-chat/xai/xai-tool-call" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "weather", arguments: { location: "San Francisco" }, id: "call_93562515" }],
        inputTokens: 291,
      },
    },
    stream: {
      changes: { ...asksUsage, reasoning_effort: "minimal" },
      reply: { recorded: "openai-chat/xai/xai-text (stream)" },
      seen: { finish: "stop", text: "Hello" },
    },
    agent: { changes: {}, lost: ["cache_control", "thinking"] },
    failure: {
      status: 400,
      reply: { code: "Client specified an invalid argument", error: "Incorrect API key provided: co***al" },
      seen: { status: 400, message: "Incorrect API key provided" },
    },
    more: responsesCalls("/v1/responses", "grok-4.6", {
      stream: {
        reply: { recorded: "openai-responses/recorded-xai/responses_stream (stream)" },
        seen: { finish: "completed", text: "Hello, World!" },
      },
    }),
  }),
];
