// Reads Messages replies, streamed and whole, into canonical events (translation.md A3.7, B1.3, C0, C4).
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asNumber, asObject, asString, isObject, type JsonObject, type JsonValue, withExact } from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { isErrorObject } from "./error.ts";
import { MessageEvents, malformed, type OpenBlock } from "./read-message.ts";

type DeltaReader = (message: MessageEvents, open: OpenBlock, delta: JsonObject) => void;

/** Deltas by the kind of block they belong to. */
const deltas: { readonly [kind in OpenBlock["kind"]]: { readonly [type: string]: DeltaReader } } = {
  text: {
    text_delta: (message, open, delta) => message.text(open, delta["text"]),
    citations_delta: (message, open, delta) => message.citation(open, delta["citation"]),
  },
  reasoning: {
    thinking_delta: (message, open, delta) => {
      message.text(open, delta["thinking"]);
      if (delta["estimated_tokens"] !== undefined) message.lose("thinking.estimated_tokens");
    },
    signature_delta: (message, open, delta) => message.signature(open, delta["signature"]),
  },
  "tool-call": {
    input_json_delta: (message, open, delta) => message.text(open, delta["partial_json"]),
  },
  // Blocks that only this dialect has are collected and passed on whole.
  opaque: {
    input_json_delta: (_message, open, delta) => {
      const piece = asString(delta["partial_json"]);
      if (piece) open.pieces.push(piece);
    },
    compaction_delta: (_message, open, delta) => {
      const { type: _type, ...fields } = delta;
      open.wire = { ...open.wire, ...fields };
    },
  },
};
const knownDeltas = new Set(Object.values(deltas).flatMap((row) => Object.keys(row)));

const inputField: ReadonlySet<string> = new Set(["input"]);

/** Types of text whose block may be opened late, when its start never came. */
const blockOfDelta: { readonly [type: string]: string } = { text_delta: "text", thinking_delta: "thinking" };

class MessagesReader implements FrameReader {
  readonly #message: MessageEvents;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#message = new MessageEvents(emit, facts);
  }

  read(frame: Frame): void {
    if (this.#message.done || frame.data === "") return;
    let event: unknown;
    try {
      const plain = JSON.parse(frame.data) as JsonValue;
      // A call's arguments come in text, but for hosts that put the whole object into its start (S37).
      event = frame.event === "content_block_delta" ? plain : withExact(plain, frame.data, inputField);
    } catch (cause) {
      // Some hosts end with OpenAI's marker (MiniMax): it says what the end of the body says.
      if (frame.data.trim().startsWith("[DONE]")) this.end();
      else this.#message.fail(malformed("the provider sent an event that is not JSON", cause));
      return;
    }
    if (!isObject(event)) this.#message.fail(malformed("the provider sent an event that is not an object"));
    else if (event["type"] === "content_block_delta") this.#delta(event);
    else this.#event(event, asString(event["type"]) ?? frame.event);
  }

  end(): void {
    const message = this.#message;
    if (message.done) return;
    if (message.stopped) message.finish();
    else {
      message.fail(
        new GatewayError("upstream_truncated", "the provider's stream ended before its answer was complete"),
      );
    }
  }

  #event(event: JsonObject, type: string): void {
    const message = this.#message;
    switch (type) {
      case "content_block_start":
        message.openBlock(indexOf(event), asObject(event["content_block"]) ?? {});
        break;
      case "content_block_stop":
        message.closeBlock(indexOf(event));
        break;
      case "message_start":
        message.start(asObject(event["message"]) ?? {});
        break;
      case "message_delta":
        message.note(asObject(event["delta"]) ?? {}, event);
        break;
      case "message_stop":
        message.finish();
        break;
      case "content_block_delta":
        this.#delta(event);
        break;
      case "ping":
        break;
      default:
        if (type === "error" || isErrorObject(event)) message.failAs(event);
        else message.lose(type);
    }
  }

  /** The hot path: a text delta costs its parse, two comparisons and one event. */
  #delta(event: JsonObject): void {
    const message = this.#message;
    const delta = asObject(event["delta"]) ?? {};
    const type = asString(delta["type"]) ?? "";
    const open = message.open.get(indexOf(event));
    if (open === undefined) {
      this.#deltaWithoutStart(event, type);
      return;
    }
    const read = deltas[open.kind][type];
    if (read !== undefined) read(message, open, delta);
    else if (knownDeltas.has(type)) message.fail(malformed(`the provider sent a ${type} into a ${open.kind} block`));
    else message.lose(type);
  }

  /** Text whose block was never opened is opened here; anything else could not be put anywhere. */
  #deltaWithoutStart(event: JsonObject, type: string): void {
    const blockType = blockOfDelta[type];
    if (blockType === undefined) {
      this.#message.fail(malformed(`the provider sent a ${type} for a block that is not open`));
      return;
    }
    this.#message.openBlock(indexOf(event), { type: blockType });
    this.#delta(event);
  }
}

/** Blocks do not overlap: a host that leaves the index out means the one that is open. */
function indexOf(event: JsonObject): number {
  return asNumber(event["index"]) ?? 0;
}

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new MessagesReader(emit, facts);
}

/** A whole message holds at once what a stream's message_start and message_delta hold. */
export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  const events = new MessageEvents(emit, facts);
  if (!isObject(body)) events.fail(malformed("the provider's reply is not an object"));
  else if (isErrorObject(body)) events.failAs(body);
  else if (!Array.isArray(body["content"])) events.fail(malformed("the provider's reply holds no content"));
  else {
    events.start(body);
    events.finish();
  }
}
