// Reads `instructions` and `input` of a Responses body into turns.
import type { Block, ReasoningBlock, ToolCallBlock, ToolResultBlock, Turn } from "../../core/chat.ts";
import { badRequest, GatewayError } from "../../core/errors.ts";
import { asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, objectsOf, restOf } from "../openai-chat/fields.ts";
import { type Carried, readCarrier } from "./carrier.ts";
import { flatName } from "./namespaces.ts";
import { readContent } from "./read-parts.ts";

export type ReadInput = {
  turns: Turn[];
  /** Tools that stand between the items (Codex). */
  tools: JsonObject[];
  /** State of tool calls, by call id, which its carrier held. */
  callStates: Map<string, NonNullable<ToolCallBlock["state"]>>;
};

/** Items of the assistant join one turn: parallel calls must stand before all of their results (translation.md B3.2). */
function append(input: ReadInput, role: Turn["role"], blocks: Block[]): void {
  const last = input.turns.at(-1);
  if (last && last.role === role && joins(last, role, blocks)) last.blocks.push(...blocks);
  else input.turns.push({ role, blocks });
}

function joins(last: Turn, role: Turn["role"], blocks: readonly Block[]): boolean {
  if (role === "assistant") return true;
  const isResult = (block: Block) => block.type === "tool-result";
  return role === "user" && last.blocks.every(isResult) && blocks.every(isResult);
}

/** `id` and `status` are the provider's bookkeeping of its own items, and say nothing to anybody else. */
const messageFields = new Set(["type", "id", "status", "role", "content"]);
const callFields = new Set(["type", "id", "status", "call_id", "name", "namespace", "arguments", "input"]);
const resultFields = new Set(["type", "id", "status", "call_id", "output"]);
const reasoningFields = new Set(["type", "id", "status", "summary", "content", "encrypted_content"]);

function restIn(item: JsonObject, known: ReadonlySet<string>): { extra?: { "openai-responses": JsonObject } } {
  const rest = restOf(item, known);
  return rest ? { extra: { "openai-responses": rest } } : {};
}
const roles: { readonly [role: string]: Turn["role"] } = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

function readMessage(item: JsonObject, input: ReadInput, path: string): void {
  const written = asString(item["role"]) ?? "";
  const role = Object.hasOwn(roles, written) ? roles[written] : undefined;
  if (!role) throw badRequest(`${path}.role`, `${path}.role must be one of ${Object.keys(roles).join(", ")}`);
  const blocks = readContent(item["content"]);
  const extra = restOf(item, messageFields);
  if (role === "assistant") {
    // Messages of the assistant join one turn: what one of them says stays with its first block.
    const [first] = blocks;
    if (first && extra) first.extra = { "openai-responses": { ...first.extra?.["openai-responses"], ...extra } };
    append(input, role, blocks);
    return;
  }
  const turn = defined<Turn>({
    role,
    blocks,
    systemRole: written === "system" || written === "developer" ? written : undefined,
    extra: extra && { "openai-responses": extra },
  });
  input.turns.push(turn);
}

function readReasoning(item: JsonObject, input: ReadInput): void {
  const parts = [...objectsOf(item["summary"]), ...objectsOf(item["content"])];
  const text = parts.map((part) => asString(part["text"]) ?? "").join("\n\n");
  const encrypted = asString(item["encrypted_content"]);
  const carried = encrypted === undefined ? undefined : readCarrier(encrypted);
  if (carried?.owner) {
    give(carried, input);
    return;
  }
  if (text === "" && !carried) return;
  append(input, "assistant", [
    defined<ReasoningBlock>({ type: "reasoning", text, state: carried?.state, ...restIn(item, reasoningFields) }),
  ]);
}

/** State that belongs to a call or to the text before it. */
function give({ state, owner }: Carried, input: ReadInput): void {
  if (owner && "call" in owner) {
    input.callStates.set(owner.call, state);
    return;
  }
  const turn = input.turns.at(-1);
  const text = turn?.role === "assistant" ? turn.blocks.findLast((block) => block.type === "text") : undefined;
  if (text) text.state = state;
}

