// Turns as Cohere v2 messages (docs.cohere.com, "Chat" v2 reference). System messages may stand anywhere.
import type { Block, ReasoningBlock, Turn } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType, parseDataUrl, textOfBase64 } from "../../core/media.ts";
import { type Answer, historyOf, type Place, type PlacedBlock, type Step } from "../history.ts";
import {
  callArguments,
  emptyResultText,
  fillerText,
  loseExtras,
  missingResultText,
  orphanTitle,
  unsupportedPart,
  type Writing,
} from "../writing.ts";

export function writeMessages(writing: Writing): JsonObject[] {
  const { turns } = writing.request;
  for (const turn of turns) loseTurnFields(writing, turn);
  const history = historyOf(turns, (id) => writing.ids.allocate(id));
  const messages = messagesOf(writing, history.system);
  for (const step of history.steps) {
    if (step.kind === "assistant") messages.push(...writeAssistant(writing, step));
    else {
      messages.push(...step.answers.map((answer) => writeAnswer(writing, answer)));
      messages.push(...messagesOf(writing, step.blocks));
    }
  }
  return messages.length > 0 ? messages : [{ role: "user", content: fillerText }];
}

function loseTurnFields(writing: Writing, turn: Turn): void {
  if (turn.name !== undefined) writing.lost.add("messageName");
  loseExtras(writing, turn.extra, "messages.");
}

/** One message for each turn that the blocks come from. */
function messagesOf(writing: Writing, blocks: PlacedBlock[]): JsonObject[] {
  const byTurn = Map.groupBy(blocks, ({ turn }) => turn);
  return [...byTurn].flatMap(([turn, entries]) => {
    const parts = entries.flatMap((entry) => writeUserBlock(writing, entry));
    return parts.length === 0 ? [] : [{ role: turn.role, content: plainOr(parts) }];
  });
}

/** Text alone is written as text. */
function plainOr(parts: JsonObject[]): string | JsonObject[] {
  const only = parts[0];
  return parts.length === 1 && only?.["type"] === "text" ? String(only["text"]) : parts;
}

function writeUserBlock(writing: Writing, { block, place }: PlacedBlock): JsonObject[] {
  if (block.type !== "tool-result") return writePart(writing, block, place);
  // A result without its call is refused; its words still count (M13).
  writing.lost.add("orphanResult");
  const parts = block.blocks.flatMap((inner) => writePart(writing, inner, place));
  return [{ type: "text", text: orphanTitle(block.name) }, ...parts];
}

function writePart(writing: Writing, block: Block, place: Place): JsonObject[] {
  loseExtras(writing, block.extra, "messages.content.");
  if (block.cache !== undefined) writing.lost.add("cache");
  switch (block.type) {
    case "text":
      if (block.state !== undefined) writing.lost.add("opaqueState");
      if ((block.citations?.length ?? 0) > 0) writing.lost.add("annotations");
      return block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "refusal":
      return block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "image":
      return [writeImage(writing, block, place)];
    case "file":
      return [writeFile(writing, block, place)];
    case "audio":
      if (block.source.kind !== "file-id" && !block.transcript) {
        throw unsupportedPart(writing, "audio", place, "this model takes no audio");
      }
      writing.lost.addNamed("messages.audio");
      return block.transcript ? [{ type: "text", text: block.transcript }] : [];
    case "video":
      throw unsupportedPart(writing, "video", place, "this model takes no video");
    case "opaque":
      writing.lost.addNamed(`messages.content.${String(block.raw["type"] ?? "part")}`);
      return [];
    default:
      return [];
  }
}

function writeImage(writing: Writing, block: Block & { type: "image" }, place: Place): JsonObject {
  const { source, detail } = block;
  const described = detail !== undefined ? { detail } : {};
  if (source.kind === "url") return { type: "image_url", image_url: { url: source.url, ...described } };
  if (source.kind === "base64") {
    const url = `data:${normalMediaType(source.mediaType)};base64,${source.data}`;
    return { type: "image_url", image_url: { url, ...described } };
  }
  throw unsupportedPart(writing, "image", place, "this image is at a place that the provider cannot read");
}

