// Reads the content parts of a Responses item into blocks.
import type { Block, Citation, FileBlock, ImageBlock, MediaSource, TextBlock } from "../../core/chat.ts";
import { asNumber, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { mediaTypeOfName, parseDataUrl } from "../../core/media.ts";
import { defined, objectsOf, restOf } from "../openai-chat/fields.ts";
import { readCacheMark } from "../openai-chat/read-parts.ts";

const shared = ["type", "cache_control", "prompt_cache_breakpoint"];

function partFields(part: JsonObject, known: readonly string[]) {
  const rest = restOf(part, new Set([...shared, ...known]));
  return { cache: readCacheMark(part), extra: rest && { "openai-responses": rest } };
}

/** Annotations are flat here: `{type: "url_citation", url, title, start_index, end_index}` (translation.md B3.3). */
export function readCitation(annotation: JsonObject): Citation {
  const url = asString(annotation["url"]);
  return defined<Citation>({
    kind: url === undefined ? "document" : "url",
    url,
    title: asString(annotation["title"]) ?? asString(annotation["filename"]),
    startIndex: asNumber(annotation["start_index"]),
    endIndex: asNumber(annotation["end_index"]),
    raw: annotation,
  });
}

function readText(part: JsonObject): Block {
  const citations = objectsOf(part["annotations"]).map(readCitation);
  return defined<TextBlock>({
    type: "text",
    text: asString(part["text"]) ?? "",
    citations: citations.length === 0 ? undefined : citations,
    // Clients send the whole part back as they got it; what the tokens weighed is no input.
    ...partFields(part, ["text", "annotations", "logprobs"]),
  });
}

function link(url: string): MediaSource {
  const inline = parseDataUrl(url);
  return inline ? { kind: "base64", ...inline } : { kind: "url", url };
}

function fileId(part: JsonObject): MediaSource | undefined {
  const id = asString(part["file_id"]);
  return id === undefined ? undefined : { kind: "file-id", id, origin: "openai-responses" };
}

function readImage(part: JsonObject): Block {
  const written = part["image_url"];
  // Some clients nest the address as Chat Completions does.
  const url = asString(written) ?? asString((written as JsonObject | null | undefined)?.["url"]);
  return defined<ImageBlock>({
    type: "image",
    source: url === undefined ? (fileId(part) ?? link("")) : link(url),
    detail: asString(part["detail"]),
    ...partFields(part, ["image_url", "file_id", "detail"]),
  });
}

function fileSource(part: JsonObject, name: string | undefined): MediaSource {
  const data = asString(part["file_data"]);
  if (data !== undefined) {
    const inline = parseDataUrl(data);
    const named = name === undefined ? undefined : mediaTypeOfName(name);
    if (inline && inline.mediaType !== "application/octet-stream") return { kind: "base64", ...inline };
    return {
      kind: "base64",
      mediaType: named ?? inline?.mediaType ?? "application/octet-stream",
      data: inline?.data ?? data,
    };
  }
  const url = asString(part["file_url"]);
  return url === undefined ? (fileId(part) ?? link("")) : link(url);
}

function readFile(part: JsonObject): Block {
  const name = asString(part["filename"]);
  return defined<FileBlock>({
    type: "file",
    source: fileSource(part, name),
    name,
    ...partFields(part, ["file_data", "file_url", "file_id", "filename"]),
  });
}

const readers: { readonly [type: string]: (part: JsonObject) => Block } = {
  input_text: readText,
  output_text: readText,
  text: readText,
  input_image: readImage,
  input_file: readFile,
  refusal: (part) => ({ type: "refusal", text: asString(part["refusal"]) ?? "" }),
};

function readPart(part: JsonObject): Block {
  const type = asString(part["type"]) ?? "";
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  return read ? read(part) : { type: "opaque", dialect: "openai-responses", raw: part };
}

/** Content of a message or output of a call: text, or a list of parts. */
export function readContent(content: JsonValue | undefined): Block[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return objectsOf(content).map(readPart);
}
