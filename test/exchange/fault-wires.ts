// One short reply on the wire of each upstream dialect, whole and streamed, and how its makers say that something is wrong.
import { eventMessage, eventStreamMessage, exceptionMessage } from "../support/aws-event-stream.ts";
import { anthropicWire, geminiWire, openaiWire } from "./wires.ts";

export type Bytes = string | Uint8Array;
export type Headers = readonly (readonly [name: string, value: string])[];
export type ErrorReply = { body: unknown; headers?: Headers };

export type FaultWire = {
  dialect: string;
  /** Of the variables of a provider that speaks this dialect with every client, and lets replies in it pass as they are. */
  prefix: string;
  /** In front of a model's name, where only some models are served in this dialect. */
  stem?: string;
  /** What the provider must be told beside address and key. */
  settings?: { readonly [name: string]: string };
  streamType: string;
  whole: unknown;
  /** Frames that hold no output yet. */
  opening: readonly Bytes[];
  /** One frame with the text "Hello". */
  output: Bytes;
  /** Frames that end the reply. The last one is the terminal marker. */
  ending: readonly Bytes[];
  errorFrame: Bytes;
  /** What a client is told of that frame, when it comes before any output. */
  errorFrameStatus: 502 | 503;
  /** An overload in place of a reply, with status 200. */
  overloaded: unknown;
  error: (status: number, message: string) => ErrorReply;
  /** A limit that is free again 6.9 seconds after `limitDate`, told in the maker's own way. */
  ownLimit?: ErrorReply;
  ping: Bytes;
  malformed: Bytes;
  /** Begins a frame that never ends, to be filled with the letter x. */
  endless: Bytes;
};

export const limitDate = "Tue, 01 Jan 2030 00:00:00 GMT";

const sse = "text/event-stream; charset=utf-8";
const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const sseFaults = { malformed: "data: {oops\n\n", endless: "data: " };
const limited = "Rate limit reached.";

/** platform.openai.com/docs/guides/rate-limits (2026-11). */
const openaiLimit: ErrorReply = {
  body: { error: { message: limited, type: "requests", param: null, code: "rate_limit_exceeded" } },
  headers: [
    ["x-ratelimit-remaining-requests", "0"],
    ["x-ratelimit-reset-requests", "6.9s"],
  ],
};

const chat: FaultWire = {
  ...openaiWire,
  ...sseFaults,
  dialect: "openai-chat",
  prefix: "OPENAI_COMPATIBLE",
  streamType: sse,
  errorFrameStatus: 503,
  overloaded: { error: { message: "overloaded", type: "overloaded_error", param: null, code: null } },
  error: (status, message) => ({ body: openaiWire.errorBody(status, message) }),
  ownLimit: openaiLimit,
};

const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
const item = (status: string, content: object[]) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status,
  content,
});
const response = (status: string, output: object[], rest: object = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 1_700_000_000,
  status,
  error: null,
  incomplete_details: null,
  model: "model-1",
  output,
  usage: null,
  ...rest,
});
const responsesUsage = { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } };
const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
const complete = response("completed", [item("completed", [part("Hello")])], responsesUsage);

/** platform.openai.com/docs/api-reference/responses-streaming (2026-11). OpenAI serves models of this name on Responses alone. */
const responses: FaultWire = {
  ...sseFaults,
  dialect: "openai-responses",
  prefix: "OPENAI",
  stem: "codex-",
  streamType: sse,
  whole: complete,
  opening: [
    named("response.created", { sequence_number: 0, response: response("in_progress", []) }),
    named("response.output_item.added", { sequence_number: 1, output_index: 0, item: item("in_progress", []) }),
    named("response.content_part.added", { sequence_number: 2, ...place, part: part("") }),
  ],
  output: named("response.output_text.delta", { sequence_number: 3, ...place, delta: "Hello", logprobs: [] }),
  ending: [
    named("response.output_text.done", { sequence_number: 4, ...place, text: "Hello", logprobs: [] }),
    named("response.content_part.done", { sequence_number: 5, ...place, part: part("Hello") }),
    named("response.output_item.done", {
      sequence_number: 6,
      output_index: 0,
      item: item("completed", [part("Hello")]),
    }),
    named("response.completed", { sequence_number: 7, response: complete }),
  ],
  errorFrame: named("response.failed", {
    sequence_number: 4,
    response: response("failed", [], { error: { code: "server_error", message: "We are currently overloaded." } }),
  }),
  errorFrameStatus: 503,
  overloaded: response("failed", [], { error: { code: "server_error", message: "We are currently overloaded." } }),
  error: (status, message) => ({ body: openaiWire.errorBody(status, message) }),
  ownLimit: openaiLimit,
  ping: ": ping\n\n",
};

