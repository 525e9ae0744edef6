// Remembers turns with tool calls and reasoning as they are told to clients, and puts them back into requests that lack them.
import type { Block, ChatRequest, ToolCallBlock, Turn } from "../core/chat.ts";
import type { Emit } from "../core/events.ts";
import type { TargetFacts } from "../core/facts.ts";
import { openFold } from "../core/fold.ts";
import { isObject, type JsonValue } from "../core/json.ts";
import type { ReasoningMemory, RememberedTurn } from "../storage/reasoning-memory.ts";
import { holdsState, isWorthKeeping, restoredTurn } from "./remembered-turn.ts";

/** Takes the blocks of a reply that has been told to the client. */
export type KeepTurn = (blocks: readonly Block[]) => void;

/** One request's view of the memory: of its tenant and its conversation only. */
export type Recall = {
  /** The same request where nothing is missing. At once, unless the memory is elsewhere. */
  restore(request: ChatRequest, facts: TargetFacts): ChatRequest | Promise<ChatRequest>;
  /** Undefined where the reply can hold no call. */
  keeper(request: ChatRequest, facts: TargetFacts): KeepTurn | undefined;
};

/** `whole` is the conversation as its client sent it: what is restored and kept may have lost its oldest turns since. */
export type RecallOptions = { memory: ReasoningMemory; tenant: string; whole: ChatRequest };

/** `tenant`: whose request it is; nothing is ever found by another one. */
export function openRecall({ memory, tenant, whole }: RecallOptions): Recall {
  // Most requests have no call to look for and none to expect: their conversation needs no name.
  let name: string | undefined;
  const conversation = () => {
    name ??= fingerprint(whole);
    return name;
  };
  return {
    restore: (request, facts) => restore(request, facts, { memory, tenant, conversation }),
    keeper(request, facts) {
      if (request.tools.length === 0) return undefined;
      return (blocks) => {
        const call = isWorthKeeping(blocks) ? blocks.find(isCall) : undefined;
        // A memory that fails has forgotten.
        if (call) void memory.keep(keyOf(tenant, conversation(), call), { origin: facts.origin, blocks });
      };
    },
  };
}

const isCall = (block: Block): block is ToolCallBlock => block.type === "tool-call";

type Source = { memory: ReasoningMemory; tenant: string; conversation: () => string };
type Found = { index: number; turn: RememberedTurn | undefined };

function restore(request: ChatRequest, facts: TargetFacts, source: Source): ChatRequest | Promise<ChatRequest> {
  const { memory, tenant, conversation } = source;
  const found: (Found | Promise<Found>)[] = [];
  for (const [index, turn] of request.turns.entries()) {
    const call = turn.role === "assistant" && !holdsState(turn, facts) ? turn.blocks.find(isCall) : undefined;
    if (!call) continue;
    const finding = memory.find(keyOf(tenant, conversation(), call));
    if (finding instanceof Promise) found.push(finding.then((turn) => ({ index, turn })));
    else if (finding) found.push({ index, turn: finding });
  }
  if (found.length === 0) return request;
  const isHere = found.every((finding): finding is Found => !(finding instanceof Promise));
  return isHere ? withTurns(request, found, facts) : Promise.all(found).then((all) => withTurns(request, all, facts));
}

function withTurns(request: ChatRequest, found: readonly Found[], facts: TargetFacts): ChatRequest {
  const turns = [...request.turns];
  let isChanged = false;
  for (const { index, turn } of found) {
    const restored = turn && restoredTurn(turns[index] as Turn, turn, facts);
    if (!restored) continue;
    turns[index] = restored;
    isChanged = true;
  }
  return isChanged ? { ...request, turns } : request;
}

/** What a conversation began with: system prompts change under way (dates, billing headers), the first words do not. */
function fingerprint(request: ChatRequest): string {
  const first = request.turns.find(({ role }) => role === "user");
  const words = (first?.blocks ?? []).map((block) => (block.type === "text" ? block.text : block.type));
  return digest(words);
}

/** Ids alone do not do: some hosts number their calls from 0 in each reply. */
function keyOf(tenant: string, conversation: string, call: ToolCallBlock): string {
  return digest([tenant, conversation, call.id, call.name, plainArguments(call)]);
}

/** As a client may have parsed and written them again. */
function plainArguments({ argumentsText, argumentsKind }: ToolCallBlock): string {
  if (argumentsKind === "freeform") return argumentsText;
  try {
    return JSON.stringify(sorted(JSON.parse(argumentsText === "" ? "{}" : argumentsText) as JsonValue));
  } catch {
    return argumentsText;
  }
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] as JsonValue)]));
}

function digest(parts: readonly string[]): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("base64url");
}

/** Longer replies are not kept: nothing of them would fit. */
const charactersMax = 4 * 1024 * 1024;

/** Passes every event on, and has the turn kept when the reply is complete. */
export function watchTurn(emit: Emit, keep: KeepTurn | undefined): Emit {
  if (!keep) return emit;
  let fold: ReturnType<typeof openFold> | undefined = openFold();
  let characters = 0;
  return (event) => {
    if (event.type === "delta") characters += event.text.length;
    if (characters > charactersMax) fold = undefined;
    fold?.emit(event);
    if (event.type === "end" && fold) {
      const { choices } = fold.reply();
      if (choices.length === 1) keep(choices[0]?.blocks ?? []);
    }
    emit(event);
  };
}
