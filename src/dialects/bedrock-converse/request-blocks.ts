// Canonical blocks as Converse content blocks, each an object of exactly one key (translation.md A5).
import type { Block, FileBlock, ImageBlock, MediaSource, ReasoningBlock, VideoBlock } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType, parseDataUrl } from "../../core/media.ts";
import type { Place } from "../history.ts";
import { loseExtras, unsupportedPart, type Writing } from "../writing.ts";

// The format words of the Converse API (API reference: ImageBlock, DocumentBlock, VideoBlock), by media type.
const imageFormats: ReadonlyMap<string, string> = new Map([
  ["image/png", "png"],
  ["image/jpeg", "jpeg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
]);
const documentFormats: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "pdf"],
  ["text/csv", "csv"],
  ["application/msword", "doc"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
  ["text/html", "html"],
  ["text/plain", "txt"],
  ["text/markdown", "md"],
]);
const videoFormats: ReadonlyMap<string, string> = new Map([
  ["video/mp4", "mp4"],
  ["video/quicktime", "mov"],
  ["video/webm", "webm"],
  ["video/mpeg", "mpeg"],
]);

/** Blank texts are refused by the API (translation.md A5). */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** The block and, where it is marked, the cache point that stands behind it as an element of its own (T16). */
export function withCachePoint(writing: Writing, wire: JsonObject[], cache: Block["cache"]): JsonObject[] {
  if (cache === undefined) return wire;
  if (wire.length === 0 || writing.facts.flags.cacheControl === false) {
    writing.lost.add("cache");
    return wire;
  }
  if (cache.ttl !== undefined && cache.ttl !== "5m" && cache.ttl !== "1h") writing.lost.add("cacheTtl");
  return [...wire, { cachePoint: { type: "default", ...(cache.ttl === "1h" ? { ttl: "1h" } : {}) } }];
}

/** A block of any turn but a tool call or a tool result. */
export function writeBlock(writing: Writing, block: Block, place: Place): JsonObject[] {
  loseExtras(writing, block.extra, "messages.content.");
  return withCachePoint(writing, contentOf(writing, block, place), block.cache);
}

function contentOf(writing: Writing, block: Block, place: Place): JsonObject[] {
  switch (block.type) {
    case "text":
      if (block.state !== undefined) writing.lost.add("opaqueState");
      if ((block.citations?.length ?? 0) > 0) writing.lost.add("annotations");
      return isBlank(block.text) ? [] : [{ text: block.text }];
    case "refusal":
      return isBlank(block.text) ? [] : [{ text: block.text }];
    case "image":
      if (block.detail !== undefined && block.detail !== "auto") writing.lost.add("imageDetail");
      return [writeImage(writing, block, place)];
    case "video":
      return [writeVideo(writing, block, place)];
    case "file":
      return [writeDocument(writing, block, place)];
    case "reasoning":
      return writeReasoning(writing, block);
    case "audio":
      // The assistant's own sound is known by id only; its words may stand for it.
      if (block.source.kind !== "file-id" && !block.transcript) {
        throw unsupportedPart(writing, "audio", place, "this model takes no audio");
      }
      writing.lost.addNamed("messages.audio");
      return block.transcript ? [{ text: block.transcript }] : [];
    case "opaque":
      writing.lost.addNamed(`messages.content.${String(block.raw["type"] ?? "part")}`);
      return [];
    default:
      return [];
  }
}

/** Bytes as they stand, or a place in S3; data URLs count as bytes. Other addresses were fetched before. */
function sourceOf(source: MediaSource): { mediaType: string; source: JsonObject } | undefined {
  if (source.kind === "base64") return { mediaType: normalMediaType(source.mediaType), source: { bytes: source.data } };
  if (source.kind !== "url") return undefined;
  const inline = parseDataUrl(source.url);
  if (inline !== undefined) return { mediaType: inline.mediaType, source: { bytes: inline.data } };
  if (!source.url.startsWith("s3://")) return undefined;
  const mediaType = normalMediaType(source.mediaType ?? "") || (mediaTypeOfName(source.url) ?? "");
  return { mediaType, source: { s3Location: { uri: source.url } } };
}

function writeImage(writing: Writing, block: ImageBlock, place: Place): JsonObject {
  const found = sourceOf(block.source);
  if (found === undefined) {
    throw unsupportedPart(writing, "image", place, "this image is at a place that the provider cannot read");
  }
  const format = imageFormats.get(found.mediaType);
  if (format === undefined) {
    const message = `images of type ${found.mediaType || "unknown"} are not taken; jpeg, png, gif and webp are`;
    throw unsupportedPart(writing, "image", place, message);
  }
  return { image: { format, source: found.source } };
}

function writeVideo(writing: Writing, block: VideoBlock, place: Place): JsonObject {
  const found = sourceOf(block.source);
  const format = found && videoFormats.get(found.mediaType);
  if (found === undefined || format === undefined) {
    throw unsupportedPart(
      writing,
      "video",
      place,
      "this video is of a type or at a place that the provider cannot read",
    );
  }
  return { video: { format, source: found.source } };
}

function writeDocument(writing: Writing, block: FileBlock, place: Place): JsonObject {
  const name = documentName(block.name, place);
  const about = block.context !== undefined ? { context: block.context } : {};
  if (block.source.kind === "text") {
    return { document: { format: "txt", name, source: { text: block.source.text }, ...about } };
  }
  const found = sourceOf(block.source);
  if (found === undefined) {
    throw unsupportedPart(writing, "file", place, "this file is at a place that the provider cannot read");
  }
  const isVague = found.mediaType === "" || found.mediaType === "application/octet-stream";
  const mediaType = (isVague ? mediaTypeOfName(block.name ?? "") : undefined) ?? found.mediaType;
  const image = imageFormats.get(mediaType);
  if (image !== undefined) return { image: { format: image, source: found.source } };
  const format = documentFormats.get(mediaType) ?? (mediaType.startsWith("text/") ? "txt" : undefined);
  if (format === undefined) {
    throw unsupportedPart(writing, "file", place, `files of type ${mediaType || "unknown"} are not taken`);
  }
  return { document: { format, name, source: found.source, ...about } };
}

/** Names hold letters, digits, single spaces, hyphens and brackets, and no two documents share one (API reference: DocumentBlock). */
function documentName(name: string | undefined, place: Place): string {
  const number = `${place.turn + 1}-${place.block + 1}`;
  const clean = (name ?? "")
    .replace(/[^\p{L}\p{N}()[\]-]+/gu, " ")
    .trim()
    .slice(0, 180);
  return clean === "" ? `document ${number}` : `${clean} ${number}`;
}

/**
 * Thinking goes back only to its maker, byte for byte (R04). Text without a genuine signature is refused by Claude; a model
 * that wants it says so by `reasoningReplay`.
 */
function writeReasoning(writing: Writing, block: ReasoningBlock): JsonObject[] {
  const { state } = block;
  if (state !== undefined && state.origin === writing.facts.origin && typeof state.value === "string") {
    if (state.kind === "redacted") return [{ reasoningContent: { redactedContent: state.value } }];
    if (state.kind === "signature") {
      return [{ reasoningContent: { reasoningText: { text: block.text, signature: state.value } } }];
    }
  }
  const wanted = writing.facts.flags.reasoningReplay;
  if (wanted !== undefined && wanted !== "none" && !isBlank(block.text)) {
    if (state !== undefined) writing.lost.add("opaqueState");
    return [{ reasoningContent: { reasoningText: { text: block.text } } }];
  }
  writing.lost.add("reasoningHistory");
  return [];
}
