// Reads HTTP/1.1 replies off one connection, just enough to check and count them, at next to no cost.
import { mark, stampBytes } from "./wire.ts";

const markByte = mark.charCodeAt(0);
const lineFeed = 10;
const blankLine = "\r\n\r\n";

type Framing = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "done" | "broken";

/**
 * Feed it every read; it says when the reply is whole. Marks are counted over the raw bytes of the body: chunk framing holds none.
 * A reply without a length or with trailers is `broken`, as is anything behind its end: no contender sends those.
 */
export class ReplyReader {
  status = 0;
  bodyBytes = 0;
  marks = 0;
  terminalSeen = false;
  /** Called with the stamp behind each mark, when it stands whole in one read. */
  onStamp: ((stampMs: number) => void) | undefined;
  #framing: Framing = "head";
  #head: Buffer | undefined;
  #left = 0;
  #size = 0;
  readonly #terminal: string | undefined;
  readonly #marksBeforeTerminal: number;

  constructor(terminal?: string, marksBeforeTerminal = 0) {
    this.#terminal = terminal;
    this.#marksBeforeTerminal = marksBeforeTerminal;
  }

  get done(): boolean {
    return this.#framing === "done";
  }

  get broken(): boolean {
    return this.#framing === "broken";
  }

  reset(): void {
    this.status = 0;
    this.bodyBytes = 0;
    this.marks = 0;
    this.terminalSeen = false;
    this.#framing = "head";
    this.#head = undefined;
    this.#size = 0;
  }

  /** True when the reply is whole or can no longer become so. */
  read(chunk: Buffer): boolean {
    const bytes = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    let at = 0;
    if (this.#framing === "head") {
      at = this.#readHead(bytes);
      if (at < 0) {
        // Sockets reuse their read buffer: what is kept must be copied.
        this.#head = Buffer.from(bytes);
        return false;
      }
      this.#head = undefined;
    }
    this.#countMarks(bytes, at);
    this.#readBody(bytes, at);
    return this.#framing === "done" || this.#framing === "broken";
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(blankLine);
    if (end < 0) return -1;
    const head = bytes.toString("latin1", 0, end);
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      this.#framing = length === "0" ? "done" : "length";
      this.#left = Number(length);
    } else {
      this.#framing = /\r\ntransfer-encoding: *chunked/i.test(head) ? "chunk-size" : "broken";
    }
    return end + blankLine.length;
  }

  #countMarks(bytes: Buffer, from: number): void {
    for (let at = bytes.indexOf(markByte, from); at >= 0; at = bytes.indexOf(markByte, at + 1)) {
      this.marks += 1;
      if (this.onStamp === undefined) continue;
      const stampMs = Number(bytes.toString("latin1", at + 1, at + 1 + stampBytes));
      if (stampMs > 0) this.onStamp(stampMs);
    }
    // Only the last frames can hold the terminal marker; the search is spared for all others.
    if (this.#terminal !== undefined && !this.terminalSeen && this.marks >= this.#marksBeforeTerminal) {
      this.terminalSeen = bytes.indexOf(this.#terminal, from) >= 0;
    }
  }

  #readBody(bytes: Buffer, from: number): void {
    let at = from;
    while (at < bytes.length) {
      if (this.#framing === "length" || this.#framing === "chunk") at = this.#skip(bytes, at);
      else if (this.#framing === "chunk-size") at = this.#readSize(bytes, at);
      else if (this.#framing === "chunk-end" || this.#framing === "trailer") at = this.#readLineEnd(bytes, at);
      else {
        this.#framing = "broken";
        return;
      }
    }
  }

  #skip(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at);
    this.bodyBytes += taken;
    this.#left -= taken;
    if (this.#left === 0) this.#framing = this.#framing === "length" ? "done" : "chunk-end";
    return at + taken;
  }

  #readSize(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at++] ?? 0;
      if (byte === lineFeed) {
        this.#framing = this.#size === 0 ? "trailer" : "chunk";
        this.#left = this.#size;
        this.#size = 0;
        return at;
      }
      if (byte !== 13) this.#size = this.#size * 16 + hexValue(byte);
      if (Number.isNaN(this.#size)) {
        this.#framing = "broken";
        return bytes.length;
      }
    }
    return at;
  }

  /** CR LF behind a chunk or, when there are no trailers, behind the last size line. */
  #readLineEnd(bytes: Buffer, at: number): number {
    const byte = bytes[at];
    if (byte === lineFeed) this.#framing = this.#framing === "trailer" ? "done" : "chunk-size";
    else if (byte !== 13) this.#framing = "broken";
    return at + 1;
  }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : Number.NaN;
}
