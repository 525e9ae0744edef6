// Writes reply events as a Messages stream. The machine is the one of translation.md C2.2: blocks never overlap.
import type { Citation } from "../../core/chat.ts";
import type { ReplyEvent, Stop } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { blockEvents } from "../block-events.ts";
import type { ReplyContext, ReplyWriter } from "../dialect.ts";
import { admitted, frame, messageHead } from "./frames.ts";
import { OpenBlock } from "./open-block.ts";
import { writeAnthropicError } from "./write-error.ts";
import { callId } from "./write-reply.ts";
import { losesExplanation, writeStop } from "./write-stop.ts";
import { writeFirstUsage, writeLastUsage } from "./write-usage.ts";

type Start = ReplyEvent & { type: "start" };
type BlockStart = ReplyEvent & { type: "block-start" };
/** Fields that this dialect tells in the `delta` of message_delta; the SDK takes their absence there for null. */
const deltaFields: ReadonlySet<string> = new Set(["container", "stop_details"]);

class MessagesWriter implements ReplyWriter {
  readonly #context: ReplyContext;
  readonly #lost = new Set<string>();
  readonly #blocks = new Map<number, OpenBlock>();
  /** Blocks that are not finished, by first appearance. Only the first one is written; the others wait (T42). */
  readonly #queue: OpenBlock[] = [];
  #head: Start = { type: "start" };
  #extra: JsonObject = {};
  #lateExtra: JsonObject = {};
  #usage: Usage | undefined;
  #stop: Stop = { kind: "end" };
  #started = false;
  #closed = false;
  #hasCalls = false;
  #hasRefusal = false;
  #index = 0;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  get lost(): readonly string[] {
    return [...this.#lost];
  }

  write(event: ReplyEvent): string {
    if (this.#closed) return "";
    if (event.type === "delta") return this.#delta(event.block, event.text);
    switch (event.type) {
      case "block-start":
        return this.#blockStart(event);
      case "state":
        this.#blocks.get(event.block)?.setState(event.state);
        return "";
      case "citation":
        return this.#citation(event.block, event.citation);
      case "block-stop":
        return this.#blockStop(event.block);
      case "part":
        return this.#part(event);
      case "end":
        return this.#end();
      case "error":
        // Nothing follows: a message_stop would pass what there is for a whole answer (S05, S07).
        this.#closed = true;
        return frame(writeAnthropicError(event.error, this.#context.requestId));
      default:
        this.#note(event);
        return "";
    }
  }

  #note(event: ReplyEvent): void {
    switch (event.type) {
      case "start":
        this.#head = event;
        this.#addExtra(event.extra ?? {});
        break;
      case "usage":
        this.#usage = event.usage;
        break;
      case "extra":
        this.#addExtra(event.extra);
        break;
      case "stop":
        if ((event.choice ?? 0) === 0) this.#stop = event.stop;
        break;
      case "lost":
        this.#lost.add(event.field);
        break;
      case "logprobs":
        this.#lost.add("logprobs");
        break;
    }
  }

  #addExtra(extra: JsonObject): void {
    const { fields, refused } = admitted(extra);
    for (const field of refused) this.#lost.add(field);
    Object.assign(this.#started ? this.#lateExtra : this.#extra, fields);
  }

  /** Once, and as late as may be, so that it holds what is known of the input by then (S30, U08). */
  #begin(): string {
    if (this.#started) return "";
    this.#started = true;
    const message = {
      ...messageHead(this.#head, this.#context),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeFirstUsage(this.#usage, this.#context.inputTokensEstimate),
      ...this.#extra,
    };
    return frame({ type: "message_start", message }) + frame({ type: "ping" });
  }

  /** This dialect has one answer only. */
  #isForeignChoice(choice: number | undefined): boolean {
    if ((choice ?? 0) === 0) return false;
    this.#lost.add("choices");
    return true;
  }

  #blockStart(event: BlockStart): string {
    if (this.#isForeignChoice(event.choice)) return "";
    if (event.kind === "refusal") this.#hasRefusal = true;
    if (event.kind !== "tool-call") return this.#enqueue(event.block, new OpenBlock({ kind: event.kind }));
    this.#hasCalls = true;
    const { name, argumentsKind } = event;
    const id = event.id === "" ? callId(this.#context.requestId, event.block) : event.id;
    return this.#enqueue(event.block, new OpenBlock({ kind: event.kind, id, name, argumentsKind }));
  }

  #enqueue(number: number, block: OpenBlock): string {
    this.#blocks.set(number, block);
    const live = this.#queue[0];
    // Providers of the OpenAI kind end a call only by beginning another one, or the reply.
    if (live?.holdsCompleteCall) live.stopped = true;
    this.#queue.push(block);
    return this.#begin() + this.#advance();
  }

  #delta(number: number, text: string): string {
    const block = this.#blocks.get(number);
    if (!block || text === "") return "";
    if (block.stopped) {
      // White space after a complete object says nothing.
      if (text.trim() !== "") this.#lost.add("tool_use.input");
      return "";
    }
    return block.add(text, block === this.#queue[0], this.#nextIndex);
  }

  readonly #nextIndex = (): number => this.#index++;

  #citation(number: number, citation: Citation): string {
    const block = this.#blocks.get(number);
    if (block?.kind !== "text" || block.stopped) {
      this.#lost.add("citations");
      return "";
    }
    return block.cite(citation, block === this.#queue[0], this.#nextIndex);
  }

  #blockStop(number: number): string {
    const block = this.#blocks.get(number);
    if (!block) return "";
    block.stopped = true;
    return this.#advance();
  }

  /** Finishes what is done and lets the next block catch up. */
  #advance(): string {
    let text = "";
    for (let live = this.#queue[0]; live; live = this.#queue[0]) {
      text += live.catchUp(this.#nextIndex);
      if (!live.stopped) break;
      text += live.finish(this.#nextIndex);
      for (const field of live.lost) this.#lost.add(field);
      this.#queue.shift();
    }
    return text;
  }

  #part({ block, part, choice }: ReplyEvent & { type: "part" }): string {
    if (this.#isForeignChoice(choice)) return "";
    switch (part.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "tool-call":
        return blockEvents(part, block).reduce((text, event) => text + this.write(event), "");
      case "opaque":
        if (part.dialect === "anthropic-messages")
          return this.#enqueue(block, new OpenBlock({ kind: "raw", raw: part.raw }));
        this.#lost.add(typeof part.raw["type"] === "string" ? part.raw["type"] : "part");
        return "";
      default:
        this.#lost.add(part.type);
        return "";
    }
  }

  /** The stop waits for the end, because usage may come after it. */
  #end(): string {
    for (const block of this.#queue) block.stopped = true;
    const blocks = this.#begin() + this.#advance();
    const late: JsonObject = {};
    const content = { hasCalls: this.#hasCalls, hasRefusal: this.#hasRefusal };
    if (losesExplanation(this.#stop, content)) this.#lost.add("stop_details");
    const delta = writeStop(this.#stop, content);
    for (const [name, value] of Object.entries({ ...this.#extra, ...this.#lateExtra })) {
      if (deltaFields.has(name)) delta[name] = value;
      else if (name in this.#lateExtra) late[name] = value;
    }
    const usage = writeLastUsage(this.#usage);
    this.#closed = true;
    return blocks + frame({ type: "message_delta", delta, usage, ...late }) + frame({ type: "message_stop" });
  }
}

/** One writer for one reply. It counts blocks, and keeps the text of those that are open. */
export function openWriter(context: ReplyContext): ReplyWriter {
  return new MessagesWriter(context);
}
