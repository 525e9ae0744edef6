// One content block of a Messages stream while it is open: what of it has left, and what still waits.
import type { Citation, OpaqueState } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { freeformKey, objectOf } from "../call-arguments.ts";
import { citationLosses } from "../reply-losses.ts";
import { tagState } from "./carrier.ts";
import { frame } from "./frames.ts";
import { carrier, redactedData, writeCitation } from "./write-blocks.ts";

type Making =
  | { kind: "text" | "reasoning" | "refusal" }
  | { kind: "tool-call"; id: string; name: string; argumentsKind: "json" | "freeform" }
  | { kind: "raw"; raw: JsonObject };

/** Takes the next place in the message's content: places are dense, so only what is really written takes one (S31). */
type NextIndex = () => number;

/** Text of one delta before the text itself. */
const deltaTypes = {
  text: '"text_delta","text":',
  refusal: '"text_delta","text":',
  reasoning: '"thinking_delta","thinking":',
  "tool-call": '"input_json_delta","partial_json":',
} as const;

export class OpenBlock {
  readonly lost: string[] = [];
  /** Nothing more comes from the provider. */
  stopped = false;
  readonly #making: Making;
  #text = "";
  /** Text that has not left. */
  #waiting = "";
  #citations: Citation[] = [];
  #state: OpaqueState | undefined;
  #stateHasLeft = false;
  #prefix: string | undefined;
  #index = -1;

  constructor(making: Making) {
    this.#making = making;
  }

  get kind(): Making["kind"] {
    return this.#making.kind;
  }

  get holdsCompleteCall(): boolean {
    const text = this.#text.trimEnd();
    return this.kind === "tool-call" && text.startsWith("{") && text.endsWith("}") && objectOf(text) !== undefined;
  }

  setState(state: OpaqueState): void {
    this.#state = state;
  }

  /** @param isLive the block is the one that is being written */
  add(text: string, isLive: boolean, nextIndex: NextIndex): string {
    this.#text += text;
    this.#waiting += text;
    return isLive ? this.catchUp(nextIndex) : "";
  }

  cite(citation: Citation, isLive: boolean, nextIndex: NextIndex): string {
    this.#citations.push(citation);
    return isLive ? this.catchUp(nextIndex) : "";
  }

  /** Everything that has come so far and has not left. A block without content does not begin (R10, S31). */
  catchUp(nextIndex: NextIndex): string {
    if (this.#waiting === "" && this.#citations.length === 0) return "";
    // Free text becomes one JSON string, which is only known whole.
    if (this.#making.kind === "tool-call" && this.#making.argumentsKind === "freeform") return "";
    let text = this.#begin(nextIndex);
    if (this.#waiting !== "") text += this.#delta(this.#waiting);
    this.#waiting = "";
    for (const citation of this.#citations) text += this.#citation(citation);
    this.#citations = [];
    return text;
  }

  #delta(text: string): string {
    return `${this.#prefix}${JSON.stringify(text)}}}\n\n`;
  }

  #citation(citation: Citation): string {
    const written = writeCitation(citation, this.#text);
    if (written) this.lost.push(...citationLosses(citation, written));
    else this.lost.push("citations");
    return written ? this.#event("content_block_delta", { delta: { type: "citations_delta", citation: written } }) : "";
  }

  #event(type: string, fields: JsonObject): string {
    return frame({ type, index: this.#index, ...fields });
  }

  /** The state of a call has no place in it and goes before it. */
  #begin(nextIndex: NextIndex): string {
    const { kind } = this.#making;
    if (this.#prefix !== undefined || kind === "raw") return "";
    let before = "";
    if (kind === "tool-call" && this.#state) {
      before = whole(carrier(this.#state, "next"), nextIndex());
      this.#stateHasLeft = true;
    }
    this.#index = nextIndex();
    this.#prefix = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":{"type":${deltaTypes[kind]}`;
    return before + this.#event("content_block_start", { content_block: this.#empty() });
  }

  #empty(): JsonObject {
    const making = this.#making;
    if (making.kind === "tool-call") return { type: "tool_use", id: making.id, name: making.name, input: {} };
    return making.kind === "reasoning" ? { type: "thinking", thinking: "", signature: "" } : { type: "text", text: "" };
  }

  /** The rest of the block. Called once, when nothing more comes and all before it is finished. */
  finish(nextIndex: NextIndex): string {
    switch (this.#making.kind) {
      case "raw":
        return whole(this.#making.raw, nextIndex());
      case "reasoning":
        return this.#finishThinking(nextIndex);
      case "tool-call":
        return this.#finishCall(this.#making.argumentsKind === "freeform", nextIndex);
      default:
        return this.#end() + this.#carry(nextIndex);
    }
  }

  #end(): string {
    return this.#prefix === undefined ? "" : this.#event("content_block_stop", {});
  }

  #carry(nextIndex: NextIndex): string {
    return this.#state && !this.#stateHasLeft ? whole(carrier(this.#state, "previous"), nextIndex()) : "";
  }

  #finishThinking(nextIndex: NextIndex): string {
    const state = this.#state;
    const data = redactedData(this.#text, state);
    if (data !== undefined) return whole({ type: "redacted_thinking", data }, nextIndex());
    if (!state) return this.#end();
    // Whole and once: clients replace what they have, and what is none is never invented (C3.2, B1.4).
    const delta = { type: "signature_delta", signature: tagState(state, "self") };
    return this.#begin(nextIndex) + this.#event("content_block_delta", { delta }) + this.#end();
  }

  #finishCall(isFreeform: boolean, nextIndex: NextIndex): string {
    let text = this.#begin(nextIndex);
    if (isFreeform) text += this.#delta(JSON.stringify({ [freeformKey]: this.#text }));
    // Clients build the input from deltas alone, so a call without arguments has one too (S37).
    else if (this.#text === "") text += this.#delta("{}");
    else if (objectOf(this.#text) === undefined) this.lost.push("tool_use.input");
    return text + this.#end() + this.#carry(nextIndex);
  }
}

/** A block that comes whole. Input is told in deltas, as for a call of the client's (C2.2). */
function whole(wire: JsonObject, index: number): string {
  const { input, signature } = wire;
  const deltas: JsonObject[] = [];
  let start = wire;
  if (isObject(input)) {
    start = { ...wire, input: {} };
    deltas.push({ type: "input_json_delta", partial_json: JSON.stringify(input) });
  } else if (wire["type"] === "thinking" && typeof signature === "string") {
    start = { ...wire, signature: "" };
    deltas.push({ type: "signature_delta", signature });
  }
  return (
    frame({ type: "content_block_start", index, content_block: start }) +
    deltas.map((delta) => frame({ type: "content_block_delta", index, delta })).join("") +
    frame({ type: "content_block_stop", index })
  );
}
