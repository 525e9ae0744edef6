// Reads Cohere v2 replies, streamed and whole, into canonical events (translation.md C4).
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { readErrorInside } from "./error.ts";
import { MessageEvents, malformed } from "./read-message.ts";

type EventReader = (message: MessageEvents, index: number, wire: JsonObject) => void;

/** By event type; `wire` is the `delta.message` of the event. */
const readers: { readonly [type: string]: EventReader } = {
  "content-start": (message, index, wire) => message.content(index, asObject(wire["content"]) ?? {}),
  "content-delta": (message, index, wire) => message.content(index, asObject(wire["content"]) ?? {}),
  // The block stays open for its citations; what comes next closes it.
  "content-end": () => {},
  "tool-plan-delta": (message, _index, wire) => message.plan(wire["tool_plan"]),
  "tool-call-start": (message, index, wire) => {
    for (const [at, call] of callsOf(wire)) message.call(index + at, call);
  },
  "tool-call-delta": (message, index, wire) => {
    for (const [at, call] of callsOf(wire))
      message.callArguments(index + at, asObject(call["function"])?.["arguments"]);
  },
  "tool-call-end": (message, index) => message.closeCall(index),
  "citation-start": (message, index, wire) => message.citations(index, wire["citations"]),
  "citation-end": () => {},
  debug: (message) => message.lose("debug"),
};

/** One call, or a list of them: all count (T43). */
function callsOf(wire: JsonObject): [number, JsonObject][] {
  const written = wire["tool_calls"];
  const calls = Array.isArray(written) ? written : [written];
  return calls.flatMap((call, at): [number, JsonObject][] => (isObject(call) ? [[at, call]] : []));
}

class CohereReader implements FrameReader {
  readonly #message: MessageEvents;
  readonly #provider: string;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#message = new MessageEvents(emit);
    this.#provider = facts.provider;
  }

  read(frame: Frame): void {
    const message = this.#message;
    if (message.done || frame.data === "") return;
    let event: unknown;
    try {
      event = JSON.parse(frame.data);
    } catch (cause) {
      if (frame.data.trim().startsWith("[DONE]")) this.end();
      else message.fail(malformed("the provider sent an event that is not JSON", cause));
      return;
    }
    if (!isObject(event)) message.fail(malformed("the provider sent an event that is not an object"));
    else this.#event(event, asString(event["type"]) ?? frame.event);
  }

  end(): void {
    this.#message.fail(
      new GatewayError("upstream_truncated", "the provider's stream ended before its answer was complete"),
    );
  }

  #event(event: JsonObject, type: string): void {
    const message = this.#message;
    const delta = asObject(event["delta"]) ?? {};
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
    // Only content has them, in a form that no other dialect knows; nobody who needs them is sent here.
    if (event["logprobs"] != null) message.lose("logprobs");
    if (read !== undefined) read(message, asNumber(event["index"]) ?? 0, asObject(delta["message"]) ?? {});
    else if (type === "message-start") message.start(event["id"]);
    else if (type === "message-end") message.finish(delta);
    else {
      const error = readErrorInside(event, this.#provider);
      if (error !== undefined) message.fail(error);
      else message.lose(type === "" ? "event" : type);
    }
  }
}

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new CohereReader(emit, facts);
}

export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  const events = new MessageEvents(emit);
  if (!isObject(body)) {
    events.fail(malformed("the provider's reply is not an object"));
    return;
  }
  const message = asObject(body["message"]);
  const error = message === undefined ? readErrorInside(body, facts.provider) : undefined;
  if (message === undefined) {
    events.fail(error ?? malformed("the provider's reply holds no message"));
    return;
  }
  events.start(body["id"]);
  events.plan(message["tool_plan"]);
  for (const [index, part] of contentOf(message).entries()) events.content(index, part);
  events.citations(0, message["citations"]);
  for (const [index, call] of callsOf(message)) events.call(index, call);
  events.finish(body);
}

function contentOf(message: JsonObject): JsonObject[] {
  const { content } = message;
  if (typeof content === "string") return [{ type: "text", text: content }];
  return (asArray(content) ?? []).filter(isObject);
}
