// Turns as Converse `system` blocks and `messages`: strict alternation, every call answered (translation.md A5).
import type { Block, Turn } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Answer, historyOf, type PlacedBlock, type Step } from "../history.ts";
import {
  callArguments,
  emptyResultText,
  fillerText,
  loseExtras,
  missingResultText,
  orphanTitle,
  type Writing,
} from "../writing.ts";
import { isBlank, withCachePoint, writeBlock } from "./request-blocks.ts";

export type WireMessage = { role: "user" | "assistant"; content: JsonObject[] };

export type WrittenTurns = {
  system: JsonObject[];
  messages: WireMessage[];
  /** The last message is the start of the answer, which the model must continue. */
  prefilled: boolean;
  /** The last assistant turn calls tools but does not begin with genuine reasoning: a thinking budget would be refused. */
  thinkingBroken: boolean;
};

const continueText = "Continue exactly where your last message ends.";
/** The assistant's part between tool results and a user's words, for models that refuse the two in one turn. */
const betweenText = "(results received)";

export function writeTurns(writing: Writing): WrittenTurns {
  const { turns } = writing.request;
  for (const turn of turns) loseTurnFields(writing, turn);
  const history = historyOf(turns, (id) => writing.ids.allocate(id));
  const system = history.system.flatMap((entry) => writeSystem(writing, entry));
  const messages: WireMessage[] = [];
  for (const step of history.steps) {
    if (step.kind === "assistant") append(messages, "assistant", assistantContent(writing, step));
    else writeOthers(writing, step, messages);
  }
  if (messages[0]?.role !== "user") messages.unshift({ role: "user", content: [{ text: fillerText }] });
  const prefilled = finishPrefill(writing, messages);
  return { system, messages, prefilled, thinkingBroken: isThinkingBroken(messages) };
}

function loseTurnFields(writing: Writing, turn: Turn): void {
  if (turn.name !== undefined) writing.lost.add("messageName");
  loseExtras(writing, turn.extra, "messages.");
}

/** Turns of one role are one turn to the API; an empty one is none. */
function append(messages: WireMessage[], role: WireMessage["role"], content: JsonObject[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content: [...content] });
}

function writeSystem(writing: Writing, { block, place }: PlacedBlock): JsonObject[] {
  if (block.type === "text" || block.type === "refusal" || block.type === "opaque") {
    return writeBlock(writing, block, place);
  }
  writing.lost.addNamed(`messages.content.${block.type}`);
  return [];
}

/** Blocks keep their order: Claude signs it (R04). */
function assistantContent(writing: Writing, step: Step & { kind: "assistant" }): JsonObject[] {
  return step.blocks.flatMap(({ block, place }) => {
    if (block.type !== "tool-call") return writeBlock(writing, block, place);
    if (block.state !== undefined) writing.lost.add("opaqueState");
    loseExtras(writing, block.extra, "messages.tool_calls.");
    const toolUse = {
      toolUseId: step.wireIds.get(block) as string,
      name: writing.names.wire(block.name),
      input: callArguments(writing, block),
    };
    return withCachePoint(writing, [{ toolUse }], block.cache);
  });
}

function writeOthers(writing: Writing, step: Step & { kind: "others" }, messages: WireMessage[]): void {
  const results = step.answers.flatMap((answer) => writeAnswer(writing, answer));
  const rest = step.blocks.flatMap((entry) => writeUserBlock(writing, entry));
  append(messages, "user", results);
  // Results and ordinary text in one turn are refused by some models (M12).
  const isSplit = results.length > 0 && rest.length > 0 && writing.facts.flags.textWithToolResults === false;
  if (isSplit) append(messages, "assistant", [{ text: betweenText }]);
  append(messages, "user", results.length + rest.length === 0 ? [{ text: fillerText }] : rest);
}

/** A system message in mid-conversation keeps its place: hoisting it changes its meaning and breaks caching (M05). */
function writeUserBlock(writing: Writing, entry: PlacedBlock): JsonObject[] {
  const { block, place } = entry;
  if (entry.turn.role === "system") {
    return writeSystem(writing, entry).map((wire) =>
      typeof wire["text"] === "string" ? { text: `<system_note>\n${wire["text"]}\n</system_note>` } : wire,
    );
  }
  if (block.type !== "tool-result") return writeBlock(writing, block, place);
  // A result without its call is refused by the API; its words still count (M13).
  writing.lost.add("orphanResult");
  const content = block.blocks.flatMap((inner) => writeBlock(writing, inner, place));
  return [{ text: orphanTitle(block.name) }, ...content];
}

function writeAnswer(writing: Writing, { wireId, result, place }: Answer): JsonObject[] {
  if (result === undefined || place === undefined) {
    writing.lost.add("missingResult");
    return [{ toolResult: { toolUseId: wireId, content: [{ text: missingResultText }], status: "error" } }];
  }
  loseExtras(writing, result.extra, "messages.");
  // A cache point inside a result is not read: the mark moves behind the result (T16, T17).
  const mark = result.cache ?? result.blocks.findLast((inner) => inner.cache !== undefined)?.cache;
  const content = result.blocks.flatMap((inner) => {
    const { cache: _moved, ...plain } = inner;
    return writeBlock(writing, plain as Block, place);
  });
  const toolResult: JsonObject = {
    toolUseId: wireId,
    content: content.length > 0 ? content : [{ text: emptyResultText }],
    ...(result.isError ? { status: "error" } : {}),
  };
  return withCachePoint(writing, [{ toolResult }], mark);
}

/** A conversation that ends with the assistant asks the model to go on from there; trailing white space is refused (M03). */
function finishPrefill(writing: Writing, messages: WireMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return false;
  if (writing.facts.flags.prefill === false) {
    writing.lost.add("prefill");
    append(messages, "user", [{ text: continueText }]);
    return false;
  }
  const end = last.content.at(-1);
  if (typeof end?.["text"] === "string" && !isBlank(end["text"])) {
    last.content[last.content.length - 1] = { text: end["text"].trimEnd() };
  }
  return true;
}

function isThinkingBroken(messages: WireMessage[]): boolean {
  const last = messages.findLast((message) => message.role === "assistant");
  if (!last?.content.some((block) => block["toolUse"] !== undefined)) return false;
  return last.content[0]?.["reasoningContent"] === undefined;
}
