// Wire examples of hosts that serve models of many makers.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";

const bearer = { authorization: `Bearer ${KEY}` };

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
  }),
  chatHost({
    type: "openrouter",
    documents: "openrouter.ai/docs/api-reference/overview, docs/use-cases/reasoning-tokens (2026-11)",
    environment: { OPENROUTER_API_KEY: KEY, OPENROUTER_BASE_URL: HOST },
    address: "https://openrouter.ai/api/v1",
    headers: { ...bearer, "x-title": "Sluice" },
    listing: openaiListing("/api/v1/models", "z-ai/glm-5"),
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
    agent: {
      changes: {
        "messages.0.content": [{ type: "text", text: "Answer briefly.", cache_control: { type: "ephemeral" } }],
        "messages.2.reasoning_details": [
          {
            type: "reasoning.text",
            text: "They ask for the weather.",
            signature: "c2lnbmF0dXJl",
            format: "anthropic-claude-v1",
            index: 0,
          },
        ],
        reasoning_effort: gone,
        reasoning: { effort: "low" },
      },
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
  }),
];
