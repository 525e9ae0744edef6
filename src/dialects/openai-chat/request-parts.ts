// Writes blocks as content parts of a Chat Completions message.
import type { AudioBlock, Block, FileBlock, ImageBlock, MediaSource, TextBlock, VideoBlock } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { ownRest, type RequestScope, withRest } from "./request-scope.ts";

function unsupported(what: string): GatewayError {
  return new GatewayError("unsupported", `${what} cannot be sent to this provider`, { param: "messages" });
}

/** `cache_control`, where the provider reads it instead of refusing the field (OpenRouter, DashScope; U21). */
export function cacheFields(block: { cache?: { ttl?: string } }, scope: RequestScope): JsonObject {
  if (!block.cache) return {};
  if (scope.facts.flags.cacheControl !== true) {
    scope.lose("cache");
    return {};
  }
  return { cache_control: { type: "ephemeral", ...(block.cache.ttl === undefined ? {} : { ttl: block.cache.ttl }) } };
}

function link(source: MediaSource, what: string): string {
  if (source.kind === "url") return source.url;
  if (source.kind === "base64") return `data:${source.mediaType};base64,${source.data}`;
  throw unsupported(`${what} that lies on another provider's server`);
}

function textPart(block: TextBlock, scope: RequestScope): JsonObject {
  if (block.citations) scope.lose("citations");
  // Only the list that names every maker can bring a text's signature back; it is written beside the content.
  const isReplayed = scope.facts.flags.reasoningReplay === "reasoning_details" && block.state?.origin === "gemini";
  if (block.state && !isReplayed) scope.lose("replay");
  return { type: "text", text: block.text };
}

function imagePart(block: ImageBlock): JsonObject {
  const detail = block.detail === undefined ? {} : { detail: block.detail };
  return { type: "image_url", image_url: { url: link(block.source, "an image"), ...detail } };
}

/** The wire's short words for sound formats; the rest of the media type serves for those that have none. */
const soundFormats: { readonly [mediaType: string]: string } = { "audio/mpeg": "mp3", "audio/wav": "wav" };

function audioPart(block: AudioBlock): JsonObject {
  const { source } = block;
  if (source.kind !== "base64") throw unsupported("sound that is not given as base64");
  const format = soundFormats[source.mediaType] ?? source.mediaType.replace(/^audio\//, "");
  return { type: "input_audio", input_audio: { data: source.data, format } };
}

function videoPart(block: VideoBlock): JsonObject {
  return { type: "video_url", video_url: { url: link(block.source, "a video") } };
}

function extensionOf(mediaType: string): string {
  return mediaType === "application/pdf" ? "pdf" : (mediaType.split(/[/+.]/).at(-1) ?? "bin");
}

/** Documents (M19): bytes as a file part, plain text as text, ids only where they are ids of this wire. */
function filePart(block: FileBlock, scope: RequestScope): JsonObject {
  const { source, name } = block;
  if (source.kind === "text") {
    const title = [name, block.context].filter((words) => words !== undefined).join("\n");
    return { type: "text", text: title === "" ? source.text : `${title}\n\n${source.text}` };
  }
  if (block.context !== undefined) scope.loseField("context");
  if (source.kind === "file-id") {
    if (source.origin !== "openai-chat" && source.origin !== "openai-responses") {
      throw unsupported("a file that lies on another provider's server");
    }
    return { type: "file", file: { file_id: source.id, ...(name === undefined ? {} : { filename: name }) } };
  }
  if (source.kind === "url") {
    // Only some hosts fetch files; a client of this very dialect knows whether its host does.
    if (!scope.sameDialect) throw unsupported("a file given as a link");
    return { type: "file", file: { file_data: source.url, ...(name === undefined ? {} : { filename: name }) } };
  }
  // OpenAI refuses file data without a name.
  const filename = name ?? `document.${extensionOf(source.mediaType)}`;
  return { type: "file", file: { filename, file_data: link(source, "a file") } };
}

function bare(block: Block, scope: RequestScope): JsonObject | undefined {
  switch (block.type) {
    case "text":
      return textPart(block, scope);
    case "image":
      return imagePart(block);
    case "audio":
      return audioPart(block);
    case "video":
      return videoPart(block);
    case "file":
      return filePart(block, scope);
    case "refusal":
      return { type: "refusal", refusal: block.text };
    case "opaque":
      if (block.dialect === "openai-chat") return block.raw;
      scope.loseField(typeof block.raw["type"] === "string" ? block.raw["type"] : "content");
      return undefined;
    default:
      return undefined;
  }
}

/** The block as a part, with the client's own further fields; undefined where this wire has no such part. */
export function writePart(block: Block, scope: RequestScope): JsonObject | undefined {
  const part = bare(block, scope);
  if (!part) return undefined;
  return withRest({ ...part, ...cacheFields(block, scope) }, ownRest(block.extra, scope));
}

/** A single plain text part is written as a string, which every host understands. */
export function asContent(parts: readonly JsonObject[]): string | JsonObject[] {
  const [only] = parts;
  if (parts.length === 1 && only?.["type"] === "text" && Object.keys(only).length === 2) return String(only["text"]);
  return [...parts];
}
