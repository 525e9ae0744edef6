// The life of one request: its id, its deadlines, what is known of it so far, and its one settlement.
import { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Deadlines, Timers } from "./timers.ts";

/** How an exchange ended, for the log. */
export type Outcome = "complete" | "error" | "client_gone";

/** What settlement sees. One object an exchange, filled as it goes. */
export type ExchangeRecord = {
  provider?: string;
  /** As the client wrote it. */
  requestedModel?: string;
  /** As the provider was asked. */
  model?: string;
  translation?: "native" | "adjusted" | "exact" | "lossy";
  stream: boolean;
  attempts: number;
  status: number;
  usage?: Usage;
  lost: string[];
  error?: GatewayError;
  /** Milliseconds from the start to the first output. */
  firstOutputMs?: number;
  upstreamRequestId?: string;
};

export type Settle = (exchange: Exchange, outcome: Outcome, durationMs: number) => void;

/** Client request ids that are kept; anything else could forge log lines or headers. */
const validRequestId = /^[\w.:/@+=-]{1,128}$/;

export class Exchange {
  readonly id: string;
  readonly dialect: Dialect;
  readonly deadlines: Deadlines;
  readonly record: ExchangeRecord = { stream: false, attempts: 0, status: 0, lost: [] };
  readonly #startedMs = performance.now();
  readonly #onSettle: Settle;
  #settled = false;
  /** Aborts what is running upstream now. */
  #cancel: ((reason: GatewayError) => void) | undefined;
  #stopped: GatewayError | undefined;

  constructor(open: { request: Request; dialect: Dialect; timers: Timers; settle: Settle }) {
    const given = open.request.headers.get("x-request-id");
    this.id = given !== null && validRequestId.test(given) ? given : crypto.randomUUID();
    this.dialect = open.dialect;
    this.deadlines = open.timers.open();
    this.#onSettle = open.settle;
    // Read lazily by Bun: the listener is what makes a disconnect visible before the first byte of the reply.
    open.request.signal.addEventListener("abort", () => this.leave(), { once: true });
  }

  /** Nothing more may be tried: the client has gone, or Sluice is shutting down. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Registers how to stop the running attempt; stops it at once when the exchange is already stopped. */
  onCancel(cancel: (reason: GatewayError) => void): void {
    this.#cancel = cancel;
    if (this.#stopped) cancel(this.#stopped);
  }

  /** The client has gone: whatever runs upstream is stopped. */
  leave(): void {
    if (this.#settled) return;
    this.stop(new GatewayError("client_gone", "the client closed the connection"));
    this.settle("client_gone");
  }

  /** Stops what runs upstream; the reason becomes the failure that the client is told. */
  stop(reason: GatewayError): void {
    if (this.#stopped) return;
    this.#stopped = reason;
    this.#cancel?.(reason);
  }

  noteOutput(): void {
    this.record.firstOutputMs ??= performance.now() - this.#startedMs;
  }

  /** Ends the exchange. Only the first call counts. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.deadlines.close();
    this.#onSettle(this, outcome, performance.now() - this.#startedMs);
  }
}
