// Writes reply events as the chunks of streamGenerateContent: each a fragment of the whole reply (translation.md C2.4).
import type { OpaqueState, ToolCallBlock } from "../../core/chat.ts";
import type { ReplyEvent, Stop } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import type { ReplyContext, ReplyWriter } from "../dialect.ts";
import {
  logprobLosses,
  type PlacedCitation,
  writeFinish,
  writeGrounding,
  writeLogprobs,
  writeUsage,
} from "./write-end.ts";
import { placeExtra, writeCall, writeReplyPart } from "./write-parts.ts";
import { emptyPart, lastUsage, type ReplyHead, writeHead } from "./write-reply.ts";

type Candidate = {
  index: number;
  /** The candidate's text so far, for the offsets of citations. */
  text: string[];
  length: number;
  citations: PlacedCitation[];
  refused: boolean;
  stop: Stop | undefined;
};

type OpenBlock = {
  candidate: Candidate;
  start: number;
  state?: OpaqueState;
  /** A call leaves whole, when it is complete: its arguments are an object here. */
  call?: ToolCallBlock;
  kind: "text" | "reasoning" | "refusal" | "tool-call";
  /** Citations of the whole block, whose end is not known yet. */
  whole: number[];
};

const frame = (body: JsonObject): string => `data: ${JSON.stringify(body)}\r\n\r\n`;