const messages: FaultWire = {
  ...anthropicWire,
  ...sseFaults,
  dialect: "anthropic-messages",
  streamType: sse,
  errorFrameStatus: 503,
  overloaded: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
  error: (status, message) => ({ body: anthropicWire.errorBody(status, message) }),
  // docs.anthropic.com/en/api/rate-limits (2026-11).
  ownLimit: {
    body: { type: "error", error: { type: "rate_limit_error", message: limited } },
    headers: [
      ["Date", limitDate],
      ["anthropic-ratelimit-requests-remaining", "0"],
      ["anthropic-ratelimit-requests-reset", "2030-01-01T00:00:06.900Z"],
    ],
  },
};

const gemini: FaultWire = {
  ...geminiWire,
  ...sseFaults,
  dialect: "gemini",
  streamType: "text/event-stream",
  errorFrameStatus: 503,
  overloaded: geminiWire.errorBody(503, "The model is overloaded."),
  error: (status, message) => ({ body: geminiWire.errorBody(status, message) }),
  // google.rpc.RetryInfo, cloud.google.com/apis/design/errors (2026-11).
  ownLimit: {
    body: {
      error: {
        code: 429,
        message: limited,
        status: "RESOURCE_EXHAUSTED",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "6.9s" }],
      },
    },
  },
};

/** Total length of 1 MiB, no headers, CRC-32 of these eight bytes (smithy.io, Amazon Event Stream). */
const openMessage = Uint8Array.of(0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xfc, 0x43, 0xa7);
const converseUsage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };
const event = (type: string, payload: object) => eventMessage(type, JSON.stringify(payload));

function damaged(message: Uint8Array): Uint8Array {
  const bytes = message.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes;
}

/** docs.aws.amazon.com/bedrock/latest/APIReference, Converse and ConverseStream (2026-11). */
const converse: FaultWire = {
  dialect: "bedrock-converse",
  prefix: "BEDROCK",
  settings: { REGION: "eu-west-1" },
  streamType: "application/vnd.amazon.eventstream",
  whole: {
    output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
    stopReason: "end_turn",
    usage: converseUsage,
    metrics: { latencyMs: 10 },
  },
  opening: [event("messageStart", { role: "assistant" })],
  output: event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hello" } }),
  ending: [
    event("contentBlockStop", { contentBlockIndex: 0 }),
    event("messageStop", { stopReason: "end_turn" }),
    event("metadata", { usage: converseUsage, metrics: { latencyMs: 10 } }),
  ],
  errorFrame: exceptionMessage("serviceUnavailableException", JSON.stringify({ message: "The service is busy." })),
  errorFrameStatus: 503,
  // translation.md A5: a call that the service does not know is answered like this.
  overloaded: { Output: { __type: "com.amazon.coral.service#ServiceUnavailableException" }, Version: "1.0" },
  error: (status, message) => ({
    body: { message },
    headers: [["x-amzn-ErrorType", status === 429 ? "ThrottlingException" : "InternalServerException:http://x/"]],
  }),
  // Converse has no pings; a message without an event is what comes nearest.
  ping: eventStreamMessage({ ":message-type": "event", ":content-type": "application/json" }, ""),
  malformed: damaged(event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "oops" } })),
  endless: openMessage,
};

const cohereCounts = { tokens: { input_tokens: 3, output_tokens: 2 } };
const said = (content: object) => ({ index: 0, delta: { message: { content } } });

/** docs.cohere.com/reference/chat and chat-stream, v2 (2026-11). */
const cohere: FaultWire = {
  ...sseFaults,
  dialect: "cohere-chat",
  prefix: "COHERE",
  streamType: "text/event-stream",
  whole: {
    id: "c1",
    message: { role: "assistant", content: [{ type: "text", text: "Hello" }] },
    finish_reason: "COMPLETE",
    usage: cohereCounts,
  },
  opening: [
    named("message-start", { id: "c1", delta: { message: { role: "assistant", content: [], tool_calls: [] } } }),
    named("content-start", said({ type: "text", text: "" })),
  ],
  output: named("content-delta", said({ text: "Hello" })),
  ending: [
    named("content-end", { index: 0 }),
    named("message-end", { delta: { finish_reason: "COMPLETE", usage: cohereCounts } }),
  ],
  errorFrame: named("message-end", { delta: { finish_reason: "ERROR", error: "the generation failed" } }),
  errorFrameStatus: 502,
  overloaded: { id: "c1", message: "the model is overloaded" },
  error: (_status, message) => ({ body: { id: "c1", message } }),
  ping: ": ping\n\n",
};

export const faultWires: readonly FaultWire[] = [chat, responses, messages, gemini, converse, cohere];

/** The provider's complete stream. */
export const completeStream = (wire: FaultWire): Bytes[] => [...wire.opening, wire.output, ...wire.ending];
