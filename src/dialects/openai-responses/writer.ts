// Writes canonical events as the event stream of Responses, and a whole reply by the same way.
import type { Block, OpaqueState } from "../../core/chat.ts";
import type { GatewayError } from "../../core/errors.ts";
import type { Reply, ReplyEvent, Stop } from "../../core/events.ts";
import { asArray, asString, type JsonObject } from "../../core/json.ts";
import { blockEvents } from "../block-events.ts";
import type { ReplyContext, ReplyWriter } from "../dialect.ts";
import { citationLosses, foreignFields } from "../reply-losses.ts";
import { carrierFor } from "./carrier.ts";
import { ownName } from "./namespaces.ts";
import { errorEvent, frame } from "./write-error.ts";
import {
  deltaTextOf,
  type ItemEvent,
  type ItemShape,
  type ItemStatus,
  type OpenItem,
  shapes,
  writeAnnotation,
} from "./write-items.ts";
import { incompleteReason, type ResponseState, responseError, writeResponse } from "./write-response.ts";

/** Fields of the response that are ours; the same name in an upstream's extras is about something else. */
const ownFields = new Set(["id", "object", "created", "created_at", "model", "choices", "output", "status", "usage"]);

type BlockStart = ReplyEvent & { type: "block-start" };
type Added = { item: OpenItem; block: number };

