// A streamed reply on a stretched timeline (`slowdown`): what has come is kept, and leaves later by a share of the time that it took to come.
import { GatewayError } from "../core/errors.ts";
import type { ReplySource, Seen } from "./source.ts";
import type { Timers } from "./timers.ts";

type Piece = Uint8Array | string | GatewayError | undefined;

/** Bytes or characters that wait here at most: above it the provider is read no faster than the client gets it. */
const waitingLengthMax = 4 * 1024 * 1024;

export type SlowedOptions = {
  source: ReplySource;
  /** Share of the time so far that is added: 0.5 makes of two seconds three. */
  factor: number;
  /** When the call began, on the gateway's clock. */
  startedMs: number;
  timers: Timers;
};

export class SlowedSource implements ReplySource {
  readonly seen: Seen;
  readonly #options: SlowedOptions;
  readonly #waiting: { piece: Piece; dueMs: number }[] = [];
  #length = 0;
  #isReading = false;
  #isOver = false;
  /** Ends what is waited for now: a piece, or its time. */
  #wake: (() => void) | undefined;

  constructor(options: SlowedOptions) {
    this.#options = options;
    this.seen = { ...options.source.seen, ended: false };
  }

  /** Milliseconds that what has come until now is still held back. */
  get heldBackMs(): number {
    const { factor, startedMs, timers } = this.#options;
    return (timers.nowMs() - startedMs) * factor;
  }

  async next(): Promise<Piece> {
    void this.#read();
    while (this.#waiting.length === 0) await this.#pause(undefined);
    const first = this.#waiting[0] as { piece: Piece; dueMs: number };
    // A failure is told at once: whatever stands in front of it has been released by then.
    while (!(first.piece instanceof GatewayError) && !this.#isBroken()) {
      const leftMs = first.dueMs - this.#options.timers.nowMs();
      if (leftMs <= 0) break;
      await this.#pause(leftMs);
    }
    this.#waiting.shift();
    this.#length -= lengthOf(first.piece);
    this.#follow();
    void this.#read();
    return first.piece;
  }

  failureFrames(failure: GatewayError): string {
    return this.#options.source.failureFrames?.(failure) ?? "";
  }

  cancel(): void {
    this.#isOver = true;
    this.#options.source.cancel();
    this.#wake?.();
  }

  /** The client has gone, or the provider has failed: nothing is worth waiting for. */
  #isBroken(): boolean {
    return this.#waiting.at(-1)?.piece instanceof GatewayError;
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { source, timers } = this.#options;
    while (!this.#isOver && this.#length < waitingLengthMax) {
      const piece = await source.next();
      this.#waiting.push({ piece, dueMs: timers.nowMs() + this.heldBackMs });
      this.#length += lengthOf(piece);
      if (piece === undefined || piece instanceof GatewayError) this.#isOver = true;
      this.#wake?.();
    }
    this.#isReading = false;
  }

  /** What the client may know by now; the end only when everything has left. */
  #follow(): void {
    const { ended, ...rest } = this.#options.source.seen;
    Object.assign(this.seen, rest, { ended: ended && this.#waiting.length === 0 });
  }

  #pause(milliseconds: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const callOff = milliseconds === undefined ? undefined : this.#options.timers.after(milliseconds, () => wake());
      const wake = () => {
        callOff?.();
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
    });
  }
}

function lengthOf(piece: Piece): number {
  return piece === undefined || piece instanceof GatewayError ? 0 : piece.length;
}
