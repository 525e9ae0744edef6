// Turns output items of a response into canonical blocks, however much of them has been streamed before.
import type { Citation, OpaqueState } from "../../core/chat.ts";
import type { Emit } from "../../core/events.ts";
import { asArray, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { objectsOf, restOf } from "../openai-chat/fields.ts";
import { flatName } from "./namespaces.ts";
import { readCitation } from "./read-parts.ts";

type Kind = "text" | "refusal" | "reasoning";
type OpenBlock = { block: number; text: string; cited: number; stopped: boolean };
type Item = {
  /** By content index for messages; reasoning and calls have one block, under 0. */
  blocks: Map<number, OpenBlock>;
  /** The summary part that the last delta belonged to. */
  summaryIndex: number;
  done: boolean;
};

/** Parts of a summary are paragraphs of one text. */
const between = "\n\n";

const stateKind = "encrypted";

const ownOfAll = ["type", "id", "status"];
const ownOfCalls = [...ownOfAll, "call_id", "name", "namespace", "arguments", "input"];

const ownOfImages: ReadonlySet<string> = new Set([...ownOfAll, "result"]);

/** Fields of an item that are read, by its type; the others are reported. */
const knownFields: { readonly [type: string]: ReadonlySet<string> } = {
  message: new Set([...ownOfAll, "role", "content"]),
  reasoning: new Set([...ownOfAll, "summary", "content", "encrypted_content"]),
  function_call: new Set(ownOfCalls),
  custom_tool_call: new Set(ownOfCalls),
};

/** A call that the model itself makes, in the one way that every dialect has. */
function isPlain(key: string, value: JsonValue | undefined): boolean {
  if (value === null || value === undefined) return true;
  return (key === "async" && value === false) || (key === "caller" && asObject(value)?.["type"] === "direct");
}

function citationsOf(part: JsonObject): Citation[] {
  return objectsOf(part["annotations"]).map(readCitation);
}

/** Items are kept by output index: some hosts change their ids between events (S47). */
export class OutputReader {
  readonly #emit: Emit;
  readonly #origin: string;
  readonly #items = new Map<number, Item>();
  #blocks = 0;
  #weighed = false;
  /** Ids of items that came by events. */
  readonly #seenIds = new Set<string>();
  readonly #lost = new Set<string>();
  /** Calls that the client has to answer. */
  calls = 0;

  constructor(emit: Emit, origin: string) {
    this.#emit = emit;
    this.#origin = origin;
  }

  #item(index: number): Item {
    let item = this.#items.get(index);
    if (!item) {
      item = { blocks: new Map(), summaryIndex: 0, done: false };
      this.#items.set(index, item);
    }
    return item;
  }

  added(index: number, raw: JsonObject): void {
    if (raw["type"] === "function_call" || raw["type"] === "custom_tool_call") this.#startCall(this.#item(index), raw);
    else this.#item(index);
  }

  #startCall(item: Item, raw: JsonObject): OpenBlock {
    const known = item.blocks.get(0);
    if (known) return known;
    const open = { block: this.#blocks++, text: "", cited: 0, stopped: false };
    item.blocks.set(0, open);
    this.calls++;
    const name = asString(raw["name"]) ?? "";
    const namespace = asString(raw["namespace"]);
    this.#emit({
      type: "block-start",
      block: open.block,
      kind: "tool-call",
      // Clients answer with call_id, never with the item's id (translation.md A2.3).
      id: asString(raw["call_id"]) ?? asString(raw["id"]) ?? "",
      name: namespace ? flatName(namespace, name) : name,
      ...(namespace && { namespace }),
      argumentsKind: raw["type"] === "custom_tool_call" ? "freeform" : "json",
    });
    return open;
  }

  #block(item: Item, place: number, kind: Kind): OpenBlock {
    const known = item.blocks.get(place);
    if (known) return known;
    const open = { block: this.#blocks++, text: "", cited: 0, stopped: false };
    item.blocks.set(place, open);
    this.#emit({ type: "block-start", block: open.block, kind });
    return open;
  }

  text(index: number, place: { contentIndex: number; kind: "text" | "refusal" }, delta: string): void {
    this.#grow(this.#block(this.#item(index), place.contentIndex, place.kind), delta);
  }

  summary(index: number, summaryIndex: number, delta: string): void {
    const item = this.#item(index);
    const open = this.#block(item, 0, "reasoning");
    if (summaryIndex !== item.summaryIndex && open.text !== "") this.#grow(open, between);
    item.summaryIndex = summaryIndex;
    this.#grow(open, delta);
  }

  /** Arguments of a call that was not announced belong to nobody; its output_item.done holds them again. */
  arguments(index: number, delta: string): void {
    const open = this.#item(index).blocks.get(0);
    if (open) this.#grow(open, delta);
  }

  /** The arguments are told to be complete: they come from here when there was no delta, and are not doubled (T32, T33). */
  argumentsDone(index: number, whole: string): void {
    const open = this.#item(index).blocks.get(0);
    if (open) this.#complete(open, whole);
  }

  weigh(logprobs: JsonValue | undefined): void {
    const entries = asArray(logprobs);
    if (!entries || entries.length === 0) return;
    this.#weighed = true;
    this.#emit({ type: "logprobs", logprobs: { content: entries } });
  }

  #grow(open: OpenBlock, text: string): void {
    if (text === "" || open.stopped) return;
    open.text += text;
    this.#emit({ type: "delta", block: open.block, text });
  }

  /** What the deltas left out. Another text than theirs is not a correction that anybody could still make. */
  #complete(open: OpenBlock, whole: string): void {
    if (whole.startsWith(open.text)) this.#grow(open, whole.slice(open.text.length));
  }

  #stop(open: OpenBlock): void {
    if (open.stopped) return;
    open.stopped = true;
    this.#emit({ type: "block-stop", block: open.block });
  }

  /** The whole item: what was streamed of it before is not told again. */
  done(index: number, raw: JsonObject): void {
    const item = this.#item(index);
    if (item.done) return;
    item.done = true;
    for (const id of [raw["id"], raw["call_id"]]) if (typeof id === "string" && id !== "") this.#seenIds.add(id);
    const type = asString(raw["type"]) ?? "";
    this.#noteUnknown(type, raw);
    if (type === "message") this.#message(item, raw);
    else if (type === "reasoning") this.#reasoning(item, raw);
    else if (type === "function_call" || type === "custom_tool_call") {
      const open = this.#startCall(item, raw);
      this.#complete(open, asString(raw[type === "function_call" ? "arguments" : "input"]) ?? "");
      this.#stop(open);
    } else this.#other(type, raw);
  }

  #noteUnknown(type: string, raw: JsonObject): void {
    const known = Object.hasOwn(knownFields, type) ? knownFields[type] : undefined;
    if (!known) return;
    for (const key in raw) if (!known.has(key) && !isPlain(key, raw[key])) this.lose(`${type}.${key}`);
  }

  /** Reports a field once. */
  lose(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.#emit({ type: "lost", field });
  }

  #message(item: Item, raw: JsonObject): void {
    for (const [place, part] of objectsOf(raw["content"]).entries()) {
      const refused = part["type"] === "refusal";
      const text = asString(part[refused ? "refusal" : "text"]) ?? "";
      if (text === "" && !item.blocks.has(place)) continue;
      const open = this.#block(item, place, refused ? "refusal" : "text");
      const weighedBefore = this.#weighed || open.text !== "";
      this.#complete(open, text);
      for (const citation of citationsOf(part)) this.#emit({ type: "citation", block: open.block, citation });
      if (!weighedBefore) this.weigh(part["logprobs"]);
    }
    for (const open of item.blocks.values()) this.#stop(open);
  }

  /** The state is taken from here and not from `added`, where some hosts write another one (R32). */
  #reasoning(item: Item, raw: JsonObject): void {
    const texts = (field: string) => objectsOf(raw[field]).map((part) => asString(part["text"]) ?? "");
    const summary = texts("summary");
    const content = texts("content");
    const whole = (summary.length > 0 ? summary : content).join(between);
    // What was thought and its summary: one of the two has a place.
    if (summary.length > 0 && content.length > 0) this.lose("reasoning.content");
    const encrypted = asString(raw["encrypted_content"]);
    if (whole === "" && !encrypted && !item.blocks.has(0)) return;
    const open = this.#block(item, 0, "reasoning");
    this.#complete(open, whole);
    if (encrypted) {
      const state: OpaqueState = { origin: this.#origin, kind: stateKind, value: encrypted };
      this.#emit({ type: "state", block: open.block, state });
    }
    this.#stop(open);
  }

  #other(type: string, raw: JsonObject): void {
    const result = asString(raw["result"]);
    const block = this.#blocks++;
    if (type === "image_generation_call" && result) {
      const mediaType = `image/${asString(raw["output_format"]) ?? "png"}`;
      const rest = restOf(raw, ownOfImages);
      this.#emit({
        type: "part",
        block,
        part: {
          type: "image",
          source: { kind: "base64", mediaType, data: result },
          ...(rest && { extra: { "openai-responses": rest } }),
        },
      });
      return;
    }
    this.#emit({ type: "part", block, part: { type: "opaque", dialect: "openai-responses", raw } });
  }

  /**
   * Items of the final response that had no `done` of their own; some hosts send all of them only there. Positions tell
   * nothing alone: where output indices have gaps, an item stands there at another place.
   */
  finish(response: JsonObject): void {
    for (const [index, value] of (asArray(response["output"]) ?? []).entries()) {
      const raw = asObject(value);
      const isSeen = [raw?.["id"], raw?.["call_id"]].some((id) => typeof id === "string" && this.#seenIds.has(id));
      if (raw && !isSeen) this.done(index, raw);
    }
    for (const item of this.#items.values()) for (const open of item.blocks.values()) this.#stop(open);
  }
}
