// Canonical blocks as Messages content blocks (translation.md A3.3, B1.1). The canonical request is never changed.
import type {
  Block,
  CacheMark,
  FileBlock,
  ImageBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
} from "../../core/chat.ts";
import { asObject, type JsonObject } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType, parseDataUrl, textOfBase64 } from "../../core/media.ts";
import type { Place } from "../history.ts";
import { callArguments, loseExtras, unsupportedPart, type Writing } from "../writing.ts";

const imageTypes = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** An object with the cache mark and the client's own Messages fields put on. */
export function dressed(wire: JsonObject, block: { cache?: CacheMark; extra?: Block["extra"] }): JsonObject {
  const own = block.extra?.["anthropic-messages"];
  if (own !== undefined) Object.assign(wire, own);
  if (block.cache !== undefined) {
    wire["cache_control"] = { ...asObject(own?.["cache_control"]), ...cacheControl(block.cache) };
  }
  return wire;
}

export function cacheControl(mark: CacheMark): JsonObject {
  return mark.ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl: mark.ttl };
}

/** Empty and blank texts are refused by the API (translation.md A3.5, M01-M03). */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** A block of a user's turn, of a tool's result, or of an assistant's turn other than a tool call or a tool result. */
export function writeBlock(writing: Writing, block: Block, place: Place): JsonObject | undefined {
  loseExtras(writing, block.extra, "messages.content.");
  switch (block.type) {
    case "text":
      return writeText(writing, block);
    case "refusal":
      return isBlank(block.text) ? undefined : dressed({ type: "text", text: block.text }, block);
    case "image":
      return writeImage(writing, block, place);
    case "file":
      return writeFile(writing, block, place);
    case "reasoning":
      return writeReasoning(writing, block);
    case "opaque":
      if (block.dialect === "anthropic-messages") return dressed({ ...block.raw }, block);
      writing.lost.addNamed(`messages.content.${String(block.raw["type"] ?? "part")}`);
      return undefined;
    case "audio":
      // The assistant's own sound is known by id only; its words may stand for it.
      if (block.source.kind === "file-id" || block.transcript) {
        writing.lost.addNamed("messages.audio");
        return block.transcript ? { type: "text", text: block.transcript } : undefined;
      }
      throw unsupportedPart(writing, "audio", place, "this model takes no audio");
    case "video":
      throw unsupportedPart(writing, "video", place, "this model takes no video");
    default:
      return undefined;
  }
}

function writeText(writing: Writing, block: TextBlock): JsonObject | undefined {
  if (block.state !== undefined) writing.lost.add("opaqueState");
  if (isBlank(block.text)) return undefined;
  const wire: JsonObject = { type: "text", text: block.text };
  if (block.citations !== undefined && block.citations.length > 0) {
    const own = block.citations.map((citation) => citation.raw).filter((raw) => isCitation(raw));
    if (own.length > 0) wire["citations"] = own as JsonObject[];
    if (own.length < block.citations.length) writing.lost.add("annotations");
  }
  return dressed(wire, block);
}

/** Messages citations are typed `…_location`; no other dialect's are. */
function isCitation(raw: JsonObject | undefined): boolean {
  return typeof raw?.["type"] === "string" && raw["type"].endsWith("_location");
}

function writeImage(writing: Writing, block: ImageBlock, place: Place): JsonObject {
  if (block.detail !== undefined && block.detail !== "auto") writing.lost.add("imageDetail");
  const source = block.source;
  if (source.kind === "file-id" && source.origin === "anthropic-messages") {
    return dressed({ type: "image", source: { type: "file", file_id: source.id } }, block);
  }
  if (source.kind === "url") {
    const inline = parseDataUrl(source.url);
    if (inline !== undefined) return writeImage(writing, { ...block, source: { kind: "base64", ...inline } }, place);
    if (/^https?:\/\//i.test(source.url)) {
      return dressed({ type: "image", source: { type: "url", url: source.url } }, block);
    }
  }
  if (source.kind === "base64") {
    const mediaType = normalMediaType(source.mediaType);
    if (!imageTypes.has(mediaType)) {
      throw unsupportedPart(
        writing,
        "image",
        place,
        `images of type ${mediaType} are not taken; jpeg, png, gif and webp are`,
      );
    }
    return dressed({ type: "image", source: { type: "base64", media_type: mediaType, data: source.data } }, block);
  }
  throw unsupportedPart(writing, "image", place, "this image is at a place that the provider cannot read");
}

