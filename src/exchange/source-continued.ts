// A streamed reply that goes on at another target when the one that wrote it breaks off; the client sees one stream.
import { GatewayError } from "../core/errors.ts";
import type { Committed } from "./relay.ts";
import { headerText } from "./reply-headers.ts";
import type { ReplyThread } from "./reply-thread.ts";
import type { ReplySource, Seen } from "./source.ts";

/** Another target's reply, at its first output. `by` is `provider/model`. */
export type Continued = Committed & { by: string };

/** Asks for somebody who goes on; undefined when nobody can. Never rejects. */
export type GoOn = (failure: GatewayError) => Promise<Continued | undefined>;

type Piece = Uint8Array | string | GatewayError | undefined;

export class ContinuedSource implements ReplySource {
  readonly seen: Seen = { output: false, started: false, ended: false, lost: [] };
  readonly #thread: ReplyThread;
  readonly #goOn: GoOn;
  #source: ReplySource;
  /** What the next one has held back until its first output. */
  readonly #held: Piece[] = [];

  constructor(source: ReplySource, thread: ReplyThread, goOn: GoOn) {
    this.#source = source;
    this.#thread = thread;
    this.#goOn = goOn;
  }

  async next(): Promise<Piece> {
    for (;;) {
      const piece = this.#held.length > 0 ? this.#held.shift() : await this.#source.next();
      this.#follow();
      if (!(piece instanceof GatewayError) || !this.seen.output) return piece;
      const continued = await this.#goOn(piece);
      if (!continued) {
        this.#follow();
        return piece;
      }
      this.#source = continued.source;
      this.#held.push(`: sluice-continued=${headerText(continued.by)}\n\n`, ...continued.held);
    }
  }

  failureFrames(failure: GatewayError): string {
    return this.#thread.write({ type: "error", error: failure });
  }

  cancel(): void {
    this.#source.cancel();
  }

  #follow(): void {
    const { seen } = this.#source;
    const { usage } = this.#thread;
    this.seen.output ||= seen.output;
    this.seen.started ||= seen.started;
    // What is still held has not left.
    this.seen.ended = seen.ended && this.#held.length === 0;
    if (seen.model !== undefined) this.seen.model ??= seen.model;
    if (usage) this.seen.usage = usage;
    for (const field of seen.lost) if (!this.seen.lost.includes(field)) this.seen.lost.push(field);
  }
}
