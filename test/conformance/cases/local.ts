// Wire examples of servers that people run themselves, and of hosts of which nothing but the dialect is known.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, type ChatHost, chatHost, openaiListing } from "../chat-host.ts";
import { completionsCalls } from "../completions-host.ts";
import { countCall, messagesCalls, responsesCalls } from "../native-host.ts";
import { chatFrames, chatReply } from "../replies-chat.ts";
import { messagesPlain } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };
const version = { "anthropic-version": "2023-06-01" };

/** Servers that take OpenAI's wire as it is, and speak Responses and Messages beside it. */
function server(
  type: string,
  prefix: string,
  model: string,
  rest: Pick<ChatHost, "documents"> & Partial<ChatHost>,
): ProviderCase {
  return chatHost({
    type,
    environment: { [`${prefix}_BASE_URL`]: HOST, [`${prefix}_API_KEY`]: KEY },
    headers: bearer,
    listing: openaiListing("/v1/models", model),
    path: "/v1/chat/completions",
    model,
    tools: { changes: {} },
    stream: {
      changes: { ...asksUsage },
      reply: chatFrames([{ reasoning_content: "Three." }, { content: '{"count":3}' }]),
      seen: { finish: "stop", text: '{"count":3}', reasoning: "Three." },
    },
    ...rest,
    more: [
      ...responsesCalls("/v1/responses", model),
      ...completionsCalls("/v1/completions", model),
      ...messagesCalls("/v1/messages", model, { headers: version }),
      ...(rest.more ?? []),
    ],
  });
}

export const localCases: readonly ProviderCase[] = [
  server("ollama", "OLLAMA", "qwen3:8b", {
    address: "http://localhost:11434/v1",
    keyVariable: "OLLAMA_API_KEY",
    documents:
      "docs.ollama.com/api/openai-compatibility, /api/anthropic-compatibility (2026-11): no tool_choice, logit_bias, n",
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
    failure: {
      status: 404,
      reply: { error: { message: "model 'qwen3:8b' not found", type: "not_found_error", param: null, code: null } },
      seen: { status: 404, message: "model 'qwen3:8b' not found", code: "model_not_found" },
    },
  }),
  server("vllm", "VLLM", "Qwen/Qwen3-8B", {
    address: "http://localhost:8000/v1",
    keyVariable: "VLLM_API_KEY",
    documents: "docs.vllm.ai/en/latest/serving/openai_compatible_server (2026-11)",
    failure: {
      status: 400,
      reply: {
        error: {
          message: "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
          type: "BadRequestError",
          param: null,
          code: 400,
        },
      },
      seen: { status: 400, message: "maximum context length", code: "context_length_exceeded" },
    },
  }),
  server("sglang", "SGLANG", "Qwen/Qwen3-8B", {
    address: "http://localhost:30000/v1",
    keyVariable: "SGLANG_API_KEY",
    documents: "docs.sglang.ai/basic_usage/openai_api_completions (2026-11)",
    failure: {
      status: 400,
      reply: {
        object: "error",
        message: "The input is longer than the model's context length",
        type: "BadRequestError",
        param: null,
        code: 400,
      },
      seen: { status: 400, message: "context length" },
    },
  }),
  server("llamacpp", "LLAMACPP", "qwen3-8b.gguf", {
    more: [countCall("/v1/messages/count_tokens", "qwen3-8b.gguf", version)],
    documents: "github.com/ggml-org/llama.cpp tools/server/README.md (2026-11)",
    failure: {
      status: 503,
      reply: { error: { code: 503, message: "Loading model", type: "unavailable_error" } },
      seen: { status: 503, message: "Loading model" },
    },
  }),
  server("llmd", "LLMD", "Qwen/Qwen3-8B", {
    documents: "llm-d.ai/docs/architecture: vLLM's wire behind a router; headers of gomodel.md 3.2 (2026-11)",
    environment: { LLMD_BASE_URL: HOST, LLMD_API_KEY: KEY, LLMD_INFERENCE_OBJECTIVE: "interactive" },
    headers: {
      ...bearer,
      "x-llm-d-inference-objective": "interactive",
      "x-gateway-inference-objective": "interactive",
    },
  }),
  server("lmstudio", "LMSTUDIO", "qwen/qwen3-8b", {
    address: "http://localhost:1234/v1",
    keyVariable: "LMSTUDIO_API_KEY",
    documents: "lmstudio.ai/docs/developer/openai-compat, /anthropic-compat (2026-11)",
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
  {
    type: "anthropic-compatible",
    documents: "docs.anthropic.com/en/api/messages (2026-11), and nothing beyond it",
    environment: { ANTHROPIC_COMPATIBLE_BASE_URL: `${HOST}/anthropic`, ANTHROPIC_COMPATIBLE_API_KEY: KEY },
    headers: { "x-api-key": KEY, ...version },
    listing: {
      target: "/anthropic/v1/models?limit=1000",
      reply: {
        data: [{ type: "model", id: "some-model", display_name: "Some", created_at: "2026-01-01T00:00:00Z" }],
        has_more: false,
      },
      models: ["some-model"],
    },
    calls: [
      ...messagesCalls("/anthropic/v1/messages", "some-model"),
      {
        name: "the client's beta passes",
        proves: "anthropic-messages",
        to: "/v1/messages",
        target: "/anthropic/v1/messages",
        model: "some-model",
        clientHeaders: { "anthropic-beta": "context-1m-2025-08-07" },
        headers: { "anthropic-beta": "context-1m-2025-08-07" },
        send: messagesPlain,
        body: { model: "some-model", ...messagesPlain },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages" },
        seen: { finish: "end_turn" },
      },
    ],
  },
];
