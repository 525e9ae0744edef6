// Reads a large JSON object without making its long texts into strings: most of them only have to be well-formed. What this
// takes, JSON.parse takes; anything else is left to JSON.parse, which says what is wrong with it.
import { isUtf8 } from "node:buffer";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { depthMax, type Member } from "./json-bytes.ts";
import { type JsonStrings, jsonStrings, textBytesMax } from "./json-strings.ts";

/** Below this, JSON.parse is as fast. */
const outlinedBytesMin = 16 * 1024;
/** Texts of more bytes than these are long. */
const shortBytesMax = 512;
/** Stands in an outline for a long text, with a number, so that no two are equal, and how it begins: `(long text 3) data:image`. */
const markStart = "(long text ";
const markEnd = ") ";
/** Of a long text so many characters are kept: what the gateway marks in conversations is known by its first ones. */
const keptLength = 40;

/** After so many bytes it is judged whether enough of them can be left out. */
const trialBytes = 16 * 1024;
const longShareMin = 0.25;

/** A large object, read as far as it is asked about. */
export type OutlinedObject = {
  /** The whole; members with long texts are parsed when they are read. */
  json: JsonObject;
  /** The same with a mark in place of each text of more than 512 bytes: for what asks for types, short values and beginnings. */
  outline: JsonObject;
  /** Its members, in order, keys with their escapes decoded. */
  top: Member[];
  /** Where the long texts start and end, by turns. */
  longTexts: readonly number[];
};

/** undefined for small or huge texts, for those with few long texts, and for all that is no JSON object, nests too deep, or is no UTF-8. */
export function outlineOf(bytes: Uint8Array): OutlinedObject | undefined {
  if (bytes.length < outlinedBytesMin || bytes.length > textBytesMax) return undefined;
  const strings = jsonStrings();
  if (!strings || !isUtf8(bytes) || !strings.load(bytes)) return undefined;
  const scan = new Scan(strings);
  if (!scan.run()) return undefined;
  const outline = JSON.parse(scan.shortened()) as JsonObject;
  // A key that stands twice is the business of whoever counts the members.
  const json = { ...outline };
  for (const member of scan.longMembers) parsedWhenRead(json, member, bytes);
  return { json, outline, top: scan.top, longTexts: scan.longTexts };
}

/** How a text begins that may be from an outline. */
export function beginningOf(text: string): string {
  return text.startsWith(markStart) ? text.slice(text.indexOf(markEnd) + markEnd.length) : text;
}

