// The parts of a reply that are not plain text: content chunks, citations, images, sound.
import type { AudioBlock, Citation, ImageBlock } from "../../core/chat.ts";
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { parseDataUrl } from "../../core/media.ts";
import { defined, objectsOf } from "./fields.ts";

/** A content chunk as Mistral streams them (translation.md D1, row Mistral, read 2026-11; S62). */
export type ContentPiece =
  | { kind: "text" | "reasoning" | "refusal"; text: string }
  | { kind: "citation"; raw: JsonObject }
  | { kind: "image"; block: ImageBlock }
  | { kind: "opaque"; raw: JsonObject };

function joinedText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return objectsOf(value)
    .map((chunk) => asString(chunk["text"]) ?? "")
    .join("");
}

const pieceOfType: { readonly [type: string]: (chunk: JsonObject) => ContentPiece } = {
  text: (chunk) => ({ kind: "text", text: joinedText(chunk["text"]) }),
  output_text: (chunk) => ({ kind: "text", text: joinedText(chunk["text"]) }),
  thinking: (chunk) => ({ kind: "reasoning", text: joinedText(chunk["thinking"]) }),
  refusal: (chunk) => ({ kind: "refusal", text: joinedText(chunk["refusal"]) }),
  reference: (chunk) => ({ kind: "citation", raw: chunk }),
  image_url: (chunk) => {
    const block = readImage(chunk);
    return block ? { kind: "image", block } : { kind: "opaque", raw: chunk };
  },
};

export function readContentPieces(content: readonly JsonValue[]): ContentPiece[] {
  return content.flatMap((value): ContentPiece[] => {
    if (typeof value === "string") return [{ kind: "text", text: value }];
    const chunk = asObject(value);
    if (!chunk) return [];
    const type = asString(chunk["type"]) ?? "";
    const read = Object.hasOwn(pieceOfType, type) ? pieceOfType[type] : undefined;
    return [read ? read(chunk) : { kind: "opaque", raw: chunk }];
  });
}

/**
 * An annotation, nested as OpenAI writes it or flat as some hosts do. Offsets on the wire count from the start of the
 * message; `blockStart` is where the cited block begins there.
 */
export function readCitation(raw: JsonObject, blockStart: number): Citation {
  const node = asObject(raw["url_citation"]) ?? raw;
  const url = asString(node["url"]);
  const start = asNumber(node["start_index"]);
  const end = asNumber(node["end_index"]);
  return defined<Citation>({
    kind: url === undefined ? "document" : "url",
    url,
    title: asString(node["title"]),
    // OpenRouter adds the cited passage as `content`.
    citedText: asString(node["content"]),
    startIndex: start === undefined ? undefined : Math.max(0, start - blockStart),
    endIndex: end === undefined ? undefined : Math.max(0, end - blockStart),
    raw,
  });
}

/** An entry of `message.images` (OpenRouter's image output), in the shape of an `image_url` part. */
export function readImage(entry: JsonObject): ImageBlock | undefined {
  const node = entry["image_url"];
  const url = asString(node) ?? asString(asObject(node)?.["url"]);
  if (!url) return undefined;
  const inline = parseDataUrl(url);
  return { type: "image", source: inline ? { kind: "base64", ...inline } : { kind: "url", url } };
}

/** First bytes of the formats that a reply's sound may have, in base64. Raw samples have no such mark. */
const soundMarks: readonly (readonly [string, string])[] = [
  ["UklGR", "audio/wav"],
  ["SUQz", "audio/mpeg"],
  ["//", "audio/mpeg"],
  ["T2dnUw", "audio/ogg"],
  ["ZkxhQw", "audio/flac"],
];

/** Collects `audio`, which streams in pieces: an id, then transcript and base64 data, then an expiry. */
export class AudioPieces {
  #id: string | undefined;
  #transcript = "";
  #expiresAt: number | undefined;
  readonly #chunks: string[] = [];
  #seen = false;

  read(audio: JsonObject): void {
    this.#seen = true;
    this.#id = asString(audio["id"]) ?? this.#id;
    this.#transcript += asString(audio["transcript"]) ?? "";
    this.#expiresAt = asNumber(audio["expires_at"]) ?? this.#expiresAt;
    const data = asString(audio["data"]);
    if (data) this.#chunks.push(data);
  }

  block(): AudioBlock | undefined {
    if (!this.#seen) return undefined;
    const data = joinBase64(this.#chunks);
    const mediaType = soundMarks.find(([mark]) => data.startsWith(mark))?.[1] ?? "audio/pcm";
    return defined<AudioBlock>({
      type: "audio",
      source: { kind: "base64", mediaType, data },
      id: this.#id,
      transcript: this.#transcript === "" ? undefined : this.#transcript,
      extra: this.#expiresAt === undefined ? undefined : { "openai-chat": { expires_at: this.#expiresAt } },
    });
  }
}

/** Each chunk is base64 of its own: padding in the middle makes plain concatenation unreadable. */
function joinBase64(chunks: readonly string[]): string {
  if (chunks.slice(0, -1).every((chunk) => chunk.length % 4 === 0 && !chunk.endsWith("="))) return chunks.join("");
  return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, "base64"))).toString("base64");
}

/** Log probabilities of a choice, when it holds any. */
export function readLogprobs(choice: JsonObject): JsonObject | undefined {
  const logprobs = asObject(choice["logprobs"]);
  if (!logprobs) return undefined;
  return Object.values(logprobs).some((list) => (asArray(list)?.length ?? 0) > 0) ? logprobs : undefined;
}
