// What the tests of the client half share: reply events by hand, and the official SDK as the reader of what is written.
import OpenAI from "openai";
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { ReplyEvent, Stop } from "../../../src/core/events.ts";
import type { ReplyContext } from "../../../src/dialects/dialect.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";

export const context: ReplyContext = {
  requestId: "req-1",
  nowSeconds: 1700000000,
  provider: "east",
  model: "model-1",
  wantsUsage: false,
};

type Written = { text: string; lost: readonly string[] };

export function written(events: ReplyEvent[], changes: Partial<ReplyContext> = {}): Written {
  const writer = openaiChatClient.openWriter({ ...context, ...changes });
  const text = events.map((event) => writer.write(event)).join("");
  return { text, lost: writer.lost };
}

/** Chunks as the SDK hands them out, vendor fields included. */
export type Delta = ChatCompletionChunk.Choice.Delta & {
  reasoning_content?: string;
  reasoning_details?: unknown[];
  annotations?: unknown[];
  images?: unknown[];
  audio?: unknown;
};
export type Chunk = Omit<ChatCompletionChunk, "choices"> & {
  choices: (Omit<ChatCompletionChunk.Choice, "delta"> & {
    delta: Delta;
    stop_sequence?: string;
    native_finish_reason?: string;
  })[];
};

export function sdk(text: string): OpenAI {
  const headers = { "content-type": "text/event-stream" };
  return new OpenAI({
    apiKey: "x",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch: async () => new Response(text, { headers }),
  });
}

export async function chunks(events: ReplyEvent[], changes: Partial<ReplyContext> = {}): Promise<Chunk[]> {
  const stream = await sdk(written(events, changes).text).chat.completions.create({
    model: "m",
    messages: [],
    stream: true,
  });
  const all: Chunk[] = [];
  for await (const chunk of stream) all.push(chunk as Chunk);
  return all;
}

export function final(events: ReplyEvent[], changes: Partial<ReplyContext> = {}): Promise<ChatCompletion> {
  return sdk(written(events, changes).text).chat.completions.stream({ model: "m", messages: [] }).finalChatCompletion();
}

export const deltas = async (events: ReplyEvent[]): Promise<Delta[]> =>
  (await chunks(events)).flatMap((chunk) => chunk.choices.map((choice) => choice.delta));

export const start: ReplyEvent = { type: "start", id: "chatcmpl-7", model: "model-2", createdAtSeconds: 1700000007 };
export const end: ReplyEvent = { type: "end" };
export const stop = (kind: Stop["kind"], more: Partial<Stop> = {}): ReplyEvent => ({
  type: "stop",
  stop: { kind, ...more },
});
export const textBlock = (block: number, ...texts: string[]): ReplyEvent[] => [
  { type: "block-start", block, kind: "text" },
  ...texts.map((text): ReplyEvent => ({ type: "delta", block, text })),
  { type: "block-stop", block },
];
export const callStart = (block: number, id: string, name: string): ReplyEvent => ({
  type: "block-start",
  block,
  kind: "tool-call",
  id,
  name,
  argumentsKind: "json",
});
export const callBlock = (block: number, id: string, name: string, ...texts: string[]): ReplyEvent[] => [
  callStart(block, id, name),
  ...texts.map((text): ReplyEvent => ({ type: "delta", block, text })),
  { type: "block-stop", block },
];
