// Content blocks of a Messages reply as events: what a block holds when it is opened, and blocks that come whole.
import type { Citation } from "../../core/chat.ts";
import type { Emit } from "../../core/events.ts";
import { asArray, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";

export function readCitation(raw: JsonObject): Citation {
  const title = asString(raw["title"]) ?? asString(raw["document_title"]);
  const url = asString(raw["url"]);
  const citedText = asString(raw["cited_text"]);
  return {
    kind: raw["type"] === "web_search_result_location" ? "url" : "document",
    ...(url !== undefined ? { url } : {}),
    ...(title !== undefined ? { title } : {}),
    ...(citedText !== undefined ? { citedText } : {}),
    raw,
  };
}

/** Where opened blocks say what they hold. */
export type BlockSink = { emit: Emit; origin: string };

/** Opens a text block and says what its start holds already. */
export function openText(sink: BlockSink, block: number, wire: JsonObject): void {
  sink.emit({ type: "block-start", block, kind: "text" });
  const text = asString(wire["text"]);
  if (text) sink.emit({ type: "delta", block, text });
  for (const citation of asArray(wire["citations"]) ?? []) {
    if (isObject(citation)) sink.emit({ type: "citation", block, citation: readCitation(citation) });
  }
}

/** Opens a thinking block. Its text may be empty beside a signature: the client asked not to see it. */
export function openThinking(sink: BlockSink, block: number, wire: JsonObject): void {
  sink.emit({ type: "block-start", block, kind: "reasoning" });
  const text = asString(wire["thinking"]);
  if (text) sink.emit({ type: "delta", block, text });
  const signature = asString(wire["signature"]);
  if (signature) emitSignature(sink, block, signature);
}

export function emitSignature(sink: BlockSink, block: number, value: string): void {
  sink.emit({ type: "state", block, state: { origin: sink.origin, kind: "signature", value } });
}

/** Redacted thinking has no deltas: its `data` stands for the text. */
export function readRedacted(sink: BlockSink, block: number, wire: JsonObject): void {
  sink.emit({ type: "block-start", block, kind: "reasoning" });
  const value = asString(wire["data"]) ?? "";
  sink.emit({ type: "state", block, state: { origin: sink.origin, kind: "redacted", value } });
  sink.emit({ type: "block-stop", block });
}

export function openToolCall(sink: BlockSink, block: number, wire: JsonObject): void {
  const id = asString(wire["id"]) ?? "";
  const name = asString(wire["name"]) ?? "";
  sink.emit({ type: "block-start", block, kind: "tool-call", id, name, argumentsKind: "json" });
  // Who calls (a program that runs on the server) has no place in any other dialect; "direct" is the plain case.
  const caller = asString(asObject(wire["caller"])?.["type"]);
  if (caller !== undefined && caller !== "direct") sink.emit({ type: "lost", field: "tool_use.caller" });
  if (wire["toolset_name"] !== undefined) sink.emit({ type: "lost", field: "tool_use.toolset_name" });
}

/** The arguments of a call that came without deltas: the object of its start, `{}` when there is none (T27, T40). */
export function argumentsOf(wire: JsonObject): string {
  return isObject(wire["input"]) ? JSON.stringify(wire["input"]) : "{}";
}
