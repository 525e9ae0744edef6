// Server-sent events, read from bytes: a text decoder for readers, and a cutter that finds frame ends without decoding.
// Rules: WHATWG HTML "Server-sent events" (line ends CR, LF, CRLF; one space after the colon; BOM; comments).
import type { Frame } from "../dialect.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const closeBrace = 0x7d;

/** An event that is still incomplete at this size is an attack or a fault, not a frame. Above any real signature. */
export const frameBytesMax = 64 * 1024 * 1024;

export class FrameTooLargeError extends Error {}

const streaming = { stream: true };

/** Turns bytes into frames, whatever the chunking. Throws on invalid UTF-8 (TypeError) and on FrameTooLargeError. */
export class SseDecoder {
  // Fatal, since a replacement character would change the provider's text without a word.
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  /** Pieces of a line whose end has not come; joined once, so that one-byte chunks stay linear. */
  #pieces: string[] = [];
  #piecesLength = 0;
  #event = "";
  #data: string | undefined;
  #afterCarriageReturn = false;
  readonly #emit: (frame: Frame) => void;

  constructor(emit: (frame: Frame) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, streaming);
    if (text === "") return;
    const start = this.#isBetweenFrames() ? this.#takePlain(text) : 0;
    if (start < text.length) this.#take(start === 0 ? text : text.slice(start));
  }

  /** The body has ended. A last block without its blank line counts when its data is complete JSON or "[DONE]". */
  end(): void {
    const tail = this.#decoder.decode();
    if (tail !== "") this.#take(tail);
    if (this.#pieces.length > 0) this.#line(this.#join(""));
    if (this.#data !== undefined && isCompleteData(this.#data)) this.#dispatch();
  }

  #isBetweenFrames(): boolean {
    return this.#data === undefined && this.#pieces.length === 0 && this.#event === "" && !this.#afterCarriageReturn;
  }

  /**
   * The form that nearly all frames have: at most one event line, one data line, a blank line, with LF or CR LF. Takes
   * frames as long as they are whole and of this form, and returns where the rest begins.
   */
  #takePlain(text: string): number {
    let carriage = text.indexOf("\r");
    let start = 0;
    for (;;) {
      let event = "";
      let at = start;
      let feed = -1;
      if (text.startsWith("event: ", at)) {
        feed = text.indexOf("\n", at);
        if (feed < 0) return start;
        event = text.slice(at + 7, text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed);
        at = feed + 1;
      }
      if (!text.startsWith("data: ", at)) return start;
      feed = text.indexOf("\n", at);
      if (feed < 0) return start;
      const end = text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed;
      let next = feed + 1;
      if (text.charCodeAt(next) === carriageReturn) next++;
      // Further lines of data, a line without any, or a lone CR, which ends a line too.
      if (text.charCodeAt(next) !== lineFeed || end === at + 6 || end - at > frameBytesMax) return start;
      while (carriage >= 0 && carriage < end) {
        if (carriage >= at || text.charCodeAt(carriage + 1) !== lineFeed) return start;
        carriage = text.indexOf("\r", carriage + 1);
      }
      this.#emit({ event, data: text.slice(at + 6, end) });
      start = next + 1;
      if (start === text.length) return start;
    }
  }

  #take(text: string): void {
    let start = 0;
    if (this.#afterCarriageReturn) {
      this.#afterCarriageReturn = false;
      if (text.charCodeAt(0) === lineFeed) start = 1;
    }
    // Each kind of line end is searched for anew only once passed: with one kind alone, or one far away, every line
    // would otherwise search the whole chunk.
    let feed = text.indexOf("\n", start);
    let carriage = text.indexOf("\r", start);
    for (;;) {
      if (feed >= 0 && feed < start) feed = text.indexOf("\n", start);
      if (carriage >= 0 && carriage < start) carriage = text.indexOf("\r", start);
      if (feed < 0 && carriage < 0) break;
      let end = feed;
      let next = feed + 1;
      if (carriage >= 0 && (feed < 0 || carriage < feed)) {
        end = carriage;
        next = carriage + 1;
        if (next === text.length) this.#afterCarriageReturn = true;
        else if (feed === next) next++;
      }
      const line = text.slice(start, end);
      this.#line(this.#pieces.length === 0 ? line : this.#join(line));
      start = next;
    }
    if (start < text.length) this.#keep(start === 0 ? text : text.slice(start));
  }

  #keep(piece: string): void {
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
    if (this.#piecesLength + (this.#data?.length ?? 0) > frameBytesMax) throw new FrameTooLargeError();
  }

  #join(last: string): string {
    this.#pieces.push(last);
    const line = this.#pieces.join("");
    this.#pieces = [];
    this.#piecesLength = 0;
    return line;
  }

  #line(line: string): void {
    if (line === "") {
      this.#dispatch();
      return;
    }
    if (line.startsWith("data:")) {
      const value = line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
      if (this.#data.length > frameBytesMax) throw new FrameTooLargeError();
      return;
    }
    if (line.startsWith("event:")) this.#event = line.slice(line.charCodeAt(6) === 0x20 ? 7 : 6);
    else if (line === "event") this.#event = "";
    else if (line === "data") this.#data = this.#data === undefined ? "" : `${this.#data}\n`;
    // Comments, id, retry and unknown fields say nothing about the reply.
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = "";
    // An event without data must not be dispatched (and some hosts send such as keep-alive).
    if (data !== undefined && data !== "") this.#emit({ event, data });
  }
}

