// A streamed reply on its way to the client: the status is held until there is output, heartbeats keep a silent
// connection alive, and a stream that has begun ends in a complete answer or in a typed error.
import { GatewayError } from "../core/errors.ts";
import type { ClientHalf } from "../dialects/dialect.ts";
import type { Exchange } from "./exchange.ts";
import { lostText } from "./reply-headers.ts";
import type { ReplySource } from "./source.ts";

/** A reply whose first output has come, with what was held back until then. */
export type Committed = { source: ReplySource; held: (Uint8Array | string)[] };

/** Finds a target that answers: resolves with the reply at its first output, or with the failure of the last target. */
export type Produce = () => Promise<Committed | GatewayError>;

export type StreamOptions = {
  exchange: Exchange;
  client: ClientHalf;
  produce: Produce;
  /** Milliseconds; 0 holds nothing. */
  commitAfterMs: number;
  heartbeatMs: number;
  /** Headers as far as they are known when the status goes out. */
  headers: (committed: boolean) => { [name: string]: string };
  fail: (error: GatewayError) => Response;
  /** Told of losses that the headers could not name. */
  onLost?: (fields: readonly string[]) => void;
};

/** Bytes or characters in front of the first output. Some dialects repeat the whole request there. */
const heldLengthMax = 16 * 1024 * 1024;

/** Reads up to the first output. What came before it is held, so that a failure can still become a status. */
export async function hold(source: ReplySource): Promise<Committed | GatewayError> {
  const held: (Uint8Array | string)[] = [];
  let length = 0;
  while (!source.seen.output) {
    const piece = await source.next();
    if (piece instanceof GatewayError) return piece;
    if (piece === undefined) break;
    length += piece.length;
    if (length > heldLengthMax && !source.seen.output) {
      source.cancel();
      return new GatewayError("upstream_malformed", "the provider sends on and on without any output");
    }
    held.push(piece);
  }
  return { source, held };
}

/** The response to a client that wants a stream: a real status where one is known in time, else 200 and heartbeats. */
export async function streamReply(options: StreamOptions): Promise<Response> {
  const { exchange } = options;
  const producing = options.produce();
  const early = await firstOf(producing, options);
  if (early instanceof GatewayError) return options.fail(early);
  exchange.record.status = 200;
  const headers = options.headers(early !== undefined);
  const relay = new Relay(options, producing, early);
  return new Response(relay.open(), { headers });
}

/** The reply's start, or undefined when the time for holding the status is over first. */
function firstOf(
  producing: Promise<Committed | GatewayError>,
  options: StreamOptions,
): Promise<Committed | GatewayError | undefined> {
  const { exchange, commitAfterMs } = options;
  if (commitAfterMs <= 0) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    exchange.deadlines.on("commit", () => resolve(undefined));
    exchange.deadlines.set("commit", commitAfterMs);
    producing.then((result) => {
      exchange.deadlines.clear("commit");
      resolve(result);
    }, reject);
  });
}

/** Text is handed on as it is: the listener writes it as UTF-8 by itself, without an array for each piece. */
type Piece = Uint8Array | string;

class Relay {
  readonly #options: StreamOptions;
  readonly #exchange: Exchange;
  readonly #producing: Promise<Committed | GatewayError>;
  /** Losses that the headers have named. */
  readonly #toldLosses: ReadonlySet<string>;
  #committed: Committed | undefined;
  #held = 0;
  #controller: ReadableStreamDefaultController<Piece> | undefined;
  /** A pull is waiting for the upstream: only then is there room for a heartbeat. */
  #waiting = false;
  #closed = false;

  constructor(options: StreamOptions, producing: Promise<Committed | GatewayError>, early: Committed | undefined) {
    this.#options = options;
    this.#exchange = options.exchange;
    this.#producing = producing;
    this.#committed = early;
    this.#toldLosses = new Set(options.exchange.record.lost);
  }

