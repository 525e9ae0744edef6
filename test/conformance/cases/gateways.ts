// Wire examples of hosts that are gateways themselves: to models of many makers, each at its own endpoint or behind one.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { geminiCalls, messagesCalls, responsesCalls } from "../native-host.ts";
import { chatReply } from "../replies-chat.ts";
import { chatPlain, messagesPlain, responsesPlain } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };
const asAnthropic = { authorization: undefined, "x-api-key": KEY, "anthropic-version": "2023-06-01" };
const asGoogle = { authorization: undefined, "x-goog-api-key": KEY };

const plainTools = {
  changes: { "messages.0.role": "system", "messages.1.content.0.cache_control": gone },
  lost: ["cache_control"],
} as const;
const plainAgent = { changes: {}, lost: ["cache_control", "thinking"] } as const;

export const gatewayCases: readonly ProviderCase[] = [
  chatHost({
    type: "github",
    documents: "docs.github.com/en/rest/models/inference, /rest/models/catalog (2026-11)",
    environment: { GITHUB_API_KEY: KEY, GITHUB_BASE_URL: HOST },
    alsoKnownAs: ["GITHUB_MODELS_TOKEN", "GITHUB_MODELS_API_KEY"],
    address: "https://models.github.ai/inference",
    headers: { ...bearer, "x-github-api-version": "2022-11-28" },
    listing: {
      target: "/catalog/models",
      reply: [
        {
          id: "openai/gpt-4.1",
          name: "OpenAI GPT-4.1",
          publisher: "OpenAI",
          limits: { max_input_tokens: 1_048_576, max_output_tokens: 32_768 },
          rate_limit_tier: "high",
        },
      ],
      models: ["openai/gpt-4.1"],
    },
    path: "/inference/chat/completions",
    model: "deepseek/deepseek-v3-0324",
    tools: {
      changes: { "messages.1.content.0.cache_control": gone, "messages.2.reasoning_content": gone },
      lost: ["cache_control", "reasoning_content"],
    },
    stream: { changes: { ...asksUsage } },
    agent: plainAgent,
    more: [
      {
        name: "a reasoning model of OpenAI's behind its publisher's name",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/inference/chat/completions",
        model: "openai/gpt-5",
        send: { ...chatPlain, max_tokens: 100, temperature: 0 },
        body: { model: "openai/gpt-5", ...chatPlain, max_completion_tokens: 100 },
        reply: chatReply({ content: "Hello" }),
        seen: { finish: "stop", text: "Hello" },
        lost: ["temperature"],
      },
    ],
  }),
  chatHost({
    type: "huggingface",
    documents: "huggingface.co/docs/inference-providers/index, /tasks/chat-completion (2026-11)",
    environment: { HUGGINGFACE_API_KEY: KEY, HUGGINGFACE_BASE_URL: HOST },
    alsoKnownAs: ["HF_TOKEN", "HF_API_KEY"],
    address: "https://router.huggingface.co/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "zai-org/GLM-5"),
    path: "/v1/chat/completions",
    model: "zai-org/GLM-5:fastest",
    tools: plainTools,
    stream: { changes: { ...asksUsage } },
    agent: plainAgent,
    failure: {
      status: 401,
      reply: { error: "Invalid username or password." },
      seen: { status: 502, message: "Invalid username or password." },
    },
  }),
  chatHost({
    type: "kilo",
    documents: "docs.openclaw.ai/providers/kilocode: compatible with OpenRouter (2026-11)",
    environment: { KILO_API_KEY: KEY, KILO_BASE_URL: HOST },
    alsoKnownAs: ["KILOCODE_API_KEY"],
    address: "https://api.kilo.ai/api/gateway",
    headers: bearer,
    listing: openaiListing("/api/gateway/models", "z-ai/glm-5"),
    path: "/api/gateway/chat/completions",
    model: "z-ai/glm-5",
    tools: { changes: { reasoning_effort: gone, reasoning: { effort: "medium" } } },
    stream: { changes: { ...asksUsage, reasoning_effort: gone, reasoning: { effort: "none" } } },
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
  }),
  chatHost({
    type: "hetzner",
    documents: "docs.hetzner.com/general/company-and-policy/experiments/inference (2026-11)",
    environment: { HETZNER_API_KEY: KEY, HETZNER_BASE_URL: HOST },
    address: "https://inference.hetzner.com/api/v1",
    headers: bearer,
    listing: openaiListing("/api/v1/models", "gpt-oss-120b"),
    path: "/api/v1/chat/completions",
    model: "gpt-oss-120b",
    tools: plainTools,
    stream: { changes: { ...asksUsage } },
    agent: plainAgent,
  }),
  chatHost({
    type: "chutes",
    documents: "gomodel.md 3.1; litellm's table of compatible providers: max_tokens only (2026-11)",
    environment: { CHUTES_API_KEY: KEY, CHUTES_BASE_URL: HOST },
    address: "https://llm.chutes.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "zai-org/GLM-5"),
    path: "/v1/chat/completions",
    model: "zai-org/GLM-5",
    tools: plainTools,
    stream: { changes: { ...asksUsage, max_completion_tokens: gone, max_tokens: 200 } },
    agent: {
      changes: { "messages.2.reasoning_content": "They ask for the weather." },
      lost: ["cache_control", "thinking"],
    },
  }),
  chatHost({
    type: "opencode_go",
    documents: "opencode.ai/docs/go, its table of endpoints (2026-11)",
    environment: { OPENCODE_GO_API_KEY: KEY, OPENCODE_GO_BASE_URL: HOST },
    address: "https://opencode.ai/zen/go/v1",
    headers: bearer,
    listing: openaiListing("/zen/go/v1/models", "glm-5"),
    path: "/zen/go/v1/chat/completions",
    model: "glm-5",
    tools: { changes: { "messages.0.role": "system" } },
    stream: { changes: { ...asksUsage } },
    // Most of its models are served at this endpoint alone.
    agent: {
      changes: { "messages.2.reasoning_content": "They ask for the weather." },
      lost: ["cache_control", "thinking"],
    },
    failure: {
      status: 400,
      reply: { type: "error", error: { type: "error", message: "Upstream request failed" } },
      seen: { status: 502, message: "Upstream request failed" },
    },
    more: [
      ...messagesCalls("/zen/go/v1/messages", "minimax-m2.5", { headers: asAnthropic }),
      {
        name: "a client of Chat Completions for a model that is served on Messages alone",
        proves: "anthropic-messages",
        to: "/v1/chat/completions",
        target: "/zen/go/v1/messages",
        headers: asAnthropic,
        model: "qwen3.7-max",
        send: { ...chatPlain, max_tokens: 100 },
        body: {
          model: "qwen3.7-max",
          max_tokens: 100,
          messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
        },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages" },
        seen: { finish: "stop" },
      },
    ],
  }),
  chatHost({
    type: "zen",
    documents: "opencode.ai/docs/zen, its table of endpoints (2026-11)",
    environment: { OPENCODE_ZEN_API_KEY: KEY, OPENCODE_ZEN_BASE_URL: HOST },
    alsoKnownAs: ["ZEN_API_KEY", "OPENCODE_API_KEY"],
    address: "https://opencode.ai/zen/v1",
    headers: bearer,
    listing: openaiListing("/zen/v1/models", "claude-opus-4-6"),
    path: "/zen/v1/chat/completions",
    model: "kimi-k2.5",
    tools: { changes: { "messages.0.role": "system" } },
    stream: { changes: { ...asksUsage } },
    agent: plainAgent,
    more: [
      ...responsesCalls("/zen/v1/responses", "gpt-5.4"),
      ...messagesCalls("/zen/v1/messages", "claude-opus-4-5", { headers: asAnthropic }),
      ...geminiCalls("/zen/v1/models/gemini-3-flash", "gemini-3-flash", { headers: asGoogle }),
      {
        name: "a client of Chat Completions for a model of OpenAI's",
        proves: "openai-responses",
        to: "/v1/chat/completions",
        target: "/zen/v1/responses",
        model: "gpt-5.4",
        send: { ...chatPlain, max_tokens: 100, reasoning_effort: "low" },
        body: {
          model: "gpt-5.4",
          input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }],
          max_output_tokens: 100,
          reasoning: { effort: "low" },
          store: false,
          include: ["reasoning.encrypted_content"],
        },
        reply: { recorded: "openai-responses/recorded-openai/responses" },
        seen: { finish: "stop", text: "Hello, World!" },
      },
      {
        name: "a client of Responses for a model of Anthropic's",
        proves: "anthropic-messages",
        to: "/v1/responses",
        target: "/zen/v1/messages",
        headers: asAnthropic,
        model: "claude-opus-4-5",
        send: { ...responsesPlain, max_output_tokens: 100 },
        body: {
          model: "claude-opus-4-5",
          max_tokens: 100,
          messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
        },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages" },
        seen: { finish: "completed" },
      },
      {
        name: "a client of Messages for a model of Google's",
        proves: "gemini",
        to: "/v1/messages",
        target: "/zen/v1/models/gemini-3-flash:generateContent",
        headers: asGoogle,
        model: "gemini-3-flash",
        send: messagesPlain,
        body: {
          contents: [{ role: "user", parts: [{ text: "Hello" }] }],
          generationConfig: { maxOutputTokens: 100 },
        },
        reply: {
          json: {
            candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP", index: 0 }],
            usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
          },
        },
        seen: { finish: "end_turn", text: "Hello" },
      },
    ],
  }),
];
