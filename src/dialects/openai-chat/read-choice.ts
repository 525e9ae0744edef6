// Reads the deltas of one choice, or its whole message, into blocks.
import type { Block, OpaqueState } from "../../core/chat.ts";
import type { GatewayError } from "../../core/errors.ts";
import { type Emit, type Stop, settledKind } from "../../core/events.ts";
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { type KnownFields, knownFieldsOf, objectsOf } from "./fields.ts";
import { type ReasoningPiece, readReasoning } from "./reasoning-deltas.ts";
import { AudioPieces, readCitation, readContentPieces, readImage, readLogprobs } from "./reply-parts.ts";
import type { ReplyRepairs } from "./reply-repairs.ts";
import { readStop } from "./stop-reasons.ts";
import { lacksOpenTag, ThinkTags } from "./think-tags.ts";
import { ToolCalls } from "./tool-deltas.ts";

/** What the choices of one reply share. */
export type ReplyScope = {
  emit: Emit;
  nextBlock(): number;
  /** Reports a field once. */
  lost(field: string): void;
  fail(error: GatewayError): void;
  repairs: ReplyRepairs;
};

type OpenBlock = {
  block: number;
  kind: "text" | "reasoning" | "refusal";
  /** Where the text begins within the text of the whole message, in UTF-16 units. */
  start: number;
  place?: number;
  hasState: boolean;
};

