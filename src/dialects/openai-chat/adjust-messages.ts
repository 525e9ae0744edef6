// Adjustments of messages and their parts.
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { normalMediaType, parseDataUrl } from "../../core/media.ts";
import type { Adjustment, Edit } from "../dialect.ts";
import {
  contentPartsOf,
  messagesOf,
  nodesOf,
  type Path,
  type Placed,
  remove,
  report,
  reportOnce,
  set,
} from "./adjust-edits.ts";

const cacheFields = ["cache_control", "prompt_cache_breakpoint"];

function functionsOf(body: JsonObject): Placed[] {
  return nodesOf(body, "tools").flatMap(({ node, path }) => {
    const inner = asObject(node["function"]);
    return inner ? [{ node: inner, path: [...path, "function"] }] : [];
  });
}

function isMarked(node: JsonObject): boolean {
  return node["cache_control"] !== undefined || node["prompt_cache_breakpoint"] !== undefined;
}

/** The marked objects of a list, with their places: nearly always none, which costs one look at each. */
function markedIn(parent: JsonObject, field: string, path: Path): Placed[] {
  const nodes = asArray(parent[field]);
  return nodes?.some((node) => isObject(node) && isMarked(node))
    ? nodesOf(parent, field, path).filter(({ node }) => isMarked(node))
    : [];
}

const anyMarked = (nodes: JsonValue | undefined): boolean =>
  Array.isArray(nodes) && nodes.some((node) => isObject(node) && isMarked(node));

/** A look that builds nothing: nearly no body has a mark. */
function holdsMark(body: JsonObject): boolean {
  if (body["cache_control"] !== undefined || anyMarked(body["messages"]) || anyMarked(body["tools"])) return true;
  for (const tool of asArray(body["tools"]) ?? []) {
    if (isObject(tool) && isObject(tool["function"]) && isMarked(tool["function"])) return true;
  }
  for (const message of asArray(body["messages"]) ?? []) {
    if (isObject(message) && (anyMarked(message["content"]) || anyMarked(message["tool_calls"]))) return true;
  }
  return false;
}

/** OpenAI refuses `cache_control`, as do strict hosts; OpenRouter and DashScope read it (U21). */
const cacheControlStrip: Adjustment = (body) => {
  if (!holdsMark(body)) return [];
  const places = [
    ...markedIn(body, "messages", []),
    ...markedIn(body, "tools", []),
    ...functionsOf(body).filter(({ node }) => isMarked(node)),
  ];
  const messages = asArray(body["messages"]) ?? [];
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (!isObject(message)) continue;
    if (Array.isArray(message["content"])) places.push(...markedIn(message, "content", ["messages", index]));
    if (message["tool_calls"] !== undefined) places.push(...markedIn(message, "tool_calls", ["messages", index]));
  }
  return reportOnce([
    ...places.flatMap(({ node, path }) =>
      cacheFields.filter((field) => node[field] !== undefined).map((field) => remove([...path, field], field)),
    ),
    ...(body["cache_control"] === undefined ? [] : [remove(["cache_control"], "cache_control")]),
  ]);
};

/** The image as one URL. A link that names a place on the net keeps its own type there. */
function foldedUrl(url: string, mediaType: string): string | undefined {
  const inline = parseDataUrl(url);
  if (inline) return `data:${mediaType};base64,${inline.data}`;
  return /^[a-z][a-z0-9+.-]*:/i.test(url) ? undefined : `data:${mediaType};base64,${url}`;
}

/** `image_url.media_type` is a habit of some clients that OpenAI refuses: it belongs into the data URL. */
const imageMediaType: Adjustment = (body) =>
  contentPartsOf(body).flatMap(({ node, path }): Edit[] => {
    const image = asObject(node["image_url"]);
    const url = asString(image?.["url"]);
    const written = asString(image?.["media_type"]);
    if (image?.["media_type"] === undefined) return [];
    const folded = url !== undefined && written ? foldedUrl(url, normalMediaType(written)) : undefined;
    const removal = remove([...path, "image_url", "media_type"]);
    return folded === undefined || folded === url ? [removal] : [set([...path, "image_url", "url"], folded), removal];
  });

