// Wire examples of hosts that serve models of many makers.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { completionsCalls } from "../completions-host.ts";
import { messagesCalls, responsesCalls } from "../native-host.ts";
import { calledWeather, chatFramesWithUsageAtFinish, chatReply, weatherCall } from "../replies-chat.ts";
import { chatPlain } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };

/** Hosts that know neither the newer role nor cache marks. */
const plainTools = {
  changes: { "messages.0.role": "system", "messages.1.content.0.cache_control": gone },
  lost: ["cache_control"],
} as const;
const plainAgent = { changes: {}, lost: ["cache_control", "thinking"] } as const;

export const hostCases: readonly ProviderCase[] = [
  chatHost({
    type: "groq",
    documents: "console.groq.com/docs/openai, docs/reasoning, docs/api-reference (2026-11)",
    environment: { GROQ_API_KEY: KEY, GROQ_BASE_URL: HOST },
    address: "https://api.groq.com/openai/v1",
    headers: bearer,
    listing: openaiListing("/openai/v1/models", "openai/gpt-oss-120b"),
    path: "/openai/v1/chat/completions",
    model: "openai/gpt-oss-120b",
    // No logprobs, logit_bias, n; reasoning of former turns is called "reasoning".
    tools: {
      changes: {
        "messages.1.content.0.cache_control": gone,
        "messages.2.reasoning_content": gone,
        "messages.2.reasoning": "They ask for the weather.",
        logprobs: gone,
        top_logprobs: gone,
        logit_bias: gone,
        n: gone,
      },
      lost: ["logprobs", "top_logprobs", "logit_bias", "cache_control"],
      reply: { recorded: "openai-chat/groq/groq-tool-call" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "weather", arguments: {}, id: "ax9fskhev" }],
        inputTokens: 218,
        outputTokens: 15,
      },
    },
    // The least effort of gpt-oss is low.
    stream: {
      changes: { ...asksUsage, reasoning_effort: "low" },
      reply: { recorded: "openai-chat/groq/groq-text (stream)" },
      seen: { finish: "stop" },
    },
    agent: {
      changes: { "messages.2.reasoning": "They ask for the weather." },
      lost: ["cache_control", "thinking"],
    },
    failure: {
      status: 400,
      reply: {
        error: {
          message: "Failed to call a function. Please adjust your prompt.",
          type: "invalid_request_error",
          code: "tool_use_failed",
          failed_generation: "<function=get_weather>",
        },
      },
      seen: { status: 400, message: "Failed to call a function", code: "tool_use_failed" },
    },
    more: [
      {
        name: "thinking in a field of its own",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/openai/v1/chat/completions",
        model: "qwen/qwen3-32b",
        send: { ...chatPlain, stream: true, stream_options: { include_usage: true } },
        body: {
          model: "qwen/qwen3-32b",
          ...chatPlain,
          stream: true,
          stream_options: { include_usage: true },
          reasoning_format: "parsed",
        },
        reply: { recorded: "openai-chat/groq/groq-reasoning (stream)" },
        seen: { finish: "stop", inputTokens: 17, outputTokens: 1107 },
      },
    ],
  }),
  chatHost({
    type: "openrouter",
    documents: "openrouter.ai/docs/api-reference/overview, docs/use-cases/reasoning-tokens (2026-11)",
    environment: { OPENROUTER_API_KEY: KEY, OPENROUTER_BASE_URL: HOST },
    address: "https://openrouter.ai/api/v1",
    headers: { ...bearer, "x-title": "Sluice" },
    listing: openaiListing("/api/v1/models?output_modalities=all", "z-ai/glm-5"),
    path: "/api/v1/chat/completions",
    model: "z-ai/glm-5",
    // One object says how much to reason; cache marks are read.
    tools: { changes: { reasoning_effort: gone, reasoning: { effort: "medium" } } },
    stream: {
      changes: { ...asksUsage, reasoning_effort: gone, reasoning: { effort: "none" } },
      reply: {
        frames: [
          ": OPENROUTER PROCESSING\n\n",
          '{"id":"gen-1","object":"chat.completion.chunk","created":1770000000,"model":"z-ai/glm-5","provider":"Z.AI","choices":[{"index":0,"delta":{"role":"assistant","content":"{\\"count\\":3}"},"finish_reason":null,"native_finish_reason":null}]}',
          '{"id":"gen-1","object":"chat.completion.chunk","created":1770000000,"model":"z-ai/glm-5","provider":"Z.AI","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","native_finish_reason":"stop"}]}',
          '{"id":"gen-1","object":"chat.completion.chunk","created":1770000000,"model":"z-ai/glm-5","provider":"Z.AI","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30,"cost":0.0001}}',
          "data: [DONE]\n\n",
        ],
      },
      seen: { finish: "stop", text: '{"count":3}' },
    },
    failure: {
      status: 429,
      reply: {
        error: {
          message: "Provider returned error",
          code: 429,
          metadata: { raw: "z-ai/glm-5 is temporarily rate-limited upstream", provider_name: "Z.AI" },
        },
        user_id: "user_1",
      },
      seen: { status: 429, message: "rate-limited upstream" },
    },
    more: [
      {
        name: "the client's own title and address, under which the host lists it",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/api/v1/chat/completions",
        model: "z-ai/glm-5",
        clientHeaders: { "http-referer": "https://app.example.com", "x-title": "App" },
        headers: { "http-referer": "https://app.example.com", "x-title": "App" },
        send: chatPlain,
        body: { model: "z-ai/glm-5", ...chatPlain },
        reply: chatReply({ content: "Hello" }),
        seen: { finish: "stop", text: "Hello" },
      },
      ...responsesCalls("/api/v1/responses", "openai/gpt-5.2"),
      ...messagesCalls("/api/v1/messages", "anthropic/claude-sonnet-4.5", {
        headers: { "anthropic-version": "2023-06-01" },
      }),
    ],
  }),
  chatHost({
    type: "together",
    documents: "docs.together.ai/reference/chat-completions-1, /docs/openai-api-compatibility (2026-11)",
    environment: { TOGETHER_API_KEY: KEY, TOGETHER_BASE_URL: HOST },
    alsoKnownAs: ["TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY"],
    address: "https://api.together.xyz/v1",
    headers: bearer,
    // A bare list, with context lengths.
    listing: {
      target: "/v1/models",
      reply: [{ id: "zai-org/GLM-5", object: "model", type: "chat", organization: "Z.ai", context_length: 200000 }],
      models: ["zai-org/GLM-5"],
    },
    path: "/v1/chat/completions",
    model: "zai-org/GLM-5",
    tools: plainTools,
    stream: {
      changes: { ...asksUsage, max_completion_tokens: gone, max_tokens: 200 },
      reply: chatFramesWithUsageAtFinish([{ content: '{"count":3}' }], "eos"),
      seen: { finish: "eos", text: '{"count":3}' },
    },
    agent: plainAgent,
    more: completionsCalls("/v1/completions", "zai-org/GLM-5"),
  }),
  chatHost({
    type: "fireworks",
    documents: "docs.fireworks.ai/api-reference/post-chatcompletions, tools-sdks/anthropic-compatibility (2026-11)",
    environment: { FIREWORKS_API_KEY: KEY, FIREWORKS_BASE_URL: HOST },
    alsoKnownAs: ["FIREWORKS_AI_API_KEY"],
    address: "https://api.fireworks.ai/inference/v1",
    headers: bearer,
    listing: openaiListing("/inference/v1/models", "accounts/fireworks/models/glm-5"),
    path: "/inference/v1/chat/completions",
    model: "accounts/fireworks/models/glm-5",
    tools: plainTools,
    stream: { changes: { ...asksUsage } },
    more: [
      ...messagesCalls("/inference/v1/messages", "accounts/fireworks/models/glm-5", {
        headers: { "anthropic-version": "2023-06-01" },
      }),
      ...completionsCalls("/inference/v1/completions", "accounts/fireworks/models/glm-5"),
    ],
  }),
  chatHost({
    type: "deepinfra",
    documents: "deepinfra.com/docs/openai_api (2026-11)",
    environment: { DEEPINFRA_API_KEY: KEY, DEEPINFRA_BASE_URL: HOST },
    alsoKnownAs: ["DEEPINFRA_TOKEN", "DEEPINFRA_API_TOKEN"],
    address: "https://api.deepinfra.com/v1/openai",
    headers: bearer,
    listing: openaiListing("/v1/openai/models", "deepseek-ai/DeepSeek-V4"),
    path: "/v1/openai/chat/completions",
    model: "deepseek-ai/DeepSeek-V4",
    tools: plainTools,
    stream: { changes: { ...asksUsage, max_completion_tokens: gone, max_tokens: 200 } },
    agent: plainAgent,
    failure: {
      status: 422,
      reply: {
        detail: [{ loc: ["body", "max_tokens"], msg: "ensure this value is less than 8193", type: "value_error" }],
      },
      seen: { status: 422, message: "ensure this value is less than 8193" },
    },
  }),
  chatHost({
    type: "nvidia",
    documents: "docs.api.nvidia.com/nim/reference/llm-apis (2026-11)",
    environment: { NVIDIA_API_KEY: KEY, NVIDIA_BASE_URL: HOST },
    alsoKnownAs: ["NVIDIA_NIM_API_KEY"],
    address: "https://integrate.api.nvidia.com/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "nvidia/nemotron-3-super"),
    path: "/v1/chat/completions",
    model: "nvidia/nemotron-3-super",
    tools: {
      changes: { ...plainTools.changes, "messages.2.reasoning_content": gone },
      lost: ["cache_control", "reasoning_content"],
    },
    stream: { changes: { ...asksUsage, max_completion_tokens: gone, max_tokens: 200 } },
    agent: plainAgent,
    failure: {
      status: 403,
      reply: { status: 403, title: "Forbidden", detail: "Authorization failed" },
      seen: { status: 502, message: "refused the gateway's credential: Authorization failed" },
    },
  }),
  chatHost({
    type: "sambanova",
    documents: "docs.sambanova.ai/docs/en/api-reference/endpoints/chat (2026-11): fields that are ignored",
    environment: { SAMBANOVA_API_KEY: KEY, SAMBANOVA_BASE_URL: HOST },
    address: "https://api.sambanova.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "gpt-oss-120b"),
    path: "/v1/chat/completions",
    model: "gpt-oss-120b",
    tools: {
      changes: {
        ...plainTools.changes,
        logprobs: gone,
        top_logprobs: gone,
        logit_bias: gone,
        n: gone,
        presence_penalty: gone,
        frequency_penalty: gone,
        seed: gone,
      },
      lost: [
        "cache_control",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "presence_penalty",
        "frequency_penalty",
        "seed",
      ],
    },
    stream: { changes: { ...asksUsage } },
    agent: plainAgent,
  }),
  chatHost({
    type: "cerebras",
    documents: "inference-docs.cerebras.ai/api-reference/chat-completions, resources/openai (2026-11)",
    environment: { CEREBRAS_API_KEY: KEY, CEREBRAS_BASE_URL: HOST },
    address: "https://api.cerebras.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "gpt-oss-120b"),
    path: "/v1/chat/completions",
    model: "gpt-oss-120b",
    tools: {
      changes: {
        "messages.1.content.0.cache_control": gone,
        "messages.2.reasoning_content": gone,
        "messages.2.reasoning": "They ask for the weather.",
        max_tokens: gone,
        max_completion_tokens: 400,
        presence_penalty: gone,
        frequency_penalty: gone,
        logit_bias: gone,
        n: gone,
        metadata: gone,
        store: gone,
      },
      lost: ["cache_control", "presence_penalty", "frequency_penalty", "logit_bias", "metadata"],
      reply: chatReply({ content: "", reasoning: "Rome now.", tool_calls: [weatherCall] }, "tool_calls"),
      seen: { finish: "tool_calls", reasoning: "Rome now.", calls: calledWeather },
    },
    stream: {
      changes: { ...asksUsage, reasoning_effort: "low", prompt_cache_key: gone },
      lost: ["prompt_cache_key"],
    },
    agent: {
      changes: {
        "messages.2.reasoning": "They ask for the weather.",
        max_tokens: gone,
        max_completion_tokens: 4000,
      },
      lost: ["cache_control", "thinking"],
    },
    failure: {
      status: 400,
      reply: {
        message: "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
        type: "invalid_request_error",
        param: "messages",
        code: "context_length_exceeded",
      },
      seen: { status: 400, message: "Please reduce the length", code: "context_length_exceeded" },
    },
  }),
];
