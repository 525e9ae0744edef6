// The life of one request: its id, its deadlines, what is known of it so far, and its one settlement.
import { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { PromptSize } from "../tokens/estimate.ts";
import type { Deadlines, Timers } from "./timers.ts";

/** How an exchange ended, for the log. */
export type Outcome = "complete" | "error" | "client_gone";

/** What settlement sees. One object an exchange, filled as it goes. */
export type ExchangeRecord = {
  provider: string | undefined;
  /** As the client wrote it. */
  requestedModel: string | undefined;
  /** Where the path says more than the dialect: an operation, or method and prefix of a passthrough request. */
  endpoint: string | undefined;
  /** As the provider was asked. */
  model: string | undefined;
  translation: "native" | "adjusted" | "exact" | "lossy" | undefined;
  stream: boolean;
  attempts: number;
  /** The first tries of targets, skipped ones included. */
  calls: CallNote[];
  status: number;
  /** Sluice has repeated the request as often as it may: it is of no use that the client does. */
  isSpent: boolean;
  usage: Usage | undefined;
  /** Of the request as it was read. */
  prompt: PromptSize | undefined;
  lost: string[];
  error: GatewayError | undefined;
  /** Milliseconds from the start to the first output. */
  firstOutputMs: number | undefined;
  upstreamRequestId: string | undefined;
  /** `provider/model` of those who have gone on with a reply that broke off; `provider` and `model` are who began it. */
  continuedBy: string[];
  /** What each of those who wrote a reply that broke off has used; `usage` is their sum. Empty for all other replies. */
  shares: UsageShare[];
};

/** One target's part of a reply that several have written. */
export type UsageShare = { provider: string; model: string; failed: boolean; usage: Usage | undefined };

/** Every member at once: an object that grows as it goes is slower at each step. */
function openRecord(): ExchangeRecord {
  return {
    provider: undefined,
    requestedModel: undefined,
    endpoint: undefined,
    model: undefined,
    translation: undefined,
    stream: false,
    attempts: 0,
    calls: [],
    status: 0,
    isSpent: false,
    usage: undefined,
    prompt: undefined,
    lost: [],
    error: undefined,
    firstOutputMs: undefined,
    upstreamRequestId: undefined,
    continuedBy: [],
    shares: [],
  };
}

/** The listener's limit on silence, for one request. */
export type IdleLimit = {
  liftIdleLimit: (request: Request) => void;
  restoreIdleLimit: (request: Request) => void;
};

/** Well below the listener's 30 s. */
const liftAfterMs = 10_000;

/** One try of one target, for the log and for `x-sluice-attempts`. */
export type CallNote = {
  provider: string;
  model: string;
  credential: string;
  /** "ok", an error's code, "skipped", or "superseded" for the slower of two. */
  outcome: string;
  /** Why it was skipped. */
  reason?: string;
  durationMs: number;
};

/** More tries than these are counted, not listed. */
const callsMax = 32;

/** Who answers; told once how that ended. */
export type Answering = { settled(outcome: Outcome, record: ExchangeRecord): void };

/** Something that can be ended from outside, for a reason. */
export type Stoppable = { stop(reason: GatewayError): void };

export type Settle = (exchange: Exchange, outcome: Outcome, durationMs: number) => void;

/** Client request ids that are kept; anything else could forge log lines or headers. */
const validRequestId = /^[\w.:/@+=-]{1,128}$/;

export class Exchange {
  readonly id: string;
  readonly request: Request;
  readonly dialect: Dialect;
  readonly deadlines: Deadlines;
  readonly record: ExchangeRecord = openRecord();
  readonly #startedMs = performance.now();
  readonly #onSettle: Settle;
  #settled = false;
  #answered = false;
  #handedOver = false;
  #takeBackLift: ((request: Request) => void) | undefined;
  /** What is running upstream now. */
  #running: Stoppable | undefined;
  /** The second of two that run at once. */
  #beside: Stoppable | undefined;
  #answering: Answering | undefined;
  #stopped: GatewayError | undefined;

  constructor(open: { request: Request; dialect: Dialect; timers: Timers; settle: Settle }) {
    const given = open.request.headers.get("x-request-id");
    this.id = given !== null && validRequestId.test(given) ? given : crypto.randomUUID();
    this.request = open.request;
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

  get stopReason(): GatewayError | undefined {
    return this.#stopped;
  }

  /**
   * Lets the client's connection be silent for longer than the listener allows, once the request has lasted a while: most
   * are over before, and changing the limit costs. Taken back at the end, since the connection lives on.
   */
  liftLater(listener: IdleLimit): void {
    this.deadlines.on("lift", () => {
      listener.liftIdleLimit(this.request);
      this.#takeBackLift = listener.restoreIdleLimit;
    });
    this.deadlines.set("lift", liftAfterMs);
  }

  /** Registers what runs upstream; stops it at once when the exchange is already stopped. */
  runs(attempt: Stoppable): void {
    this.#running = attempt;
    if (this.#stopped) attempt.stop(this.#stopped);
  }

  /** The same for a second call beside the first one. */
  runsBeside(attempt: Stoppable): void {
    this.#beside = attempt;
    if (this.#stopped) attempt.stop(this.#stopped);
  }

  /** Registers who gives the streamed answer, to be told of its end; undefined while nobody does. */
  answeredBy(answering: Answering | undefined): void {
    this.#answering = answering;
  }

  note(call: CallNote): void {
    const { calls } = this.record;
    if (calls.length < callsMax) calls.push(call);
  }

  /** The client has gone: whatever runs upstream is stopped. */
  leave(): void {
    if (this.#settled || this.#handedOver) return;
    this.stop(new GatewayError("client_gone", "the client closed the connection"));
    this.settle(this.#answered ? "complete" : "client_gone");
  }

  /** Stops what runs upstream; the reason becomes the failure that the client is told. */
  stop(reason: GatewayError): void {
    if (this.#stopped) return;
    this.#stopped = reason;
    this.#running?.stop(reason);
    this.#beside?.stop(reason);
  }

  /** The client has taken the whole answer. Many then hang up without waiting for the end of the body. */
  noteAnswered(): void {
    this.#answered = true;
  }

  /** The connection has become another's (an upgrade), who will tell how it ends: the request's signal says nothing more. */
  handOver(): void {
    this.#handedOver = true;
  }

  noteOutput(): void {
    this.record.firstOutputMs ??= performance.now() - this.#startedMs;
  }

  /** Ends the exchange. Only the first call counts. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.deadlines.close();
    this.#takeBackLift?.(this.request);
    this.#answering?.settled(outcome, this.record);
    this.#onSettle(this, outcome, performance.now() - this.#startedMs);
  }
}
