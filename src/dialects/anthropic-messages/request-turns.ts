// Turns as Messages `system` blocks and `messages`, keeping the structural rules that the API enforces (translation.md A3.5).
import type { Block, ToolResultBlock, Turn } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Place } from "../history.ts";
import { fillerText, loseExtras, missingResultText, type Writing } from "../writing.ts";
import { dressed, isBlank, writeBlock, writeToolCall } from "./request-blocks.ts";

export type WireMessage = { role: "user" | "assistant" | "system"; content: JsonObject[] };

export type WrittenTurns = {
  system: JsonObject[];
  messages: WireMessage[];
  /** The last message is the start of the answer, which the model must continue. */
  prefilled: boolean;
  /** The last assistant turn calls tools but does not begin with genuine thinking: manual thinking would be refused. */
  thinkingBroken: boolean;
};

const continueText = "Continue exactly where your last message ends.";

type PlacedTurn = { turn: Turn; index: number };
type Segment = { isAssistant: boolean; turns: PlacedTurn[] };
type OpenCall = { id: string; wireId: string };

export function writeTurns(writing: Writing): WrittenTurns {
  const turns = writing.request.turns.map((turn, index) => ({ turn, index }));
  const firstOther = turns.findIndex(({ turn }) => turn.role !== "system");
  const leading = firstOther < 0 ? turns : turns.slice(0, firstOther);
  const system = leading.flatMap((placed) => writeSystem(writing, placed));
  const messages: WireMessage[] = [];
  let openCalls: OpenCall[] = [];
  for (const segment of segments(turns.slice(leading.length))) {
    if (segment.isAssistant) openCalls = writeAssistant(writing, segment, messages);
    else {
      writeOthers(writing, segment, { openCalls, messages });
      openCalls = [];
    }
  }
  if (openCalls.length > 0) append(messages, "user", answers(writing, openCalls, []).content);
  if (messages[0]?.role !== "user") messages.unshift({ role: "user", content: [{ type: "text", text: fillerText }] });
  const prefilled = finishPrefill(writing, messages);
  return { system, messages, prefilled, thinkingBroken: isThinkingBroken(messages) };
}

function segments(turns: PlacedTurn[]): Segment[] {
  const found: Segment[] = [];
  for (const placed of turns) {
    const isAssistant = placed.turn.role === "assistant";
    const last = found.at(-1);
    if (last?.isAssistant === isAssistant) last.turns.push(placed);
    else found.push({ isAssistant, turns: [placed] });
  }
  return found;
}

function listOf(wire: JsonObject | undefined): JsonObject[] {
  return wire === undefined ? [] : [wire];
}

/** Consecutive turns of one role are one turn to the API. */
function append(messages: WireMessage[], role: WireMessage["role"], content: JsonObject[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content: [...content] });
}

function loseTurnFields(writing: Writing, turn: Turn): void {
  if (turn.name !== undefined) writing.lost.add("messageName");
  loseExtras(writing, turn.extra, "messages.");
  for (const name of Object.keys(turn.extra?.["anthropic-messages"] ?? {})) writing.lost.addNamed(`messages.${name}`);
}

function writeSystem(writing: Writing, placed: PlacedTurn): JsonObject[] {
  loseTurnFields(writing, placed.turn);
  return placed.turn.blocks.flatMap((block, index) => {
    if (block.type === "text" || block.type === "refusal" || block.type === "opaque") {
      return listOf(writeBlock(writing, block, { turn: placed.index, block: index }));
    }
    writing.lost.addNamed(`messages.content.${block.type}`);
    return [];
  });
}

/** Blocks keep their order: Claude signs it (R04). Returns the calls that the next turn must answer. */
function writeAssistant(writing: Writing, segment: Segment, messages: WireMessage[]): OpenCall[] {
  const calls: OpenCall[] = [];
  const content: JsonObject[] = [];
  for (const { turn, index } of segment.turns) {
    loseTurnFields(writing, turn);
    for (const [blockIndex, block] of turn.blocks.entries()) {
      if (block.type === "tool-call") {
        const wireId = writing.ids.allocate(block.id);
        calls.push({ id: block.id, wireId });
        content.push(writeToolCall(writing, block, wireId));
      } else {
        const wire = writeBlock(writing, block, { turn: index, block: blockIndex });
        if (wire !== undefined) content.push(wire);
      }
    }
  }
  append(messages, "assistant", content);
  return calls;
}

type PlacedResult = { block: ToolResultBlock; place: Place };

function writeOthers(
  writing: Writing,
  segment: Segment,
  into: { openCalls: OpenCall[]; messages: WireMessage[] },
): void {
  const results = segment.turns.flatMap(({ turn, index }) =>
    turn.blocks.flatMap((block, at): PlacedResult[] =>
      block.type === "tool-result" ? [{ block, place: { turn: index, block: at } }] : [],
    ),
  );
  const { content, taken } = answers(writing, into.openCalls, results);
  append(into.messages, "user", content);
  let wrote = content.length > 0;
  for (const placed of segment.turns) {
    const { turn } = placed;
    if (turn.role === "system") {
      wrote = writeMidSystem(writing, placed, into.messages) || wrote;
      continue;
    }
    loseTurnFields(writing, turn);
    const blocks = turn.blocks.flatMap((block, at) =>
      writeUserBlock(writing, block, { turn: placed.index, block: at }, taken),
    );
    append(into.messages, "user", blocks);
    wrote ||= blocks.length > 0;
  }
  if (!wrote) append(into.messages, "user", [{ type: "text", text: fillerText }]);
}

