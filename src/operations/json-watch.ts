// Watches a JSON reply that passes in pieces: whether it is whole, and what a few of its top-level members say. Nothing else
// of it is kept, however large it is.
import { type JsonObject, type JsonValue, parseJson } from "../core/json.ts";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A member that is longer is of no interest. */
const memberBytesMax = 64 * 1024;
const keyBytesMax = 256;

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export class JsonWatch {
  readonly members: JsonObject = {};
  readonly #wanted: ReadonlySet<string>;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Bytes of the key or of the wanted value that is being read. */
  #kept: number[] | undefined;
  #key: string | undefined;
  /** At depth 1: a key is expected, or a value. */
  #expectsKey = true;
  #begun = false;
  #isObject = true;
  #ended = false;

  constructor(wanted: readonly string[]) {
    this.#wanted = new Set(wanted);
  }

  /** One whole object, or one whole array, and nothing behind it. */
  get isWhole(): boolean {
    return this.#ended;
  }

  push(bytes: Uint8Array): void {
    let index = 0;
    while (index < bytes.length) {
      if (this.#inString) {
        index = this.#string(bytes, index);
      } else if (this.#depth > 1 && !this.#kept) {
        index = this.#inner(bytes, index);
      } else {
        this.#token(bytes[index] as number);
        index++;
      }
    }
  }

  /** Inside what is not wanted only the structure counts: vectors are long. */
  #inner(bytes: Uint8Array, from: number): number {
    let depth = this.#depth;
    let index = from;
    while (index < bytes.length && depth > 1) {
      const byte = bytes[index++] as number;
      if (byte === quote) {
        this.#inString = true;
        break;
      }
      if (byte === openBracket || byte === openBrace) depth++;
      else if (byte === closeBracket || byte === closeBrace) depth--;
    }
    this.#depth = depth;
    return index;
  }

  /** Index behind what has been read of the string. Long ones are searched natively. */
  #string(bytes: Uint8Array, from: number): number {
    let index = from;
    if (this.#escaped) {
      this.#escaped = false;
      this.#keep(bytes, index, index + 1);
      index++;
    }
    let end = bytes.indexOf(quote, index);
    for (;;) {
      const limit = end < 0 ? bytes.length : end;
      const slash = bytes.subarray(index, limit).indexOf(backslash);
      if (slash < 0) return this.#endPiece(bytes, index, end);
      const behind = index + slash + 2;
      this.#keep(bytes, index, Math.min(behind, bytes.length));
      if (behind > bytes.length) {
        this.#escaped = true;
        return bytes.length;
      }
      index = behind;
      if (end >= 0 && end < index) end = bytes.indexOf(quote, index);
    }
  }

  /** The rest of a string in this chunk, without escapes; `end` is its closing quote, or -1. */
  #endPiece(bytes: Uint8Array, from: number, end: number): number {
    const behind = end < 0 ? bytes.length : end + 1;
    this.#keep(bytes, from, behind);
    if (end < 0) return behind;
    this.#inString = false;
    if (this.#depth === 1 && this.#isObject && this.#expectsKey) this.#endKey();
    return behind;
  }

  #token(byte: number): void {
    if (isSpace(byte)) return;
    if (this.#ended || (!this.#begun && byte !== openBrace && byte !== openBracket)) {
      this.#ended = false;
      this.#depth = Number.POSITIVE_INFINITY;
      return;
    }
    if (!this.#begun) {
      this.#begun = true;
      this.#isObject = byte === openBrace;
    } else if (this.#depth === 1 && this.#isObject) {
      if (byte === comma || byte === closeBrace) this.#endValue();
      if (byte === quote && this.#expectsKey) this.#kept = [];
      if (byte === colon && !this.#expectsKey && this.#key !== undefined && !this.#kept) {
        if (this.#wanted.has(this.#key)) this.#kept = [];
        else this.#key = undefined;
        return;
      }
    }
    if (this.#kept) this.#keepByte(byte);
    if (byte === quote) this.#inString = true;
    else if (byte === openBrace || byte === openBracket) this.#depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth--;
      if (this.#depth === 0) this.#ended = true;
    }
  }

  #keepByte(byte: number): void {
    if ((this.#kept?.length ?? 0) < memberBytesMax) this.#kept?.push(byte);
    else this.#forget();
  }

  #forget(): void {
    this.#kept = undefined;
    this.#key = undefined;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const kept = this.#kept;
    if (!kept) return;
    if (kept.length + to - from > (this.#expectsKey ? keyBytesMax : memberBytesMax)) {
      this.#forget();
      return;
    }
    for (let index = from; index < to; index++) kept.push(bytes[index] as number);
  }

  #endKey(): void {
    this.#key = this.#kept ? (parsed(this.#kept) as string | undefined) : undefined;
    this.#kept = undefined;
    this.#expectsKey = false;
  }

  #endValue(): void {
    if (this.#key !== undefined && this.#kept) {
      const value = parsed(this.#kept);
      if (value !== undefined) this.members[this.#key] = value;
    }
    this.#kept = undefined;
    this.#key = undefined;
    this.#expectsKey = true;
  }
}

function parsed(bytes: readonly number[]): JsonValue | undefined {
  return parseJson(Buffer.from(bytes).toString("utf8"));
}
