// Writes turns as the messages of a Chat Completions body.
import type { Block, ReasoningBlock, TextBlock, ToolCallBlock, ToolResultBlock, Turn } from "../../core/chat.ts";
import { asString, type JsonObject } from "../../core/json.ts";
import { freeformKey } from "../call-arguments.ts";
import { formatOfOrigin } from "./reasoning-format.ts";
import { asContent, cacheFields, writePart } from "./request-parts.ts";
import { writeReplay } from "./request-reasoning.ts";
import { ownRest, type RequestScope, withRest } from "./request-scope.ts";
import { takesFreeText } from "./request-tools.ts";

/** Claude Code begins its system prompt with a line that changes per call and ruins everybody else's cache (M08). */
const billingHeader = /^x-[a-z]+-billing-header:/;

/** What Google documents for calls that it did not make itself (translation.md A4.4). */
const foreignSignature = "skip_thought_signature_validator";

const movedNote = "[see the next user message]";
const errorNote = "[tool error] ";

type Messages = {
  scope: RequestScope;
  list: JsonObject[];
  /** Parts of tool results that a tool message cannot hold, for the next user message (M16). */
  moved: JsonObject[];
  /** Ids made for calls without one, oldest first, for the results without one (T03). */
  unnamedIds: string[];
  calls: number;
};

function isText(block: Block): block is TextBlock {
  return block.type === "text";
}

function parts(blocks: readonly Block[], scope: RequestScope): JsonObject[] {
  return blocks.map((block) => writePart(block, scope)).filter((part) => part !== undefined);
}

function push(messages: Messages, turn: Turn, message: JsonObject): void {
  const named = turn.name === undefined ? message : { ...message, name: turn.name };
  messages.list.push(withRest(named, ownRest(turn.extra, messages.scope)));
}

function flushMoved(messages: Messages): void {
  if (messages.moved.length > 0) messages.list.push({ role: "user", content: messages.moved });
  messages.moved = [];
}

function writeSystem(turn: Turn, messages: Messages): void {
  const { scope } = messages;
  flushMoved(messages);
  const blocks = turn.blocks.filter((block) => !(isText(block) && billingHeader.test(block.text)));
  if (blocks.length === 0 && turn.blocks.length > 0) return;
  const written = parts(blocks, scope);
  const plain = !scope.sameDialect && scope.facts.flags.cacheControl !== true && blocks.every(isText);
  // Blocks of another dialect's system prompt become one text: not every host takes parts there.
  const content = plain ? written.map((part) => part["text"]).join("\n") : asContent(written);
  const role = scope.facts.flags.systemRole ?? turn.systemRole ?? "system";
  push(messages, turn, { role, content: blocks.length === 0 ? "" : content });
}

function takeId(messages: Messages, id: string): string {
  if (id !== "") return id;
  const made = `call_${messages.calls}_unnamed`;
  messages.unnamedIds.push(made);
  return made;
}

function writeCall(call: ToolCallBlock, messages: Messages, signature: string | undefined): JsonObject {
  const { scope } = messages;
  messages.calls++;
  const id = takeId(messages, call.id);
  // "" is legal here, but hosts that parse the arguments want an object (T27).
  const text = call.argumentsText === "" && !scope.sameDialect ? "{}" : call.argumentsText;
  const name = scope.toolName(call.name);
  const written: JsonObject =
    call.argumentsKind === "json"
      ? { id, type: "function", function: { name, arguments: text } }
      : takesFreeText(scope)
        ? { id, type: "custom", custom: { name, input: call.argumentsText } }
        : {
            id,
            type: "function",
            function: { name, arguments: JSON.stringify({ [freeformKey]: call.argumentsText }) },
          };
  if (signature !== undefined) written["extra_content"] = { google: { thought_signature: signature } };
  return withRest({ ...written, ...cacheFields(call, scope) }, ownRest(call.extra, scope));
}

/** State of a call goes back to its maker only; Gemini wants some signature on the first call of a step (R25). */
function signatureFor(call: ToolCallBlock, first: boolean, scope: RequestScope): string | undefined {
  const { state } = call;
  if (state && state.origin === scope.facts.origin) return asString(state.value);
  if (state && scope.facts.flags.reasoningReplay !== "reasoning_details") scope.lose("replay");
  return first && scope.facts.flags.thoughtSignatures === "required" ? foreignSignature : undefined;
}

/**
 * Signatures of calls and of the answer's text, as OpenRouter returns and wants them: entries that name the call, with
 * index 0 (R28; Roo-Code#10640).
 */
function signatureDetails(blocks: readonly Block[], scope: RequestScope): JsonObject[] {
  if (scope.facts.flags.reasoningReplay !== "reasoning_details") return [];
  return blocks.flatMap((block): JsonObject[] => {
    if (block.type !== "tool-call" && block.type !== "text") return [];
    if (block.state?.origin !== "gemini") return [];
    const data = block.state.value;
    const id = block.type === "tool-call" ? { id: block.id } : {};
    return [{ type: "reasoning.encrypted", data, format: formatOfOrigin("gemini"), index: 0, ...id }];
  });
}

