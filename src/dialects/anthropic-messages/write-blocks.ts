// Canonical blocks of a reply as Messages content blocks (translation.md B1.4). Used for whole replies.
import type { Block, Citation, OpaqueState, TextBlock, ToolCallBlock } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { keptArguments } from "../call-arguments.ts";
import { citationLosses } from "../reply-losses.ts";
import { nativeOrigin, tagState } from "./carrier.ts";

export type BlockLosses = { add(field: string): void };

/** Undefined for a citation that this dialect has no form for. */
export function writeCitation(citation: Citation, text: string): JsonObject | undefined {
  const { raw, url, title, startIndex, endIndex } = citation;
  if (typeof raw?.["type"] === "string" && raw["type"].endsWith("_location")) return raw;
  if (url === undefined) return undefined;
  // Nobody but Anthropic's search can make an encrypted_index, so there is none.
  return {
    type: "web_search_result_location",
    url,
    title: title ?? null,
    cited_text: citation.citedText ?? (endIndex === undefined ? "" : text.slice(startIndex ?? 0, endIndex)),
  };
}

/** A thinking block that is nothing but the carrier of a call's or a text's state (B10). */
export function carrier(state: OpaqueState, bearer: "next" | "previous"): JsonObject {
  return { type: "thinking", thinking: "", signature: tagState(state, bearer) };
}

/** Redacted thinking has a block of its own, which holds no text. */
export function redactedData(text: string, state: OpaqueState | undefined): string | undefined {
  const isOwn = state?.origin === nativeOrigin && state.kind === "redacted" && text === "";
  return isOwn && typeof state.value === "string" ? state.value : undefined;
}

function writeText(block: TextBlock, losses: BlockLosses): JsonObject[] {
  const citations = (block.citations ?? []).flatMap((citation) => {
    const written = writeCitation(citation, block.text);
    if (!written) losses.add("citations");
    else for (const field of citationLosses(citation, written)) losses.add(field);
    return written ?? [];
  });
  const written: JsonObject[] = [];
  // An empty text is no block (M01): clients send it back, and it is refused.
  if (block.text !== "" || citations.length > 0) {
    written.push({ type: "text", text: block.text, ...(citations.length > 0 ? { citations } : {}) });
  }
  if (block.state) written.push(carrier(block.state, "previous"));
  return written;
}

function writeCall(block: ToolCallBlock, id: string, losses: BlockLosses): JsonObject[] {
  const input = keptArguments(block, () => losses.add("tool_use.input"));
  const call = { type: "tool_use", id: block.id === "" ? id : block.id, name: block.name, input };
  return block.state ? [carrier(block.state, "next"), call] : [call];
}

/** @param id for a call that came without one */
export function writeBlock(block: Block, id: string, losses: BlockLosses): JsonObject[] {
  switch (block.type) {
    case "text":
      return writeText(block, losses);
    case "refusal":
      return block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "reasoning": {
      const data = redactedData(block.text, block.state);
      if (data !== undefined) return [{ type: "redacted_thinking", data }];
      const signature = block.state ? tagState(block.state, "self") : "";
      if (block.text === "" && signature === "") return [];
      // Never invented: what stands here is sent back, and a stand-in would be refused as forged (B1.4).
      return [{ type: "thinking", thinking: block.text, signature }];
    }
    case "tool-call":
      return writeCall(block, id, losses);
    case "opaque":
      if (block.dialect === "anthropic-messages") return [block.raw];
      losses.add(typeof block.raw["type"] === "string" ? block.raw["type"] : "part");
      return [];
    default:
      losses.add(block.type);
      return [];
  }
}
