// Reads the usage out of a reply that passes untouched: a bounded, decoded copy beside the bytes, which never wait for it.
import type { Transform } from "node:stream";
import type { JsonValue } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { ReplyTap, Sighting, UpstreamHalf } from "../dialects/dialect.ts";
import { type Decoder, openDecoder } from "../dialects/framing/decoder.ts";
import { FrameCutter, frameEnd, readFrame } from "../dialects/framing/sse.ts";
import { codingsOf, decoderOf } from "./decode-body.ts";

/** A whole reply, or one frame of a stream, that is larger than this is not looked into. */
const copyBytesMax = 8 * 1024 * 1024;

export type Tapped = { usage?: Usage; model?: string; id?: string };

/** Takes what the reply's coding or kind lets through; gives up rather than hold anything up. */
export interface UsageTap {
  push(chunk: Uint8Array): void;
  /** What was seen; waits for nothing but the decoding of what has been pushed. */
  end(): Promise<Tapped>;
}

/** Undefined where the reply is of no kind that carries usage. */
export function openUsageTap(headers: Headers, half: UpstreamHalf): UsageTap | undefined {
  const look = openLook(headers.get("content-type") ?? "", half);
  if (!look) return undefined;
  const codings = codingsIn(headers.get("content-encoding"));
  if (codings === undefined || codings.length > 1) return undefined;
  const [coding] = codings;
  return coding === undefined ? new PlainTap(look) : new DecodingTap(look, coding);
}

function codingsIn(header: string | null): readonly string[] | undefined {
  try {
    return codingsOf(header);
  } catch {
    return undefined;
  }
}

/** What looks at decoded bytes. Both throw when they have had enough. */
type Look = { take: (bytes: Uint8Array) => void; end: () => void; readonly seen: Tapped };

function openLook(type: string, half: UpstreamHalf): Look | undefined {
  if (type.startsWith("application/json") || type.includes("+json")) return new WholeLook(half.openTap());
  if (type.startsWith("text/event-stream")) return new EventLook(half.openTap());
  return type.startsWith("application/vnd.amazon.eventstream") ? new FramedLook(half) : undefined;
}

function note(seen: Tapped, { usage, model, id }: Sighting): void {
  if (usage) seen.usage = usage;
  if (model !== undefined) seen.model = model;
  if (id !== undefined) seen.id = id;
}

class WholeLook implements Look {
  readonly seen: Tapped = {};
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  readonly #tap: ReplyTap;

  constructor(tap: ReplyTap) {
    this.#tap = tap;
  }

  take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > copyBytesMax) throw new TooMuch();
    this.#parts.push(bytes);
  }

  end(): void {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(this.#parts));
    note(this.seen, this.#tap.inspectReply(JSON.parse(text) as JsonValue));
  }
}

class EventLook implements Look {
  readonly seen: Tapped = {};
  readonly #cutter = new FrameCutter();
  readonly #tap: ReplyTap;
  #pendingBytes = 0;

  constructor(tap: ReplyTap) {
    this.#tap = tap;
  }

  take(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > copyBytesMax) throw new TooMuch();
    const whole = this.#cutter.push(bytes);
    if (!whole) return;
    this.#pendingBytes = 0;
    this.#look(whole);
  }

  end(): void {
    const rest = this.#cutter.rest();
    if (rest) this.#look(rest);
  }

  #look(whole: Uint8Array): void {
    if (!this.#tap.mayMatter(whole)) return;
    for (let start = 0, end = 0; start < whole.length; start = end) {
      end = frameEnd(whole, start);
      const part = whole.subarray(start, end);
      const frame = this.#tap.mayMatter(part) ? readFrame(part) : undefined;
      if (frame) note(this.seen, this.#tap.inspect(frame));
    }
  }
}

class FramedLook implements Look {
  readonly seen: Tapped = {};
  readonly #decoder: Decoder;
  #pendingBytes = 0;

  constructor(half: UpstreamHalf) {
    const tap = half.openTap();
    this.#decoder = openDecoder(half, (frame) => {
      this.#pendingBytes = 0;
      note(this.seen, tap.inspect(frame));
    });
  }

  take(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > copyBytesMax) throw new TooMuch();
    this.#decoder.push(bytes);
  }

  end(): void {
    this.#decoder.end();
  }
}

class TooMuch extends Error {}

class PlainTap implements UsageTap {
  #look: Look | undefined;
  readonly #seen: Tapped;

  constructor(look: Look) {
    this.#look = look;
    this.#seen = look.seen;
  }

  push(chunk: Uint8Array): void {
    try {
      this.#look?.take(chunk);
    } catch {
      // What it cannot read is the client's to judge.
      this.#look = undefined;
    }
  }

  end(): Promise<Tapped> {
    try {
      this.#look?.end();
    } catch {
      // As above.
    }
    return Promise.resolve(this.#seen);
  }
}

class DecodingTap implements UsageTap {
  readonly #plain: PlainTap;
  readonly #coding: string;
  #decoder: Transform | undefined;
  #done: Promise<void> = Promise.resolve();
  #off = false;

  constructor(look: Look, coding: string) {
    this.#plain = new PlainTap(look);
    this.#coding = coding;
  }

  push(chunk: Uint8Array): void {
    if (this.#off) return;
    const decoder = this.#decoder ?? this.#open(chunk);
    // The decoder works in other threads; what it has not taken yet is memory.
    if (!decoder || decoder.writableLength > copyBytesMax) this.#stop();
    else decoder.write(chunk);
  }

  async end(): Promise<Tapped> {
    this.#decoder?.end();
    await this.#done;
    return this.#plain.end();
  }

  #open(first: Uint8Array): Transform | undefined {
    const decoder = decoderOf(this.#coding, first);
    if (!decoder) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#done = promise;
    decoder.on("data", (bytes: Uint8Array) => this.#plain.push(bytes));
    for (const event of ["end", "error", "close"]) decoder.on(event, () => resolve());
    this.#decoder = decoder;
    return decoder;
  }

  #stop(): void {
    this.#off = true;
    this.#decoder?.destroy();
  }
}
