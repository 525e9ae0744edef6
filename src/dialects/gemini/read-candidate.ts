// One candidate of a Gemini reply, part by part, as the events of one choice (translation.md A4.3, B2.2, C4).
import type { Block, MediaSource } from "../../core/chat.ts";
import type { Emit, Stop } from "../../core/events.ts";
import { asArray, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { normalMediaType } from "../../core/media.ts";
import { type PlacedCitation, readGrounding } from "./grounding.ts";
import { readLogprobs } from "./logprobs.ts";
import { PartialArguments } from "./partial-arguments.ts";
import { readStop } from "./stop.ts";

/** What the candidates of one reply share. */
export type ReplyScope = {
  emit: Emit;
  origin: string;
  newId(): string;
  /** Reports a field once. */
  lost(field: string): void;
  /** The next block number of the reply. */
  nextBlock(): number;
  /** Call ids given so far: some relays count them anew and reuse one (T06). */
  callIds: Set<string>;
};

type OpenBlock = {
  block: number;
  kind: "text" | "reasoning" | "tool-call";
  signed: boolean;
  /** Set while the call's arguments are still coming. */
  pieces?: PartialArguments;
  id?: string;
};

/** Text blocks with their place in the joined text, for citations. */
type TextSpan = { block: number; start: number };

/** Fields of a candidate that have no canonical place: in the reply's extra, the first one's stand under their own names. */
export const candidateFields: readonly string[] = [
  "safetyRatings",
  "citationMetadata",
  "groundingMetadata",
  "urlContextMetadata",
  "avgLogprobs",
  "tokenCount",
  "continuationToken",
];

/** Fields of a part that are read; what else stands in a part of text or in a call is reported. */
const knownPartFields: ReadonlySet<string> = new Set(["text", "thought", "thoughtSignature", "functionCall"]);

export class CandidateReader {
  readonly #scope: ReplyScope;
  readonly #index: number;
  /** `choice` of our events: absent for the first. */
  readonly #choice: { choice?: number };
  #open: OpenBlock | undefined;
  #hasCalls = false;
  #text: string[] = [];
  #textLength = 0;
  #spans: TextSpan[] = [];
  #finish: { reason: string; message: string | undefined } | undefined;
  readonly extra: JsonObject = {};

  constructor(scope: ReplyScope, index: number) {
    this.#scope = scope;
    this.#index = index;
    this.#choice = index === 0 ? {} : { choice: index };
  }

  get finished(): boolean {
    return this.#finish !== undefined;
  }

  /** The words of a failure that the provider caused, or undefined. */
  read(candidate: JsonObject): string | undefined {
    for (const part of asArray(asObject(candidate["content"])?.["parts"]) ?? []) {
      const fault = this.#readPart(asObject(part) ?? {});
      if (fault !== undefined) return fault;
    }
    for (const field of candidateFields) {
      const value = candidate[field];
      if (value === undefined || value === null) continue;
      // Grounding comes in instalments, each with some of its lists.
      this.extra[field] = asObject(value) ? { ...asObject(this.extra[field]), ...asObject(value) } : value;
    }
    const logprobs = readLogprobs(candidate["logprobsResult"]);
    if (logprobs) this.#scope.emit({ type: "logprobs", logprobs, ...this.#choice });
    const reason = asString(candidate["finishReason"]);
    // Some models write STOP on every chunk: the last one counts, and it is told at the end.
    if (reason) this.#finish = { reason, message: asString(candidate["finishMessage"]) };
    return undefined;
  }

  /** `instead` ends a candidate that has no finish reason of its own: a blocked prompt. */
  end(instead?: Stop): void {
    const stop = this.#finish ? readStop(this.#finish.reason, this.#finish.message, this.#hasCalls) : instead;
    const cut = stop !== undefined && stop.kind !== "tool-calls" && stop.kind !== "end";
    this.#cite();
    this.#close(cut);
    if (stop) this.#scope.emit({ type: "stop", stop, ...this.#choice });
  }

  #readPart(part: JsonObject): string | undefined {
    const call = asObject(part["functionCall"]);
    if (call) {
      this.#noteUnknown(part);
      return this.#readCall(call, part);
    }
    if (asObject(part["inlineData"]) || asObject(part["fileData"])) this.#readMedia(part);
    else if (typeof part["text"] === "string") {
      this.#noteUnknown(part);
      this.#readText(part["text"], part);
    } else if (Object.keys(part).length > 0) this.#emitPart({ type: "opaque", dialect: "gemini", raw: part });
    return undefined;
  }

  #noteUnknown(part: JsonObject): void {
    // Nearly all parts hold nothing but their text.
    for (const key in part) if (key !== "text" && !knownPartFields.has(key)) this.#scope.lost(`parts.${key}`);
  }

  #readText(text: string, part: JsonObject): void {
    const signature = asString(part["thoughtSignature"]) || undefined;
    if (text === "") {
      if (signature !== undefined) this.#signPreceding(signature);
      return;
    }
    const kind = part["thought"] === true ? "reasoning" : "text";
    const open = this.#open;
    // A signature covers its part alone: signed and unsigned parts stay apart (A4.4).
    if (!open || open.kind !== kind || open.signed || signature !== undefined) this.#openText(kind);
    const { block } = this.#open as OpenBlock;
    this.#scope.emit({ type: "delta", block, text });
    if (kind === "text") {
      this.#text.push(text);
      this.#textLength += text.length;
    }
    if (signature !== undefined) this.#sign(signature);
  }

  #openText(kind: "text" | "reasoning"): void {
    this.#close();
    const block = this.#scope.nextBlock();
    this.#open = { block, kind, signed: false };
    this.#scope.emit({ type: "block-start", block, kind, ...this.#choice });
    if (kind === "text") this.#spans.push({ block, start: this.#textLength });
  }

  /** A signature in a part with empty text belongs to what stands before it (R26). */
  #signPreceding(signature: string): void {
    if (!this.#open || this.#open.signed) this.#openText("text");
    this.#sign(signature);
  }

  #sign(signature: string): void {
    const open = this.#open as OpenBlock;
    open.signed = true;
    this.#scope.emit({
      type: "state",
      block: open.block,
      state: { origin: this.#scope.origin, kind: "signature", value: signature },
    });
  }

  #readCall(call: JsonObject, part: JsonObject): string | undefined {
    const name = asString(call["name"]) || undefined;
    const id = asString(call["id"]) || undefined;
    const open = this.#open?.pieces ? this.#open : undefined;
    // Without a name, or with the open call's own id, it goes on with the call that is open.
    if (!open || (name !== undefined && (id === undefined || id !== open.id))) {
      // A call without a name and without a call to continue: the end mark of one that has ended.
      if (name === undefined) return undefined;
      this.#openCall(name, id);
    }
    const target = this.#open as OpenBlock;
    const signature = asString(part["thoughtSignature"]) || undefined;
    if (signature !== undefined && !target.signed) this.#sign(signature);
    const args = asObject(call["args"]);
    if (args) target.pieces?.addWhole(args);
    if (target.pieces?.add(call["partialArgs"]) === false)
      return "the provider sent a piece of tool arguments that has no place";
    if (call["willContinue"] !== true) this.#settleCall(false);
    return undefined;
  }

  #openCall(name: string, wireId: string | undefined): void {
    this.#close();
    const block = this.#scope.nextBlock();
    const id = wireId !== undefined && !this.#scope.callIds.has(wireId) ? wireId : this.#scope.newId();
    this.#scope.callIds.add(id);
    this.#hasCalls = true;
    this.#open = { block, kind: "tool-call", signed: false, pieces: new PartialArguments(), id: wireId ?? id };
    this.#scope.emit({
      type: "block-start",
      block,
      kind: "tool-call",
      id,
      name,
      argumentsKind: "json",
      ...this.#choice,
    });
  }

  /** The block stays open after its arguments: a signature may follow in a part of its own. */
  #settleCall(cut: boolean): void {
    const open = this.#open;
    if (!open?.pieces) return;
    const text = open.pieces.text();
    delete open.pieces;
    // A call that a limit cut off must not pass for a whole one: its text stays unclosed (C5 rule 6).
    this.#scope.emit({ type: "delta", block: open.block, text: cut ? text.replace(/["\]}]+$/, "") : text });
  }

  #readMedia(part: JsonObject): void {
    const inline = asObject(part["inlineData"]);
    const file = asObject(part["fileData"]);
    const mediaType = normalMediaType(asString((inline ?? file)?.["mimeType"]) ?? "application/octet-stream");
    const source: MediaSource = inline
      ? { kind: "base64", mediaType, data: asString(inline["data"]) ?? "" }
      : { kind: "url", url: asString(file?.["fileUri"]) ?? "", mediaType };
    const type = mediaBlockType(mediaType);
    if ((inline ?? file)?.["displayName"] !== undefined) this.#scope.lost("parts.displayName");
    // A picture that belongs to the thoughts is not part of the answer.
    if (part["thought"] === true) this.#emitPart({ type: "opaque", dialect: "gemini", raw: part });
    else {
      const { inlineData: _inline, fileData: _file, ...rest } = part;
      this.#emitPart({ type, source, ...(Object.keys(rest).length > 0 ? { extra: { gemini: rest } } : {}) });
    }
  }

  #emitPart(part: Block): void {
    this.#close();
    this.#scope.emit({ type: "part", block: this.#scope.nextBlock(), part, ...this.#choice });
  }

  #close(cut = false): void {
    if (!this.#open) return;
    this.#settleCall(cut);
    this.#scope.emit({ type: "block-stop", block: this.#open.block });
    this.#open = undefined;
  }

  #cite(): void {
    const metadata = asObject(this.extra["groundingMetadata"]);
    const last = this.#spans.at(-1);
    if (!metadata || !last) return;
    for (const placed of readGrounding(metadata, this.#text.join(""))) {
      const span = this.#spans.findLast((candidate) => placed.start >= candidate.start) ?? last;
      this.#scope.emit({ type: "citation", block: span.block, citation: offsets(placed, span.start) });
    }
  }

  /** Reply-level fields, the first choice's by their own names and the others' under their index. */
  get extraEntries(): [string, JsonValue][] {
    return this.#index === 0
      ? Object.entries(this.extra)
      : Object.keys(this.extra).length > 0
        ? [[`candidates[${this.#index}]`, this.extra]]
        : [];
  }
}

function offsets({ start, end, citation }: PlacedCitation, spanStart: number) {
  return start < 0 ? citation : { ...citation, startIndex: start - spanStart, endIndex: end - spanStart };
}

function mediaBlockType(mediaType: string): "image" | "audio" | "video" | "file" {
  const [kind] = mediaType.split("/", 1);
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "file";
}
