// Wire examples of servers that people run themselves.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { chatReply } from "../replies-chat.ts";

const bearer = { authorization: `Bearer ${KEY}` };

export const localCases: readonly ProviderCase[] = [
  chatHost({
    type: "ollama",
    documents: "github.com/ollama/ollama docs/openai.md (2026-11): no tool_choice, logit_bias, user, n",
    environment: { OLLAMA_BASE_URL: HOST, OLLAMA_API_KEY: KEY },
    headers: bearer,
    listing: openaiListing("/v1/models", "qwen3:8b"),
    path: "/v1/chat/completions",
    model: "qwen3:8b",
    tools: {
      changes: { tool_choice: gone, logit_bias: gone, n: gone },
      lost: ["tool_choice", "logit_bias"],
      // All parallel calls have index 0 (ollama#15457).
      reply: chatReply(
        {
          content: "",
          tool_calls: [
            {
              id: "call_a",
              index: 0,
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Rome"}' },
            },
            {
              id: "call_b",
              index: 0,
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
            },
          ],
        },
        "tool_calls",
      ),
      seen: {
        finish: "tool_calls",
        calls: [
          { name: "get_weather", arguments: { city: "Rome" }, id: "call_a" },
          { name: "get_weather", arguments: { city: "Oslo" }, id: "call_b" },
        ],
      },
    },
    stream: { changes: { ...asksUsage } },
    agent: { changes: { tool_choice: gone }, lost: ["cache_control", "thinking"] },
  }),
  chatHost({
    type: "vllm",
    documents: "docs.vllm.ai/en/latest/serving/openai_compatible_server (2026-11)",
    environment: { VLLM_BASE_URL: HOST, VLLM_API_KEY: KEY },
    headers: bearer,
    listing: openaiListing("/v1/models", "Qwen/Qwen3-8B"),
    path: "/v1/chat/completions",
    model: "Qwen/Qwen3-8B",
    tools: { changes: {} },
    stream: { changes: { ...asksUsage } },
    agent: {
      changes: { "messages.2.reasoning_content": "They ask for the weather." },
      lost: ["cache_control", "thinking"],
    },
  }),
  chatHost({
    type: "openai-compatible",
    documents: "platform.openai.com/docs/api-reference/chat (2026-11), and nothing beyond it",
    environment: { OPENAI_COMPATIBLE_BASE_URL: `${HOST}/api/v2`, OPENAI_COMPATIBLE_API_KEY: KEY },
    headers: bearer,
    listing: openaiListing("/api/v2/models", "some-model"),
    path: "/api/v2/chat/completions",
    model: "some-model",
    tools: { changes: {} },
    stream: { changes: { ...asksUsage } },
    agent: { changes: {}, lost: ["cache_control", "thinking"] },
  }),
];
