// The calls that a host of Messages, Responses or generateContent is shown with by clients of the same dialect.
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { type Call, changed, type Failure, type Reply, type Seen } from "./case.ts";
import type { Changes } from "./chat-host.ts";
import { geminiPlain, geminiTools, messagesPlain, messagesTools, responsesPlain, responsesTools } from "./requests.ts";

type Shown = { changes?: Changes; lost?: readonly string[]; reply?: Reply; seen?: Seen };

type Difference = {
  tools?: Shown;
  stream?: Shown;
  failure?: { reply: JsonValue; status: number; seen: Failure };
  /** What every call of this dialect has beside the provider's own headers. */
  headers?: Call["headers"];
};

type Defaults = {
  tools: { reply: Reply; seen: Seen };
  stream: { reply: Reply; seen: Seen };
  failure: NonNullable<Difference["failure"]>;
};

type Place = {
  proves: string;
  to: string;
  streamTo?: string;
  target: string;
  streamTarget?: string;
  model: string;
  /** The body has a model and a switch for streams; otherwise both stand in the path. */
  inBody: boolean;
  send: { tools: JsonObject; plain: JsonObject };
};

function calls(place: Place, difference: Difference, defaults: Defaults): Call[] {
  const { model, send, inBody } = place;
  const own = inBody ? { model } : {};
  const streamed = inBody ? { ...send.plain, stream: true } : send.plain;
  const common = {
    proves: place.proves,
    to: place.to,
    target: place.target,
    model,
    ...(difference.headers && { headers: difference.headers }),
  };
  const shown = (base: JsonObject, { changes = {}, lost }: Shown = {}) => ({
    body: { ...own, ...changed(base, changes) },
    ...(lost && { lost }),
  });
  const failure = difference.failure ?? defaults.failure;
  return [
    {
      ...common,
      name: `${place.proves}: tools, whole`,
      send: send.tools,
      ...shown(send.tools, difference.tools),
      reply: difference.tools?.reply ?? defaults.tools.reply,
      seen: difference.tools?.seen ?? defaults.tools.seen,
    },
    {
      ...common,
      name: `${place.proves}: streamed`,
      to: place.streamTo ?? place.to,
      target: place.streamTarget ?? place.target,
      send: streamed,
      ...shown(streamed, difference.stream),
      reply: difference.stream?.reply ?? defaults.stream.reply,
      seen: difference.stream?.seen ?? defaults.stream.seen,
    },
    {
      ...common,
      name: `${place.proves}: its error`,
      send: send.plain,
      body: { ...own, ...send.plain },
      reply: { json: failure.reply, status: failure.status },
      seen: failure.seen,
    },
  ];
}

/** docs.anthropic.com/en/api/messages-streaming (2026-11): text after thinking, counts in two places. */
const messageFrames = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "reported-model",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 20, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "A greeting." } },
  { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2lnbmF0dXJl" } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "ping" },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hello" } },
  { type: "content_block_stop", index: 1 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 10 } },
  { type: "message_stop" },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

const messagesDefaults: Defaults = {
  tools: {
    reply: {
      json: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "reported-model",
        content: [
          { type: "thinking", thinking: "Rome now.", signature: "c2lnbmF0dXJl" },
          { type: "tool_use", id: "toolu_02", name: "get_weather", input: { city: "Rome" } },
        ],
        stop_reason: "tool_use",
        stop_sequence: null,
        usage: { input_tokens: 20, output_tokens: 10 },
      },
    },
    seen: {
      finish: "tool_use",
      reasoning: "Rome now.",
      calls: [{ name: "get_weather", arguments: { city: "Rome" }, id: "toolu_02" }],
      inputTokens: 20,
      outputTokens: 10,
    },
  },
  stream: {
    reply: { frames: messageFrames },
    seen: { finish: "end_turn", text: "Hello", reasoning: "A greeting.", inputTokens: 20, outputTokens: 10 },
  },
  failure: {
    status: 529,
    reply: { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" },
    seen: { status: 503, message: "Overloaded", type: "overloaded_error" },
  },
};

export function messagesCalls(target: string, model: string, difference: Difference = {}): Call[] {
  const send = { tools: messagesTools, plain: messagesPlain };
  const place = { proves: "anthropic-messages", to: "/v1/messages", target, model, inBody: true, send };
  return calls(place, difference, messagesDefaults);
}

const response = (status: string, output: JsonValue[]): JsonObject => ({
  id: "resp_1",
  object: "response",
  created_at: 1_770_000_000,
  status,
  model: "reported-model",
  output,
  usage: {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 10,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 30,
  },
});

