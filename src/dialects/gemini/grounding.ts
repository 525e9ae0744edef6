// Grounding metadata as citations. Google counts bytes of UTF-8, everybody else counts UTF-16 units (translation.md X40).
import type { Citation } from "../../core/chat.ts";
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** A citation and its place in the candidate's text, all text parts joined; -1 where the place is unknown. */
export type PlacedCitation = { start: number; end: number; citation: Citation };

export function readGrounding(metadata: JsonObject, text: string): PlacedCitation[] {
  const chunks = asArray(metadata["groundingChunks"]) ?? [];
  const supports = (asArray(metadata["groundingSupports"]) ?? []).filter(isObject);
  if (supports.length === 0) {
    return chunks.flatMap((chunk) => readSource(chunk) ?? []).map((citation) => ({ start: -1, end: -1, citation }));
  }
  const bytes = new TextEncoder().encode(text);
  return supports.flatMap((support) => {
    const place = readPlace(asObject(support["segment"]) ?? {}, text, bytes);
    return (asArray(support["groundingChunkIndices"]) ?? []).flatMap((index) => {
      const citation = readSource(chunks[asNumber(index) ?? -1]);
      return citation ? [{ ...place, citation }] : [];
    });
  });
}

function readSource(value: JsonValue | undefined): Citation | undefined {
  const chunk = asObject(value);
  const source = asObject(chunk?.["web"]) ?? asObject(chunk?.["maps"]) ?? asObject(chunk?.["retrievedContext"]);
  if (!chunk || !source) return undefined;
  const url = asString(source["uri"]);
  const title = asString(source["title"]);
  const citedText = asString(source["text"]);
  return {
    kind: url === undefined || chunk["retrievedContext"] !== undefined ? "document" : "url",
    ...(url !== undefined ? { url } : {}),
    ...(title !== undefined ? { title } : {}),
    ...(citedText !== undefined ? { citedText } : {}),
    raw: chunk,
  };
}

/**
 * The segment's words are trusted more than its numbers: in a stream, the numbers may count from the start of a part that
 * has been cut into many.
 */
function readPlace(segment: JsonObject, text: string, bytes: Uint8Array): { start: number; end: number } {
  const startByte = asNumber(segment["startIndex"]) ?? 0;
  const endByte = asNumber(segment["endIndex"]) ?? 0;
  const words = asString(segment["text"]);
  const start = unitsBefore(bytes, startByte);
  const end = unitsBefore(bytes, endByte);
  if (end > start && (words === undefined || text.slice(start, end) === words)) return { start, end };
  const found = words === undefined || words === "" ? -1 : text.indexOf(words);
  return found < 0 || words === undefined ? { start: -1, end: -1 } : { start: found, end: found + words.length };
}

/** UTF-16 units in the first bytes of UTF-8 text; -1 past its end. A lead byte of four-byte text makes two units. */
function unitsBefore(bytes: Uint8Array, count: number): number {
  if (count > bytes.length) return -1;
  let units = 0;
  for (let index = 0; index < count; index++) {
    const byte = bytes[index] as number;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
