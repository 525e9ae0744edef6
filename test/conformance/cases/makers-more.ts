// Wire examples of further vendors that make the models they serve, each with a wire of its own.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { responsesCalls } from "../native-host.ts";
import { chatFramesWithUsageAtFinish } from "../replies-chat.ts";
import { responsesPlain, responsesTools } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };

/** An access token as ChatGPT issues them: {"https://api.openai.com/auth":{"chatgpt_account_id":"account-1"}}, unsigned. */
const subscriptionToken =
  "e30.eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9hY2NvdW50X2lkIjoiYWNjb3VudC0xIn19.c2ln";

const weatherSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

export const furtherMakerCases: readonly ProviderCase[] = [
  {
    type: "cohere",
    documents: "docs.cohere.com/reference/chat, /chat-stream, /list-models (2026-11)",
    environment: { COHERE_API_KEY: KEY, COHERE_BASE_URL: HOST },
    alsoKnownAs: ["CO_API_KEY"],
    address: "https://api.cohere.com",
    headers: bearer,
    listing: {
      target: "/v1/models?page_size=1000",
      reply: {
        models: [{ name: "command-a-03-2025", endpoints: ["chat"], context_length: 288_000, finetuned: false }],
      },
      models: ["command-a-03-2025"],
    },
    calls: [
      {
        name: "tools, whole",
        proves: "cohere-chat",
        to: "/v1/chat/completions",
        target: "/v2/chat",
        model: "command-a-03-2025",
        send: {
          messages: [
            { role: "system", content: "Answer briefly." },
            { role: "user", content: "Weather in Paris?" },
            {
              role: "assistant",
              content: null,
              tool_calls: [
                { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
              ],
            },
            { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
          ],
          tools: [
            {
              type: "function",
              function: { name: "get_weather", description: "Weather of a city", parameters: weatherSchema },
            },
          ],
          tool_choice: "required",
          max_completion_tokens: 400,
          temperature: 0,
          top_p: 0.9,
          stop: ["END"],
          seed: 7,
        },
        body: {
          model: "command-a-03-2025",
          messages: [
            { role: "system", content: "Answer briefly." },
            { role: "user", content: "Weather in Paris?" },
            {
              role: "assistant",
              tool_calls: [
                { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
              ],
            },
            { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
          ],
          tools: [
            {
              type: "function",
              function: { name: "get_weather", description: "Weather of a city", parameters: weatherSchema },
            },
          ],
          tool_choice: "REQUIRED",
          max_tokens: 400,
          temperature: 0,
          p: 0.9,
          stop_sequences: ["END"],
          seed: 7,
        },
        reply: { recorded: "cohere/cohere/cohere-tool-call" },
        seen: {
          finish: "tool_calls",
          calls: [
            { name: "weather", arguments: { location: "San Francisco" }, id: "weather_dqgshstja6p9" },
            { name: "cityAttractions", arguments: { city: "San Francisco" }, id: "cityAttractions_dcxfx4myvx68" },
          ],
        },
      },
      {
        name: "streamed",
        proves: "cohere-chat",
        to: "/v1/chat/completions",
        target: "/v2/chat",
        model: "command-a-03-2025",
        send: { messages: [{ role: "user", content: "Hello" }], stream: true },
        body: { model: "command-a-03-2025", messages: [{ role: "user", content: "Hello" }], stream: true },
        reply: {
          frames: [
            {
              type: "message-start",
              id: "m-1",
              delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] } },
            },
            { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
            { type: "content-delta", index: 0, delta: { message: { content: { text: "Hello" } } } },
            { type: "content-end", index: 0 },
            {
              type: "message-end",
              delta: {
                finish_reason: "COMPLETE",
                usage: {
                  billed_units: { input_tokens: 1, output_tokens: 1 },
                  tokens: { input_tokens: 20, output_tokens: 10 },
                },
              },
            },
          ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
        },
        seen: { finish: "stop", text: "Hello" },
      },
      {
        name: "its error",
        proves: "cohere-chat",
        to: "/v1/chat/completions",
        target: "/v2/chat",
        model: "command-a-03-2025",
        send: { messages: [{ role: "user", content: "Hello" }] },
        body: { model: "command-a-03-2025", messages: [{ role: "user", content: "Hello" }] },
        reply: { json: { id: "e-1", message: "too many requests" }, status: 429 },
        seen: { status: 429, message: "too many requests" },
      },
    ],
  },
  chatHost({
    type: "perplexity",
    documents: "docs.perplexity.ai/api-reference/chat-completions-post (2026-11)",
    environment: { PERPLEXITY_API_KEY: KEY, PERPLEXITY_BASE_URL: HOST },
    alsoKnownAs: ["PPLX_API_KEY"],
    address: "https://api.perplexity.ai",
    headers: bearer,
    path: "/chat/completions",
    model: "sonar",
    // No tools, and user and assistant in turn.
    tools: {
      changes: {
        messages: [
          { role: "system", content: "Answer briefly." },
          {
            role: "user",
            content: [
              { type: "text", text: "Weather in Paris?" },
              { type: "text", text: "18 degrees" },
              { type: "text", text: "And in Rome?" },
            ],
          },
        ],
        tools: gone,
        tool_choice: gone,
        parallel_tool_calls: gone,
        seed: gone,
        n: gone,
        stop: gone,
        logit_bias: gone,
        logprobs: gone,
        top_logprobs: gone,
        reasoning_effort: gone,
      },
      lost: [
        "cache_control",
        "reasoning_content",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "stop",
        "seed",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "messages.tool_calls",
        "reasoning_effort",
      ],
      reply: { recorded: "openai-chat/perplexity/perplexity-text" },
      seen: { finish: "stop", inputTokens: 11, outputTokens: 392 },
    },
    toolStream: {
      changes: { tools: gone },
      lost: ["tools"],
      reply: chatFramesWithUsageAtFinish([{ content: "18 degrees" }]),
      seen: { finish: "stop", text: "18 degrees" },
    },
    stream: {
      changes: { max_completion_tokens: gone, max_tokens: 200, reasoning_effort: gone },
      reply: { recorded: "openai-chat/perplexity/perplexity-text (stream)" },
      seen: { finish: "stop" },
    },
    agent: {
      changes: {
        messages: [
          { role: "system", content: "Answer briefly." },
          { role: "user", content: "Weather in Paris?\n\n18 degrees\n\nAnd in Rome?" },
        ],
        tools: gone,
        tool_choice: gone,
        reasoning_effort: gone,
      },
      lost: ["cache_control", "thinking", "tools", "tool_choice", "messages.tool_calls"],
      reply: { recorded: "openai-chat/perplexity/perplexity-text" },
      seen: { finish: "end_turn" },
    },
    failure: {
      status: 400,
      reply: { error: { message: "Last message must have role `user`.", type: "invalid_message", code: 400 } },
      seen: { status: 400, message: "Last message must have role" },
    },
    more: [
      {
        name: "thinking between tags is reasoning",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/chat/completions",
        model: "sonar-reasoning-pro",
        send: { messages: [{ role: "user", content: "Hello" }] },
        body: { model: "sonar-reasoning-pro", messages: [{ role: "user", content: "Hello" }] },
        reply: {
          json: {
            id: "p-1",
            object: "chat.completion",
            created: 1_770_000_000,
            model: "sonar-reasoning-pro",
            choices: [
              {
                index: 0,
                finish_reason: "stop",
                message: { role: "assistant", content: "<think>A greeting.</think>\n\nHello" },
              },
            ],
            usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
          },
        },
        seen: { finish: "stop", reasoning: "A greeting.", text: "Hello" },
      },
    ],
  }),
  chatHost({
    type: "meta",
    documents:
      "dev.meta.ai/docs/protocols/chat-completions, /responses as cited by docs.litellm.ai/docs/providers/meta (2026-11)",
    environment: { META_API_KEY: KEY, META_BASE_URL: HOST },
    alsoKnownAs: ["META_MODEL_API_KEY"],
    address: "https://api.meta.ai/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "muse-spark-1.3"),
    path: "/v1/chat/completions",
    model: "muse-spark-1.3",
    tools: {
      changes: { "messages.0.role": "system", "messages.1.content.0.cache_control": gone },
      lost: ["cache_control"],
    },
    // It always reasons: the least of it stands for none.
    stream: { changes: { ...asksUsage, reasoning_effort: "minimal" } },
    agent: { changes: {}, lost: ["cache_control", "thinking"] },
    more: responsesCalls("/v1/responses", "muse-spark-1.3"),
  }),
  {
    type: "chatgpt",
    documents: "gomodel.md 3.2; github.com/openai/codex codex-rs/core: what the Codex CLI sends (2026-11)",
    environment: { CHATGPT_API_KEY: subscriptionToken, CHATGPT_BASE_URL: HOST },
    address: "https://chatgpt.com/backend-api/codex",
    headers: { authorization: `Bearer ${subscriptionToken}`, "chatgpt-account-id": "account-1" },
    calls: [
      {
        name: "a whole reply is asked for as a stream, without the fields that are refused",
        proves: "openai-responses",
        to: "/v1/responses",
        target: "/backend-api/codex/responses",
        model: "gpt-5.5",
        send: { ...responsesTools, temperature: 1, metadata: { team: "blue" }, truncation: "auto" },
        body: {
          model: "gpt-5.5",
          instructions: responsesTools["instructions"]!,
          input: responsesTools["input"]!,
          tools: responsesTools["tools"]!,
          reasoning: { effort: "low" },
          include: ["reasoning.encrypted_content"],
          store: false,
          stream: true,
        },
        reply: { recorded: "openai-responses/recorded-openai/responses_stream (stream)" },
        seen: { finish: "completed", text: "Hello, World!" },
        lost: ["max_output_tokens", "temperature", "metadata", "truncation"],
      },
      {
        name: "streamed, with a text as input",
        proves: "openai-responses",
        to: "/v1/responses",
        target: "/backend-api/codex/responses",
        model: "gpt-5.5",
        send: { ...responsesPlain, stream: true },
        body: {
          model: "gpt-5.5",
          input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }],
          store: false,
          stream: true,
        },
        reply: { recorded: "openai-responses/recorded-openai/responses_stream (stream)" },
        seen: { finish: "completed", text: "Hello, World!" },
      },
      {
        name: "its error",
        proves: "openai-responses",
        to: "/v1/responses",
        target: "/backend-api/codex/responses",
        model: "gpt-5.5",
        send: { input: [{ role: "user", content: "Hello" }], store: false, stream: true },
        body: { model: "gpt-5.5", input: [{ role: "user", content: "Hello" }], store: false, stream: true },
        reply: {
          json: {
            error: { type: "usage_limit_reached", message: "The usage limit has been reached", plan_type: "plus" },
          },
          status: 429,
        },
        seen: { status: 429, message: "The usage limit has been reached" },
      },
    ],
  },
];
