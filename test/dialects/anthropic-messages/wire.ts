// Events of Messages streams, for streams made by hand.
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { framesOf, readStream } from "./support.ts";

export const start = (usage: JsonObject | null = { input_tokens: 3, output_tokens: 1 }, id = "msg_1"): JsonObject => ({
  type: "message_start",
  message: { id, type: "message", role: "assistant", model: "claude-x", content: [], stop_reason: null, usage },
});
export const open = (index: number, content_block: JsonObject): JsonObject => ({
  type: "content_block_start",
  index,
  content_block,
});
export const delta = (index: number, part: JsonObject): JsonObject => ({
  type: "content_block_delta",
  index,
  delta: part,
});
export const close = (index: number): JsonObject => ({ type: "content_block_stop", index });
export const finish = (
  stop_reason: string,
  more: JsonObject = {},
  usage: JsonObject = { output_tokens: 9 },
): JsonObject => ({
  type: "message_delta",
  delta: { stop_reason, stop_sequence: null, ...more },
  usage,
});
export const stop: JsonObject = { type: "message_stop" };
export const text = (index: number, words: string): JsonObject[] => [
  open(index, { type: "text", text: "" }),
  delta(index, { type: "text_delta", text: words }),
  close(index),
];

/** What our reader makes of these events. */
export function read(...events: JsonObject[]): ReplyEvent[] {
  return readStream(framesOf(events.map((event) => JSON.stringify(event))));
}
