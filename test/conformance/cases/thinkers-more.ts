// Wire examples of further vendors from China: MiniMax, Xiaomi, Alibaba.
import { gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { messagesCalls, responsesCalls } from "../native-host.ts";
import {
  calledWeather,
  chatFrames,
  chatFramesWithUsageAtFinish,
  chatReply,
  weatherCall,
  weatherPieces,
} from "../replies-chat.ts";
import { chatPlain, messagesPlain } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };
const version = { "anthropic-version": "2023-06-01" };

export const furtherThinkerCases: readonly ProviderCase[] = [
  chatHost({
    type: "minimax",
    documents: "platform.minimax.io/docs/api-reference/text-openai-api, text-anthropic-api, errorcode (2026-11)",
    environment: { MINIMAX_API_KEY: KEY, MINIMAX_BASE_URL: HOST },
    address: "https://api.minimax.io/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "MiniMax-M3"),
    path: "/v1/chat/completions",
    model: "MiniMax-M3",
    tools: {
      changes: {
        "messages.0.role": "system",
        "messages.1.content.0.cache_control": gone,
        temperature: 0.01,
        reasoning_split: true,
      },
      lost: ["cache_control"],
      reply: chatReply(
        {
          content: "<think>Rome now.</think>",
          tool_calls: [weatherCall],
          reasoning_details: [
            {
              type: "reasoning.text",
              id: "reasoning-text-1",
              format: "MiniMax-response-v1",
              index: 0,
              text: "Rome now.",
            },
          ],
        },
        "tool_calls",
        { base_resp: { status_code: 0, status_msg: "" } },
      ),
      seen: { finish: "tool_calls", text: "", calls: calledWeather },
    },
    // Details of a stream repeat all that was thought so far.
    toolStream: { changes: { ...asksUsage, reasoning_split: true } },
    stream: {
      changes: { ...asksUsage, reasoning_split: true },
      reply: chatFrames([
        { content: "", reasoning_details: [{ type: "reasoning.text", index: 0, text: "Th" }] },
        { content: "", reasoning_details: [{ type: "reasoning.text", index: 0, text: "Three." }] },
        { content: '{"count":3}' },
      ]),
      seen: { finish: "stop", text: '{"count":3}', reasoning: "Three." },
    },
    // Failures come under status 200.
    failure: {
      status: 200,
      reply: { base_resp: { status_code: 1008, status_msg: "insufficient balance" } },
      seen: { status: 429, message: "insufficient balance", code: "insufficient_quota" },
      changes: { reasoning_split: true },
    },
    more: [
      ...responsesCalls("/v1/responses", "MiniMax-M3"),
      ...messagesCalls("/anthropic/v1/messages", "MiniMax-M3", { headers: version }),
    ],
  }),
  chatHost({
    type: "xiaomi",
    documents: "platform.xiaomimimo.com/docs/quick-start/first-api-call, docs/api/chat (2026-11)",
    environment: { XIAOMI_API_KEY: KEY, XIAOMI_BASE_URL: HOST },
    alsoKnownAs: ["MIMO_API_KEY", "XIAOMI_MIMO_API_KEY"],
    address: "https://api.xiaomimimo.com/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "mimo-v2.5-pro"),
    path: "/v1/chat/completions",
    model: "mimo-v2.5-pro",
    tools: {
      changes: {
        "messages.0.role": "system",
        "messages.1.content.0.cache_control": gone,
        "messages.2.content": "",
        "tools.0.function.strict": gone,
        "tools.0.function.parameters.additionalProperties": gone,
        parallel_tool_calls: gone,
        max_tokens: gone,
        max_completion_tokens: 400,
      },
      lost: ["cache_control", "tools.strict", "tools.additionalProperties", "parallel_tool_calls"],
    },
    toolStream: { changes: {}, reply: chatFramesWithUsageAtFinish(weatherPieces, "tool_calls") },
    stream: {
      changes: {},
      reply: chatFramesWithUsageAtFinish([{ reasoning_content: "Three." }, { content: '{"count":3}' }]),
    },
    failure: {
      status: 400,
      reply: {
        error: {
          code: "400",
          message: "Param Incorrect",
          param: "tools[0].function.strict is not supported",
          type: "",
        },
      },
      seen: { status: 400, message: "Param Incorrect" },
    },
    more: [
      ...messagesCalls("/anthropic/v1/messages", "mimo-v2.5-pro", { headers: version }),
      {
        name: "Messages without the field that is refused",
        proves: "anthropic-messages",
        to: "/v1/messages",
        target: "/anthropic/v1/messages",
        headers: version,
        model: "mimo-v2.5-pro",
        send: { ...messagesPlain, output_config: { effort: "high" } },
        body: { model: "mimo-v2.5-pro", ...messagesPlain },
        reply: { recorded: "anthropic-messages/recorded-anthropic/messages" },
        seen: { finish: "end_turn" },
        lost: ["output_config"],
      },
    ],
  }),
  chatHost({
    type: "bailian",
    documents: "help.aliyun.com/en/model-studio/qwen-api-reference, anthropic-api-messages, deep-thinking (2026-11)",
    environment: { BAILIAN_API_KEY: KEY, BAILIAN_BASE_URL: HOST },
    alsoKnownAs: ["DASHSCOPE_API_KEY", "QWEN_API_KEY"],
    address: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    headers: bearer,
    listing: openaiListing("/compatible-mode/v1/models", "qwen3.7-plus"),
    path: "/compatible-mode/v1/chat/completions",
    model: "qwen3.7-plus",
    // A forced tool excludes thinking; cache marks are read.
    tools: {
      changes: {
        "messages.0.role": "system",
        max_tokens: gone,
        max_completion_tokens: 400,
        reasoning_effort: gone,
        enable_thinking: false,
      },
      lost: ["reasoning_effort"],
      reply: { recorded: "openai-chat/alibaba/alibaba-tool-call" },
      seen: {
        finish: "tool_calls",
        calls: [{ name: "weather", arguments: { location: "San Francisco" }, id: "call_962bfd2ab8f54b89a1161356" }],
        inputTokens: 295,
        outputTokens: 22,
      },
    },
    stream: {
      changes: { ...asksUsage, reasoning_effort: gone, enable_thinking: false },
      reply: { recorded: "openai-chat/alibaba/alibaba-reasoning (stream)" },
      seen: { finish: "stop" },
    },
    failure: {
      status: 400,
      reply: {
        error: {
          message: "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]",
          type: "invalid_request_error",
          param: null,
          code: "invalid_parameter_error",
        },
        request_id: "r-1",
      },
      seen: { status: 400, message: "Range of input length" },
    },
    more: [
      ...messagesCalls("/apps/anthropic/v1/messages", "qwen3.7-plus", { headers: version }),
      {
        name: "an open model thinks in streams only",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/compatible-mode/v1/chat/completions",
        model: "qwen3-235b-a22b",
        send: chatPlain,
        body: { model: "qwen3-235b-a22b", ...chatPlain, enable_thinking: false },
        reply: chatReply({ content: "Hello" }),
        seen: { finish: "stop", text: "Hello" },
      },
      {
        name: "a call whose continuation has an empty id",
        proves: "openai-chat",
        to: "/v1/chat/completions",
        target: "/compatible-mode/v1/chat/completions",
        model: "qwen3.7-plus",
        send: { ...chatPlain, stream: true, stream_options: { include_usage: true } },
        body: { model: "qwen3.7-plus", ...chatPlain, stream: true, stream_options: { include_usage: true } },
        reply: { recorded: "openai-chat/alibaba/alibaba-tool-call (stream)" },
        seen: { finish: "tool_calls", calls: [{ name: "weather", arguments: { location: "San Francisco" } }] },
      },
    ],
  }),
];
