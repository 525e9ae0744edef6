// The size of a body as its tokens see it: a picture is about a thousand of them, however many bytes it has.
import type { PromptSize } from "./estimate.ts";

const inUrl = Buffer.from(";base64,");
const urlStart = Buffer.from("data:");
/** A data URL's type and parameters are shorter. */
const urlHeadMax = 256;
/** The fields of base64 in Messages, Gemini and `input_audio`. */
const field = Buffer.from('"data":');
const quote = 0x22;
const space = 0x20;
/** A thousand tokens, as many as a picture of usual size has at most makers. */
const bytesOfMedium = 4096;
/** Shorter values are words. */
const mediaBytesMin = 1024;

/**
 * Searches only: nothing is parsed. Media are texts that are data URLs, or values of `data`.
 * @param longTexts where the body's texts of 1 KiB and more start and end, by turns, if that is known: then nothing else is searched
 */
export function promptSize(body: Uint8Array, longTexts?: readonly number[]): PromptSize {
  const size = { bytes: body.length, hasMedia: false };
  // No room for a medium and what stands in front of it.
  if (body.length < mediaBytesMin + field.length) return size;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (const [start, end] of longTexts ? pairsOf(longTexts) : mediaCandidates(bytes)) {
    const from = mediumStart(bytes, start, end);
    if (from < 0 || end - from < mediaBytesMin) continue;
    size.hasMedia = true;
    size.bytes += bytesOfMedium - (end - from);
  }
  return size;
}

/** Where the base64 of this text starts; -1 where it is none. */
function mediumStart(bytes: Buffer, start: number, end: number): number {
  if (startsWith(bytes, urlStart, start)) {
    const at = bytes.subarray(start, Math.min(end, start + urlHeadMax)).indexOf(inUrl);
    return at < 0 ? -1 : start + at + inUrl.length;
  }
  const beforeQuote = bytes[start - 2] === space ? start - 2 : start - 1;
  return startsWith(bytes, field, beforeQuote - field.length) ? start : -1;
}

function startsWith(bytes: Buffer, wanted: Buffer, from: number): boolean {
  // Most differ in the first byte, which costs no view of them.
  return from >= 0 && bytes[from] === wanted[0] && bytes.subarray(from, from + wanted.length).equals(wanted);
}

function* pairsOf(longTexts: readonly number[]): Generator<[number, number]> {
  for (let index = 0; index < longTexts.length; index += 2) {
    yield [longTexts[index] as number, longTexts[index + 1] as number];
  }
}

/** Texts that may be media. Each is passed over at once, so that a body is read once for each of the two. */
function* mediaCandidates(bytes: Buffer): Generator<[number, number]> {
  for (let at = bytes.indexOf(inUrl); at >= 0; ) {
    const start = bytes.lastIndexOf(quote, at) + 1;
    const end = bytes.indexOf(quote, at);
    if (end < 0) break;
    if (startsWith(bytes, urlStart, start)) yield [start, end];
    at = bytes.indexOf(inUrl, end);
  }
  for (let at = bytes.indexOf(field); at >= 0; ) {
    const start = valueStart(bytes, at + field.length);
    const end = start < 0 ? at + field.length : bytes.indexOf(quote, start);
    if (end < 0) break;
    // A data URL in a field called `data` would be counted twice.
    if (start >= 0 && !startsWith(bytes, urlStart, start)) yield [start, end];
    at = bytes.indexOf(field, end);
  }
}

/** After the quote that opens the value of a field, with or without a space in front of it; -1 where the value is no text. */
function valueStart(bytes: Buffer, from: number): number {
  const at = bytes[from] === space ? from + 1 : from;
  return bytes[at] === quote ? at + 1 : -1;
}