function isCompleteData(data: string): boolean {
  if (data.trimStart().startsWith("[DONE]")) return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The one frame in these bytes, whether or not its blank line is there; undefined when it has no data. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  return readPlainFrame(utf8.decode(bytes)) ?? readAnyFrame(bytes);
}

/** Can these bytes, the last of a body, be read as one frame, or were they cut within it? */
export function isWholeFrame(bytes: Uint8Array): boolean {
  try {
    const frame = readFrame(bytes);
    return frame !== undefined && isCompleteData(frame.data);
  } catch {
    // Cut within a character.
    return false;
  }
}

/** One data line and nothing else, ended by LF or CR LF: the form that nearly all frames of the as-is relay have. */
function readPlainFrame(text: string): Frame | undefined {
  const feed = text.indexOf("\n");
  if (feed < 0 || !text.startsWith("data:")) return undefined;
  const end = text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed;
  // A lone CR ends a line too.
  const carriage = text.indexOf("\r");
  if ((carriage >= 0 && carriage < end) || !blankLines.has(text.slice(feed + 1))) return undefined;
  const data = text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5, end);
  return data === "" ? undefined : { event: "", data };
}

const blankLines: ReadonlySet<string> = new Set(["", "\n", "\r\n"]);

function readAnyFrame(bytes: Uint8Array): Frame | undefined {
  let found: Frame | undefined;
  const decoder = new SseDecoder((frame) => {
    found ??= frame;
  });
  decoder.push(bytes);
  decoder.end();
  return found;
}

const find = Buffer.prototype.indexOf as (this: Uint8Array, wanted: Uint8Array, from?: number) => number;
const blankLine = Buffer.from("\n\n");

/** Index after the first blank line at or after `from`, in bytes whose lines end in LF; their length when there is none. */
export function boundaryAfter(bytes: Uint8Array, from: number): number {
  const end = find.call(bytes, blankLine, from);
  return end < 0 ? bytes.length : end + 2;
}

/** The first carriage return at or after `from`, -1 when there is none: what `frameEnd` need not search for again. */
export function firstCarriage(bytes: Uint8Array, from: number): number {
  return bytes.indexOf(carriageReturn, from);
}

/** Index after the first frame at or after `from`, blank line included; the length of the bytes when it has none. */
export function frameEnd(bytes: Uint8Array, from: number, carriage = firstCarriage(bytes, from)): number {
  const end = find.call(bytes, blankLine, from);
  const plain = end > from && (carriage < 0 || carriage > end) && bytes[from] !== lineFeed;
  return plain ? end + 2 : (firstBoundary(bytes, from) ?? bytes.length);
}

