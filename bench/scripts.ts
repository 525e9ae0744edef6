// The streams of the fake upstream: what it writes, frame by frame, in each wire language.
import { eventMessage } from "../test/support/aws-event-stream.ts";
import type { Shape } from "./plan.ts";
import { mark } from "./wire.ts";

/** Frames of one streamed reply in every shape, terminal marker included. */
export const framesPerStream = 100;

export type StreamScript = {
  contentType: string;
  /** Frames before the first delta. */
  opening: Buffer[];
  delta(text: string): Buffer;
  /** Frames after the last delta. */
  closing: Buffer[];
  /** Text that only the end of a stream holds. */
  terminal: string;
  /** How often each delta's text stands in the stream: some languages repeat the whole text at the end. */
  marksPerDelta: number;
};

const words = [
  "the",
  "queue",
  "is",
  "empty",
  '"again"',
  "and",
  "waits",
  "for\n",
  "another",
  "writer",
  "soon",
  "enough",
];

/** Text of delta `index`: a few letters as models send them, with exactly one mark. */
export function deltaText(index: number): string {
  return ` ${words[index % words.length] ?? ""}${mark}`;
}

type Json = { [name: string]: unknown };

const sse = "text/event-stream; charset=utf-8";
const created = 1763700000;
const dataFrame = (json: unknown, end = "\n\n") => Buffer.from(`data: ${JSON.stringify(json)}${end}`);
const namedFrame = (event: Json & { type: string }) =>
  Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

function chatScript(): StreamScript {
  const usage = { prompt_tokens: 212, completion_tokens: 96, total_tokens: 308 };
  const line = (rest: Json) =>
    dataFrame({
      id: "chatcmpl-bench0000000000000000000001",
      object: "chat.completion.chunk",
      created,
      model: "bench-model",
      service_tier: "default",
      system_fingerprint: "fp_bench",
      ...rest,
    });
  const frame = (delta: Json, finish: string | null) =>
    line({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null });
  return {
    contentType: sse,
    opening: [frame({ role: "assistant", content: "", refusal: null }, null)],
    delta: (content) => frame({ content }, null),
    closing: [frame({}, "stop"), line({ choices: [], usage }), Buffer.from("data: [DONE]\n\n")],
    terminal: "[DONE]",
    marksPerDelta: 1,
  };
}

