// The size of a body as its tokens see it: a picture is about a thousand of them, however many bytes it has.
import type { PromptSize } from "./estimate.ts";

/** What stands in front of base64 in the four dialects: data URLs, and `data` fields (Messages, Gemini, input_audio). */
const openings: readonly Buffer[] = [";base64,", '"data":"', '"data": "'].map((text) => Buffer.from(text));
const quote = 0x22;
/** A thousand tokens, as many as a picture of usual size has at most makers. */
const bytesOfMedium = 4096;
/** Shorter values are words. */
const mediaBytesMin = 1024;

/** Searches only: nothing is parsed. Each value is passed over at once, so that a body is read once per opening. */
export function promptSize(body: Uint8Array): PromptSize {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let media = 0;
  let mediaBytes = 0;
  for (const opening of openings) {
    let at = bytes.indexOf(opening);
    while (at >= 0) {
      const start = at + opening.length;
      const end = bytes.indexOf(quote, start);
      if (end < 0) break;
      // A data URL in a field called `data` would be counted twice.
      const isUrl = opening === openings[0] || !bytes.subarray(start, start + 5).equals(urlStart);
      if (end - start >= mediaBytesMin && isUrl) {
        media++;
        mediaBytes += end - start;
      }
      at = bytes.indexOf(opening, end);
    }
  }
  return { bytes: bytes.length - mediaBytes + media * bytesOfMedium, hasMedia: media > 0 };
}

const urlStart = Buffer.from("data:");
