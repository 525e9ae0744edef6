// One Messages reply while it is read: its open blocks, its usage and its stop, said as canonical events.
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asString, isObject, type JsonObject, type JsonValue, parseExact } from "../../core/json.ts";
import { rawArgumentsKey } from "../call-arguments.ts";
import { readErrorInReply } from "./error.ts";
import {
  argumentsOf,
  type BlockSink,
  emitSignature,
  openText,
  openThinking,
  openToolCall,
  readCitation,
  readRedacted,
} from "./read-blocks.ts";
import { readStop } from "./stop.ts";
import { mergeUsage, readUsage } from "./usage.ts";

type BlockKind = "text" | "reasoning" | "tool-call" | "opaque";

export type OpenBlock = {
  kind: BlockKind;
  /** Canonical block number. */
  block: number;
  /** The block as its start gave it. */
  wire: JsonObject;
  /** Did any piece of the input come? */
  sawInput: boolean;
  /** Input of an opaque block, which is emitted whole. */
  pieces: string[];
};

const kindOfType: ReadonlyMap<unknown, BlockKind> = new Map([
  ["text", "text"],
  ["thinking", "reasoning"],
  ["tool_use", "tool-call"],
]);

/** Reply-level fields that only this dialect has. */
const extraFields = ["container", "context_management", "stop_details", "diagnostics", "input_transformations"];

export class MessageEvents {
  readonly emit: Emit;
  /** By the provider's own index, which may be any number: a map, so that a wild one costs nothing. */
  readonly open = new Map<number, OpenBlock>();
  readonly #sink: BlockSink;
  readonly #provider: string;
  readonly #lost = new Set<string>();
  #blocks = 0;
  #started = false;
  #done = false;
  #id: string | undefined;
  #callsTools = false;
  /** What says why the reply ended; undefined until something did. */
  #stop: JsonObject | undefined;
  #usage: JsonObject | undefined;

  constructor(emit: Emit, facts: TargetFacts) {
    this.emit = emit;
    this.#provider = facts.provider;
    this.#sink = { emit, origin: facts.origin };
  }

  get done(): boolean {
    return this.#done;
  }

  /** A reason to stop has been given: from here on an end of the body is a clean end. */
  get stopped(): boolean {
    return this.#stop !== undefined;
  }

  start(message: JsonObject): void {
    const id = asString(message["id"]);
    if (this.#started) {
      // The same message again is noise; another one says that two streams were joined into one (translation.md C0).
      if (id !== this.#id) this.fail(malformed("the provider began a second message before the first was complete"));
      return;
    }
    this.#started = true;
    this.#id = id;
    const model = asString(message["model"]);
    this.emit({ type: "start", ...(id !== undefined ? { id } : {}), ...(model !== undefined ? { model } : {}) });
    // Ordinarily empty in a stream; a turn that a server-side program continues comes whole in its start (C4).
    for (const wire of asArray(message["content"]) ?? []) {
      if (!isObject(wire)) continue;
      this.openBlock(-1, wire);
      this.closeBlock(-1);
    }
    this.note(message, message);
  }

  /** Takes the stop, the usage and the extra fields of a message, or of a message_delta and its `delta`. */
  note(stopHolder: JsonObject, usageHolder: JsonObject): void {
    if (typeof stopHolder["stop_reason"] === "string") this.#stop = stopHolder;
    const usage = usageHolder["usage"];
    if (isObject(usage)) {
      this.#usage = mergeUsage(this.#usage, usage);
      this.emit({ type: "usage", usage: readUsage(this.#usage) });
    }
    for (const name of extraFields) {
      const value = stopHolder[name] ?? usageHolder[name];
      if (value !== undefined && value !== null) this.emit({ type: "extra", extra: { [name]: value } });
    }
  }

  openBlock(index: number, wire: JsonObject): void {
    this.closeBlock(index);
    const block = this.#blocks++;
    if (wire["type"] === "redacted_thinking") {
      readRedacted(this.#sink, block, wire);
      return;
    }
    const kind = kindOfType.get(wire["type"]) ?? "opaque";
    this.open.set(index, { kind, block, wire, sawInput: false, pieces: [] });
    if (kind === "text") openText(this.#sink, block, wire);
    else if (kind === "reasoning") openThinking(this.#sink, block, wire);
    else if (kind === "tool-call") {
      this.#callsTools = true;
      openToolCall(this.#sink, block, wire);
    }
  }

  closeBlock(index: number): void {
    const open = this.open.get(index);
    if (open === undefined) return;
    this.open.delete(index);
    if (open.kind === "opaque") {
      const raw = open.pieces.length === 0 ? open.wire : { ...open.wire, input: inputOf(open.pieces.join("")) };
      this.emit({ type: "part", block: open.block, part: { type: "opaque", dialect: "anthropic-messages", raw } });
      return;
    }
    if (open.kind === "tool-call" && !open.sawInput) {
      this.emit({ type: "delta", block: open.block, text: argumentsOf(open.wire) });
    }
    this.emit({ type: "block-stop", block: open.block });
  }

  text(open: OpenBlock, text: JsonValue | undefined): void {
    if (typeof text !== "string" || text === "") return;
    open.sawInput = true;
    this.emit({ type: "delta", block: open.block, text });
  }

  signature(open: OpenBlock, value: JsonValue | undefined): void {
    if (typeof value === "string" && value !== "") emitSignature(this.#sink, open.block, value);
  }

  citation(open: OpenBlock, raw: JsonValue | undefined): void {
    if (isObject(raw)) this.emit({ type: "citation", block: open.block, citation: readCitation(raw) });
  }

  lose(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.emit({ type: "lost", field });
  }

  finish(): void {
    if (!this.#started) {
      this.fail(malformed("the provider's stream ended without a message"));
      return;
    }
    for (const index of [...this.open.keys()]) this.closeBlock(index);
    this.#done = true;
    this.emit({ type: "stop", stop: readStop(this.#stop ?? {}, this.#callsTools) });
    this.emit({ type: "end" });
  }

  fail(error: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.emit({ type: "error", error });
  }

  failAs(body: JsonObject): void {
    this.fail(readErrorInReply(body, this.#provider));
  }
}

export function malformed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_malformed", message, { cause });
}

/** Collected input of a server-side call; one cut off by a length limit is kept as text. */
function inputOf(text: string): JsonValue {
  try {
    return parseExact(text);
  } catch {
    return { [rawArgumentsKey]: text };
  }
}
