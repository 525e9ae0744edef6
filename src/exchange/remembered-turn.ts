// Puts a remembered turn in the place of what a client sent back of it: reasoning where it stood, signed blocks untouched.
import type { Block, ReasoningBlock, TextBlock, ToolCallBlock, Turn } from "../core/chat.ts";
import type { TargetFacts } from "../core/facts.ts";
import type { RememberedTurn } from "../storage/reasoning-memory.ts";

/**
 * The client has sent this target's opaque state back: it keeps its carriers, and knows better than any memory. State of
 * other makers says nothing: Gemini's CLI marks every call that it has no signature of.
 */
export function holdsState(turn: Turn, { origin }: TargetFacts): boolean {
  return turn.blocks.some((block) => "state" in block && block.state?.origin === origin);
}

/** Is there anything in this turn that a later request may need and a client may lose? */
export function isWorthKeeping(blocks: readonly Block[]): boolean {
  const hasCall = blocks.some((block) => block.type === "tool-call" && block.id !== "");
  return hasCall && blocks.some((block) => block.type === "reasoning" || ("state" in block && block.state));
}

/** Opaque state goes back to its maker only; reasoning without any, only to those that want to read it again (R15). */
function isWantedBy(remembered: RememberedTurn, turn: Turn, facts: TargetFacts): boolean {
  const origins = remembered.blocks.flatMap((block) =>
    "state" in block && block.state ? [(block.state as { origin: string }).origin] : [],
  );
  if (origins.length > 0) return origins.every((origin) => origin === facts.origin);
  const { reasoningReplay } = facts.flags;
  const isReplayed = reasoningReplay !== undefined && reasoningReplay !== "none";
  return isReplayed && remembered.origin === facts.origin && !turn.blocks.some((block) => block.type === "reasoning");
}

/** Undefined where the memory has nothing for this target, or is of another turn. */
export function restoredTurn(turn: Turn, remembered: RememberedTurn, facts: TargetFacts): Turn | undefined {
  if (!isWantedBy(remembered, turn, facts)) return undefined;
  const calls = turn.blocks.filter(isCall);
  const former = remembered.blocks.filter(isCall);
  const isSame = calls.length === former.length && calls.every((call, index) => isSameCall(call, former[index]));
  const blocks =
    isSame && textOf(turn.blocks) === textOf(remembered.blocks)
      ? withMarks(remembered.blocks, turn.blocks)
      : interleaved(turn.blocks, remembered.blocks);
  return { ...turn, blocks };
}

const isCall = (block: Block): block is ToolCallBlock => block.type === "tool-call";
const isReasoning = (block: Block): block is ReasoningBlock => block.type === "reasoning";
const isText = (block: Block): block is TextBlock => block.type === "text";

const textOf = (blocks: readonly Block[]): string =>
  blocks
    .filter(isText)
    .map(({ text }) => text)
    .join("")
    .trim();

function isSameCall(call: ToolCallBlock, former: ToolCallBlock | undefined): boolean {
  return former !== undefined && call.id === former.id && call.name === former.name;
}

/** The whole turn as it was, with the cache marks that the client has set since. */
function withMarks(remembered: readonly Block[], written: readonly Block[]): Block[] {
  const blocks = remembered.map((block) => ({ ...block }));
  for (const block of written) {
    if (!block.cache) continue;
    const marked = isCall(block)
      ? blocks.find((other) => isCall(other) && other.id === block.id)
      : blocks.findLast(isText);
    if (marked) marked.cache = block.cache;
  }
  return blocks;
}

/** The client has changed the turn: each thought stands before the call that it led to, and calls get their own state. */
function interleaved(written: readonly Block[], remembered: readonly Block[]): Block[] {
  const calls = new Map(written.filter(isCall).map((call) => [call.id, call]));
  const before = new Map<string, ReasoningBlock[]>();
  const leading: ReasoningBlock[] = [];
  let thoughts = leading;
  let isFirst = true;
  for (const block of remembered) {
    if (isReasoning(block)) {
      thoughts.push(block);
    } else if (isCall(block) && calls.has(block.id)) {
      if (thoughts !== leading) before.set(block.id, thoughts);
      thoughts = [];
      isFirst = false;
    } else if (isFirst) {
      thoughts = [];
      isFirst = false;
    }
  }
  const states = new Map(remembered.filter(isCall).map((call) => [call.id, call.state]));
  const rest = written.filter((block) => !isReasoning(block));
  return [
    ...leading,
    ...rest.flatMap((block): Block[] => {
      if (!isCall(block)) return [block];
      const state = states.get(block.id);
      return [...(before.get(block.id) ?? []), state ? { ...block, state } : block];
    }),
  ];
}
