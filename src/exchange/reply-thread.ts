// One streamed reply that several targets write, one after the other: their events become one stream with one start and one end.
import { isOutput, type ReplyEvent } from "../core/events.ts";
import { addUsages, emptyUsage, type Usage } from "../core/usage.ts";
import type { ReplyWriter } from "../dialects/dialect.ts";

/** Characters; a longer text is not sent again to be gone on with. */
const textLengthMax = 4 * 1024 * 1024;

/** Tokens, of a target that broke off before it had counted, when it has given this text. */
export type EstimateOwn = (text: string) => { inputTokens: number; outputTokens: number };

/** Where the events of the target that writes now belong in the whole reply. */
type Place = { block: number; isText: boolean };

export class ReplyThread implements ReplyWriter {
  readonly #writer: ReplyWriter;
  /** Everything that has been written, where it is text alone. */
  #text = "";
  #isPlain = true;
  #nextBlock = 0;
  /** The text block that is open. */
  #open: Place | undefined;
  #places = new Map<number, Place>();
  /** Events of a target that has given no output yet: it may still fail, and another one may be asked. */
  #waiting: ReplyEvent[] | undefined;
  #isContinued = false;
  /** White space that stands at the end already: it went out without it, and may come again. */
  #repeated = "";
  /** Of the targets that have broken off. */
  #before: Usage | undefined;
  /** Of the target that writes now, as it counted. */
  #own: Usage | undefined;
  /** Where its text begins. */
  #ownStart = 0;
  #estimate: EstimateOwn;

  constructor(writer: ReplyWriter, estimate: EstimateOwn) {
    this.#writer = writer;
    this.#estimate = estimate;
  }

  get lost(): readonly string[] {
    return this.#writer.lost;
  }

  get text(): string {
    return this.#text;
  }

  /** Nothing but text has been written, and another target may go on with it. */
  get canGoOn(): boolean {
    return this.#isPlain && this.#text.trim() !== "";
  }

  /** Of all targets together. */
  get usage(): Usage | undefined {
    if (!this.#before) return this.#own;
    return this.#own ? addUsages(this.#before, this.#own) : this.#before;
  }

  /** Of the target that writes now, as far as it has counted. */
  get ownUsage(): Usage | undefined {
    return this.#own;
  }

  /** The target that writes now has failed. Where it counted less than it has written, the estimate counts. */
  countOwn(): Usage {
    this.#own = withEstimate(this.#own, this.#estimate(this.#text.slice(this.#ownStart)));
    return this.#own;
  }

  /** It has failed, and others are asked to go on. What it has used. */
  breakOff(): Usage {
    const own = this.countOwn();
    this.#before = this.usage;
    this.#own = undefined;
    this.#ownStart = this.#text.length;
    this.#isContinued = true;
    return own;
  }

  /** Another target is asked; nothing of it is written before its output. */
  expect(estimate: EstimateOwn): void {
    this.#estimate = estimate;
    this.#waiting = [];
    this.#places = new Map();
    this.#own = undefined;
    this.#repeated = this.#text.slice(this.#text.trimEnd().length);
  }

  write(event: ReplyEvent): string {
    // The end of all: whoever was being waited for does not come.
    if (event.type === "error") return this.#writer.write(event);
    if (!this.#waiting) return this.#pass(event);
    this.#waiting.push(event);
    if (!isOutput(event)) return "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting.map((one) => this.#pass(one)).join("");
  }

  #pass(event: ReplyEvent): string {
    switch (event.type) {
      case "start":
        return this.#isContinued ? "" : this.#writer.write(event);
      case "block-start":
        return this.#begin(event);
      case "part":
        this.#isPlain = false;
        return this.#close() + this.#writer.write({ ...event, block: this.#nextBlock++ });
      case "delta":
        return this.#add(event);
      case "block-stop":
      case "state":
      case "citation":
        return this.#passPlaced(event);
      case "usage":
        this.#own = event.usage;
        return this.#writer.write(this.#isContinued ? { type: "usage", usage: this.usage as Usage } : event);
      case "stop":
        this.#isPlain = false;
        return this.#writer.write(event);
      case "end": {
        if (!this.#isContinued || this.#own) return this.#writer.write(event);
        this.countOwn();
        return this.#writer.write({ type: "usage", usage: this.usage as Usage }) + this.#writer.write(event);
      }
      default:
        return this.#writer.write(event);
    }
  }

  /** The first text of a target that goes on comes into the block that is open. */
  #begin(event: ReplyEvent & { type: "block-start" }): string {
    const isText = event.kind === "text" && !event.choice;
    if (this.#isContinued && isText && this.#open && this.#places.size === 0) {
      this.#places.set(event.block, this.#open);
      return "";
    }
    if (!isText) this.#isPlain = false;
    const closed = this.#isContinued && this.#places.size === 0 ? this.#close() : "";
    const place = { block: this.#nextBlock++, isText };
    this.#places.set(event.block, place);
    if (isText) this.#open = place;
    return closed + this.#writer.write({ ...event, block: place.block });
  }

  /** A target that breaks off may leave its block open. */
  #close(): string {
    const open = this.#open;
    this.#open = undefined;
    return open && this.#isContinued ? this.#writer.write({ type: "block-stop", block: open.block }) : "";
  }

  #add(event: ReplyEvent & { type: "delta" }): string {
    const place = this.#places.get(event.block);
    if (!place?.isText) return this.#writer.write(place ? { ...event, block: place.block } : event);
    const text = this.#isContinued ? this.#withoutRepeated(event.text) : event.text;
    if (text === "") return "";
    if (this.#isPlain) this.#text += text;
    if (this.#text.length > textLengthMax) this.#isPlain = false;
    return this.#writer.write({ ...event, text, block: place.block });
  }

  #withoutRepeated(text: string): string {
    let same = 0;
    while (same < text.length && same < this.#repeated.length && text[same] === this.#repeated[same]) same++;
    // Anything else ends the repetition.
    this.#repeated = same === text.length ? this.#repeated.slice(same) : "";
    return text.slice(same);
  }

  #passPlaced(event: ReplyEvent & { type: "block-stop" | "state" | "citation" }): string {
    const place = this.#places.get(event.block);
    if (!place) return this.#writer.write(event);
    if (event.type === "block-stop" && place === this.#open) this.#open = undefined;
    return this.#writer.write({ ...event, block: place.block });
  }
}

/** What a provider says at the start of its stream counts no output yet. */
function withEstimate(counted: Usage | undefined, estimate: ReturnType<EstimateOwn>): Usage {
  const { inputTokens, outputTokens } = estimate;
  if (counted && counted.outputTokens >= outputTokens) return counted;
  const usage = counted ?? { ...emptyUsage(), inputTokens };
  return { ...usage, outputTokens, totalTokens: usage.inputTokens + outputTokens, estimated: true };
}
