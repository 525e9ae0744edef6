// A reply that passes as it comes: whole frames, untouched; only frames that can matter are looked into.
import { GatewayError } from "../core/errors.ts";
import type { ReplyTap, Sighting, UpstreamHalf } from "../dialects/dialect.ts";
import {
  boundaryAfter,
  FrameCutter,
  FrameTooLargeError,
  firstCarriage,
  frameEnd,
  isWholeFrame,
  readFrame,
} from "../dialects/framing/sse.ts";
import { editFrame, type ReplyEdits } from "./edit-reply.ts";
import type { ReplyBody } from "./reply-body.ts";
import type { ReplySource, Seen } from "./source.ts";

export type AsIsOptions = {
  body: ReplyBody;
  half: Pick<UpstreamHalf, "openTap"> & ReplyEdits;
  provider: string;
  /** The usage frame is ours, not the client's. */
  removeUsage: boolean;
  /** Write what we know into the frames (`replies.annotate`). */
  annotate: boolean;
  /** The client's name of the model, where it must stand for the provider's. */
  asked?: string | undefined;
  /** Each frame may say that another choice has begun, which must end too. */
  severalChoices: boolean;
  /** Takes the operator's secrets out of a failure. */
  clean: (failure: GatewayError) => GatewayError;
  /** The terminal marker has come: only the end of the body is still waited for. */
  onTerminal: () => void;
};

type Next = Uint8Array | GatewayError | undefined;

const empty = new Uint8Array();
const newline = 10;
const carriageReturn = 13;
const lineFeed = Uint8Array.of(newline);

export class AsIsSource implements ReplySource {
  readonly seen: Seen = { output: false, started: false, ended: false, lost: [] };
  lastFrames: Uint8Array | undefined;
  readonly #options: AsIsOptions;
  readonly #tap: ReplyTap;
  readonly #cutter = new FrameCutter();
  /** A finish or the terminal marker was seen: the end of the body is a clean end. */
  #finished = false;
  /** A failure found behind good frames of the same chunk; they leave first. */
  #failure: GatewayError | undefined;

  constructor(options: AsIsOptions) {
    this.#options = options;
    this.#tap = options.half.openTap();
  }