function callId(item: JsonObject, path: string): string {
  const id = asString(item["call_id"]);
  if (id === undefined) throw badRequest(`${path}.call_id`, `${path}.call_id is missing`);
  return id;
}

function readCall(item: JsonObject, input: ReadInput, path: string): void {
  const freeform = item["type"] === "custom_tool_call";
  const name = asString(item["name"]);
  if (!name) throw badRequest(`${path}.name`, `${path}.name is missing: a call names its tool`);
  const namespace = asString(item["namespace"]);
  append(input, "assistant", [
    {
      type: "tool-call",
      id: callId(item, path),
      name: namespace ? flatName(namespace, name) : name,
      ...(namespace && { namespace }),
      argumentsText: asString(item[freeform ? "input" : "arguments"]) ?? "",
      argumentsKind: freeform ? "freeform" : "json",
      ...restIn(item, callFields),
    },
  ]);
}

function readResult(item: JsonObject, input: ReadInput, path: string): void {
  const result: ToolResultBlock = {
    type: "tool-result",
    callId: callId(item, path),
    blocks: readContent(item["output"]),
    ...restIn(item, resultFields),
  };
  append(input, "user", [result]);
}

/** Codex's own record of what the model said (translation.md A2.2). */
function readAgentText(item: JsonObject, input: ReadInput): void {
  const text = asString(item["text"]) ?? asString(item["message"]);
  append(input, "assistant", text === undefined ? readContent(item["content"]) : [{ type: "text", text }]);
}

function refuseReference(_item: JsonObject, _input: ReadInput, path: string): void {
  throw new GatewayError("unsupported", `${path}: an item cannot be referred to, since no responses are stored`, {
    param: path,
  });
}

const readers: { readonly [type: string]: (item: JsonObject, input: ReadInput, path: string) => void } = {
  message: readMessage,
  function_call: readCall,
  custom_tool_call: readCall,
  function_call_output: readResult,
  custom_tool_call_output: readResult,
  reasoning: readReasoning,
  agent_message: readAgentText,
  agent_reasoning: () => {},
  additional_tools: (item, input) => {
    input.tools.push(...objectsOf(item["tools"]));
  },
  item_reference: refuseReference,
};

function readItem(item: JsonObject, input: ReadInput, path: string): void {
  // Many clients leave the type of messages away (translation.md M23).
  const type = asString(item["type"]) ?? (item["role"] === undefined ? "" : "message");
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read) read(item, input, path);
  else if (type === "") throw badRequest(`${path}.type`, `${path}.type is missing`);
  // Calls of hosted tools and their like: kept for this dialect, reported by every other.
  else append(input, "assistant", [{ type: "opaque", dialect: "openai-responses", raw: item }]);
}

/** Names of the tools beside their results, and state beside the calls: both may stand after the item they belong to. */
function complete(input: ReadInput): void {
  const names = new Map<string, string>();
  for (const turn of input.turns) {
    for (const block of turn.blocks) {
      if (block.type === "tool-call") {
        names.set(block.id, block.name);
        const state = input.callStates.get(block.id);
        if (state) block.state = state;
      } else if (block.type === "tool-result") {
        const name = names.get(block.callId);
        if (name !== undefined) block.name = name;
      }
    }
  }
}

export function readInput(body: JsonObject): ReadInput {
  const input: ReadInput = { turns: [], tools: [], callStates: new Map() };
  const instructions = body["instructions"];
  if (typeof instructions === "string" && instructions !== "") {
    input.turns.push({ role: "system", blocks: [{ type: "text", text: instructions }] });
  }
  const written: JsonValue | undefined = body["input"];
  if (typeof written === "string") {
    input.turns.push({ role: "user", blocks: [{ type: "text", text: written }] });
  } else {
    for (const [index, item] of (Array.isArray(written) ? written : []).entries()) {
      if (isObject(item)) readItem(item, input, `input[${index}]`);
    }
  }
  complete(input);
  return input;
}