  open(): ReadableStream<Piece> {
    const { deadlines } = this.#exchange;
    deadlines.on("heartbeat", () => this.#beat());
    deadlines.on("write", () => this.#stall());
    deadlines.set("heartbeat", this.#committed ? this.#options.heartbeatMs : sweepAtOnceMs);
    // Pull with no queue of its own: the client's pace is the upstream's pace.
    return new ReadableStream<Piece>(
      {
        pull: (controller) => {
          this.#controller = controller;
          return this.#pull(controller);
        },
        cancel: () => {
          this.#closed = true;
          this.#exchange.leave();
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Piece>): Promise<void> {
    const { deadlines, record } = this.#exchange;
    this.#waiting = true;
    deadlines.clear("write");
    if (this.#committed?.source.seen.ended) this.#exchange.noteAnswered();
    const piece = await this.#next();
    this.#waiting = false;
    if (this.#closed) return;
    // Noted as it comes: the client may go at any time.
    const usage = this.#committed?.source.seen.usage;
    if (usage) record.usage = usage;
    if (piece === undefined || piece instanceof GatewayError) {
      this.#finish(controller, piece);
      return;
    }
    deadlines.set("heartbeat", this.#options.heartbeatMs);
    deadlines.set("write", writeStallMs);
    this.#exchange.noteOutput();
    controller.enqueue(piece);
  }

  #next(): Promise<Piece | GatewayError | undefined> {
    const committed = this.#committed;
    if (!committed) return this.#first();
    const { held, source } = committed;
    return this.#held === held.length ? source.next() : Promise.resolve(this.#takeHeld(held));
  }

  async #first(): Promise<Piece | GatewayError | undefined> {
    const produced = await this.#producing;
    if (produced instanceof GatewayError) return produced;
    this.#committed = produced;
    return this.#next();
  }

  /** Everything that was held leaves in one write. */
  #takeHeld(held: readonly Piece[]): Piece {
    this.#held = held.length;
    if (held.length === 1) return held[0] as Piece;
    if (held.every((piece) => typeof piece === "string")) return held.join("");
    return Buffer.concat(held.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece)));
  }

  #finish(controller: ReadableStreamDefaultController<Piece>, failure: GatewayError | undefined): void {
    this.#closed = true;
    const { exchange, client } = { exchange: this.#exchange, client: this.#options.client };
    const { record } = exchange;
    const lost = new Set([...record.lost, ...(this.#committed?.source.seen.lost ?? [])]);
    record.lost = [...lost];
    if (failure) {
      record.error = failure;
      const source = this.#committed?.source;
      const counted = source?.failureFrames?.(failure);
      const frames = counted || client.writeErrorFrames(failure, exchange.id, source?.lastFrames);
      controller.enqueue(frames);
    } else {
      // Those known beforehand are among them when the headers had to leave before there was a target.
      const untold = record.lost.filter((field) => !this.#toldLosses.has(field));
      this.#options.onLost?.(untold);
      if (untold.length > 0) controller.enqueue(`: sluice-lost=${lostText(untold)}\n\n`);
    }
    exchange.settle(failure ? "error" : "complete");
    controller.close();
  }

  /** The client has taken nothing for too long: its connection and the provider's are given up. */
  #stall(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.error(new Error("the client stopped reading"));
    this.#exchange.leave();
  }

  #beat(): void {
    if (this.#closed) return;
    this.#exchange.deadlines.set("heartbeat", this.#options.heartbeatMs);
    if (!this.#waiting || !this.#controller) return;
    this.#controller.enqueue(this.#options.client.heartbeat(this.#committed?.source.seen.started ?? false));
  }
}

const encoder = new TextEncoder();

/** A client that takes nothing for this long is cut (robustness.md 3.1, slow readers). */
const writeStallMs = 30_000;

/** The status has just gone out without a byte behind it: the first heartbeat shows the client that it is alive. */
const sweepAtOnceMs = 1;
