// What the tests of dialects share that are called with canonical requests of blocks: facts, requests, and the running of a writer and a reader.
import type { Block, ChatRequest, Turn } from "../../src/core/chat.ts";
import type { ReplyEvent } from "../../src/core/events.ts";
import type { TargetFacts, TargetFlags } from "../../src/core/facts.ts";
import { openFold } from "../../src/core/fold.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Frame, UpstreamHalf, WrittenRequest } from "../../src/dialects/dialect.ts";
import { chatRequest } from "../support/chat-request.ts";

export function facts(flags: TargetFlags = {}): TargetFacts {
  return { provider: "cloud", providerType: "cloud", model: "model-x", origin: "maker", flags };
}

export function request(turns: Turn[], more: Partial<ChatRequest> = {}): ChatRequest {
  return chatRequest({ model: "anything", turns, ...more });
}

const turn = (role: Turn["role"], blocks: (Block | string)[]): Turn => ({ role, blocks: blocks.map(blockOf) });
export const user = (...blocks: (Block | string)[]): Turn => turn("user", blocks);
export const assistant = (...blocks: (Block | string)[]): Turn => turn("assistant", blocks);
export const system = (...blocks: (Block | string)[]): Turn => turn("system", blocks);

function blockOf(block: Block | string): Block {
  return typeof block === "string" ? { type: "text", text: block } : block;
}

export const call = (id: string, argumentsText = "{}", name = "look"): Block => ({
  type: "tool-call",
  id,
  name,
  argumentsText,
  argumentsKind: "json",
});

export const result = (callId: string, ...blocks: (Block | string)[]): Block => ({
  type: "tool-result",
  callId,
  blocks: blocks.map(blockOf),
});

export function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

export function fold(events: readonly ReplyEvent[]) {
  const folding = openFold();
  for (const event of events) folding.emit(event);
  return folding.reply();
}

export function terminals(events: readonly ReplyEvent[]): ReplyEvent[] {
  return events.filter((event) => event.type === "end" || event.type === "error");
}

/** The code of the error that ends these events. */
export function failureOf(events: readonly ReplyEvent[]): string {
  const last = events.at(-1);
  return last?.type === "error" ? last.error.code : "none";
}

/** The running of one dialect's writer and readers. */
export function runsOf(upstream: UpstreamHalf, factsWith = facts) {
  /** Writes as the exchange does: through JSON text, and with proof that the request was left alone (M34, X16). */
  function writeText(chat: ChatRequest, flags: TargetFlags = {}): WrittenRequest & { text: string } {
    const before = structuredClone(chat);
    const written = upstream.writeRequest(chat, factsWith(flags));
    if (!Bun.deepEquals(before, chat, true)) throw new Error("the request was changed by writing it");
    const text = JSON.stringify(written.body);
    return { ...written, text, body: JSON.parse(text) as JsonObject };
  }
  return {
    writeText,
    write(chat: ChatRequest, flags?: TargetFlags): WrittenRequest {
      const { text: _text, ...written } = writeText(chat, flags);
      return written;
    },
    readStream(frames: readonly Frame[]): ReplyEvent[] {
      const events: ReplyEvent[] = [];
      const reader = upstream.openReader((event) => events.push(event), factsWith());
      for (const frame of frames) reader.read(frame);
      reader.end();
      return events;
    },
    readWhole(body: JsonValue): ReplyEvent[] {
      const events: ReplyEvent[] = [];
      upstream.readReply(body, (event) => events.push(event), factsWith());
      return events;
    },
  };
}
