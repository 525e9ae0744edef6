// The many spellings of reasoning in a delta or message, as a list of pieces in one shape.
import type { OpaqueState } from "../../core/chat.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { objectsOf } from "./fields.ts";
import { originOfFormat } from "./reasoning-format.ts";

export type ReasoningPiece = {
  text: string;
  state?: OpaqueState;
  /** Index of the entry; pieces of one block share it. */
  place?: number;
  /** The entry's id: that of a tool call when the state signs the call (Gemini behind OpenRouter). */
  id?: string;
  /** A block of its own, whatever is open. */
  alone?: boolean;
};

/** One entry of `reasoning_details` (openrouter.ai/docs/use-cases/reasoning-tokens, read 2026-11). */
function readDetail(detail: JsonObject): ReasoningPiece {
  const origin = originOfFormat(asString(detail["format"]));
  const type = asString(detail["type"]) ?? "";
  const id = asString(detail["id"]);
  const place = asNumber(detail["index"]);
  const common = { ...(place === undefined ? {} : { place }), ...(id ? { id } : {}) };
  // MiniMax writes entries of plain text without OpenRouter's type names (R22).
  if (type !== "" && !type.startsWith("reasoning.") && typeof detail["text"] !== "string") {
    return { text: "", state: { origin, kind: "details", value: detail }, alone: true, ...common };
  }
  const text = asString(detail["text"]) ?? asString(detail["summary"]) ?? "";
  const signature = asString(detail["signature"]);
  if (signature) return { text, state: { origin, kind: "signature", value: signature }, ...common };
  const data = asString(detail["data"]);
  if (!data) return { text, ...common };
  // Claude redacts a whole thought, which is a block of its own; others encrypt beside the summary they show.
  const redacted = origin === "anthropic";
  const state: OpaqueState = { origin, kind: redacted ? "redacted" : "encrypted", value: data };
  return { text, state, ...(redacted ? { alone: true } : {}), ...common };
}

/** LiteLLM's `thinking_blocks`: Anthropic's own blocks, in a stream cut into pieces. */
function readThinkingBlock(block: JsonObject): ReasoningPiece {
  const data = asString(block["data"]);
  if (data) return { text: "", state: { origin: "anthropic", kind: "redacted", value: data }, alone: true };
  const text = asString(block["thinking"]) ?? "";
  const signature = asString(block["signature"]);
  return signature ? { text, state: { origin: "anthropic", kind: "signature", value: signature } } : { text };
}

/** Gateways in front of Bedrock's Claude send an object in its shape instead of text (R14). */
function readNode(node: JsonObject): ReasoningPiece[] {
  const inner = asObject(node["reasoningText"]) ?? node;
  const text = asString(inner["text"]) ?? asString(inner["content"]) ?? "";
  const signature = asString(inner["signature"]);
  const redacted = asString(node["redactedContent"]);
  if (redacted) return [{ text: "", state: { origin: "anthropic", kind: "redacted", value: redacted }, alone: true }];
  return [signature ? { text, state: { origin: "anthropic", kind: "signature", value: signature } } : { text }];
}

function readPlain(value: JsonValue | undefined): ReasoningPiece[] | undefined {
  if (typeof value === "string") return value === "" ? undefined : [{ text: value }];
  const node = asObject(value);
  return node && readNode(node);
}

/** agentgateway's name for the signature of the `reasoning_content` beside it. */
function readSignature(delta: JsonObject): ReasoningPiece[] {
  const value = asString(delta["reasoning_signature"]);
  return value ? [{ text: "", state: { origin: "anthropic", kind: "signature", value } }] : [];
}

const none: readonly ReasoningPiece[] = [];

/** Deltas of the answer itself, which are most, hold none of these fields. */
function hasReasoning(delta: JsonObject): boolean {
  return Boolean(
    delta["reasoning_content"] ||
      delta["reasoning"] ||
      delta["reasoning_details"] ||
      delta["thinking_blocks"] ||
      delta["reasoning_signature"],
  );
}

/**
 * Reasoning of one delta or message. The same text often stands in several fields; the richest one is read:
 * `reasoning_details`, `thinking_blocks`, then `reasoning_content` or `reasoning` (R13), which also give the text where
 * the richer ones hold state only.
 */
export function readReasoning(delta: JsonObject): readonly ReasoningPiece[] {
  if (!hasReasoning(delta)) return none;
  const details = delta["reasoning_details"];
  const blocks = delta["thinking_blocks"];
  const rich = details ? objectsOf(details).map(readDetail) : [];
  if (rich.length === 0 && blocks) rich.push(...objectsOf(blocks).map(readThinkingBlock));
  if (rich.some((piece) => piece.text !== "")) return rich;
  const plain = readPlain(delta["reasoning_content"]) ?? readPlain(delta["reasoning"]);
  if (rich.length === 0 && !delta["reasoning_signature"]) return plain ?? [];
  return [...(plain ?? []), ...rich, ...readSignature(delta)];
}
