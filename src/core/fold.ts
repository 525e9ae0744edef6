// Folds reply events into one whole reply. Used when a client wants the reply whole and the upstream streams.
import type { Block, ToolCallBlock } from "./chat.ts";
import { GatewayError } from "./errors.ts";
import type { Emit, Reply, ReplyChoice, ReplyEvent } from "./events.ts";

export type Fold = {
  emit: Emit;
  /** The whole reply; throws the GatewayError of an `error` event, or a truncation error when none was terminal. */
  reply(): Reply;
};

class ReplyFold {
  readonly reply: Reply = { choices: [], extra: {}, lost: [] };
  readonly #open: (Block | undefined)[] = [];
  /** Text grows in pieces: joined once at the end, since appending a delta at a time to a block costs more. */
  readonly #pieces: (string[] | undefined)[] = [];
  done = false;
  error: GatewayError | undefined;

  emit(event: ReplyEvent): void {
    if (this.done || this.error) return;
    switch (event.type) {
      case "delta":
        this.#pieces[event.block]?.push(event.text);
        return;
      case "block-start":
        this.#start(event);
        return;
      case "state":
        this.#setState(event);
        return;
      case "citation":
        this.#cite(event);
        return;
      case "block-stop":
        this.#settle(event.block);
        return;
      case "part":
        this.#choice(event.choice).blocks.push(event.part);
        return;
      case "stop":
        this.#choice(event.choice).stop = event.stop;
        return;
      case "end":
        for (const index of this.#open.keys()) this.#settle(index);
        this.done = true;
        return;
      case "error":
        this.error = event.error;
        return;
      default:
        this.#note(event);
    }
  }

  #note(event: ReplyEvent): void {
    switch (event.type) {
      case "start":
        if (event.id !== undefined) this.reply.id = event.id;
        if (event.model !== undefined) this.reply.model = event.model;
        if (event.createdAtSeconds !== undefined) this.reply.createdAtSeconds = event.createdAtSeconds;
        if (event.extra) Object.assign(this.reply.extra, event.extra);
        return;
      case "logprobs": {
        const choice = this.#choice(event.choice);
        choice.logprobs ??= {};
        const merged = choice.logprobs;
        for (const [key, value] of Object.entries(event.logprobs)) {
          const before = merged[key];
          // Lists grow in place: copying them for each token would cost the square of the reply's length.
          if (Array.isArray(before) && Array.isArray(value)) for (const item of value) before.push(item);
          else if (value !== null || before === undefined) merged[key] = Array.isArray(value) ? [...value] : value;
        }
        return;
      }
      case "usage":
        this.reply.usage = event.usage;
        return;
      case "extra":
        Object.assign(this.reply.extra, event.extra);
        return;
      case "lost":
        this.reply.lost.push(event.field);
        return;
    }
  }

  #choice(index = 0): ReplyChoice {
    while (this.reply.choices.length <= index) this.reply.choices.push({ blocks: [], stop: { kind: "end" } });
    return this.reply.choices[index] as ReplyChoice;
  }

  #start(event: ReplyEvent & { type: "block-start" }): void {
    const block: Block =
      event.kind === "tool-call"
        ? { type: "tool-call", id: event.id, name: event.name, argumentsText: "", argumentsKind: event.argumentsKind }
        : { type: event.kind, text: "" };
    if (block.type === "tool-call" && event.kind === "tool-call" && event.namespace !== undefined) {
      block.namespace = event.namespace;
    }
    this.#choice(event.choice).blocks.push(block);
    this.#open[event.block] = block;
    this.#pieces[event.block] = [];
  }

  #setState(event: ReplyEvent & { type: "state" }): void {
    const block = this.#open[event.block];
    if (block && (block.type === "text" || block.type === "reasoning" || block.type === "tool-call")) {
      block.state = event.state;
    }
  }

  #cite(event: ReplyEvent & { type: "citation" }): void {
    const block = this.#open[event.block];
    if (block?.type !== "text") return;
    block.citations ??= [];
    block.citations.push(event.citation);
  }

  #settle(index: number): void {
    const block = this.#open[index];
    const pieces = this.#pieces[index];
    if (!block || !pieces) return;
    const text = pieces.join("");
    if (block.type === "tool-call") (block as ToolCallBlock).argumentsText = text;
    else if ("text" in block) block.text = text;
    this.#pieces[index] = undefined;
  }
}

export function openFold(): Fold {
  const fold = new ReplyFold();
  return {
    emit: (event) => fold.emit(event),
    reply() {
      if (fold.error) throw fold.error;
      if (!fold.done) throw new GatewayError("upstream_truncated", "the provider's reply ended before it was complete");
      if (fold.reply.choices.length === 0) fold.reply.choices.push({ blocks: [], stop: { kind: "end" } });
      return fold.reply;
    },
  };
}
