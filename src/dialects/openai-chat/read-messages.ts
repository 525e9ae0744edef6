// Reads the messages of a Chat Completions body into turns, each in its place, with every tool call and its result.
import type {
  Block,
  Citation,
  OpaqueState,
  RefusalBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from "../../core/chat.ts";
import { badRequest } from "../../core/errors.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, extraOf, objectsOf, remainder, restOf } from "./fields.ts";
import { readCacheMark, readContent, readPart } from "./read-parts.ts";
import { arrange, readReplay } from "./read-reasoning.ts";

/** What must be remembered from one message to the next. */
type History = {
  /** Calls of the deprecated `function_call` that have no result yet: name -> made-up ids, oldest first. */
  legacyCalls: Map<string, string[]>;
  legacyCount: number;
};

const commonFields = ["role", "content", "name", "cache_control", "prompt_cache_breakpoint"];
const plainFields = new Set(commonFields);
const resultFields = new Set([...commonFields, "tool_call_id"]);
const assistantFields = new Set([
  ...commonFields,
  "tool_calls",
  "function_call",
  "refusal",
  "audio",
  "images",
  "annotations",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
]);

type Reading = { role: Turn["role"]; blocks: Block[]; message: JsonObject; known: ReadonlySet<string> };

function turnOf({ role, blocks, message, known }: Reading): Turn {
  const rest = { ...restOf(message, known) };
  const mark = readCacheMark(message);
  const last = blocks.at(-1);
  // A mark on the message means "up to here", which is its last block.
  if (mark && last) last.cache ??= mark;
  else if (mark)
    for (const field of ["cache_control", "prompt_cache_breakpoint"])
      if (message[field] != null) rest[field] = message[field];
  const extra = extraOf(Object.keys(rest).length === 0 ? undefined : rest);
  return defined<Turn>({ role, blocks, name: asString(message["name"]), extra });
}

function readSystem(message: JsonObject): Turn {
  const turn = turnOf({ role: "system", blocks: readContent(message["content"]), message, known: plainFields });
  if (message["role"] === "developer") turn.systemRole = "developer";
  return turn;
}

function readUser(message: JsonObject): Turn {
  return turnOf({ role: "user", blocks: readContent(message["content"]), message, known: plainFields });
}

/** Arguments are opaque text on this wire; some clients send the object itself (translation.md T30). */
function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

const googleFields = new Set(["thought_signature"]);

/** Gemini's thought signature on a call, as its own compatible endpoint writes it (translation.md A4.4). */
function thoughtSignature(call: JsonObject): { state?: OpaqueState; rest?: JsonObject } {
  const content = asObject(call["extra_content"]);
  const google = asObject(content?.["google"]);
  const signature = asString(google?.["thought_signature"]);
  if (!content || signature === undefined) return content ? { rest: content } : {};
  const others = restOf(content, new Set(["google"]));
  const inner = remainder(google, googleFields);
  const rest = others || inner ? { ...others, ...(inner && { google: inner }) } : undefined;
  return { state: { origin: "gemini", kind: "signature", value: signature }, ...(rest && { rest }) };
}

const callFields = new Set(["id", "type", "function", "custom", "extra_content", "cache_control", "index"]);
const functionFields = new Set(["name", "arguments", "input"]);

function readCall(call: JsonObject, states: ReadonlyMap<string, OpaqueState>): ToolCallBlock {
  const custom = asObject(call["custom"]);
  const named = custom ?? asObject(call["function"]) ?? {};
  const id = asString(call["id"]) ?? "";
  const { state, rest: content } = thoughtSignature(call);
  const inner = restOf(named, functionFields);
  const rest = {
    ...restOf(call, callFields),
    ...(inner && { [custom ? "custom" : "function"]: inner }),
    ...(content && { extra_content: content }),
  };
  return defined<ToolCallBlock>({
    type: "tool-call",
    id,
    name: asString(named["name"]) ?? "",
    argumentsText: custom ? (asString(custom["input"]) ?? "") : argumentsText(named["arguments"]),
    argumentsKind: custom ? "freeform" : "json",
    state: state ?? states.get(id),
    cache: readCacheMark(call),
    extra: extraOf(Object.keys(rest).length === 0 ? undefined : rest),
  });
}

/** The deprecated form has no ids: one is made up, the same for a call and its result. */
function readLegacyCall(call: JsonObject, history: History): ToolCallBlock {
  const name = asString(call["name"]) ?? "";
  const id = `call_function_${history.legacyCount++}`;
  history.legacyCalls.set(name, [...(history.legacyCalls.get(name) ?? []), id]);
  return { type: "tool-call", id, name, argumentsText: argumentsText(call["arguments"]), argumentsKind: "json" };
}

function readCitation(annotation: JsonObject): Citation {
  const cited = asObject(annotation["url_citation"]) ?? {};
  const url = asString(cited["url"]);
  return defined<Citation>({
    kind: url === undefined ? "document" : "url",
    url,
    title: asString(cited["title"]),
    startIndex: asNumber(cited["start_index"]),
    endIndex: asNumber(cited["end_index"]),
    raw: annotation,
  });
}

/** Content, refusal, images and sound, in the order in which a client shows them. */
function readAnswer(message: JsonObject, hasCalls: boolean): Block[] {
  const content = message["content"];
  // Clients write "" beside tool calls where they mean nothing (translation.md M01).
  const blocks = content === "" && hasCalls ? [] : readContent(content);
  const refusal = asString(message["refusal"]);
  if (refusal !== undefined) blocks.push({ type: "refusal", text: refusal } satisfies RefusalBlock);
  blocks.push(...objectsOf(message["images"]).map(readPart));
  const audioId = asString(asObject(message["audio"])?.["id"]);
  if (audioId !== undefined) {
    blocks.push({ type: "audio", id: audioId, source: { kind: "file-id", id: audioId, origin: "openai-chat" } });
  }
  const text = blocks.find((block) => block.type === "text");
  const citations = objectsOf(message["annotations"]).map(readCitation);
  if (text && citations.length > 0) text.citations = citations;
  return blocks;
}

function readAssistant(message: JsonObject, history: History): Turn {
  const written = objectsOf(message["tool_calls"]);
  const legacy = asObject(message["function_call"]);
  const replay = readReplay(message, new Set(written.map((call) => asString(call["id"]) ?? "")));
  const calls = written.map((call) => readCall(call, replay.callStates));
  if (legacy) calls.push(readLegacyCall(legacy, history));
  const answer = readAnswer(message, calls.length > 0);
  const placed = [...replay.placed];
  for (const state of replay.textStates) {
    const text = answer.findLast((block) => block.type === "text");
    if (text && !text.state) text.state = state;
    else placed.push({ block: { type: "reasoning", text: "", state } });
  }
  return turnOf({ role: "assistant", blocks: arrange(placed, [...answer, ...calls]), message, known: assistantFields });
}

function resultTurn(message: JsonObject, callId: string, name: string | undefined): Turn {
  const content = message["content"];
  const block = defined<ToolResultBlock>({
    type: "tool-result",
    callId,
    name,
    blocks: content === "" ? [] : readContent(content),
  });
  const turn = turnOf({ role: "user", blocks: [block], message, known: resultFields });
  // Here `name` is the function's, which the block holds, and not the speaker's.
  delete turn.name;
  return turn;
}

function readToolResult(message: JsonObject, _history: History, path: string): Turn {
  const callId = asString(message["tool_call_id"]);
  if (callId === undefined) {
    throw badRequest(`${path}.tool_call_id`, `${path}.tool_call_id is missing: a tool message answers one call`);
  }
  return resultTurn(message, callId, asString(message["name"]));
}

function readFunctionResult(message: JsonObject, history: History, path: string): Turn {
  const name = asString(message["name"]);
  if (name === undefined) {
    throw badRequest(`${path}.name`, `${path}.name is missing: a function message names its function`);
  }
  const [callId = `call_function_${history.legacyCount++}`, ...waiting] = history.legacyCalls.get(name) ?? [];
  history.legacyCalls.set(name, waiting);
  return resultTurn(message, callId, name);
}

type ReadMessage = (message: JsonObject, history: History, path: string) => Turn;

const readers: { readonly [role: string]: ReadMessage } = {
  system: readSystem,
  developer: readSystem,
  user: readUser,
  assistant: readAssistant,
  tool: readToolResult,
  function: readFunctionResult,
};

/** One turn per message, in order. Writers that need alternating turns or results side by side merge them. */
export function readTurns(messages: readonly JsonObject[]): Turn[] {
  const history: History = { legacyCalls: new Map(), legacyCount: 0 };
  return messages.map((message, index) => {
    const path = `messages[${index}]`;
    const role = asString(message["role"]) ?? "";
    const read = Object.hasOwn(readers, role) ? readers[role] : undefined;
    if (!read) {
      const known = Object.keys(readers).join(", ");
      throw badRequest(`${path}.role`, `${path}.role must be one of ${known}, not "${role.slice(0, 40)}"`);
    }
    return read(message, history, path);
  });
}