/** A system message in mid-conversation stays where it is: hoisting it changes its meaning and breaks caching (M05). */
function writeMidSystem(writing: Writing, placed: PlacedTurn, messages: WireMessage[]): boolean {
  const blocks = writeSystem(writing, placed);
  if (writing.facts.flags.systemAnywhere) append(messages, "system", blocks);
  else {
    const notes = blocks.map((block) =>
      block["type"] === "text" ? { ...block, text: `<system_note>\n${String(block["text"])}\n</system_note>` } : block,
    );
    append(messages, "user", notes);
  }
  return blocks.length > 0;
}

function writeUserBlock(
  writing: Writing,
  block: Block,
  place: Place,
  taken: ReadonlySet<ToolResultBlock>,
): JsonObject[] {
  if (block.type !== "tool-result") return listOf(writeBlock(writing, block, place));
  if (taken.has(block)) return [];
  // A result without its call is refused by the API; its words still count (M13).
  writing.lost.add("orphanResult");
  const title =
    block.name === undefined ? "Result of an earlier tool call:" : `Result of an earlier call of ${block.name}:`;
  return [{ type: "text", text: title }, ...writeResultBlocks(writing, block, place)];
}

/** One result for each open call, in call order; what is missing is made up as an error and reported (M11, M13). */
function answers(
  writing: Writing,
  calls: OpenCall[],
  results: PlacedResult[],
): { content: JsonObject[]; taken: Set<ToolResultBlock> } {
  const taken = new Set<ToolResultBlock>();
  const content = calls.map((call): JsonObject => {
    const result = results.find(({ block }) => block.callId === call.id && !taken.has(block));
    if (result === undefined) {
      writing.lost.add("missingResult");
      return { type: "tool_result", tool_use_id: call.wireId, content: missingResultText, is_error: true };
    }
    taken.add(result.block);
    return writeResult(writing, result, call.wireId);
  });
  return { content, taken };
}

function writeResult(writing: Writing, { block, place }: PlacedResult, wireId: string): JsonObject {
  const wire: JsonObject = { type: "tool_result", tool_use_id: wireId };
  const content = writeResultBlocks(writing, block, place);
  // A mark on a part of the result moves to the result, which is where the API reads it (T17).
  const mark = block.cache ?? block.blocks.findLast((inner) => inner.cache !== undefined)?.cache;
  const only = content[0];
  const isPlain = content.length === 1 && only?.["type"] === "text" && Object.keys(only).length === 2;
  if (content.length > 0) wire["content"] = isPlain ? (only?.["text"] as string) : content;
  if (block.isError) wire["is_error"] = true;
  loseExtras(writing, block.extra, "messages.");
  return dressed(wire, {
    ...(mark !== undefined ? { cache: mark } : {}),
    ...(block.extra ? { extra: block.extra } : {}),
  });
}

function writeResultBlocks(writing: Writing, result: ToolResultBlock, place: Place): JsonObject[] {
  return result.blocks.flatMap((block, at) => {
    const { cache: _moved, ...plain } = block;
    return listOf(writeBlock(writing, plain as Block, { turn: place.turn, block: at }));
  });
}

/**
 * A conversation that ends with the assistant asks the model to go on from there. Trailing white space and thinking are
 * refused at that place (M03). A turn that ends with a server tool's block is a paused turn and goes back untouched.
 */
function finishPrefill(writing: Writing, messages: WireMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return false;
  const lastType = last.content.at(-1)?.["type"];
  if (lastType !== "text" && lastType !== "thinking" && lastType !== "redacted_thinking") return false;
  if (writing.facts.flags.prefill === false) {
    writing.lost.add("prefill");
    append(messages, "user", [{ type: "text", text: continueText }]);
    return false;
  }
  const kept = last.content.filter((block) => block["type"] !== "thinking" && block["type"] !== "redacted_thinking");
  if (kept.length < last.content.length) writing.lost.add("reasoningHistory");
  const end = kept.at(-1);
  if (end?.["type"] === "text") kept[kept.length - 1] = { ...end, text: String(end["text"]).trimEnd() };
  messages.pop();
  append(
    messages,
    "assistant",
    kept.filter((block) => block["type"] !== "text" || !isBlank(String(block["text"]))),
  );
  return messages.at(-1)?.role === "assistant";
}

function isThinkingBroken(messages: WireMessage[]): boolean {
  const last = messages.findLast((message) => message.role === "assistant");
  if (!last?.content.some((block) => block["type"] === "tool_use")) return false;
  const first = last.content[0]?.["type"];
  return first !== "thinking" && first !== "redacted_thinking";
}
