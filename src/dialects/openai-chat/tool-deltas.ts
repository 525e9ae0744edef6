// Puts the tool call deltas of one choice together: which call a delta belongs to, when a call begins and when it ends.
import type { OpaqueState } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue, parseJson } from "../../core/json.ts";
import { unpackParallel, wrapperNames } from "./parallel-wrapper.ts";

/** Where finished decisions go. Block numbers are the sink's. */
export type ToolSink = {
  open(call: { id: string; name: string; argumentsKind: "json" | "freeform" }): number;
  delta(block: number, text: string): void;
  state(block: number, state: OpaqueState): void;
  close(block: number): void;
  lost(field: string): void;
  fail(error: GatewayError): void;
};

/** Repairs that rows switch on by name. */
export type ToolRepairs = {
  /** "cumulative-arguments": every delta repeats all arguments so far. */
  cumulative: boolean;
  /** "complete-arguments-per-index": each delta on an index is a call of its own (T39). */
  perIndex: boolean;
  /** "parallel-wrapper": calls of `multi_tool_use.parallel` are taken apart (T51). */
  unwrap: boolean;
};

type Call = {
  id: string | undefined;
  name: string;
  argumentsKind: "json" | "freeform";
  /** All arguments so far, held ones included. */
  text: string;
  /** Arguments that have not been given to the sink. */
  held: string;
  block: number | undefined;
  state: OpaqueState | undefined;
  closed: boolean;
};

type Piece = { id?: string; index?: number; name?: string; argumentsText: string; freeform: boolean };

const knownFields = new Set(["index", "id", "type", "function", "custom", "extra_content"]);