class GeminiWriter implements ReplyWriter {
  readonly #context: ReplyContext;
  readonly #lost = new Set<string>();
  readonly #candidates: Candidate[] = [];
  readonly #blocks = new Map<number, OpenBlock>();
  #head: ReplyHead = {};
  #usage: Usage | undefined;
  #extra: JsonObject = {};
  /** What stands behind the candidates of each chunk: counts as far as they are known, model and id. */
  #tail: JsonObject;
  /** The same as text, for deltas. */
  #tailText: string;
  #closed = false;

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#tail = writeHead({}, context);
    this.#tailText = JSON.stringify(this.#tail).slice(1);
  }

  get lost(): readonly string[] {
    return [...this.#lost];
  }

  write(event: ReplyEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "delta":
        return this.#delta(event.block, event.text);
      case "block-start":
        this.#blocks.set(event.block, this.#open(event));
        return "";
      case "block-stop":
        return this.#close(event.block);
      case "part": {
        const candidate = this.#candidate(event.choice);
        const part = writeReplyPart(event.part, (field) => this.#lost.add(field));
        return part ? this.#parts(candidate, [part]) : "";
      }
      case "logprobs": {
        const candidate = this.#candidate(event.choice);
        const logprobsResult = writeLogprobs(event.logprobs);
        for (const field of logprobLosses(event.logprobs)) this.#lost.add(field);
        return logprobsResult ? this.#parts(candidate, [emptyPart], { logprobsResult }) : "";
      }
      case "end":
        return this.#end();
      default:
        this.#note(event);
        return "";
    }
  }

  #note(event: ReplyEvent): void {
    switch (event.type) {
      case "start":
        this.#head = event;
        this.#renew();
        if (event.extra) this.#extra = { ...this.#extra, ...event.extra };
        return;
      case "usage":
        this.#usage = event.usage;
        this.#renew();
        return;
      case "state": {
        const block = this.#blocks.get(event.block);
        if (block) block.state = event.state;
        return;
      }
      case "citation":
        this.#cite(event);
        return;
      case "stop":
        this.#candidate(event.choice).stop = event.stop;
        return;
      case "extra":
        this.#extra = { ...this.#extra, ...event.extra };
        return;
      case "lost":
        this.#lost.add(event.field);
        return;
    }
  }

  /** Usage is a snapshot in every chunk, so that what was counted is known even if the client leaves early. */
  #renew(): void {
    this.#tail = {
      ...(this.#usage ? { usageMetadata: writeUsage(this.#usage) } : {}),
      ...writeHead(this.#head, this.#context),
    };
    this.#tailText = JSON.stringify(this.#tail).slice(1);
  }

  #candidate(index = 0): Candidate {
    for (let next = this.#candidates.length; next <= index; next++) {
      this.#candidates.push({ index: next, text: [], length: 0, citations: [], refused: false, stop: undefined });
    }
    return this.#candidates[index] as Candidate;
  }

  #open(event: ReplyEvent & { type: "block-start" }): OpenBlock {
    const candidate = this.#candidate(event.choice);
    if (event.kind === "refusal") candidate.refused = true;
    const block: OpenBlock = { candidate, start: candidate.length, kind: event.kind, whole: [] };
    if (event.kind !== "tool-call") return block;
    const { id, name, argumentsKind } = event;
    return { ...block, call: { type: "tool-call", id, name, argumentsKind, argumentsText: "" } };
  }

  #delta(number: number, text: string): string {
    const block = this.#blocks.get(number);
    if (!block || text === "") return "";
    if (block.call) {
      block.call.argumentsText += text;
      return "";
    }
    const { candidate } = block;
    const thought = block.kind === "reasoning";
    if (!thought) {
      candidate.text.push(text);
      candidate.length += text.length;
    }
    const part = `{"text":${JSON.stringify(text)}${thought ? ',"thought":true' : ""}}`;
    const content = `{"content":{"parts":[${part}],"role":"model"},"index":${candidate.index}}`;
    return `data: {"candidates":[${content}],${this.#tailText}\r\n\r\n`;
  }

  /** The call as a whole, or the signature of the text that has left: Google too sends it in an empty part behind (R26). */
  #close(number: number): string {
    const block = this.#blocks.get(number);
    if (!block) return "";
    this.#blocks.delete(number);
    const { candidate, call, state } = block;
    for (const index of block.whole) {
      const placed = candidate.citations[index];
      if (placed) placed.end = candidate.length;
    }
    if (call)
      return this.#parts(candidate, [
        writeCall({ ...call, ...(state ? { state } : {}) }, (field) => this.#lost.add(field)),
      ]);
    if (!state || block.kind === "refusal") return "";
    const part = writeReplyPart({ type: block.kind as "text" | "reasoning", text: "", state }, () => {});
    return part ? this.#parts(candidate, [part]) : "";
  }

  #cite({ block: number, citation }: ReplyEvent & { type: "citation" }): void {
    const block = this.#blocks.get(number);
    if (block?.kind !== "text") {
      this.#lost.add("citations");
      return;
    }
    const { candidate, start } = block;
    const end = citation.endIndex === undefined ? candidate.length : start + citation.endIndex;
    const index = candidate.citations.push({ start: start + (citation.startIndex ?? 0), end, citation }) - 1;
    if (citation.endIndex === undefined) block.whole.push(index);
  }

  #parts(candidate: Candidate, parts: JsonObject[], beside: JsonObject = {}): string {
    const { index } = candidate;
    return frame({ candidates: [{ content: { parts, role: "model" }, index, ...beside }], ...this.#tail });
  }

  /** One last chunk for all candidates; there is no other terminator. */
  #end(): string {
    let text = "";
    for (const number of [...this.#blocks.keys()]) text += this.#close(number);
    this.#closed = true;
    this.#candidate();
    const extra = placeExtra(this.#extra);
    for (const field of extra.refused) this.#lost.add(field);
    const lose = (field: string) => this.#lost.add(field);
    const candidates = this.#candidates.map((candidate) => {
      const { index, stop, refused } = candidate;
      const groundingMetadata = writeGrounding(candidate.citations, candidate.text.join(""), lose);
      return {
        content: { parts: [emptyPart], role: "model" },
        ...writeFinish(stop ?? { kind: "end" }, refused, lose),
        index,
        ...(groundingMetadata ? { groundingMetadata } : {}),
        ...extra.candidates.get(index),
      };
    });
    return text + frame({ ...extra.top, candidates, ...this.#tail, ...lastUsage(this.#usage, extra.trafficType) });
  }
}

export function openWriter(context: ReplyContext): ReplyWriter {
  return new GeminiWriter(context);
}