/** Index after the blank line that ends the first frame at or after `from`. */
function firstBoundary(bytes: Uint8Array, from: number): number | undefined {
  let lineStart = from;
  // Blank lines before a frame belong to it: they dispatch nothing.
  let seen = false;
  let index = from;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte !== lineFeed && byte !== carriageReturn) {
      index++;
      continue;
    }
    const next = byte === carriageReturn && bytes[index + 1] === lineFeed ? index + 2 : index + 1;
    if (index > lineStart) seen = true;
    else if (seen) return next;
    lineStart = next;
    index = next;
  }
  return undefined;
}

/** Do all of these frames end as JSON objects do? False for runs that hold "[DONE]", comments, or frames that are cut. */
export function endAsObjects(bytes: Uint8Array): boolean {
  if (lastByte(bytes) !== closeBrace) return false;
  let end = find.call(bytes, blankLine);
  while (end >= 0) {
    const before = bytes[end - 1];
    if (before !== closeBrace && before !== lineFeed) return false;
    end = find.call(bytes, blankLine, end + 2);
  }
  return true;
}

/** The last byte that is not part of the blank line. */
function lastByte(bytes: Uint8Array): number | undefined {
  let index = bytes.length - 1;
  while (bytes[index] === lineFeed || bytes[index] === carriageReturn) index--;
  return bytes[index];
}

/** Collects bytes until they end on a frame boundary. Copies only when a frame is spread over chunks. */
export class FrameCutter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** The last bytes of what is pending, enough to see a boundary that straddles two chunks. */
  #tail = 0;

  /** The bytes up to the last frame boundary, or undefined when none has come yet. Throws FrameTooLargeError. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const length = chunk.length;
    if (this.#pendingBytes === 0 && length > 1 && chunk[length - 1] === lineFeed && chunk[length - 2] === lineFeed) {
      return chunk;
    }
    const end = lastBoundary(chunk, this.#tail);
    if (end === undefined) {
      this.#keep(chunk);
      return undefined;
    }
    const head = chunk.subarray(0, end);
    const whole = this.#pendingBytes === 0 ? head : Buffer.concat([...this.#pending, head]);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#tail = 0;
    if (end < length) this.#keep(chunk.subarray(end));
    return whole;
  }

  /** What is left after the last boundary; empties the cutter. */
  rest(): Uint8Array | undefined {
    if (this.#pendingBytes === 0) return undefined;
    const rest = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#tail = 0;
    return rest;
  }

  #keep(chunk: Uint8Array): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes > frameBytesMax) throw new FrameTooLargeError();
    for (let index = Math.max(0, chunk.length - 3); index < chunk.length; index++) {
      this.#tail = ((this.#tail << 8) | (chunk[index] as number)) & 0xffffff;
    }
  }
}

const isLineEnd = (byte: number | undefined): boolean => byte === lineFeed || byte === carriageReturn;

/**
 * Index after the last blank line in `chunk`. `tail` holds the three bytes before it. CR LF counts as one line end, so
 * a blank line is two line ends in a row that are not merely the halves of one CR LF.
 */
function lastBoundary(chunk: Uint8Array, tail: number): number | undefined {
  const before = (index: number): number | undefined =>
    index >= 0 ? chunk[index] : index >= -3 ? (tail >> (8 * (-1 - index))) & 0xff : undefined;
  for (let index = chunk.length - 1; index >= 0; index--) {
    const byte = chunk[index];
    if (byte !== lineFeed && byte !== carriageReturn) continue;
    // A CR at the very end may be half of CR LF; the blank line is complete either way.
    const lineEndStart = byte === lineFeed && before(index - 1) === carriageReturn ? index - 1 : index;
    if (isLineEnd(before(lineEndStart - 1))) return index + 1;
    index = Math.min(index, lineEndStart);
  }
  return undefined;
}