/** MiMo refuses null content beside tool calls (D1; read 2026-11). */
const nullContentEmpty: Adjustment = (body) =>
  messagesOf(body).flatMap(({ node, path }) =>
    node["role"] === "assistant" && (node["content"] ?? null) === null ? [set([...path, "content"], "")] : [],
  );

/** Which of the two words for the system prompt a model prefers, or knows at all (A1.2). */
function role(from: string, to: string): Adjustment {
  return (body) =>
    messagesOf(body).flatMap(({ node, path }) => (node["role"] === from ? [set([...path, "role"], to)] : []));
}

function textOf(parts: readonly Placed[]): string | undefined {
  const texts = parts.map(({ node }) => (node["type"] === "text" ? asString(node["text"]) : undefined));
  return texts.every((text) => text !== undefined) ? texts.join("\n") : undefined;
}

/** Hosts that take strings only outside user messages (DeepSeek, older vLLM templates; M15). */
const textPartsFlat: Adjustment = (body) =>
  messagesOf(body).flatMap(({ node, path }) => {
    if (node["role"] === "user" || !asArray(node["content"])) return [];
    const text = textOf(nodesOf(node, "content", path));
    return text === undefined ? [] : [set([...path, "content"], text)];
  });

/** One content after the other, as parts unless both are text. */
function joinedContent(first: JsonValue | undefined, second: JsonValue | undefined): JsonValue {
  if (typeof first === "string" && typeof second === "string") return `${first}\n\n${second}`;
  const parts = (content: JsonValue | undefined): JsonValue[] =>
    typeof content === "string" ? [{ type: "text", text: content }] : (asArray(content) ?? []);
  return [...parts(first), ...parts(second)];
}

/** Role and content are all there is; marks of a part say nothing there. */
function plainTurn(node: JsonObject): JsonObject | undefined {
  const { role, content = null } = node;
  const parts = nodesOf(node, "content").map(({ node: part }) => {
    const plain = { ...part };
    for (const field of cacheFields) delete plain[field];
    return plain;
  });
  const said = asArray(content) ? parts : content;
  // What a tool said becomes a note of the user's: hosts without tools know neither calls nor results.
  if (role === "tool") return { role: "user", content: said ?? "" };
  if (node["tool_calls"] !== undefined && (said ?? "") === "") return undefined;
  return { role: role === "developer" ? "system" : (role ?? "user"), content: said };
}

/**
 * Perplexity wants user and assistant in turn, after the system messages, and knows no tools (M33;
 * docs.perplexity.ai/api-reference/chat-completions-post, read 2026-11). Neighbours of one role become one message. The
 * whole list is written anew: what other edits would take out of messages is left out here too.
 */
const turnsAlternate: Adjustment = (body) => {
  const turns: JsonObject[] = [];
  let calls = 0;
  for (const { node } of messagesOf(body)) {
    if (node["tool_calls"] !== undefined) calls++;
    const turn = plainTurn(node);
    const last = turns.at(-1);
    if (turn === undefined) continue;
    if (last !== undefined && last["role"] === turn["role"] && turn["role"] !== "system") {
      turns[turns.length - 1] = { ...last, content: joinedContent(last["content"], turn["content"]) };
    } else turns.push(turn);
  }
  if (calls === 0 && turns.length === messagesOf(body).length) return [];
  return [...(calls > 0 ? [report("tool_calls", "messages.tool_calls")] : []), set(["messages"], turns)];
};

export const messageAdjustments: { readonly [name: string]: Adjustment } = {
  "cache-control-strip": cacheControlStrip,
  "image-media-type": imageMediaType,
  "null-content-empty": nullContentEmpty,
  "system-role": role("developer", "system"),
  "developer-role": role("system", "developer"),
  "text-parts-flat": textPartsFlat,
  "turns-alternate": turnsAlternate,
};