  async next(): Promise<Next> {
    try {
      for (;;) {
        if (this.#failure) return this.#fail(this.#failure);
        const chunk = await this.#options.body.read();
        if (!chunk) return this.#end();
        // After the terminal marker only the end of the body is awaited, so that the connection can be reused.
        if (this.seen.ended) continue;
        const whole = this.#cutter.push(chunk);
        if (!whole) continue;
        const out = this.#mustLook(whole) ? this.#look(whole) : whole;
        if (out.length === 0) continue;
        this.seen.started = true;
        this.lastFrames = out;
        return out;
      }
    } catch (cause) {
      if (this.seen.ended) return undefined;
      // A host without a terminal marker that finished and then kept the connection open: the answer is complete.
      if (this.#finished && isSilence(cause)) return this.#end();
      return this.#fail(asFailure(cause, this.#options.provider));
    }
  }

  cancel(): void {
    this.#options.body.cancel();
  }

  #mustLook(frames: Uint8Array): boolean {
    const { annotate, severalChoices } = this.#options;
    return !this.seen.output || annotate || severalChoices || this.#tap.mayMatter(frames);
  }

  /** Looks into each frame of these bytes; returns the bytes that the client gets. */
  #look(whole: Uint8Array, isLast = false): Uint8Array {
    const parts: Uint8Array[] = [];
    let from = 0;
    let end = 0;
    let carriage = firstCarriage(whole, 0);
    while (end < whole.length) {
      const start = isLast || carriage >= 0 ? end : this.#skip(whole, end);
      if (start === whole.length) break;
      if (carriage >= 0 && carriage < start) carriage = firstCarriage(whole, start);
      end = frameEnd(whole, start, carriage);
      const part = whole.subarray(start, end);
      const frame = isLast || this.#mustLook(part) ? readFrame(part) : undefined;
      if (!frame) continue;
      const sighting = this.#tap.inspect(frame);
      this.#note(sighting);
      if (sighting.error) {
        this.#failure = sighting.error;
        parts.push(whole.subarray(from, start));
        return Buffer.concat(parts);
      }
      if (sighting.usageOnly && this.#options.removeUsage) {
        parts.push(whole.subarray(from, start));
        from = end;
      } else if (this.#isEdited(sighting)) {
        parts.push(whole.subarray(from, start), editFrame(part, frame, this.#options));
        from = end;
      }
      if (sighting.terminal) {
        this.seen.ended = true;
        this.#options.onTerminal();
        return parts.length === 0 && end === whole.length
          ? whole
          : Buffer.concat([...parts, whole.subarray(from, end)]);
      }
    }
    if (parts.length === 0) return whole;
    return from === whole.length ? Buffer.concat(parts) : Buffer.concat([...parts, whole.subarray(from)]);
  }

  /**
   * Where the first frame at or after `from` stands that may matter, or one shortly before it. A chunk of a fast provider
   * holds dozens of frames: halves of it are asked about, not each frame. Lines end in LF alone.
   */
  #skip(whole: Uint8Array, from: number): number {
    if (!this.seen.output || this.#options.annotate || this.#options.severalChoices) return from;
    if (!this.#tap.mayMatter(whole.subarray(from))) return whole.length;
    let start = from;
    let end = whole.length;
    for (;;) {
      const middle = boundaryAfter(whole, (start + end) >>> 1);
      if (middle >= end) return start;
      if (this.#tap.mayMatter(whole.subarray(start, middle))) end = middle;
      else start = middle;
    }
  }

  #note(sighting: Sighting): void {
    const { seen } = this;
    if (sighting.output) seen.output = true;
    if (sighting.usage) seen.usage = sighting.usage;
    if (sighting.model !== undefined) seen.model = sighting.model;
    if (sighting.finished !== undefined) this.#finished = sighting.finished;
  }

  #isEdited({ terminal, model }: Sighting): boolean {
    const { annotate, asked } = this.#options;
    return (annotate && !terminal) || (asked !== undefined && model !== undefined && model !== asked);
  }

  /** The body has ended; what is left over counts if it is a whole frame but for its blank line (S63). */
  #end(): Next {
    const rest = this.seen.ended ? undefined : this.#cutter.rest();
    const out = rest && isWholeFrame(rest) ? withBlankLine(this.#look(rest, true)) : this.#missingLineFeed();
    if (!this.#failure && !this.#finished && !this.seen.ended) this.#failure = truncated(this.#options.provider);
    if (this.#failure) return out.length > 0 ? out : this.#fail(this.#failure);
    if (!this.seen.ended) {
      this.seen.ended = true;
      const { closing } = this.#tap;
      if (closing !== undefined) return Buffer.concat([out, Buffer.from(closing)]);
    }
    return out.length > 0 ? out : undefined;
  }

  /** A CR ends a blank line, but where all lines end with CR LF some SDKs wait for the LF that a cut has taken. */
  #missingLineFeed(): Uint8Array {
    const last = this.lastFrames;
    if (this.seen.ended || last?.at(-1) !== carriageReturn || last.at(-2) !== newline) return empty;
    this.lastFrames = lineFeed;
    return lineFeed;
  }

  #fail(failure: GatewayError): GatewayError {
    this.cancel();
    return this.#options.clean(failure);
  }
}

/** The blank line that a provider may leave out at its end: without it a client would never see its last frame. */
function withBlankLine(frame: Uint8Array): Uint8Array {
  if (frame.length === 0) return frame;
  return Buffer.concat([frame, Buffer.from(frame.at(-1) === newline ? "\n" : "\n\n")]);
}

/** The provider fell silent: nothing of what it sent is in doubt. */
export function isSilence(cause: unknown): boolean {
  return cause instanceof GatewayError && cause.publicCode === "upstream_idle_timeout";
}

export function truncated(provider: string): GatewayError {
  return new GatewayError("upstream_truncated", `${provider} ended its reply before it was complete`);
}

/** Whatever stopped the reading, as a failure that a client can be told. */
export function asFailure(cause: unknown, provider: string): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof FrameTooLargeError) {
    return new GatewayError("upstream_malformed", `${provider} sent a frame without end`, { cause });
  }
  // A TypeError of any other kind is a fault of ours, which must not be blamed on the provider.
  if (cause instanceof TypeError && (cause as { code?: unknown }).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new GatewayError("upstream_malformed", `${provider} sent text that is not UTF-8`, { cause });
  }
  return new GatewayError("internal", "the reply could not be relayed", { cause });
}
