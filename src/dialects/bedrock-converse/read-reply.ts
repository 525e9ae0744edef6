// Reads Converse replies, streamed and whole, into canonical events (translation.md A5, C4).
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asNumber, asObject, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { isException, readErrorInReply, readException } from "./error.ts";
import { MessageEvents, malformed } from "./read-message.ts";

/** Kinds of content that only a reply's block names. `p` is filler against traffic analysis (A5). */
const deltaKinds = new Set(["text", "toolUse", "reasoningContent", "citation", "p"]);

class ConverseReader implements FrameReader {
  readonly #message: MessageEvents;
  readonly #provider: string;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#message = new MessageEvents(emit, facts);
    this.#provider = facts.provider;
  }

  read(frame: Frame): void {
    const message = this.#message;
    if (message.done) return;
    const isFailure = frame.event !== "contentBlockDelta" && isException(frame.event);
    let payload: JsonValue | undefined;
    try {
      payload = frame.data === "" ? {} : (JSON.parse(frame.data) as JsonValue);
    } catch (cause) {
      if (isFailure) message.fail(readException(frame.event, frame.data, this.#provider));
      else message.fail(malformed("the provider sent an event that is not JSON", cause));
      return;
    }
    if (isFailure) message.fail(readException(frame.event, payload, this.#provider));
    else if (!isObject(payload)) message.fail(malformed("the provider sent an event that is not an object"));
    else this.#event(frame.event, payload);
  }

  end(): void {
    this.#message.finish();
  }

  #event(event: string, payload: JsonObject): void {
    const message = this.#message;
    switch (event) {
      case "contentBlockDelta":
        readDelta(message, indexOf(payload), asObject(payload["delta"]) ?? {});
        break;
      case "contentBlockStart": {
        const start = asObject(payload["start"]) ?? {};
        const toolUse = start["toolUse"];
        if (isObject(toolUse)) message.openCall(indexOf(payload), toolUse);
        else for (const kind of Object.keys(start)) if (!deltaKinds.has(kind)) message.lose(`content.${kind}`);
        break;
      }
      case "contentBlockStop":
        message.stop(indexOf(payload));
        break;
      case "messageStart":
        message.start();
        break;
      case "messageStop":
        message.noteStop(payload);
        message.finishIfComplete();
        break;
      case "metadata":
        message.noteBeside(payload);
        if (isObject(payload["usage"])) message.usage(payload["usage"]);
        message.finishIfComplete();
        break;
      default:
        message.lose(event);
    }
  }
}

function indexOf(payload: JsonObject): number {
  return asNumber(payload["contentBlockIndex"]) ?? 0;
}

function readDelta(message: MessageEvents, index: number, delta: JsonObject): void {
  message.text(index, delta["text"]);
  if (isObject(delta["toolUse"])) message.input(index, delta["toolUse"]["input"]);
  if (isObject(delta["reasoningContent"])) message.reasoning(index, delta["reasoningContent"]);
  if (isObject(delta["citation"])) message.citation(index, delta["citation"]);
  for (const kind in delta) if (!deltaKinds.has(kind)) message.lose(`content.${kind}`);
}

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new ConverseReader(emit, facts);
}

export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  const message = new MessageEvents(emit, facts);
  if (!isObject(body)) {
    message.fail(malformed("the provider's reply is not an object"));
    return;
  }
  const error = readErrorInReply(body, facts.provider);
  const content = asArray(asObject(asObject(body["output"])?.["message"])?.["content"]);
  if (error !== undefined) message.fail(error);
  else if (content === undefined) message.fail(malformed("the provider's reply holds no content"));
  else {
    message.start();
    for (const [index, block] of content.entries()) if (isObject(block)) readBlock(message, index, block);
    message.noteBeside(body);
    if (isObject(body["usage"])) message.usage(body["usage"]);
    message.noteStop(body);
    message.finish();
  }
}

/** Beside the one key that says what a block is, some hosts write a `type`. */
const blockKinds = new Set(["text", "toolUse", "reasoningContent", "citationsContent", "type"]);

function readBlock(message: MessageEvents, index: number, block: JsonObject): void {
  message.text(index, block["text"]);
  const { toolUse, reasoningContent, citationsContent } = block;
  if (isObject(toolUse)) {
    message.openCall(index, toolUse);
    if (isObject(toolUse["input"])) message.input(index, JSON.stringify(toolUse["input"]));
  }
  if (isObject(reasoningContent)) {
    message.reasoning(index, asObject(reasoningContent["reasoningText"]) ?? reasoningContent);
  }
  if (isObject(citationsContent)) {
    for (const part of asArray(citationsContent["content"]) ?? []) message.text(index, asObject(part)?.["text"]);
    for (const raw of asArray(citationsContent["citations"]) ?? []) if (isObject(raw)) message.citation(index, raw);
  }
  for (const kind of Object.keys(block)) if (!blockKinds.has(kind)) message.lose(`content.${kind}`);
  message.stop(index);
}
