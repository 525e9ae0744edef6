// AWS event stream messages, read from bytes into frames (smithy.io "Amazon Event Stream": prelude, headers, payload, CRCs).
import { crc32 } from "node:zlib";
import { GatewayError } from "../../core/errors.ts";
import type { Frame } from "../dialect.ts";
import { FrameTooLargeError, frameBytesMax } from "./sse.ts";

/** Total length, length of the headers, CRC of these two: four bytes each, big endian. */
const preludeBytes = 12;
const crcBytes = 4;

/** Length of a header's value by its type; undefined where two bytes of length stand before it. */
const valueBytes: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const stringType = 7;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Turns bytes into frames, whatever the chunking (S52): `event` is the message's event type or the type of its exception,
 * `data` its payload. Throws GatewayError on a wrong checksum or length, FrameTooLargeError, TypeError on invalid UTF-8.
 */
export class AwsEventStreamDecoder {
  /** Bytes of a message that is not whole yet; joined once, so that one-byte chunks stay linear. */
  #chunks: Uint8Array[] = [];
  #length = 0;
  #needed = preludeBytes;
  readonly #emit: (frame: Frame) => void;

  constructor(emit: (frame: Frame) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return;
    let rest = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks);
    for (;;) {
      this.#needed = rest.length < preludeBytes ? preludeBytes : messageBytes(rest);
      if (rest.length < this.#needed) break;
      this.#emit(readMessage(rest.subarray(0, this.#needed)));
      rest = rest.subarray(this.#needed);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  /** The body has ended. A message that is not whole says nothing: its checksum is missing. */
  end(): void {
    this.#chunks = [];
    this.#length = 0;
    this.#needed = preludeBytes;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(what: string): GatewayError {
  return new GatewayError("upstream_malformed", `the provider sent an event-stream message with ${what}`);
}

/** The length of the message that begins here, from its checked prelude. */
function messageBytes(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) throw broken("a wrong prelude checksum");
  const total = view.getUint32(0);
  if (total > frameBytesMax) throw new FrameTooLargeError();
  if (total < preludeBytes + view.getUint32(4) + crcBytes) throw broken("an impossible length");
  return total;
}

function readMessage(message: Uint8Array): Frame {
  const view = viewOf(message);
  const end = message.length - crcBytes;
  if (crc32(message.subarray(0, end)) !== view.getUint32(end)) throw broken("a wrong checksum");
  const headersEnd = preludeBytes + view.getUint32(4);
  const headers = readHeaders(message.subarray(preludeBytes, headersEnd));
  const data = utf8.decode(message.subarray(headersEnd, end));
  switch (headers.get(":message-type")) {
    case "exception":
      return { event: headers.get(":exception-type") ?? "exception", data };
    case "error":
      // An error that the service did not model has its words in the headers and no payload.
      return {
        event: headers.get(":error-code") ?? "error",
        data: data === "" ? JSON.stringify({ message: headers.get(":error-message") ?? "" }) : data,
      };
    default:
      return { event: headers.get(":event-type") ?? "", data };
  }
}

/** The headers that are strings; others are stepped over. */
function readHeaders(bytes: Uint8Array): Map<string, string> {
  const view = viewOf(bytes);
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
