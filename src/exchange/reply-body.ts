// The body of an upstream's reply: read in chunks or whole, under a cap, with one way to stop it and one release.
import { GatewayError } from "../core/errors.ts";
import type { Deadlines } from "./timers.ts";
import { bodyError, type Lease } from "./upstream.ts";

/** A whole reply larger than this is refused, decoded size. */
export const replyBytesMax = 64 * 1024 * 1024;

/** More blanks than this in front of a reply are no stream. */
const blankBytesMax = 64 * 1024;

export type ReplyKind = "stream" | "json" | "html";

/** What the body needs of the call that it answers. */
export type Answered = {
  /** Why the call was stopped, if it was. */
  readonly failure: GatewayError | undefined;
  /** Closes the connection. */
  abort(): void;
};

type Open = {
  response: Response;
  lease: Lease;
  provider: string;
  attempt: Answered;
  /** Its "idle" deadline runs whenever the provider is waited for, and only then. */
  deadlines?: Deadlines;
  idleMs?: number;
  /** Takes the wrapping off events that come inside another framing. */
  unwrap?: { push(bytes: Uint8Array): Uint8Array };
};

type Chunk = { value?: Uint8Array | undefined; done: boolean };

export class ReplyBody {
  readonly response: Response;
  readonly #open: Open;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #ahead: Uint8Array | undefined;
  #released = false;
  readonly #idleMs: number;

  constructor(open: Open) {
    this.#open = open;
    this.#idleMs = open.idleMs ?? 0;
    this.response = open.response;
  }

  /** What the reply really is: the content type decides, then its first byte; never what was asked for. */
  kind(): ReplyKind | Promise<ReplyKind> {
    const type = this.response.headers.get("content-type") ?? "";
    if (type.startsWith("application/json") || type.includes("+json")) return "json";
    if (type.startsWith("text/event-stream") || type.startsWith("application/vnd.amazon.eventstream")) return "stream";
    if (type.startsWith("text/html")) return "html";
    return this.#sniff();
  }

  /** Some hosts send blanks to keep a connection alive before they say anything. */
  async #sniff(): Promise<ReplyKind> {
    const chunks: Uint8Array[] = [];
    let blankBytes = 0;
    let first: number | undefined;
    while (first === undefined && blankBytes < blankBytesMax) {
      const chunk = await this.read();
      if (chunk === undefined) break;
      chunks.push(chunk);
      blankBytes += chunk.length;
      first = chunk.find((byte) => byte > 0x20 && byte < 0x80);
    }
    if (chunks.length > 0) this.#ahead = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    if (first === undefined || first === 0x7b || first === 0x5b) return "json";
    return first === 0x3c ? "html" : "stream";
  }

  /** The next chunk, undefined at the end. Rejects with GatewayError: why it was stopped, or how it broke off. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#ahead) {
      const ahead = this.#ahead;
      this.#ahead = undefined;
      return Promise.resolve(ahead);
    }
    if (!this.#reader) {
      if (!this.response.body) return Promise.resolve(undefined);
      this.#reader = this.response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    }
    this.#open.deadlines?.set("idle", this.#idleMs);
    return (this.#reader.read() as Promise<Chunk>).then(this.#arrived, this.#brokenOff);
  }

  // Made once and not for each chunk.
  readonly #arrived = (chunk: Chunk): Uint8Array | undefined => {
    this.#open.deadlines?.clear("idle");
    if (!chunk.done) return this.#unwrapped(chunk.value as Uint8Array);
    this.release();
    return undefined;
  };

  readonly #brokenOff = (cause: unknown): never => {
    this.#open.deadlines?.clear("idle");
    this.release();
    throw this.#open.attempt.failure ?? bodyError(cause, this.#open.provider);
  };

  #unwrapped(bytes: Uint8Array): Uint8Array {
    const { unwrap } = this.#open;
    return unwrap ? unwrap.push(bytes) : bytes;
  }

  /** The whole body. Rejects with GatewayError when it is larger than `bytesMax`. */
  async bytes(bytesMax = replyBytesMax): Promise<Uint8Array> {
    const { headers } = this.response;
    const declared = headers.get("content-length");
    const plain = headers.get("content-encoding") === null;
    if (declared !== null && plain && Number(declared) <= bytesMax && !this.#reader && !this.#ahead) {
      const { deadlines } = this.#open;
      deadlines?.set("idle", this.#idleMs);
      try {
        return await this.response.bytes();
      } catch (cause) {
        throw this.#open.attempt.failure ?? bodyError(cause, this.#open.provider);
      } finally {
        deadlines?.clear("idle");
        this.release();
      }
    }
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const chunk = await this.read();
      if (!chunk) return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
      length += chunk.length;
      if (length > bytesMax) {
        this.cancel();
        throw new GatewayError("upstream_malformed", `${this.#open.provider} sent more than ${bytesMax} bytes`);
      }
      parts.push(chunk);
    }
  }

  /** At most `bytesMax` bytes as text; the rest is thrown away. Never rejects: used for the bodies of errors. */
  async text(bytesMax: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      while (length < bytesMax) {
        const chunk = await this.read();
        if (!chunk) break;
        parts.push(chunk);
        length += chunk.length;
      }
    } catch {
      // What has come is still worth reading.
    }
    this.cancel();
    return new TextDecoder().decode(Buffer.concat(parts).subarray(0, bytesMax));
  }

  /** Stops reading. Safe at any time and more than once. */
  cancel(): void {
    if (this.#released) return;
    this.release();
    this.#open.attempt.abort();
    // An uncaught rejection in here would end the process (robustness.md 0, item 2).
    this.#reader?.cancel().catch(() => {});
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#open.lease?.leave();
  }
}
