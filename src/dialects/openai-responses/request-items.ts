// Writes turns as the input items of a Responses body.
import type {
  Block,
  MediaSource,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { ownRest, type RequestScope } from "../openai-chat/request-scope.ts";
import { ownName } from "./namespaces.ts";

/** translation.md A2.2, T04. */
const maxCallIdCharacters = 64;
const errorNote = "[tool error] ";

type Items = {
  scope: RequestScope;
  list: JsonObject[];
  /** Ids made for calls that have none, oldest first, for the results that have none. */
  unnamedIds: string[];
  freeformCalls: Set<string>;
};

/** A hash keeps a long id apart from every other; calls and results get the same one. */
function callId(id: string): string {
  if (id.length <= maxCallIdCharacters) return id;
  return `call_${new Bun.CryptoHasher("sha256").update(id).digest("hex").slice(0, 48)}`;
}

function unsupported(what: string): GatewayError {
  return new GatewayError("unsupported", `${what} cannot be sent to this provider`, { param: "messages" });
}

function addressOf(source: MediaSource, what: string): { url: string } | { fileId: string } {
  if (source.kind === "url") return { url: source.url };
  if (source.kind === "base64") return { url: `data:${source.mediaType};base64,${source.data}` };
  if (source.kind === "file-id" && (source.origin === "openai-responses" || source.origin === "openai-chat")) {
    return { fileId: source.id };
  }
  throw unsupported(what);
}

function filePart(block: Block & { type: "file" }, scope: RequestScope): JsonObject {
  const { source, name, context } = block;
  if (source.kind === "text") {
    const title = [name, context].filter((words) => words !== undefined).join("\n");
    return { type: "input_text", text: title === "" ? source.text : `${title}\n\n${source.text}` };
  }
  if (context !== undefined) scope.loseField("context");
  const address = addressOf(source, "this file");
  // Files that lie elsewhere have their own names.
  if (name !== undefined && source.kind !== "base64") scope.loseField("filename");
  if ("fileId" in address) return { type: "input_file", file_id: address.fileId };
  if (source.kind === "url") return { type: "input_file", file_url: address.url };
  return { type: "input_file", filename: name ?? "file", file_data: address.url };
}

/** A content part of the user's or of a tool's result; undefined for what is dropped and reported. */
function inputPart(block: Block, scope: RequestScope): JsonObject | undefined {
  const own = ownRest(block.extra, scope);
  const part = barePart(block, scope);
  if (!part) return undefined;
  // A client that wrote OpenAI's own mark knows that its model reads it.
  const mark = block.cache?.breakpoint;
  if (block.cache && !mark) scope.lose("cache");
  return { ...own, ...part, ...(mark && { prompt_cache_breakpoint: mark }) };
}

function barePart(block: Block, scope: RequestScope): JsonObject | undefined {
  switch (block.type) {
    case "text":
      if (block.state) scope.lose("replay");
      if (block.citations) scope.lose("citations");
      return { type: "input_text", text: block.text };
    case "refusal":
      return { type: "input_text", text: block.text };
    case "image": {
      const address = addressOf(block.source, "this image");
      const place = "url" in address ? { image_url: address.url } : { file_id: address.fileId };
      return { type: "input_image", ...place, detail: block.detail ?? "auto" };
    }
    case "file":
      return filePart(block, scope);
    case "audio":
    case "video":
      throw unsupported(block.type);
    default:
      if (block.type === "opaque" && block.dialect === "openai-responses") return block.raw;
      scope.loseField(block.type === "opaque" ? String(block.raw["type"] ?? block.type) : block.type);
      return undefined;
  }
}

const isPart = (part: JsonObject | undefined): part is JsonObject => part !== undefined;

function writeResult(block: ToolResultBlock, items: Items): void {
  const own = ownRest(block.extra, items.scope);
  if (block.cache) items.scope.lose("cache");
  const id = block.callId === "" ? (items.unnamedIds.shift() ?? "call_0") : block.callId;
  const parts = block.blocks.map((inner) => inputPart(inner, items.scope)).filter(isPart);
  const isText = parts.every((part) => part["type"] === "input_text" && Object.keys(part).length === 2);
  // There is no field for a failed tool; the item's status says something else (translation.md B5).
  if (block.isError) parts.unshift({ type: "input_text", text: errorNote });
  const output: JsonValue = isText ? parts.map((part) => part["text"]).join("") : parts;
  const type = items.freeformCalls.has(id) ? "custom_tool_call_output" : "function_call_output";
  items.list.push({ ...own, type, call_id: callId(id), output });
}

function writeCall(block: ToolCallBlock, items: Items): void {
  const { list, scope } = items;
  if (block.state) scope.lose("replay");
  if (block.cache) scope.lose("cache");
  const own = ownRest(block.extra, scope);
  const id = block.id === "" ? `call_${list.length}` : block.id;
  if (block.id === "") items.unnamedIds.push(id);
  const { namespace } = block;
  const name = scope.toolName(ownName(block.name, namespace));
  const common = { ...own, call_id: callId(id), name, ...(namespace !== undefined && { namespace }) };
  if (block.argumentsKind === "freeform") {
    items.freeformCalls.add(id);
    list.push({ type: "custom_tool_call", ...common, input: block.argumentsText });
    return;
  }
  list.push({ type: "function_call", ...common, arguments: block.argumentsText || "{}" });
}

/** Encrypted reasoning goes back to its maker only; everybody else's is dropped and reported (translation.md B5, R30). */
function writeReasoning(block: ReasoningBlock, items: Items): void {
  const own = ownRest(block.extra, items.scope);
  const { state, text } = block;
  if (state?.kind !== "encrypted" || state.origin !== items.scope.facts.origin) {
    items.scope.lose("replay");
    return;
  }
  items.list.push({
    ...own,
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: state.value,
  });
}

/** input_text is refused in the assistant's messages (translation.md B3.1). */
function outputPart(block: TextBlock | RefusalBlock, scope: RequestScope): JsonObject | undefined {
  ownRest(block.extra, scope);
  if (block.cache) scope.lose("cache");
  if (block.type === "refusal") return { type: "refusal", refusal: block.text };
  if (block.state) scope.lose("replay");
  if (block.citations) scope.lose("citations");
  return block.text === "" ? undefined : { type: "output_text", text: block.text, annotations: [] };
}

/** Items in the order of the blocks: text after a call stays after it. */
function writeAssistant(turn: Turn, items: Items): void {
  if (turn.name !== undefined) items.scope.loseField("name");
  let parts: JsonObject[] = [];
  const flush = () => {
    if (parts.length > 0) items.list.push({ type: "message", role: "assistant", content: parts });
    parts = [];
  };
  for (const block of turn.blocks) {
    if (block.type === "text" || block.type === "refusal") {
      const part = outputPart(block, items.scope);
      if (part) parts.push(part);
      continue;
    }
    flush();
    if (block.type === "tool-call") writeCall(block, items);
    else if (block.type === "reasoning") writeReasoning(block, items);
    else if (block.type === "opaque" && block.dialect === "openai-responses") items.list.push(block.raw);
    else items.scope.loseField(block.type === "opaque" ? String(block.raw["type"] ?? block.type) : block.type);
  }
  flush();
}

function writeInput(turn: Turn, items: Items): void {
  const { scope } = items;
  const role = turn.role === "system" ? (turn.systemRole ?? scope.facts.flags.systemRole ?? "system") : "user";
  let parts: JsonObject[] = [];
  const flush = () => {
    if (parts.length > 0) items.list.push({ type: "message", role, content: parts });
    parts = [];
  };
  if (turn.name !== undefined) scope.loseField("name");
  for (const block of turn.blocks) {
    if (block.type === "tool-result") {
      flush();
      writeResult(block, items);
      continue;
    }
    const part = inputPart(block, scope);
    if (part) parts.push(part);
  }
  flush();
}

/** The full history, each turn's blocks in their order (M27). */
export function writeItems(scope: RequestScope): JsonObject[] {
  const items: Items = { scope, list: [], unnamedIds: [], freeformCalls: new Set() };
  for (const turn of scope.request.turns) {
    ownRest(turn.extra, scope);
    if (turn.role === "assistant") writeAssistant(turn, items);
    else writeInput(turn, items);
  }
  return items.list;
}
