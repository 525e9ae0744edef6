// AWS event stream messages, read from bytes into frames (smithy.io "Amazon Event Stream": prelude, headers, payload, CRCs).
import { crc32 } from "node:zlib";
import { GatewayError } from "../../core/errors.ts";
import type { Frame } from "../dialect.ts";
import { FrameTooLargeError, frameBytesMax } from "./sse.ts";

/** Total length, length of the headers, CRC of these two: four bytes each, big endian. */
const preludeBytes = 12;
/** What the prelude's checksum covers. */
const checkedPreludeBytes = 8;
const crcBytes = 4;

/** Length of a header's value by its type; undefined where two bytes of length stand before it. */
const valueBytes: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const stringType = 7;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What the headers of a message say. */
type Head = { kind: "event" | "exception" | "error"; event: string; errorMessage: string };

/**
 * Turns bytes into frames, whatever the chunking (S52): `event` is the message's event type or the type of its exception,
 * `data` its payload. Throws GatewayError on a wrong checksum or length, FrameTooLargeError, TypeError on invalid UTF-8.
 */
export class AwsEventStreamDecoder {
  /** Bytes of a message that is not whole yet; joined once, so that one-byte chunks stay linear. */
  #chunks: Uint8Array[] = [];
  #length = 0;
  #needed = preludeBytes;
  /** The headers of the last message: those of all deltas are the same bytes. */
  #headBytes = new Uint8Array();
  #head: Head = { kind: "event", event: "", errorMessage: "" };
  readonly #emit: (frame: Frame) => void;

  constructor(emit: (frame: Frame) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return;
    const all = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks);
    let start = 0;
    for (;;) {
      const left = all.length - start;
      this.#needed = left < preludeBytes ? preludeBytes : messageBytes(all, start);
      if (left < this.#needed) break;
      const end = start + this.#needed;
      this.#emit(this.#read(all, start, end));
      start = end;
    }
    this.#length = all.length - start;
    this.#chunks = this.#length === 0 ? [] : [start === 0 ? all : all.subarray(start)];
  }

  /** The body has ended. A message that is not whole says nothing: its checksum is missing. */
  end(): void {
    this.#chunks = [];
    this.#length = 0;
    this.#needed = preludeBytes;
  }

  /** The message between two places, whose prelude has been checked. */
  #read(bytes: Uint8Array, start: number, end: number): Frame {
    const dataEnd = end - crcBytes;
    // The checksum goes on where the prelude's own, which stands behind what it covers, left off.
    const checked = crc32(bytes.subarray(start + checkedPreludeBytes, dataEnd), uint32(bytes, start + 8));
    if (checked !== uint32(bytes, dataEnd)) throw broken("a wrong checksum");
    const headersStart = start + preludeBytes;
    const dataStart = headersStart + uint32(bytes, start + 4);
    const { kind, event, errorMessage } = this.#headOf(bytes, headersStart, dataStart);
    const data = utf8.decode(bytes.subarray(dataStart, dataEnd));
    // An error that the service did not model has its words in the headers and no payload.
    return { event, data: kind === "error" && data === "" ? JSON.stringify({ message: errorMessage }) : data };
  }

  #headOf(bytes: Uint8Array, start: number, end: number): Head {
    const known = this.#headBytes;
    if (known.length === end - start && compare.call(bytes, known, 0, known.length, start, end) === 0)
      return this.#head;
    this.#head = readHead(bytes.subarray(start, end));
    // A copy: the chunk must not stay in memory for its sake.
    this.#headBytes = bytes.slice(start, end);
    return this.#head;
  }
}

type Compare = (
  this: Uint8Array,
  other: Uint8Array,
  from: number,
  to: number,
  ownFrom: number,
  ownTo: number,
) => number;
// Buffer's native comparison over Uint8Arrays that fetch hands out; a view per message would cost more.
const compare = Buffer.prototype.compare as unknown as Compare;

/** Big endian. */
function uint32(bytes: Uint8Array, at: number): number {
  const upper = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const lower = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return upper * 0x10000 + lower;
}

function broken(what: string): GatewayError {
  return new GatewayError("upstream_malformed", `the provider sent an event-stream message with ${what}`);
}

/** The length of the message that begins here, from its checked prelude. */
function messageBytes(bytes: Uint8Array, start: number): number {
  const checked = crc32(bytes.subarray(start, start + checkedPreludeBytes));
  if (checked !== uint32(bytes, start + checkedPreludeBytes)) throw broken("a wrong prelude checksum");
  const total = uint32(bytes, start);
  if (total > frameBytesMax) throw new FrameTooLargeError();
  if (total < preludeBytes + uint32(bytes, start + 4) + crcBytes) throw broken("an impossible length");
  return total;
}

function readHead(bytes: Uint8Array): Head {
  const headers = readHeaders(bytes);
  switch (headers.get(":message-type")) {
    case "exception":
      return { kind: "exception", event: headers.get(":exception-type") ?? "exception", errorMessage: "" };
    case "error":
      return {
        kind: "error",
        event: headers.get(":error-code") ?? "error",
        errorMessage: headers.get(":error-message") ?? "",
      };
    default:
      return { kind: "event", event: headers.get(":event-type") ?? "", errorMessage: "" };
  }
}

/** The headers that are strings; others are stepped over. */
function readHeaders(bytes: Uint8Array): Map<string, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, string>();
  let at = 0;
  try {
    while (at < bytes.length) {
      const nameEnd = at + 1 + view.getUint8(at);
      const name = utf8.decode(bytes.subarray(at + 1, nameEnd));
      const type = view.getUint8(nameEnd);
      if (type >= valueBytes.length) throw broken("a header of unknown type");
      const fixed = valueBytes[type];
      const start = nameEnd + (fixed === undefined ? 3 : 1);
      at = start + (fixed ?? view.getUint16(nameEnd + 1));
      if (at > bytes.length) throw broken("a header that runs over its end");
      if (type === stringType) found.set(name, utf8.decode(bytes.subarray(start, at)));
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw broken("a header that runs over its end");
    throw cause;
  }
  return found;
}