function answerContent(blocks: readonly Block[], scope: RequestScope): string | JsonObject[] | null {
  const shown = blocks.filter((block) => isText(block) || block.type === "opaque");
  const written = parts(shown, scope);
  if (written.length === 0) return null;
  // Claude's text blocks are pieces of one text; only fields that a string cannot hold keep them apart.
  const plain = written.every((part) => part["type"] === "text" && Object.keys(part).length === 2);
  if (plain && (!scope.sameDialect || written.length === 1)) return written.map((part) => part["text"]).join("");
  return written;
}

/** Sound is named by its id, pictures stand where OpenRouter returned them; no other form exists for either. */
function mediaFields(blocks: readonly Block[], scope: RequestScope): JsonObject {
  const audio = blocks.find((block) => block.type === "audio");
  const images = blocks.filter((block) => block.type === "image");
  if (images.length > 0 && !scope.sameDialect) scope.loseField("image");
  if (audio && audio.id === undefined) scope.loseField("audio");
  for (const block of blocks) if (block.type === "video" || block.type === "file") scope.loseField(block.type);
  return {
    ...(audio?.id === undefined ? {} : { audio: { id: audio.id } }),
    ...(images.length > 0 && scope.sameDialect ? { images: parts(images, scope) } : {}),
  };
}

function writeAssistant(turn: Turn, messages: Messages): void {
  const { scope } = messages;
  flushMoved(messages);
  const { blocks } = turn;
  const reasoning = blocks.filter((block): block is ReasoningBlock => block.type === "reasoning");
  const calls = blocks.filter((block): block is ToolCallBlock => block.type === "tool-call");
  const refusals = blocks.filter((block) => block.type === "refusal");
  // A refusal is a bare text here.
  for (const block of refusals) {
    if (block.cache) scope.lose("cache");
    ownRest(block.extra, scope);
  }
  const refusal = refusals.map((block) => block.text).join("");
  const replay = writeReplay(reasoning, scope);
  const details = [
    ...((replay["reasoning_details"] as JsonObject[] | undefined) ?? []),
    ...signatureDetails(blocks, scope),
  ];
  const toolCalls = calls.map((call, index) => writeCall(call, messages, signatureFor(call, index === 0, scope)));
  const fields: JsonObject = {
    ...(refusal === "" ? {} : { refusal }),
    ...mediaFields(blocks, scope),
    ...replay,
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  const content = answerContent(blocks, scope);
  const empty = content === null && Object.keys(fields).length === 0;
  // Nothing of the turn can be said here; an empty message would only be refused.
  if (empty && blocks.length > 0) return;
  // The key must be there (M29); null is for messages that say something else.
  push(messages, turn, { role: "assistant", content: empty ? "" : content, ...fields });
}

function resultText(block: ToolResultBlock, texts: JsonObject[], scope: RequestScope): string | JsonObject[] {
  const marked = [...texts];
  const [first] = marked;
  // No field says that a tool failed; the text must (T58).
  if (block.isError) {
    if (first) marked[0] = { ...first, text: `${errorNote}${String(first["text"])}` };
    else marked.push({ type: "text", text: errorNote.trim() });
  }
  const mark = cacheFields(block, scope);
  // An empty result has no part to bear the mark.
  if (Object.keys(mark).length > 0 && marked.length === 0) scope.lose("cache");
  if (Object.keys(mark).length > 0 && marked.length > 0) Object.assign(marked[marked.length - 1] ?? {}, mark);
  if (marked.length === 0) return "";
  const plain = marked.every((part) => part["type"] === "text" && Object.keys(part).length === 2);
  if (plain && !scope.sameDialect) return marked.map((part) => part["text"]).join("\n");
  return asContent(marked);
}

function writeResult(block: ToolResultBlock, turn: Turn, messages: Messages): void {
  const { scope } = messages;
  const stays = (part: JsonObject) => part["type"] === "text" || scope.facts.flags.imagesInToolResults === true;
  const written = parts(block.blocks, scope);
  const moved = written.filter((part) => !stays(part));
  const kept = written.filter(stays);
  if (moved.length > 0) kept.push({ type: "text", text: movedNote });
  messages.moved.push(...moved);
  const callId = block.callId === "" ? (messages.unnamedIds.shift() ?? "call_unnamed") : block.callId;
  // OpenAI knows no name here; a client that wrote one knows that its host does.
  const name = scope.sameDialect && block.name !== undefined ? { name: block.name } : {};
  const message = { role: "tool", tool_call_id: callId, ...name, content: resultText(block, kept, scope) };
  push(messages, turn, withRest(message, ownRest(block.extra, scope)));
}

/** Results first, then what they could not hold, then the rest of the turn (B1.2). */
function writeUser(turn: Turn, messages: Messages): void {
  const results = turn.blocks.filter((block): block is ToolResultBlock => block.type === "tool-result");
  for (const result of results) writeResult(result, turn, messages);
  const others = turn.blocks.filter((block) => block.type !== "tool-result");
  if (results.length > 0 && others.length === 0) return;
  const written = [...messages.moved, ...parts(others, messages.scope)];
  messages.moved = [];
  push(messages, turn, { role: "user", content: written.length === 0 ? "" : asContent(written) });
}

const writers = { system: writeSystem, user: writeUser, assistant: writeAssistant };

export function writeMessages(scope: RequestScope): JsonObject[] {
  const messages: Messages = { scope, list: [], moved: [], unnamedIds: [], calls: 0 };
  for (const turn of scope.request.turns) writers[turn.role](turn, messages);
  flushMoved(messages);
  return messages.list;
}
