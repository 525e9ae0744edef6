// Reads what assistant messages carry of former reasoning: text, signatures and encrypted state, in their order.
import type { Block, OpaqueState, ReasoningBlock } from "../../core/chat.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, extraOf, objectsOf, restOf } from "./fields.ts";
import { originOfFormat } from "./reasoning-format.ts";

/** A reasoning block and its place among the blocks of the message, where the client's list tells. */
export type PlacedReasoning = { block: ReasoningBlock; index?: number };

export type Replay = {
  placed: PlacedReasoning[];
  /** State that belongs to a tool call, by its id. */
  callStates: Map<string, OpaqueState>;
  /** A thought signature that belongs to the answer's text. */
  textStates: OpaqueState[];
};

const detailFields = new Set(["type", "text", "summary", "data", "signature", "format", "index", "id"]);

/** The opaque state in one entry of `reasoning_details`, in OpenRouter's shape. */
function stateOf(detail: JsonObject, origin: string): OpaqueState | undefined {
  const signature = asString(detail["signature"]);
  if (signature) return { origin, kind: "signature", value: signature };
  const data = asString(detail["data"]);
  if (data === undefined) return undefined;
  // Claude redacts whole thoughts; everybody else encrypts beside a summary. The kind decides how it is sent back.
  return { origin, kind: origin === "anthropic" ? "redacted" : "encrypted", value: data };
}

/** Is this entry a further piece of that block? Streams give a block's text, summary and state under one index. */
function continues(last: PlacedReasoning, detail: JsonObject, state: OpaqueState | undefined): boolean {
  // A redacted thought is a whole block.
  if (last.block.state || state?.kind === "redacted") return false;
  const index = asNumber(detail["index"]);
  if (index !== last.index) return false;
  const id = asString(detail["id"]);
  return id === undefined || id === (last.block.extra?.["openai-chat"]?.["id"] ?? id);
}

/** The origin of the state says what the format said. */
function setState(block: ReasoningBlock, state: OpaqueState): void {
  block.state = state;
  const extra = extraOf(restOf(block.extra?.["openai-chat"] ?? {}, new Set(["format"])));
  if (extra) block.extra = extra;
  else delete block.extra;
}

function addDetail(replay: Replay, detail: JsonObject): void {
  const format = asString(detail["format"]);
  const origin = originOfFormat(format);
  const state = stateOf(detail, origin);
  const text = asString(detail["text"]) ?? asString(detail["summary"]) ?? "";
  const last = replay.placed.at(-1);
  if (last && continues(last, detail, state)) {
    last.block.text += text;
    if (state) setState(last.block, state);
    return;
  }
  const id = asString(detail["id"]);
  // A block with state has the format in its origin; without state, format and id are all that a replay has to go by.
  const rest = {
    ...restOf(detail, detailFields),
    ...(id !== undefined && { id }),
    ...(!state && format !== undefined && { format }),
  };
  const extra = extraOf(Object.keys(rest).length === 0 ? undefined : rest);
  const block = defined<ReasoningBlock>({ type: "reasoning", text, state, extra });
  replay.placed.push(defined<PlacedReasoning>({ block, index: asNumber(detail["index"]) }));
}

/** translation.md B10: OpenRouter's list, which our own writer also uses as the carrier on this dialect. */
function readDetails(details: JsonObject[], callIds: ReadonlySet<string>): Replay {
  const replay: Replay = { placed: [], callStates: new Map(), textStates: [] };
  for (const detail of details) {
    const origin = originOfFormat(asString(detail["format"]));
    const id = asString(detail["id"]);
    const data = asString(detail["data"]);
    // MiniMax writes entries of plain text without OpenRouter's type names (R22).
    if (!asString(detail["type"])?.startsWith("reasoning.") && typeof detail["text"] !== "string") {
      const state: OpaqueState = { origin, kind: "details", value: detail };
      replay.placed.push({ block: { type: "reasoning", text: "", state } });
    } else if (data !== undefined && id !== undefined && callIds.has(id)) {
      replay.callStates.set(id, { origin, kind: "signature", value: data });
    } else if (data !== undefined && origin === "gemini") {
      // Gemini signs parts; a signature that names no call is the one of the answer's text (translation.md A4.4).
      replay.textStates.push({ origin, kind: "signature", value: data });
    } else {
      addDetail(replay, detail);
    }
  }
  return replay;
}

/** LiteLLM's `thinking_blocks`: Anthropic's own blocks on a Chat Completions message. */
function readThinkingBlock(raw: JsonObject): PlacedReasoning {
  const data = asString(raw["data"]);
  if (data !== undefined) {
    return { block: { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: data } } };
  }
  const signature = asString(raw["signature"]);
  const state: OpaqueState | undefined = signature
    ? { origin: "anthropic", kind: "signature", value: signature }
    : undefined;
  return { block: defined<ReasoningBlock>({ type: "reasoning", text: asString(raw["thinking"]) ?? "", state }) };
}

/** `reasoning_content` (DeepSeek, Kimi, …) or `reasoning` (OpenRouter, Groq); objects are seen as well (R14). */
function plainText(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  const node = asObject(value);
  return node && (asString(node["text"]) ?? asString(node["content"]));
}

/** Details without any text (encrypted ones) get the text that stands beside them. */
function joinPlainText(placed: PlacedReasoning[], text: string): void {
  if (placed.some(({ block }) => block.text !== "")) return;
  const bearer = placed.find(({ block }) => block.state?.kind === "encrypted" || block.state?.kind === "signature");
  if (bearer) bearer.block.text = text;
  else placed.unshift({ block: { type: "reasoning", text } });
}

/**
 * Reasoning of one assistant message. The richest form wins, since clients send the same text in several:
 * `reasoning_details`, then `thinking_blocks`, then plain text.
 */
export function readReplay(message: JsonObject, callIds: ReadonlySet<string>): Replay {
  const replay = readDetails(objectsOf(message["reasoning_details"]), callIds);
  if (replay.placed.length === 0) replay.placed.push(...objectsOf(message["thinking_blocks"]).map(readThinkingBlock));
  const text = plainText(message["reasoning_content"]) ?? plainText(message["reasoning"]);
  if (text !== undefined && (text !== "" || replay.placed.length === 0)) joinPlainText(replay.placed, text);
  return replay;
}

/**
 * Puts reasoning blocks among the others: an `index` is a place among all blocks of the message, so what stands before
 * it fills the gap; without one, reasoning comes first (translation.md R04: the order is signed).
 */
export function arrange(placed: readonly PlacedReasoning[], others: readonly Block[]): Block[] {
  const blocks: Block[] = [];
  let next = 0;
  for (const { block, index } of placed) {
    while (index !== undefined && blocks.length < index && next < others.length) blocks.push(others[next++] as Block);
    blocks.push(block);
  }
  return blocks.concat(others.slice(next));
}
