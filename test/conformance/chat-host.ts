// The calls that every host of Chat Completions is shown with; a case says only what its vendor wants otherwise.

import type { AsymmetricMatcher } from "bun:test";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { type Call, changed, type Failure, type gone, type ProviderCase, type Reply, type Seen } from "./case.ts";
import { calledWeather, chatFrames, chatReply, weatherCall, weatherPieces } from "./replies-chat.ts";
import { chatCalls, chatPlain, chatStream, chatTools, messagesTools } from "./requests.ts";

/** A value may be a matcher of the test runner, where the wire leaves a choice. */
export type Changes = { readonly [path: string]: JsonValue | AsymmetricMatcher | typeof gone };

/** What the vendor's wire has otherwise than the client wrote it, and what the client is told about that. */
export type Difference = { changes: Changes; lost?: readonly string[]; reply?: Reply; seen?: Seen; model?: string };

export type ChatHost = Omit<ProviderCase, "calls"> & {
  path: string;
  model: string;
  /** Of `chatTools`, answered whole. */
  tools: Difference;
  /** Of `chatStream`, answered as a stream. */
  stream: Difference;
  /** Of `chatCalls`, whose tool call comes in pieces; most hosts are only asked to count. */
  toolStream?: Partial<Difference>;
  /** Of `messagesAsChat`: what an agent of Anthropic's asks, translated. Absent where the host speaks Messages itself. */
  agent?: Difference;
  failure?: { reply: JsonValue; status: number; seen: Failure; changes?: Changes };
  more?: readonly Call[];
};

/** Written by hand from translation.md B1.2: `messagesTools` as a Chat Completions body. */
export const messagesAsChat: JsonObject = {
  messages: [
    { role: "system", content: "Answer briefly." },
    { role: "user", content: "Weather in Paris?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "toolu_01", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
      ],
    },
    { role: "tool", tool_call_id: "toolu_01", content: "18 degrees" },
    { role: "user", content: "And in Rome?" },
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "Weather of a city",
        parameters: {
          $schema: "http://json-schema.org/draft-07/schema#",
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    },
  ],
  tool_choice: "auto",
  max_tokens: 4000,
  reasoning_effort: "low",
  user: "user-1",
};

/** Most hosts count in a stream only when asked (platform.openai.com/docs/api-reference/chat, read 2026-11). */
export const asksUsage = { stream_options: { include_usage: true } };

const openaiFailure: NonNullable<ChatHost["failure"]> = {
  status: 429,
  reply: { error: { message: "Rate limit reached", type: "requests", param: null, code: "rate_limit_exceeded" } },
  seen: { status: 429, message: "Rate limit reached", code: "rate_limit_exceeded" },
};

export function chatHost(host: ChatHost): ProviderCase {
  const { path, model, tools, stream, toolStream, agent, failure = openaiFailure, more = [], ...provider } = host;
  const common = { proves: "openai-chat", target: path } as const;
  const call = (
    name: string,
    difference: Difference,
    rest: Pick<Call, "to" | "send" | "reply" | "seen"> & { base: JsonObject },
  ): Call => {
    const { base, ...own } = rest;
    const named = difference.model ?? model;
    return {
      ...common,
      name,
      model: named,
      ...own,
      body: { model: named, ...changed(base, difference.changes) },
      ...(difference.lost && { lost: difference.lost }),
    };
  };
  const agentCall = (difference: Difference) =>
    call("an agent of Anthropic's, whole", difference, {
      to: "/v1/messages",
      send: messagesTools,
      base: messagesAsChat,
      reply: difference.reply ?? chatReply({ content: null, tool_calls: [weatherCall] }, "tool_calls"),
      seen: difference.seen ?? { finish: "tool_use", calls: calledWeather, inputTokens: 20, outputTokens: 10 },
    });
  return {
    ...provider,
    calls: [
      call("tools, whole", tools, {
        to: "/v1/chat/completions",
        send: chatTools,
        base: chatTools,
        reply: tools.reply ?? chatReply({ content: null, tool_calls: [weatherCall] }, "tool_calls"),
        seen: tools.seen ?? { finish: "tool_calls", calls: calledWeather, inputTokens: 20, outputTokens: 10 },
      }),
      call("an answer to a schema, streamed", stream, {
        to: "/v1/chat/completions",
        send: chatStream,
        base: chatStream,
        reply: stream.reply ?? chatFrames([{ content: '{"count"' }, { content: ":3}" }]),
        seen: stream.seen ?? { finish: "stop", text: '{"count":3}' },
      }),
      call(
        "a tool call in pieces, streamed",
        { changes: asksUsage, ...toolStream },
        {
          to: "/v1/chat/completions",
          send: chatCalls,
          base: chatCalls,
          reply: toolStream?.reply ?? chatFrames(weatherPieces, "tool_calls"),
          seen: toolStream?.seen ?? { finish: "tool_calls", calls: calledWeather },
        },
      ),
      ...(agent ? [agentCall(agent)] : []),
      {
        ...common,
        name: "its error",
        model,
        to: "/v1/chat/completions",
        send: chatPlain,
        body: { model, ...changed(chatPlain, failure.changes ?? {}) },
        reply: { json: failure.reply, status: failure.status },
        seen: failure.seen,
      },
      ...more,
    ],
  };
}

/** OpenAI's listing with one model, as nearly every host answers it. */
export function openaiListing(target: string, model: string): NonNullable<ProviderCase["listing"]> {
  const entry = { id: model, object: "model", created: 1_770_000_000, owned_by: "vendor" };
  return { target, reply: { object: "list", data: [entry] }, models: [model] };
}
