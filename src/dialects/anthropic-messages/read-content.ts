// Content blocks of a client's Messages body as canonical blocks (translation.md A3.3, B1.2). Order is kept as it is.
import type { Block, CacheMark, MediaSource, OpaqueState, ToolResultBlock } from "../../core/chat.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { untagState } from "./carrier.ts";
import { readCitation } from "./read-blocks.ts";

export const dialectId = "anthropic-messages";

type OwnExtra = { [dialectId]?: JsonObject };
type Dress = { cache?: CacheMark; extra?: OwnExtra };

/** The fields that `known` does not name. Safe for a key named `__proto__`. */
export function without(wire: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !known.includes(name)));
}

export function isEmpty(fields: JsonObject): boolean {
  return Object.keys(fields).length === 0;
}

/** The cache mark of a node, and the fields of it that no canonical field holds. */
export function dressOf(wire: JsonObject, known: readonly string[]): Dress {
  const rest = without(wire, ["type", "cache_control", ...known]);
  const mark = asObject(wire["cache_control"]);
  const ttl = asString(mark?.["ttl"]);
  const markRest = without(mark ?? {}, ["type", "ttl"]);
  if (!isEmpty(markRest)) rest["cache_control"] = markRest;
  return {
    ...(mark ? { cache: ttl === undefined ? {} : { ttl } } : {}),
    ...(isEmpty(rest) ? {} : { extra: { [dialectId]: rest } }),
  };
}

type Read = (wire: JsonObject) => Block;

function readSource(source: JsonObject): MediaSource | undefined {
  switch (source["type"]) {
    case "base64":
      return { kind: "base64", mediaType: asString(source["media_type"]) ?? "", data: asString(source["data"]) ?? "" };
    case "url":
      return { kind: "url", url: asString(source["url"]) ?? "" };
    case "file":
      return { kind: "file-id", id: asString(source["file_id"]) ?? "", origin: dialectId };
    case "text": {
      const mediaType = asString(source["media_type"]);
      const text = asString(source["data"]) ?? "";
      return { kind: "text", text, ...(mediaType === undefined ? {} : { mediaType }) };
    }
    default:
      return undefined;
  }
}

function opaque(wire: JsonObject): Block {
  return { type: "opaque", dialect: dialectId, raw: wire };
}

function readText(wire: JsonObject): Block {
  const citations = (asArray(wire["citations"]) ?? []).filter(isObject).map(readCitation);
  return {
    type: "text",
    text: asString(wire["text"]) ?? "",
    ...(citations.length > 0 ? { citations } : {}),
    ...dressOf(wire, ["text", "citations"]),
  };
}

function readImage(wire: JsonObject): Block {
  const source = readSource(asObject(wire["source"]) ?? {});
  return source ? { type: "image", source, ...dressOf(wire, ["source"]) } : opaque(wire);
}

/** A document made of blocks has no form elsewhere and stays what it is. */
function readDocument(wire: JsonObject): Block {
  const source = readSource(asObject(wire["source"]) ?? {});
  if (!source) return opaque(wire);
  const name = asString(wire["title"]);
  const context = asString(wire["context"]);
  return {
    type: "file",
    source,
    ...(name === undefined ? {} : { name }),
    ...(context === undefined ? {} : { context }),
    ...dressOf(wire, ["source", "title", "context"]),
  };
}

function readToolUse(wire: JsonObject): Block {
  return {
    type: "tool-call",
    id: asString(wire["id"]) ?? "",
    name: asString(wire["name"]) ?? "",
    argumentsText: JSON.stringify(wire["input"] ?? {}),
    argumentsKind: "json",
    ...dressOf(wire, ["id", "name", "input"]),
  };
}

function readResult(wire: JsonObject): Block {
  const result: ToolResultBlock = {
    type: "tool-result",
    callId: asString(wire["tool_use_id"]) ?? "",
    blocks: readBlocks(wire["content"]),
    ...dressOf(wire, ["tool_use_id", "content", "is_error"]),
  };
  if (typeof wire["is_error"] === "boolean") result.isError = wire["is_error"];
  return result;
}

function readThinking(wire: JsonObject): Block {
  const carried = untagState(asString(wire["signature"]) ?? "");
  return {
    type: "reasoning",
    text: asString(wire["thinking"]) ?? "",
    ...(carried ? { state: carried.state } : {}),
    ...dressOf(wire, ["thinking", "signature"]),
  };
}

function readRedacted(wire: JsonObject): Block {
  const state = { origin: "anthropic", kind: "redacted" as const, value: asString(wire["data"]) ?? "" };
  return { type: "reasoning", text: "", state, ...dressOf(wire, ["data"]) };
}

/** Server tools and their results, compaction, and whatever comes next are for their maker alone (M30). */
const readers: ReadonlyMap<unknown, Read> = new Map<unknown, Read>([
  ["text", readText],
  ["image", readImage],
  ["document", readDocument],
  ["tool_use", readToolUse],
  ["tool_result", readResult],
  ["thinking", readThinking],
  ["redacted_thinking", readRedacted],
]);

/** Content as it stands: a string is one text, and an empty string none. */
export function readBlocks(content: JsonValue | undefined): Block[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  const carriedState = new CarriedStates();
  const blocks: Block[] = [];
  for (const wire of (asArray(content) ?? []).filter(isObject)) {
    if (carriedState.takes(wire, blocks)) continue;
    const block = (readers.get(wire["type"]) ?? opaque)(wire);
    carriedState.give(block);
    blocks.push(block);
  }
  return blocks;
}

/** Thinking blocks that we made to carry the state of a call or a text: they are no thoughts, and vanish again. */
class CarriedStates {
  #forNext: OpaqueState | undefined;

  takes(wire: JsonObject, before: readonly Block[]): boolean {
    if (wire["type"] !== "thinking") return false;
    const carried = untagState(asString(wire["signature"]) ?? "");
    if (!carried || carried.bearer === "self") return false;
    const previous = before.at(-1);
    if (carried.bearer === "next") this.#forNext = carried.state;
    else if (previous?.type === "text" || previous?.type === "tool-call") previous.state = carried.state;
    return true;
  }

  give(block: Block): void {
    if (block.type !== "tool-call" || !this.#forNext) return;
    block.state = this.#forNext;
    this.#forNext = undefined;
  }
}