class ResponseWriter implements ReplyWriter {
  readonly lost: string[] = [];
  readonly #context: ReplyContext;
  readonly #state: ResponseState;
  readonly #waiting = new Map<number, BlockStart>();
  /** Items that were added and are not done, by block. */
  readonly #open = new Map<number, OpenItem>();
  /** Blocks that are whole; done when the stop, which may say that they were cut, or the next block is known. */
  #ended: Added[] = [];
  readonly #states = new Map<number, OpaqueState>();
  #out = "";
  #sequence = 0;
  #added = 0;
  #started = false;
  #stop: Stop | undefined;
  #refused = false;
  #last: OpenItem | undefined;

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#state = {
      id: `resp_${context.requestId}`,
      model: context.model,
      createdAtSeconds: context.nowSeconds,
      status: "in_progress",
      output: [],
      extra: {},
    };
  }

  get response(): JsonObject {
    return writeResponse(this.#state);
  }

  write(event: ReplyEvent): string {
    this.#out = "";
    if (event.type === "start") this.#note(event);
    else {
      this.#begin();
      this.#take(event);
    }
    return this.#out;
  }

  #note(event: ReplyEvent & { type: "start" }): void {
    const { id, model, createdAtSeconds, extra } = event;
    if (id?.startsWith("resp_")) this.#state.id = id;
    if (model !== undefined) this.#state.model = model;
    if (createdAtSeconds !== undefined) this.#state.createdAtSeconds = createdAtSeconds;
    if (extra) this.#addExtra(extra);
    this.#begin();
  }

  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    // The first event must be response.created, or the SDK throws (translation.md C3.3).
    this.#send({ type: "response.created", response: this.response });
    this.#send({ type: "response.in_progress", response: this.response });
  }

  #take(event: ReplyEvent): void {
    switch (event.type) {
      case "block-start":
        this.#startBlock(event);
        return;
      case "delta":
        this.#feed(event.block, event.text);
        return;
      case "block-stop":
        this.#endBlock(event.block);
        return;
      case "state":
        this.#states.set(event.block, event.state);
        return;
      case "citation":
        this.#cite(event);
        return;
      case "part":
        if (event.choice) this.#lose("choices");
        else this.#writePart(event.part);
        return;
      case "stop":
        if (event.choice) return;
        this.#stop = event.stop;
        this.#finishEnded(incompleteReason(event.stop) === undefined ? "completed" : "incomplete");
        return;
      case "end":
        this.#end();
        return;
      case "error":
        this.#fail(event.error);
        return;
      default:
        this.#remember(event);
    }
  }

  #remember(event: ReplyEvent): void {
    switch (event.type) {
      case "usage":
        this.#state.usage = event.usage;
        return;
      case "extra":
        this.#addExtra(event.extra);
        return;
      case "lost":
        this.#lose(event.field);
        return;
      case "logprobs":
        if (!event.choice) this.#weigh(event.logprobs);
        return;
    }
  }

  #startBlock(event: BlockStart): void {
    if (event.choice) {
      this.#lose("choices");
      return;
    }
    // A later block proves that the ones before it were not cut.
    this.#finishEnded("completed");
    if (event.kind === "tool-call") this.#add(event);
    // Text that never comes makes no item (S31).
    else this.#waiting.set(event.block, event);
  }

  #addWaiting(block: number): OpenItem | undefined {
    const waiting = this.#waiting.get(block);
    return waiting && this.#add(waiting);
  }

  #add(event: BlockStart): OpenItem {
    this.#waiting.delete(event.block);
    const isCall = event.kind === "tool-call";
    const shape: ItemShape = isCall ? shapes[event.argumentsKind] : shapes[event.kind];
    const number = this.#added;
    const item: OpenItem = {
      id: this.#itemId(shape.prefix, number),
      index: number,
      text: "",
      annotations: [],
      logprobs: [],
      shape,
      callId: isCall ? event.id || `call_${this.#context.requestId}_${number}` : "",
      name: isCall ? ownName(event.name, event.namespace) : "",
      namespace: isCall ? event.namespace : undefined,
      deltaText: undefined,
    };
    this.#added++;
    this.#open.set(event.block, item);
    this.#last = item;
    if (event.kind === "refusal") this.#refused = true;
    this.#send({ type: "response.output_item.added", output_index: item.index, item: shape.item(item, "in_progress") });
    return item;
  }

  #itemId(prefix: string, number: number): string {
    return `${prefix}_${this.#context.requestId}_${number}`;
  }

  #feed(block: number, text: string): void {
    if (text === "") return;
    const item = this.#open.get(block) ?? this.#addWaiting(block);
    if (!item) return;
    if (item.text === "") for (const event of item.shape.open(item)) this.#sendOf(item, event);
    item.text += text;
    this.#sendDelta(item, text);
  }

  /** The hot path: around the text everything but the count stands already. */
  #sendDelta(item: OpenItem, text: string): void {
    item.deltaText ??= deltaTextOf(item);
    const { before, after } = item.deltaText;
    this.#out += `${before}${JSON.stringify(text)}${after}${this.#sequence++}}\n\n`;
  }

  #cite(event: ReplyEvent & { type: "citation" }): void {
    const item = this.#open.get(event.block);
    const annotation = item && writeAnnotation(event.citation, item.text);
    if (!annotation || item.shape !== shapes.text) {
      this.#lose("citations");
      return;
    }
    for (const field of citationLosses(event.citation, annotation)) this.#lose(field);
    item.annotations.push(annotation);
    this.#sendOf(item, {
      type: "response.output_text.annotation.added",
      content_index: 0,
      annotation_index: item.annotations.length - 1,
      annotation,
    });
  }

  #weigh(logprobs: JsonObject): void {
    const refusal = asArray(logprobs["refusal"]);
    if (refusal && refusal.length > 0) this.#lose("logprobs.refusal");
    const entries = asArray(logprobs["content"]) ?? [];
    // They stand in the text that they weigh.
    if (this.#last?.shape === shapes.text) for (const entry of entries) this.#last.logprobs.push(entry);
    else if (entries.length > 0) this.#lose("logprobs");
  }

  #endBlock(block: number): void {
    const state = this.#states.get(block);
    const waiting = this.#waiting.get(block);
    if (waiting && state) {
      this.#add(waiting);
    } else if (waiting) {
      this.#waiting.delete(block);
      return;
    }
    const item = this.#open.get(block);
    if (item) this.#ended.push({ item, block });
  }

  #finishEnded(status: ItemStatus): void {
    const ended = this.#ended;
    this.#ended = [];
    // Only the last one can have been cut.
    for (const [index, { item, block }] of ended.entries()) {
      this.#finish(item, block, index === ended.length - 1 ? status : "completed");
    }
  }

  #finish(item: OpenItem, block: number, status: ItemStatus): void {
    this.#open.delete(block);
    const state = this.#states.get(block);
    if (state && item.shape === shapes.reasoning) item.state = state;
    // No arguments are written as no members: clients parse the text (translation.md rule 12).
    if (item.shape === shapes.json && item.text.trim() === "") {
      item.text = "{}";
      this.#sendDelta(item, item.text);
    }
    if (item.text !== "" || item.callId !== "") for (const event of item.shape.close(item)) this.#sendOf(item, event);
    this.#done(item.index, item.shape.item(item, status));
    if (state && item.shape !== shapes.reasoning) {
      const owner = item.callId === "" ? ({ text: true } as const) : { call: item.callId };
      this.#whole("rs", { type: "reasoning", summary: [], encrypted_content: carrierFor(owner, state) });
    }
  }

  #done(index: number, item: JsonObject): void {
    this.#state.output[index] = item;
    this.#send({ type: "response.output_item.done", output_index: index, item });
  }

  /** An item that comes whole. */
  #whole(prefix: string, fields: JsonObject): void {
    const index = this.#added++;
    const item = { id: this.#itemId(prefix, index), ...fields };
    this.#send({ type: "response.output_item.added", output_index: index, item });
    this.#done(index, item);
  }

  #writePart(part: Block): void {
    this.#finishEnded("completed");
    if (part.type === "opaque" && part.dialect === "openai-responses") {
      this.#whole("item", part.raw);
    } else if (part.type === "image" && part.source.kind === "base64") {
      const own = part.extra?.["openai-responses"];
      this.#whole("ig", { type: "image_generation_call", status: "completed", result: part.source.data, ...own });
      for (const field of foreignFields(part, "openai-responses")) this.#lose(field);
    } else {
      this.#lose(part.type === "opaque" ? (asString(part.raw["type"]) ?? part.type) : part.type);
    }
  }

  #end(): void {
    const reason = incompleteReason(this.#stop);
    const status = reason === undefined ? "completed" : "incomplete";
    for (const block of [...this.#open.keys()]) {
      if (!this.#ended.some((ended) => ended.block === block)) this.#endBlock(block);
    }
    this.#finishEnded(status);
    this.#explain();
    this.#state.status = status;
    if (reason !== undefined) this.#state.incompleteReason = reason;
    this.#send({ type: `response.${status}`, response: this.response });
  }

  /** Why a reply was refused, where the stop alone tells it. The dialect has no place for more about a stop. */
  #explain(): void {
    const { kind, raw, explanation, sequence } = this.#stop ?? {};
    if (sequence !== undefined || kind === "stop-sequence") this.#lose("stop_sequence");
    if (raw !== undefined && (kind === "paused" || kind === "other")) this.#lose("stop_reason");
    if (explanation === undefined) return;
    if (this.#refused || (kind !== "safety" && kind !== "recitation")) {
      this.#lose("stop_details");
      return;
    }
    const item = this.#add({ type: "block-start", block: -1, kind: "refusal" });
    this.#feed(-1, explanation);
    this.#finish(item, -1, "completed");
  }

  /** Items that were not done stay so: an agent must not run a call whose arguments are cut. */
  #fail(error: GatewayError): void {
    this.#state.status = "failed";
    this.#state.error = responseError(error);
    this.#state.output = this.#state.output.filter((item) => item !== undefined);
    this.#out += errorEvent(error, this.#sequence++);
    this.#send({ type: "response.failed", response: this.response });
  }

  #addExtra(extra: JsonObject): void {
    for (const [key, value] of Object.entries(extra)) {
      if (ownFields.has(key)) this.#lose(key);
      else this.#state.extra[key] = value;
    }
  }

  #lose(field: string): void {
    if (!this.lost.includes(field)) this.lost.push(field);
  }

  #sendOf(item: OpenItem, event: ItemEvent): void {
    this.#send({ ...event, item_id: item.id, output_index: item.index });
  }

  #send(event: ItemEvent): void {
    this.#out += frame({ ...event, sequence_number: this.#sequence++ });
  }
}

