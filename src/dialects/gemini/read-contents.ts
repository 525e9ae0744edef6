// Reads contents and the system instruction as turns. What a stream had cut into pieces is put together again.
import type { Block, ReasoningBlock, TextBlock, Turn } from "../../core/chat.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { restOf } from "../openai-chat/fields.ts";
import { CallIds } from "./call-ids.ts";
import { ownOrigin } from "./carried-state.ts";
import { readPart } from "./read-parts.ts";

const contentFields = new Set(["role", "parts"]);

/** "function" is how responses were sent before `functionResponse` came from "user". */
const roles: { readonly [role: string]: Turn["role"] } = {
  user: "user",
  model: "assistant",
  function: "user",
  system: "system",
};

export function isRole(role: string): boolean {
  return Object.hasOwn(roles, role);
}

export function readTurns(contents: JsonValue | undefined, system: JsonValue | undefined): Turn[] {
  const ids = new CallIds();
  const turns: Turn[] = [];
  const instruction = typeof system === "string" ? { parts: [{ text: system }] } : asObject(system);
  if (instruction) turns.push({ ...newTurn("system", instruction), blocks: readBlocks(instruction, ids) });
  for (const content of (asArray(contents) ?? []).filter(isObject)) {
    const role = roles[asString(content["role"]) ?? "user"] ?? "user";
    const last = turns.at(-1);
    // A stream replayed chunk by chunk, as Google's own chat helper does it, is one step of the model.
    if (role === "assistant" && last?.role === "assistant") {
      for (const [place, block] of readBlocks(content, ids).entries()) append(last.blocks, block, place === 0);
      continue;
    }
    if (role === "assistant") ids.startStep();
    const turn = newTurn(role, content);
    for (const block of readBlocks(content, ids)) append(turn.blocks, block, false);
    turns.push(turn);
  }
  for (const turn of turns) if (turn.role === "assistant") turn.blocks = turn.blocks.filter(saysSomething);
  return turns.filter((turn) => turn.role !== "assistant" || turn.blocks.length > 0);
}

function newTurn(role: Turn["role"], content: JsonObject): Turn {
  const rest = restOf(content, contentFields);
  return { role, blocks: [], ...(rest ? { extra: { gemini: rest } } : {}) };
}

function readBlocks(content: JsonObject, ids: CallIds): Block[] {
  return (asArray(content["parts"]) ?? [])
    .filter(isObject)
    .map((part) => readPart(part, ids))
    .filter((block) => block !== undefined);
}

/** Streams end in a part with an empty text, which clients send back. */
function saysSomething(block: Block): boolean {
  return block.type !== "text" || block.text !== "" || block.state !== undefined || block.extra !== undefined;
}

function append(blocks: Block[], block: Block, isNextChunk: boolean): void {
  const last = blocks.at(-1);
  if (last && (block.type === "text" || block.type === "reasoning") && joins(last, block, isNextChunk)) {
    last.text += block.text;
    if (block.state) last.state = block.state;
  } else blocks.push(block);
}

/**
 * Does the block go on with the one before it? A signature of Gemini's covers its part alone (A4.4); that of another
 * maker covers the whole text, and our writer sends it in a part of its own behind the text.
 */
function joins(
  last: Block,
  block: TextBlock | ReasoningBlock,
  isNextChunk: boolean,
): last is TextBlock | ReasoningBlock {
  if (last.type !== block.type || last.extra || block.extra || ("state" in last && last.state)) return false;
  if (!block.state) return isNextChunk || block.type === "reasoning";
  return block.state.origin !== ownOrigin && block.state.kind !== "redacted";
}
