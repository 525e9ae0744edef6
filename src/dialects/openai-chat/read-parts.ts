// Reads the content of a Chat Completions message into blocks.
import type { Block, CacheMark, MediaSource } from "../../core/chat.ts";
import { asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType, parseDataUrl } from "../../core/media.ts";
import { defined, extraOf, objectsOf, remainder, restOf } from "./fields.ts";

const markFields = new Set(["type", "ttl"]);

/** `cache_control` as LiteLLM, OpenRouter and DashScope take it, or OpenAI's own `prompt_cache_breakpoint`. */
export function readCacheMark(node: JsonObject): CacheMark | undefined {
  const control = asObject(node["cache_control"]);
  if (control) return defined<CacheMark>({ ttl: asString(control["ttl"]) });
  const breakpoint = asObject(node["prompt_cache_breakpoint"]);
  return breakpoint && defined<CacheMark>({ ttl: asString(breakpoint["ttl"]), breakpoint });
}

const sharedFields = ["type", "cache_control", "prompt_cache_breakpoint"];

/** What every block has in common: the cache mark, and the fields of the part that were not understood. */
function commonOf(part: JsonObject, payloadField: string, payloadFields: ReadonlySet<string>) {
  const rest = restOf(part, new Set([...sharedFields, payloadField])) ?? {};
  const inner = remainder(part[payloadField], payloadFields);
  const mark = remainder(part["cache_control"], markFields);
  const left = { ...rest, ...(inner && { [payloadField]: inner }), ...(mark && { cache_control: mark }) };
  return { cache: readCacheMark(part), extra: extraOf(Object.keys(left).length === 0 ? undefined : left) };
}

/** A link of an image, a video or a file. `mediaType`, when the client names one, overrides what a data URL says. */
function linked(url: string, mediaType: string | undefined): MediaSource {
  const inline = parseDataUrl(url);
  if (inline) return { kind: "base64", mediaType: mediaType ?? inline.mediaType, data: inline.data };
  // A type without a scheme in the URL says that the field holds the bytes themselves.
  if (mediaType !== undefined && !/^[a-z][a-z0-9+.-]*:/i.test(url)) return { kind: "base64", mediaType, data: url };
  return defined<MediaSource & { kind: "url" }>({ kind: "url", url, mediaType });
}

const linkFields = new Set(["url", "media_type", "detail"]);

function readLink(part: JsonObject, field: string): { source: MediaSource; detail: string | undefined } {
  const value = part[field];
  const link: JsonObject = typeof value === "string" ? { url: value } : (asObject(value) ?? {});
  const written = asString(link["media_type"]);
  return {
    source: linked(asString(link["url"]) ?? "", written === undefined ? undefined : normalMediaType(written)),
    detail: asString(link["detail"]),
  };
}

function readImage(part: JsonObject): Block {
  return defined<Block & { type: "image" }>({
    type: "image",
    ...readLink(part, "image_url"),
    ...commonOf(part, "image_url", linkFields),
  });
}

const videoFields = new Set(["url", "media_type"]);

function readVideo(part: JsonObject): Block {
  const { source } = readLink(part, "video_url");
  return defined<Block & { type: "video" }>({ type: "video", source, ...commonOf(part, "video_url", videoFields) });
}

const audioFields = new Set(["data", "format"]);

function readAudio(part: JsonObject): Block {
  const audio = asObject(part["input_audio"]) ?? {};
  const bytes = asString(audio["data"]) ?? "";
  const source = linked(bytes, normalMediaType(`audio/${asString(audio["format"]) ?? "wav"}`));
  return defined<Block & { type: "audio" }>({ type: "audio", source, ...commonOf(part, "input_audio", audioFields) });
}

const fileFields = new Set(["filename", "file_data", "file_id", "file_url"]);

function fileSource(file: JsonObject, name: string | undefined): MediaSource {
  const id = asString(file["file_id"]);
  const content = asString(file["file_data"]) ?? asString(file["file_url"]);
  if (content === undefined && id !== undefined) return { kind: "file-id", id, origin: "openai-chat" };
  const inline = parseDataUrl(content ?? "");
  const nameType = name === undefined ? undefined : mediaTypeOfName(name);
  // application/octet-stream is what clients write that did not look; the name knows better.
  if (inline && inline.mediaType !== "application/octet-stream") return { kind: "base64", ...inline };
  const mediaType = nameType ?? inline?.mediaType ?? "application/octet-stream";
  return linked(inline?.data ?? content ?? "", mediaType);
}

function readFile(part: JsonObject): Block {
  const file = asObject(part["file"]) ?? {};
  const name = asString(file["filename"]);
  const source = fileSource(file, name);
  const unread =
    source.kind === "file-id" ? fileFields : new Set([...fileFields].filter((field) => field !== "file_id"));
  return defined<Block & { type: "file" }>({ type: "file", source, name, ...commonOf(part, "file", unread) });
}

function readText(part: JsonObject): Block {
  const text = asString(part["text"]) ?? "";
  return defined<Block & { type: "text" }>({ type: "text", text, ...commonOf(part, "text", new Set()) });
}

function readRefusal(part: JsonObject): Block {
  const text = asString(part["refusal"]) ?? "";
  return defined<Block & { type: "refusal" }>({ type: "refusal", text, ...commonOf(part, "refusal", new Set()) });
}

const readers: { readonly [type: string]: (part: JsonObject) => Block } = {
  text: readText,
  input_text: readText,
  output_text: readText,
  refusal: readRefusal,
  image_url: readImage,
  video_url: readVideo,
  input_audio: readAudio,
  file: readFile,
};

/** One content part; a type that only some hosts know is kept as it is. */
export function readPart(part: JsonObject): Block {
  const type = asString(part["type"]) ?? "";
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  return read ? read(part) : { type: "opaque", dialect: "openai-chat", raw: part };
}

/** Content as a string, a list of parts, or null. An empty string is a value and stays one. */
export function readContent(content: JsonValue | undefined): Block[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return objectsOf(content).map(readPart);
}