function parsedWhenRead(json: JsonObject, { key, valueStart, valueEnd }: Member, bytes: Uint8Array): void {
  const settle = (value: JsonValue) =>
    Object.defineProperty(json, key, { value, writable: true, enumerable: true, configurable: true });
  Object.defineProperty(json, key, {
    get() {
      const value = JSON.parse(utf8.decode(bytes.subarray(valueStart, valueEnd))) as JsonValue;
      settle(value);
      return value;
    },
    set: settle,
    enumerable: true,
    configurable: true,
  });
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const space = 0x20;
const letterU = 0x75;
const literals: readonly Uint8Array[] = ["true", "false", "null"].map((word) => Buffer.from(word));
/** `\uXXXX`, the longest that a character is written. */
const characterBytesMax = 6;

/** One pass over the text of an object. Methods return where what they have read ends; -1 where it is no JSON. */
class Scan {
  readonly top: Member[] = [];
  /** Members of `top` with long texts in them. */
  readonly longMembers: Member[] = [];
  /** Start and end, by turns, of each long text. */
  readonly longTexts: number[] = [];
  readonly #strings: JsonStrings;
  readonly #bytes: Uint8Array;
  /** The beginning of a long text on its way to its mark. */
  readonly #kept = new Uint8Array(keptLength * characterBytesMax);
  /** Of all long texts so far. */
  #longBytes = 0;
  #isTried = false;

  constructor(strings: JsonStrings) {
    this.#strings = strings;
    this.#bytes = strings.bytes;
  }

  /** Is this an object with long texts? */
  run(): boolean {
    const from = this.#afterBlanks(0);
    if (this.#bytes[from] !== openBrace) return false;
    const end = this.#topObject(from);
    return end > 0 && this.#afterBlanks(end) === this.#bytes.length && this.longMembers.length > 0;
  }

  /** The text with marks in place of the long ones. Uses up the bytes. */
  shortened(): string {
    const bytes = this.#bytes;
    const long = this.longTexts;
    let to = 0;
    let from = 0;
    for (let index = 0; index < long.length; index += 2) {
      const start = long[index] as number;
      bytes.copyWithin(to, from, start);
      to = this.#mark(start, to + start - from, index / 2);
      from = long[index + 1] as number;
    }
    bytes.copyWithin(to, from);
    return utf8.decode(bytes.subarray(0, to + bytes.length - from));
  }

  /** Writes to `at` what stands for the long text at `start`. Where that ends: a long text has more bytes. */
  #mark(start: number, at: number, number: number): number {
    const bytes = this.#bytes;
    const kept = this.#kept;
    const keptBytes = this.#keptEnd(start) - start;
    // Taken out first, since the mark may be written over it. Byte by byte: for so few a native call costs more.
    for (let index = 0; index < keptBytes; index++) kept[index] = bytes[start + index] as number;
    const mark = `${markStart}${number}${markEnd}`;
    let to = at;
    for (let index = 0; index < mark.length; index++) bytes[to++] = mark.charCodeAt(index);
    for (let index = 0; index < keptBytes; index++) bytes[to++] = kept[index] as number;
    return to;
  }

  /** Behind a whole character, and a whole escape. */
  #keptEnd(start: number): number {
    const bytes = this.#bytes;
    let index = start;
    for (let count = 0; count < keptLength; count++) {
      if (bytes[index] === backslash) index += bytes[index + 1] === letterU ? 6 : 2;
      else index++;
      while (((bytes[index] as number) & 0xc0) === 0x80) index++;
    }
    return index;
  }

  #topObject(from: number): number {
    const bytes = this.#bytes;
    let index = this.#afterBlanks(from + 1);
    if (bytes[index] === closeBrace) return index + 1;
    for (;;) {
      const valueStart = this.#key(index);
      if (valueStart < 0) return -1;
      const longBefore = this.longTexts.length;
      const valueEnd = this.#value(valueStart);
      if (valueEnd < 0) return -1;
      const member = { key: this.#keyAt(index), start: index, valueStart, valueEnd };
      this.top.push(member);
      if (this.longTexts.length > longBefore) this.longMembers.push(member);
      index = this.#afterBlanks(valueEnd);
      if (bytes[index] === closeBrace) return index + 1;
      if (bytes[index] !== comma) return -1;
      index = this.#afterBlanks(index + 1);
    }
  }

  #keyAt(start: number): string {
    const end = this.#strings.closingQuote(start + 1);
    const inside = utf8.decode(this.#bytes.subarray(start + 1, end));
    return inside.includes("\\") ? (JSON.parse(`"${inside}"`) as string) : inside;
  }

  /** A value of the top-level object. A list of what is open, not recursion: this is what bounds the depth. */
  #value(from: number): number {
    const bytes = this.#bytes;
    const closers: number[] = [];
    let index = from;
    for (;;) {
      const byte = bytes[index];
      if (byte === openBrace || byte === openBracket) {
        if (closers.length + 2 > depthMax) return -1;
        const closer = byte === openBrace ? closeBrace : closeBracket;
        index = this.#afterBlanks(index + 1);
        if (bytes[index] !== closer) {
          closers.push(closer);
          if (closer === closeBrace) index = this.#key(index);
          if (index < 0) return -1;
          continue;
        }
        index++;
      } else {
        index = byte === quote ? this.#text(index) : this.#scalar(index);
        if (index < 0) return -1;
      }
      index = this.#afterValue(index, closers);
      if (index < 0 || closers.length === 0) return index;
    }
  }

  /** Closes what ends behind a value; where something stays open, the start of its next value. */
  #afterValue(from: number, closers: number[]): number {
    const bytes = this.#bytes;
    let index = from;
    while (closers.length > 0) {
      const closer = closers[closers.length - 1];
      index = this.#afterBlanks(index);
      if (bytes[index] === closer) {
        closers.pop();
        index++;
        continue;
      }
      if (bytes[index] !== comma) return -1;
      index = this.#afterBlanks(index + 1);
      return closer === closeBrace ? this.#key(index) : index;
    }
    return index;
  }

  /** A key and its colon: where its value starts. */
  #key(from: number): number {
    if (this.#bytes[from] !== quote) return -1;
    const end = this.#strings.closingQuote(from + 1);
    if (end < 0) return -1;
    const index = this.#afterBlanks(end + 1);
    return this.#bytes[index] === colon ? this.#afterBlanks(index + 1) : -1;
  }

  #text(from: number): number {
    const start = from + 1;
    const end = this.#strings.closingQuote(start);
    if (end < 0) return -1;
    if (end - start > shortBytesMax) {
      this.longTexts.push(start, end);
      this.#longBytes += end - start;
    }
    if (!this.#isTried && end > trialBytes) {
      this.#isTried = true;
      if (this.#longBytes < end * longShareMin) return -1;
    }
    return end + 1;
  }

  #scalar(from: number): number {
    for (const literal of literals) {
      if (this.#bytes[from] !== literal[0]) continue;
      for (let index = 1; index < literal.length; index++) if (this.#bytes[from + index] !== literal[index]) return -1;
      return from + literal.length;
    }
    return this.#number(from);
  }

  /** RFC 8259 6. */
  #number(from: number): number {
    const bytes = this.#bytes;
    const start = bytes[from] === minus ? from + 1 : from;
    let index = bytes[start] === zero ? start + 1 : this.#digits(start);
    if (index > 0 && bytes[index] === point) index = this.#digits(index + 1);
    if (index > 0 && (bytes[index] === 0x65 || bytes[index] === 0x45)) {
      const isSigned = bytes[index + 1] === minus || bytes[index + 1] === 0x2b;
      index = this.#digits(index + (isSigned ? 2 : 1));
    }
    return index;
  }

  /** At least one. */
  #digits(from: number): number {
    const bytes = this.#bytes;
    let index = from;
    while ((bytes[index] as number) >= zero && (bytes[index] as number) <= nine) index++;
    return index > from ? index : -1;
  }

  #afterBlanks(from: number): number {
    const bytes = this.#bytes;
    let index = from;
    for (;;) {
      const byte = bytes[index];
      if (byte === undefined || byte > space) return index;
      if (byte !== space && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return index;
      index++;
    }
  }
}