/** Fields of a delta or message that are read here; `index` is Mistral's repetition of the choice's. */
const knownFields = knownFieldsOf(
  ...["role", "content", "refusal", "tool_calls", "function_call", "annotations", "audio", "images", "index"],
  ...["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "reasoning_signature"],
);

const knownChoiceFields = knownFieldsOf(
  ...["index", "delta", "message", "finish_reason", "native_finish_reason", "logprobs", "error", "usage"],
  ...["stop_reason", "stop_sequence", "matched_stop"],
);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

export class ChoiceReader {
  readonly #scope: ReplyScope;
  readonly #index: number;
  readonly #tools: ToolCalls;
  readonly #audio = new AudioPieces();
  #think: ThinkTags | undefined;
  #open: OpenBlock | undefined;
  #textLength = 0;
  #hasText = false;
  /** All reasoning so far; kept only for the repairs that look back. */
  #reasoned = "";
  #lastReasoning = "";
  #textState: OpaqueState | undefined;
  #stop: Stop | undefined;

  constructor(scope: ReplyScope, index: number) {
    this.#scope = scope;
    this.#index = index;
    const { think } = scope.repairs;
    this.#think = think === "none" ? undefined : new ThinkTags(think === "open");
    this.#tools = new ToolCalls(
      {
        open: (call) => this.#openCall(call),
        delta: (block, text) => scope.emit({ type: "delta", block, text }),
        state: (block, state) => scope.emit({ type: "state", block, state }),
        close: (block) => scope.emit({ type: "block-stop", block }),
        lost: (field) => scope.lost(field),
        fail: (error) => scope.fail(error),
      },
      scope.repairs.tools,
    );
  }

  get finished(): boolean {
    return this.#stop !== undefined;
  }

  /** One entry of `choices`. Content may follow the finish on some hosts, so nothing is closed here (S60). */
  read(choice: JsonObject, whole: boolean): void {
    // Some hosts put `message` into chunks in place of `delta`; Azure sends choices with neither (S28).
    const message = asObject(choice["delta"]) ?? asObject(choice["message"]);
    if (message) this.#readMessage(message, whole);
    const logprobs = readLogprobs(choice);
    if (logprobs) this.#scope.emit({ type: "logprobs", logprobs, ...this.#place });
    const stop = readStop(choice);
    if (stop && (this.#stop === undefined || this.#stop.kind === "end")) this.#stop = stop;
    this.#noteUnknown(choice, knownChoiceFields, "choices");
  }

  /** Closes what is open and says how the choice ended. */
  end(): void {
    for (const piece of this.#think?.end() ?? []) this.#write(piece.kind, piece.text);
    this.#writeLeftState();
    this.#promoteJson();
    this.#close();
    this.#tools.end();
    const audio = this.#audio.block();
    if (audio) this.#part(audio);
    // A reply that ends without a finish reason and holds calls is a tool turn all the same.
    const said: Stop = this.#stop ?? { kind: this.#tools.any ? "tool-calls" : "other" };
    const stop = { ...said, kind: settledKind(said.kind, this.#tools.any) };
    this.#scope.emit({ type: "stop", stop, ...this.#place });
  }

  get #place(): { choice?: number } {
    return this.#index === 0 ? {} : { choice: this.#index };
  }

  #readMessage(message: JsonObject, whole: boolean): void {
    for (const piece of readReasoning(message)) this.#readReasoning(piece);
    const content = message["content"];
    if (typeof content === "string") this.#readText(content, whole);
    else if (Array.isArray(content)) this.#readPieces(content, whole);
    if (message["annotations"]) for (const raw of objectsOf(message["annotations"])) this.#cite(raw);
    const refusal = asString(message["refusal"]);
    if (refusal) this.#write("refusal", refusal);
    const audio = asObject(message["audio"]);
    if (audio) this.#audio.read(audio);
    if (message["images"]) for (const entry of objectsOf(message["images"])) this.#readImage(entry);
    const legacy = asObject(message["function_call"]);
    if (legacy) this.#tools.readFunctionCall(legacy);
    const calls = asArray(message["tool_calls"]);
    if (calls && calls.length > 0) {
      // What is said after this stands behind the calls, even when they begin with nothing but a name.
      this.#close();
      this.#tools.read(calls, whole);
    }
    this.#noteUnknown(message, knownFields, "message");
  }

  #noteUnknown(node: JsonObject, known: KnownFields, parent: string): void {
    for (const key in node) if (!known[key] && !isEmpty(node[key])) this.#scope.lost(`${parent}.${key}`);
  }

  #readText(text: string, whole: boolean): void {
    // Deltas of "" stand beside tool calls and between them; they say nothing (T47).
    if (text === "") return;
    if (whole && this.#think && lacksOpenTag(text)) this.#think = new ThinkTags(true);
    if (!this.#think) this.#write("text", text);
    else for (const piece of this.#think.read(text)) this.#write(piece.kind, piece.text);
  }

  #readPieces(content: readonly unknown[], whole: boolean): void {
    for (const piece of readContentPieces(content as Parameters<typeof readContentPieces>[0])) {
      if (piece.kind === "text") this.#readText(piece.text, whole);
      else if (piece.kind === "citation") this.#cite(piece.raw);
      else if (piece.kind === "image") this.#part(piece.block);
      else if (piece.kind === "opaque") this.#part({ type: "opaque", dialect: "openai-chat", raw: piece.raw });
      else this.#write(piece.kind, piece.text);
    }
  }

  #readReasoning(piece: ReasoningPiece): void {
    const { state, id } = piece;
    if (state?.origin === "gemini" && state.kind === "encrypted") {
      // Gemini signs parts: an id names the call that is signed, without one it is the answer's text (A4.4).
      const signature: OpaqueState = { ...state, kind: "signature" };
      if (id !== undefined) this.#tools.setState(id, signature);
      else this.#signText(signature);
      return;
    }
    const text = this.#newReasoning(piece.text);
    if (text === "" && !state) return;
    this.#openReasoning(piece, text);
    if (text !== "" && this.#open) this.#scope.emit({ type: "delta", block: this.#open.block, text });
    if (state && this.#open) {
      this.#open.hasState = true;
      this.#scope.emit({ type: "state", block: this.#open.block, state });
    }
    if (piece.alone) this.#close();
  }

  /** A new block, unless the open one is reasoning that this piece continues. */
  #openReasoning(piece: ReasoningPiece, text: string): void {
    const open = this.#open;
    const samePlace = open?.place === undefined || piece.place === undefined || open.place === piece.place;
    const continues = open?.kind === "reasoning" && samePlace && !piece.alone && !(open.hasState && text !== "");
    if (!continues) this.#start("reasoning");
    if (this.#open && piece.place !== undefined) this.#open.place = piece.place;
  }

  #newReasoning(text: string): string {
    const { repairs } = this.#scope;
    if (repairs.duplicateReasoning) {
      if (text !== "" && text === this.#lastReasoning) return "";
      this.#lastReasoning = text;
    }
    if (!repairs.cumulativeReasoning && !repairs.jsonInReasoning) return text;
    const added =
      repairs.cumulativeReasoning && text.startsWith(this.#reasoned) ? text.slice(this.#reasoned.length) : text;
    this.#reasoned += added;
    return added;
  }

  #signText(state: OpaqueState): void {
    if (this.#open?.kind === "text") this.#scope.emit({ type: "state", block: this.#open.block, state });
    else this.#textState = state;
  }

  #write(kind: OpenBlock["kind"], text: string): void {
    if (text === "") return;
    if (this.#open?.kind !== kind) this.#start(kind);
    const block = this.#open?.block ?? 0;
    if (kind === "text") {
      this.#hasText = true;
      this.#textLength += text.length;
    }
    this.#scope.emit({ type: "delta", block, text });
  }

  #start(kind: OpenBlock["kind"]): void {
    this.#close();
    this.#tools.closeComplete();
    const block = this.#scope.nextBlock();
    this.#open = { block, kind, start: this.#textLength, hasState: false };
    this.#scope.emit({ type: "block-start", block, kind, ...this.#place });
    if (kind === "text" && this.#textState) {
      this.#scope.emit({ type: "state", block, state: this.#textState });
      this.#textState = undefined;
    }
  }

  #close(): void {
    if (this.#open) this.#scope.emit({ type: "block-stop", block: this.#open.block });
    this.#open = undefined;
  }

  #openCall(call: { id: string; name: string; argumentsKind: "json" | "freeform" }): number {
    this.#close();
    const block = this.#scope.nextBlock();
    this.#scope.emit({ type: "block-start", block, kind: "tool-call", ...call, ...this.#place });
    return block;
  }

  #part(part: Block): void {
    this.#close();
    this.#scope.emit({ type: "part", block: this.#scope.nextBlock(), part, ...this.#place });
  }

  #readImage(entry: JsonObject): void {
    const image = readImage(entry);
    if (image) this.#part(image);
    else this.#scope.lost("message.images");
  }

  /** A citation belongs to the text block that is open; without one there is nothing that it could mark. */
  #cite(raw: JsonObject): void {
    const open = this.#open;
    if (open?.kind !== "text") this.#scope.lost("message.annotations");
    else this.#scope.emit({ type: "citation", block: open.block, citation: readCitation(raw, open.start) });
  }

  /** Signatures that found neither their call nor any text still have to come back: in a block of their own. */
  #writeLeftState(): void {
    const left = [...(this.#textState ? [this.#textState] : []), ...this.#tools.unclaimedStates];
    for (const state of left) {
      this.#start("reasoning");
      this.#scope.emit({ type: "state", block: this.#open?.block ?? 0, state });
    }
  }

  #promoteJson(): void {
    const text = this.#reasoned.trim();
    if (!this.#scope.repairs.jsonInReasoning || this.#hasText || this.#tools.any || !/^[{[]/.test(text)) return;
    if (parseJson(text) !== undefined) this.#write("text", text);
  }
}