/** There are no files on this wire; one that is text is said as text. */
function writeFile(writing: Writing, block: Block & { type: "file" }, place: Place): JsonObject {
  const text = fileText(block);
  if (text === undefined) throw unsupportedPart(writing, "file", place, "this model takes no files but text");
  const title = [block.name, block.context].filter((words) => words !== undefined).join("\n");
  return { type: "text", text: title === "" ? text : `${title}\n\n${text}` };
}

function fileText({ source, name }: Block & { type: "file" }): string | undefined {
  if (source.kind === "text") return source.text;
  const inline = source.kind === "url" ? parseDataUrl(source.url) : source.kind === "base64" ? source : undefined;
  if (inline === undefined) return undefined;
  const written = normalMediaType(inline.mediaType);
  const isVague = written === "" || written === "application/octet-stream";
  const mediaType = (isVague ? mediaTypeOfName(name ?? "") : undefined) ?? written;
  const isTextual = mediaType.startsWith("text/") || /^application\/(?:json|xml|x-yaml|yaml)$/.test(mediaType);
  return isTextual ? textOfBase64(inline.data) : undefined;
}

/** Reasoning of a turn that calls is its plan on this wire; other reasoning is a part of the content. */
function writeAssistant(writing: Writing, step: Step & { kind: "assistant" }): JsonObject[] {
  const calls: JsonObject[] = [];
  const reasoning: string[] = [];
  const parts: JsonObject[] = [];
  for (const { block, place } of step.blocks) {
    if (block.type === "tool-call") {
      if (block.state !== undefined) writing.lost.add("opaqueState");
      if (block.cache !== undefined) writing.lost.add("cache");
      loseExtras(writing, block.extra, "messages.tool_calls.");
      const written = JSON.stringify(callArguments(writing, block));
      const named = { name: writing.names.wire(block.name), arguments: written };
      calls.push({ id: step.wireIds.get(block) as string, type: "function", function: named });
    } else if (block.type === "reasoning") {
      const text = replayed(writing, block);
      if (text !== "") reasoning.push(text);
    } else parts.push(...writePart(writing, block, place));
  }
  const isPlan = calls.length > 0;
  const thinking = isPlan ? [] : reasoning.map((text) => ({ type: "thinking", thinking: text }));
  const content = [...thinking, ...parts];
  if (content.length === 0 && !isPlan) return [];
  return [
    {
      role: "assistant",
      ...(content.length > 0 ? { content: plainOr(content) } : {}),
      ...(isPlan && reasoning.length > 0 ? { tool_plan: reasoning.join("\n") } : {}),
      ...(isPlan ? { tool_calls: calls } : {}),
    },
  ];
}

/** Reasoning here is plain text; what another maker signed or sealed is not for this model (B10). */
function replayed(writing: Writing, block: ReasoningBlock): string {
  const isForeign = block.state !== undefined && block.state.origin !== writing.facts.origin;
  if (!isForeign && writing.facts.flags.reasoningReplay !== "none") return block.text;
  writing.lost.add("reasoningHistory");
  return "";
}

function writeAnswer(writing: Writing, { wireId, result, place }: Answer): JsonObject {
  if (result === undefined || place === undefined) {
    writing.lost.add("missingResult");
    return { role: "tool", tool_call_id: wireId, content: missingResultText };
  }
  loseExtras(writing, result.extra, "messages.");
  if (result.cache !== undefined) writing.lost.add("cache");
  const parts = result.blocks.flatMap((inner) => writePart(writing, inner, place));
  const image = parts.find((part) => part["type"] !== "text");
  if (image !== undefined) throw unsupportedPart(writing, "image", place, "this model takes no images in tool results");
  const text = parts.map((part) => String(part["text"])).join("\n");
  // The wire has no mark for a failed call: the words must say it.
  const words = text === "" ? emptyResultText : text;
  return { role: "tool", tool_call_id: wireId, content: result.isError ? `Error: ${words}` : words };
}
