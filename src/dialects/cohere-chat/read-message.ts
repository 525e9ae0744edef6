// One Cohere v2 reply while it is read, said as canonical events.
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  isSaid,
  type JsonObject,
  type JsonValue,
} from "../../core/json.ts";
import { readFailedFinish } from "./error.ts";
import { readStop, readUsage } from "./usage.ts";

/** `held`: arguments so far, as long as they may turn out to be the word `null` (T28). */
type OpenBlock = { block: number; kind: "text" | "reasoning" | "tool-call"; held?: string };

/** A piece of content by its index alone, the hot path; the plan is one block, wherever its pieces come from. */
type Key = number | `call ${number}` | "plan";

export function malformed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_malformed", message, { cause });
}

export class MessageEvents {
  readonly #emit: Emit;
  readonly #open = new Map<Key, OpenBlock>();
  readonly #lost = new Set<string>();
  #blocks = 0;
  #started = false;
  #done = false;
  #callsTools = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  get done(): boolean {
    return this.#done;
  }

  start(id: JsonValue | undefined): void {
    if (this.#started) return;
    this.#started = true;
    this.#emit({ type: "start", ...(typeof id === "string" ? { id } : {}) });
  }

  plan(text: JsonValue | undefined): void {
    if (typeof text === "string" && text !== "") this.#write("plan", "reasoning", text);
  }

  /** A piece of content. Neighbouring pieces of one index and another kind are two blocks. */
  content(index: number, wire: JsonObject): void {
    const thinking = asString(wire["thinking"]);
    const text = asString(wire["text"]);
    if (thinking) this.#write(index, "reasoning", thinking);
    if (text) this.#write(index, "text", text);
    const type = asString(wire["type"]);
    if (type !== undefined && type !== "text" && type !== "thinking") this.lose(`content.${type}`);
  }

  call(index: number, wire: JsonObject): void {
    this.closeAll();
    this.start(undefined);
    this.#callsTools = true;
    const block = this.#blocks++;
    const named = asObject(wire["function"]);
    const id = asString(wire["id"]) ?? "";
    const name = asString(named?.["name"]) ?? "";
    this.#open.set(`call ${index}`, { block, kind: "tool-call", held: "" });
    this.#emit({ type: "block-start", block, kind: "tool-call", id, name, argumentsKind: "json" });
    this.callArguments(index, named?.["arguments"]);
  }

  callArguments(index: number, piece: JsonValue | undefined): void {
    const text = isObject(piece) ? JSON.stringify(piece) : piece;
    if (typeof text !== "string" || text === "") return;
    const open = this.#open.get(`call ${index}`);
    if (open === undefined) {
      this.fail(malformed("the provider sent arguments of a call that never began"));
      return;
    }
    const held = (open.held ?? "") + text;
    const mayBeNull = open.held !== undefined && "null".startsWith(held.trim());
    if (mayBeNull) {
      open.held = held;
      return;
    }
    delete open.held;
    this.#emit({ type: "delta", block: open.block, text: held });
  }

  /** Belongs to a text block, which stays open until the next block begins: citations may come after its end. */
  citations(index: number, written: JsonValue | undefined): void {
    for (const raw of Array.isArray(written) ? written : [written]) {
      if (!isObject(raw)) continue;
      // Marks of thoughts and plans: what is marked in an answer is its text.
      if (raw["type"] === "THINKING_CONTENT" || raw["type"] === "PLAN") {
        this.lose("citations");
        continue;
      }
      const own = this.#open.get(asNumber(raw["content_index"]) ?? index);
      const open = own?.kind === "text" ? own : [...this.#open.values()].find(({ kind }) => kind === "text");
      if (open === undefined) this.lose("citations");
      else this.#emit({ type: "citation", block: open.block, citation: readCitation(raw) });
    }
  }

  closeCall(index: number): void {
    this.#close(`call ${index}`);
  }

  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  lose(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.#emit({ type: "lost", field });
  }

  /** @param holder `finish_reason` and `usage`: the delta of message-end, or a whole reply */
  finish(holder: JsonObject): void {
    const usage = isObject(holder["usage"]) ? readUsage(holder["usage"]) : undefined;
    if (usage !== undefined) this.#emit({ type: "usage", usage });
    const logprobs = holder["logprobs"];
    if (isSaid(logprobs) && asArray(logprobs)?.length !== 0) this.lose("logprobs");
    const failed = readFailedFinish(holder);
    const reason = asString(holder["finish_reason"]);
    if (failed !== undefined || reason === undefined) {
      this.fail(failed ?? malformed("the provider's reply has no finish reason"));
      return;
    }
    this.start(undefined);
    this.closeAll();
    this.#done = true;
    this.#emit({ type: "stop", stop: readStop(reason, this.#callsTools) });
    this.#emit({ type: "end" });
  }

  fail(error: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#emit({ type: "error", error });
  }

  #write(key: Key, kind: "text" | "reasoning", text: string): void {
    let open = this.#open.get(key);
    if (open?.kind !== kind) {
      this.closeAll();
      this.start(undefined);
      open = { block: this.#blocks++, kind };
      this.#open.set(key, open);
      this.#emit({ type: "block-start", block: open.block, kind });
    }
    this.#emit({ type: "delta", block: open.block, text });
  }

  #close(key: Key): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    // A call without arguments has none, or the word null: an empty object either way (T27, T28).
    if (open.held !== undefined) {
      const isWhole = open.held.trim() === "" || open.held.trim() === "null";
      this.#emit({ type: "delta", block: open.block, text: isWhole ? "{}" : open.held });
    }
    this.#emit({ type: "block-stop", block: open.block });
  }
}

function readCitation(raw: JsonObject) {
  const document = (asArray(raw["sources"]) ?? []).map((source) => asObject(asObject(source)?.["document"]))[0];
  const url = asString(document?.["url"]);
  const title = asString(document?.["title"]);
  const startIndex = asNumber(raw["start"]);
  const endIndex = asNumber(raw["end"]);
  return {
    kind: url === undefined ? ("document" as const) : ("url" as const),
    ...(url !== undefined ? { url } : {}),
    ...(title !== undefined ? { title } : {}),
    ...(startIndex !== undefined ? { startIndex } : {}),
    ...(endIndex !== undefined ? { endIndex } : {}),
    raw,
  };
}