function writeFile(writing: Writing, block: FileBlock, place: Place): JsonObject {
  const source = documentSource(writing, block, place);
  if (source["type"] === "image") return dressed({ type: "image", source: source["source"] as JsonObject }, block);
  const wire: JsonObject = { type: "document", source };
  if (block.name !== undefined) wire["title"] = block.name;
  if (block.context !== undefined) wire["context"] = block.context;
  return dressed(wire, block);
}

function documentSource(writing: Writing, block: FileBlock, place: Place): JsonObject {
  const source = block.source;
  if (source.kind === "text") return { type: "text", media_type: "text/plain", data: source.text };
  if (source.kind === "file-id" && source.origin === "anthropic-messages") return { type: "file", file_id: source.id };
  if (source.kind === "url") {
    const inline = parseDataUrl(source.url);
    if (inline !== undefined) {
      return documentSource(writing, { ...block, source: { kind: "base64", ...inline } }, place);
    }
    if (/^https?:\/\//i.test(source.url)) return { type: "url", url: source.url };
  }
  if (source.kind === "base64") {
    const written = normalMediaType(source.mediaType);
    const vague = written === "" || written === "application/octet-stream";
    const mediaType = (vague ? mediaTypeOfName(block.name ?? "") : undefined) ?? written;
    if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data: source.data };
    if (imageTypes.has(mediaType)) {
      return { type: "image", source: { type: "base64", media_type: mediaType, data: source.data } };
    }
    const text = isTextual(mediaType) ? textOfBase64(source.data) : undefined;
    if (text !== undefined) return { type: "text", media_type: "text/plain", data: text };
    throw unsupportedPart(
      writing,
      "file",
      place,
      `files of type ${mediaType || "unknown"} are not taken; PDF and text are`,
    );
  }
  throw unsupportedPart(writing, "file", place, "a file id of another provider cannot be read by this one");
}

function isTextual(mediaType: string): boolean {
  return mediaType.startsWith("text/") || /^application\/(?:json|xml|x-yaml|yaml|javascript|x-sh)$/.test(mediaType);
}

/**
 * Thinking goes back only to its maker, byte for byte (R04-R07). Text without a genuine signature is refused by Claude and
 * dropped; hosts that speak Messages with their own models say by `reasoningReplay` that they want it (R09).
 */
function writeReasoning(writing: Writing, block: ReasoningBlock): JsonObject | undefined {
  const state = block.state;
  if (state !== undefined && state.origin === writing.facts.origin && typeof state.value === "string") {
    if (state.kind === "signature") return { type: "thinking", thinking: block.text, signature: state.value };
    if (state.kind === "redacted") return { type: "redacted_thinking", data: state.value };
  }
  const wanted = writing.facts.flags.reasoningReplay;
  if (wanted !== undefined && wanted !== "none" && block.text !== "") {
    if (state !== undefined) writing.lost.add("opaqueState");
    return { type: "thinking", thinking: block.text, signature: "" };
  }
  writing.lost.add("reasoningHistory");
  return undefined;
}

export function writeToolCall(writing: Writing, block: ToolCallBlock, wireId: string): JsonObject {
  if (block.state !== undefined) writing.lost.add("opaqueState");
  loseExtras(writing, block.extra, "messages.tool_calls.");
  return dressed(
    { type: "tool_use", id: wireId, name: writing.names.wire(block.name), input: callArguments(writing, block) },
    block,
  );
}