const message = (text: string): JsonObject => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

/** platform.openai.com/docs/api-reference/responses-streaming (2026-11), shortened to what ends it well. */
const responseFrames = [
  { type: "response.created", response: response("in_progress", []) },
  { type: "response.output_item.added", output_index: 0, item: { ...message(""), status: "in_progress", content: [] } },
  {
    type: "response.content_part.added",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    part: { type: "output_text", text: "", annotations: [] },
  },
  { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "Hello" },
  { type: "response.output_text.done", item_id: "msg_1", output_index: 0, content_index: 0, text: "Hello" },
  { type: "response.output_item.done", output_index: 0, item: message("Hello") },
  { type: "response.completed", response: response("completed", [message("Hello")]) },
].map((event, sequence_number) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`);

const responsesDefaults: Defaults = {
  tools: {
    reply: {
      json: response("completed", [
        {
          id: "fc_1",
          type: "function_call",
          status: "completed",
          call_id: "call_2",
          name: "get_weather",
          arguments: '{"city":"Rome"}',
        },
      ]),
    },
    seen: {
      finish: "completed",
      calls: [{ name: "get_weather", arguments: { city: "Rome" }, id: "call_2" }],
      inputTokens: 20,
      outputTokens: 10,
    },
  },
  stream: { reply: { frames: responseFrames }, seen: { finish: "completed", text: "Hello" } },
  failure: {
    status: 400,
    reply: {
      error: { message: "Unknown model", type: "invalid_request_error", param: "model", code: "model_not_found" },
    },
    seen: { status: 404, message: "Unknown model" },
  },
};

export function responsesCalls(target: string, model: string, difference: Difference = {}): Call[] {
  const send = { tools: responsesTools, plain: responsesPlain };
  const place = { proves: "openai-responses", to: "/v1/responses", target, model, inBody: true, send };
  return calls(place, difference, responsesDefaults);
}

const candidate = (parts: JsonValue[], finishReason?: string): JsonObject => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...(finishReason && { finishReason }) }],
  usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 8, thoughtsTokenCount: 2, totalTokenCount: 30 },
  modelVersion: "reported-model",
});

/** ai.google.dev/api/generate-content and gemini-api/docs/thought-signatures (2026-11). */
const geminiDefaults: Defaults = {
  tools: {
    reply: {
      json: candidate(
        [{ functionCall: { name: "get_weather", args: { city: "Rome" } }, thoughtSignature: "c2lnbmF0dXJl" }],
        "STOP",
      ),
    },
    seen: {
      finish: "STOP",
      calls: [{ name: "get_weather", arguments: { city: "Rome" } }],
      inputTokens: 20,
      outputTokens: 10,
    },
  },
  stream: {
    reply: {
      frames: [
        candidate([{ text: "A greeting.", thought: true }]),
        candidate([{ text: "Hel" }]),
        candidate([{ text: "lo" }], "STOP"),
      ].map((body) => `data: ${JSON.stringify(body)}\r\n\r\n`),
    },
    seen: { finish: "STOP", text: "Hello", reasoning: "A greeting.", inputTokens: 20, outputTokens: 10 },
  },
  failure: {
    status: 429,
    reply: { error: { code: 429, message: "Resource has been exhausted", status: "RESOURCE_EXHAUSTED" } },
    seen: { status: 429, message: "Resource has been exhausted" },
  },
};

/** `target` without the verb of the call. */
export function geminiCalls(target: string, model: string, difference: Difference = {}): Call[] {
  const place = {
    proves: "gemini",
    to: "/v1beta/models/MODEL:generateContent",
    streamTo: "/v1beta/models/MODEL:streamGenerateContent?alt=sse",
    target: `${target}:generateContent`,
    streamTarget: `${target}:streamGenerateContent?alt=sse`,
    model,
    inBody: false,
    send: { tools: geminiTools, plain: geminiPlain },
  };
  return calls(place, difference, geminiDefaults);
}

/** docs.anthropic.com/en/api/messages-count-tokens (2026-11), at hosts that count. */
export function countCall(target: string, model: string, headers?: Call["headers"]): Call {
  const { max_tokens: _, ...counted } = messagesPlain;
  return {
    name: "anthropic-messages: its counter",
    proves: "anthropic-messages",
    to: "/v1/messages/count_tokens",
    target,
    model,
    send: counted,
    body: { model, ...counted },
    reply: { json: { input_tokens: 12 } },
    seen: { json: { input_tokens: 12 } },
    ...(headers && { headers }),
  };
}
