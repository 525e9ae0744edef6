// The size of a body as its tokens see it: a picture is about a thousand of them, however many bytes it has.
import type { PromptSize } from "./estimate.ts";

/** What stands in front of base64 in the four dialects: data URLs, and `data` fields (Messages, Gemini, input_audio). */
const inUrl = Buffer.from(";base64,");
const field = Buffer.from('"data":');
const openings: readonly Buffer[] = [inUrl, field];
const quote = 0x22;
const space = 0x20;
/** A thousand tokens, as many as a picture of usual size has at most makers. */
const bytesOfMedium = 4096;
/** Shorter values are words. */
const mediaBytesMin = 1024;

/** Searches only: nothing is parsed. Each value is passed over at once, so that a body is read once per opening. */
export function promptSize(body: Uint8Array): PromptSize {
  const size = { bytes: body.length, hasMedia: false };
  // No room for a medium and what stands in front of it.
  if (body.length < mediaBytesMin + field.length) return size;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (const opening of openings) {
    let at = bytes.indexOf(opening);
    while (at >= 0) {
      const start = opening === field ? valueStart(bytes, at + opening.length) : at + opening.length;
      const end = start < 0 ? at + opening.length : bytes.indexOf(quote, start);
      if (end < 0) break;
      const isMedium = start >= 0 && end - start >= mediaBytesMin;
      // A data URL in a field called `data` would be counted twice.
      if (isMedium && !(opening === field && bytes.subarray(start, start + urlStart.length).equals(urlStart))) {
        size.hasMedia = true;
        size.bytes += bytesOfMedium - (end - start);
      }
      at = bytes.indexOf(opening, end);
    }
  }
  return size;
}

/** After the quote that opens the value of a field, with or without a space in front of it; -1 where the value is no text. */
function valueStart(bytes: Buffer, from: number): number {
  const at = bytes[from] === space ? from + 1 : from;
  return bytes[at] === quote ? at + 1 : -1;
}

const urlStart = Buffer.from("data:");