function messagesScript(): StreamScript {
  const usage = { input_tokens: 212, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message = {
    id: "msg_bench00000000000000000001",
    type: "message",
    role: "assistant",
    model: "claude-bench",
    content: [],
  };
  const end = { stop_reason: "end_turn", stop_sequence: null };
  return {
    contentType: sse,
    opening: [
      namedFrame({ type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null, usage } }),
      namedFrame({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ],
    delta: (text) => namedFrame({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    closing: [
      namedFrame({ type: "content_block_stop", index: 0 }),
      namedFrame({ type: "message_delta", delta: end, usage: { output_tokens: 95 } }),
      namedFrame({ type: "message_stop" }),
    ],
    terminal: "message_stop",
    marksPerDelta: 1,
  };
}

const responsesOpening = 4;
const responsesClosing = 4;

function responsesScript(): StreamScript {
  const deltas = framesPerStream - responsesOpening - responsesClosing;
  const text = Array.from({ length: deltas }, (_, index) => deltaText(index)).join("");
  const part = { type: "output_text", annotations: [], logprobs: [], text: "" };
  const item = { id: "msg_bench", type: "message", status: "in_progress", role: "assistant", content: [] };
  const response = {
    id: "resp_bench",
    object: "response",
    created_at: created,
    status: "in_progress",
    error: null,
    incomplete_details: null,
    model: "codex-bench",
    output: [],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: null,
  };
  const usage = {
    input_tokens: 212,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 96,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 308,
  };
  const place = { item_id: item.id, output_index: 0, content_index: 0 };
  const donePart = { ...part, text };
  const doneItem = { ...item, status: "completed", content: [donePart] };
  const last = framesPerStream - responsesClosing;
  return {
    contentType: sse,
    opening: [
      namedFrame({ type: "response.created", sequence_number: 0, response }),
      namedFrame({ type: "response.in_progress", sequence_number: 1, response }),
      namedFrame({ type: "response.output_item.added", sequence_number: 2, output_index: 0, item }),
      namedFrame({ type: "response.content_part.added", sequence_number: 3, ...place, part }),
    ],
    delta: (delta) =>
      namedFrame({ type: "response.output_text.delta", sequence_number: 4, ...place, delta, logprobs: [] }),
    closing: [
      namedFrame({ type: "response.output_text.done", sequence_number: last, ...place, text, logprobs: [] }),
      namedFrame({ type: "response.content_part.done", sequence_number: last + 1, ...place, part: donePart }),
      namedFrame({ type: "response.output_item.done", sequence_number: last + 2, output_index: 0, item: doneItem }),
      namedFrame({
        type: "response.completed",
        sequence_number: last + 3,
        response: { ...response, status: "completed", output: [doneItem], usage },
      }),
    ],
    terminal: "response.completed",
    marksPerDelta: 5,
  };
}

function geminiScript(): StreamScript {
  const frame = (text: string, rest: Json, counts: Json) =>
    dataFrame(
      {
        candidates: [{ content: { parts: [{ text }], role: "model" }, ...rest, index: 0 }],
        usageMetadata: { promptTokenCount: 212, totalTokenCount: 212, ...counts },
        modelVersion: "gemini-bench",
        responseId: "bench",
      },
      "\r\n\r\n",
    );
  return {
    contentType: "text/event-stream",
    opening: [],
    delta: (text) => frame(text, {}, {}),
    closing: [frame("", { finishReason: "STOP" }, { candidatesTokenCount: 96, totalTokenCount: 308 })],
    terminal: '"finishReason":"STOP"',
    marksPerDelta: 1,
  };
}

function converseScript(): StreamScript {
  const event = (type: string, payload: Json) => Buffer.from(eventMessage(type, JSON.stringify(payload)));
  return {
    contentType: "application/vnd.amazon.eventstream",
    opening: [event("messageStart", { role: "assistant" })],
    delta: (text) => event("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
    closing: [
      event("contentBlockStop", { contentBlockIndex: 0 }),
      event("messageStop", { stopReason: "end_turn" }),
      event("metadata", {
        usage: { inputTokens: 212, outputTokens: 96, totalTokens: 308 },
        metrics: { latencyMs: 812 },
      }),
    ],
    terminal: "messageStop",
    marksPerDelta: 1,
  };
}

function cohereScript(): StreamScript {
  const frame = (event: Json & { type: string }) => namedFrame(event);
  return {
    contentType: "text/event-stream",
    opening: [
      frame({
        type: "message-start",
        id: "bench",
        delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] } },
      }),
      frame({ type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } }),
    ],
    delta: (text) => frame({ type: "content-delta", index: 0, delta: { message: { content: { text } } } }),
    closing: [
      frame({ type: "content-end", index: 0 }),
      frame({
        type: "message-end",
        delta: {
          finish_reason: "COMPLETE",
          usage: {
            billed_units: { input_tokens: 200, output_tokens: 96 },
            tokens: { input_tokens: 212, output_tokens: 96 },
          },
        },
      }),
    ],
    terminal: "message-end",
    marksPerDelta: 1,
  };
}

export const scripts: { readonly [shape in Shape]: StreamScript } = {
  chat: chatScript(),
  messages: messagesScript(),
  responses: responsesScript(),
  gemini: geminiScript(),
  converse: converseScript(),
  cohere: cohereScript(),
};

/** Deltas in a stream of `framesPerStream` frames. */
export function deltasPerStream(shape: Shape): number {
  const { opening, closing } = scripts[shape];
  return framesPerStream - opening.length - closing.length;
}

/** Marks in such a stream of an upstream when it reaches a client in another language, or in its own. */
export function marksPerStream(upstream: Shape, client: Shape): number {
  return deltasPerStream(upstream) * scripts[client].marksPerDelta;
}