function argumentsOf(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  // Some hosts send the arguments as an object (T30); null and absent are nothing.
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function readPiece(entry: JsonObject): Piece {
  const custom = asObject(entry["custom"]);
  const called = custom ?? asObject(entry["function"]) ?? {};
  const id = asString(entry["id"]);
  const name = asString(called["name"]);
  const index = asNumber(entry["index"]);
  return {
    // "" is what DashScope and Mistral send on continuations (T36, T37).
    ...(id ? { id } : {}),
    ...(name ? { name } : {}),
    ...(index === undefined ? {} : { index }),
    argumentsText: argumentsOf(custom ? custom["input"] : called["arguments"]),
    freeform: custom !== undefined || entry["type"] === "custom",
  };
}

function isCompleteObject(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.startsWith("{") && trimmed.endsWith("}") && parseJson(trimmed) !== undefined;
}

/** The thought signature that Gemini's compatible endpoint hangs on a call, to be sent back with it (R24). */
function signatureOf(entry: JsonObject): OpaqueState | undefined {
  const google = asObject(asObject(entry["extra_content"])?.["google"]);
  const value = asString(google?.["thought_signature"]);
  return value ? { origin: "gemini", kind: "signature", value } : undefined;
}

export class ToolCalls {
  readonly #sink: ToolSink;
  readonly #repairs: ToolRepairs;
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();
  readonly #byId = new Map<string, Call>();
  /** State that came before the call it names. */
  readonly #earlyStates = new Map<string, OpaqueState>();

  constructor(sink: ToolSink, repairs: ToolRepairs) {
    this.#sink = sink;
    this.#repairs = repairs;
  }

  get any(): boolean {
    return this.#calls.length > 0;
  }

  /** Every entry of one `tool_calls` list (T43). `whole`: of a whole message, where each entry is one call. */
  read(entries: readonly JsonValue[], whole: boolean): void {
    for (const node of entries) {
      const entry = asObject(node);
      if (!entry) continue;
      const piece = readPiece(entry);
      const call = this.#find(piece, whole);
      if (call) {
        this.#add(call, piece);
        this.#setState(call, signatureOf(entry));
      }
      this.#noteUnknown(entry);
    }
  }

  /** The legacy `function_call`: one call without an id. */
  readFunctionCall(node: JsonObject): void {
    const piece = readPiece({ function: node });
    const call = this.#calls.at(-1) ?? this.#open(piece);
    this.#add(call, piece);
  }

  /** State for a call that is named by its id; kept until the call comes. */
  setState(id: string, state: OpaqueState): void {
    const call = this.#byId.get(id);
    if (call) this.#setState(call, state);
    else this.#earlyStates.set(id, state);
  }

  /** States that named calls which never came. */
  get unclaimedStates(): OpaqueState[] {
    return [...this.#earlyStates.values()];
  }

  /**
   * The choice goes on with something else: calls whose arguments are complete end here. A call that stays open is
   * interleaved with what follows, but begins before it.
   */
  closeComplete(): void {
    for (const call of this.#calls) {
      if (!call.closed && isCompleteObject(call.text)) this.#close(call);
      else this.#begin(call);
    }
  }

  /** The reply has ended; whatever stands is what the calls are (T46: nothing earlier decides). */
  end(): void {
    for (const call of this.#calls) this.#close(call);
  }

  #noteUnknown(entry: JsonObject): void {
    for (const key in entry) if (!knownFields.has(key) && entry[key] !== null) this.#sink.lost(`tool_calls.${key}`);
  }

  /** The call that a delta belongs to (translation.md C5), or undefined for a call that is only repeated. */
  #find(piece: Piece, whole: boolean): Call | undefined {
    const at = piece.index === undefined ? undefined : this.#byIndex.get(piece.index);
    if (piece.id !== undefined) {
      const known = this.#byId.get(piece.id);
      if (known) return this.#again(known, piece, whole);
      if (at && !whole && at.id === undefined && at.block === undefined && this.#sameName(at, piece)) {
        this.#name(at, piece.id);
        return at;
      }
      // A new id on a used index is a new call: some hosts number all calls 0 (T34).
      return this.#open(piece);
    }
    const last = piece.index === undefined ? this.#calls.at(-1) : at;
    return !last || whole || this.#beginsAnother(last, piece) ? this.#open(piece) : last;
  }

  #sameName(call: Call, piece: Piece): boolean {
    return piece.name === undefined || call.name === "" || call.name === piece.name;
  }

  /** An id that is known already: a continuation, the same call once more (T63), or another call under a used id. */
  #again(call: Call, piece: Piece, whole: boolean): Call | undefined {
    if (this.#splits(call, piece)) return this.#open({ ...piece, name: piece.name ?? call.name }, false);
    const complete = whole || (piece.name !== undefined && piece.argumentsText !== "" && isCompleteObject(call.text));
    if (!complete || this.#repairs.cumulative || call.text === "{}") return call;
    return call.name === piece.name && call.text === piece.argumentsText ? undefined : this.#open(piece, false);
  }

  #beginsAnother(call: Call, piece: Piece): boolean {
    if (this.#splits(call, piece)) {
      piece.name ??= call.name;
      return true;
    }
    if (piece.name === undefined || call.name === "") return false;
    // Without an index a further name can only be a further call, unless it is the same one sent again (T35, T38).
    if (piece.index === undefined && piece.name !== call.name) return true;
    return (
      isCompleteObject(call.text) &&
      (piece.name !== call.name || piece.argumentsText !== "") &&
      !this.#repairs.cumulative
    );
  }

  #splits(call: Call, piece: Piece): boolean {
    return this.#repairs.perIndex && piece.argumentsText.trimStart().startsWith("{") && isCompleteObject(call.text);
  }

  #open(piece: Piece, keepId = true): Call {
    // Calls begin in the order they came in, so the ones before must be told first.
    for (const earlier of this.#calls) this.#begin(earlier);
    const call: Call = {
      id: undefined,
      name: "",
      argumentsKind: piece.freeform ? "freeform" : "json",
      text: "",
      held: "",
      block: undefined,
      state: undefined,
      closed: false,
    };
    this.#calls.push(call);
    if (piece.index !== undefined) this.#byIndex.set(piece.index, call);
    if (keepId && piece.id !== undefined) this.#name(call, piece.id);
    return call;
  }

  #name(call: Call, id: string): void {
    call.id = id;
    this.#byId.set(id, call);
    const state = this.#earlyStates.get(id);
    if (state) call.state = state;
    this.#earlyStates.delete(id);
  }

  #add(call: Call, piece: Piece): void {
    const text = this.#newText(call, piece.argumentsText);
    if (call.closed) {
      if (text.trim() !== "") this.#sink.fail(malformed(`arguments came after the tool call "${call.name}" had ended`));
      return;
    }
    // Until the first argument a name may come in pieces; after it, a name is only sent again (T38).
    if (piece.name !== undefined && call.block === undefined && call.text === "" && piece.name !== call.name) {
      call.name += piece.name;
    }
    if (text === "") return;
    // "{}" first and the real arguments after it is one host's habit; together they would be no JSON (T31).
    const placeholder = call.text === "{}" && call.block === undefined;
    call.text = placeholder ? text : call.text + text;
    call.held = placeholder ? text : call.held + text;
    if (call.text !== "{}") this.#begin(call);
    if (call.block !== undefined) this.#flush(call, call.block);
  }

  #newText(call: Call, text: string): string {
    return this.#repairs.cumulative && text.startsWith(call.text) ? text.slice(call.text.length) : text;
  }

  #setState(call: Call, state: OpaqueState | undefined): void {
    if (!state || call.closed) return;
    call.state = state;
    if (call.block !== undefined) this.#sink.state(call.block, state);
  }

  #begin(call: Call): void {
    if (call.block !== undefined || call.closed || call.name === "" || this.#isWrapper(call)) return;
    this.#start(call);
  }

  #start(call: Call): number {
    const { name, argumentsKind } = call;
    // Never a position: positional ids meet again in the next turn (T03, T06).
    const id = call.id ?? `call_${crypto.randomUUID().replaceAll("-", "")}`;
    const block = this.#sink.open({ id, name, argumentsKind });
    call.block = block;
    if (call.state) this.#sink.state(block, call.state);
    return block;
  }

  #flush(call: Call, block: number): void {
    if (call.held !== "") this.#sink.delta(block, call.held);
    call.held = "";
  }

  #isWrapper(call: Call): boolean {
    return this.#repairs.unwrap && wrapperNames.has(call.name);
  }

  #close(call: Call): void {
    if (call.closed) return;
    const parts = this.#isWrapper(call) ? unpackParallel(call.text) : undefined;
    if (parts) {
      call.closed = true;
      for (const [position, part] of parts.entries()) this.#writeWhole(`${call.id ?? "call"}_${position}`, part);
      return;
    }
    if (call.name === "" && call.text === "") {
      call.closed = true;
      return;
    }
    if (call.name === "") {
      this.#sink.fail(malformed("a tool call has no name"));
      return;
    }
    const block = call.block ?? this.#start(call);
    this.#flush(call, block);
    this.#sink.close(block);
    call.closed = true;
  }

  #writeWhole(id: string, part: { name: string; argumentsText: string }): void {
    const block = this.#sink.open({ id, name: part.name, argumentsKind: "json" });
    this.#sink.delta(block, part.argumentsText);
    this.#sink.close(block);
  }
}

function malformed(what: string): GatewayError {
  return new GatewayError("upstream_malformed", `the provider's reply cannot be read: ${what}`);
}