export function openWriter(context: ReplyContext): ReplyWriter {
  return new ResponseWriter(context);
}

/** The response that the stream of the same reply ends with. What could not be written is added to `reply.lost`. */
export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const writer = new ResponseWriter(context);
  const { id, model, createdAtSeconds, extra, usage } = reply;
  const choice = reply.choices[0] ?? { blocks: [], stop: { kind: "end" as const } };
  writer.write({
    type: "start",
    extra,
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    ...(createdAtSeconds !== undefined && { createdAtSeconds }),
  });
  const { logprobs } = choice;
  const weighed = choice.blocks.findLastIndex(({ type }) => type === "text");
  for (const [index, block] of choice.blocks.entries()) {
    for (const event of blockEvents(block, index)) writer.write(event);
    if (logprobs && index === weighed) writer.write({ type: "logprobs", logprobs });
  }
  // Without a text they have no place, which the writer reports.
  if (logprobs && weighed < 0) writer.write({ type: "logprobs", logprobs });
  if (reply.choices.length > 1) writer.write({ type: "lost", field: "choices" });
  if (usage) writer.write({ type: "usage", usage });
  writer.write({ type: "stop", stop: choice.stop });
  writer.write({ type: "end" });
  for (const field of writer.lost) if (!reply.lost.includes(field)) reply.lost.push(field);
  return writer.response;
}
