// One try of one target as the exchange sees it: what it has taken of the target, what became of it, and for how long.
import type { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";
import type { Pass } from "../routing/health.ts";
import type { Slot } from "../routing/limits.ts";
import type { Target } from "../routing/plan.ts";
import type { Attempt } from "./attempt.ts";
import type { Answering, CallNote, ExchangeRecord, Outcome } from "./exchange.ts";
import type { Deadlines } from "./timers.ts";
import { restingOf, type Verdict } from "./verdict.ts";

type Opened = { target: Target; pass: Pass; slot: Slot | undefined; deadlines: Deadlines; ownsDeadlines: boolean };

export class Call implements Answering {
  readonly target: Target;
  readonly deadlines: Deadlines;
  readonly note: CallNote;
  /** The request has been sent. */
  isSent = false;
  /** Another answer was faster. */
  isSuperseded = false;
  attempt: Attempt | undefined;
  readonly #pass: Pass;
  readonly #slot: Slot | undefined;
  readonly #ownsDeadlines: boolean;
  readonly #nowMs: () => number;
  /** What its failure would mean; asked when a stream breaks off after its output. */
  readonly #verdictOf: (error: GatewayError) => Verdict;

  constructor(opened: Opened, nowMs: () => number, verdictOf: (error: GatewayError) => Verdict) {
    this.target = opened.target;
    this.deadlines = opened.deadlines;
    this.#pass = opened.pass;
    this.#slot = opened.slot;
    this.#ownsDeadlines = opened.ownsDeadlines;
    this.#nowMs = nowMs;
    this.#verdictOf = verdictOf;
    const { provider, model, credential } = opened.target;
    this.note = { provider: provider.name, model, credential: credential.id, outcome: "", durationMs: 0 };
  }

  /** On the gateway's clock. */
  get startedMs(): number {
    return this.#pass.startedMs;
  }

  /** The first output of a stream, or a whole reply. */
  output(stream: boolean): void {
    this.#pass.output(stream);
    this.#end("ok");
  }

  /** Complete. */
  complete(usage: Usage | undefined): void {
    this.#slot?.used(usage && usage.inputTokens + usage.outputTokens);
    this.#pass.leave();
    this.close();
  }

  /** Ended by us: the client has gone, Sluice stops, or another was faster. What it has cost is unknown. */
  leave(outcome: string, stream: boolean): void {
    if (this.isSuperseded) this.#pass.sample(stream);
    this.#slot?.used(this.isSent ? undefined : 0);
    this.#pass.leave();
    this.#end(outcome);
    this.close();
  }

  fail(error: GatewayError, verdict: Verdict): void {
    const failing = { code: error.code, status: error.upstream?.status, message: error.message };
    const rest = this.isSent ? restingOf(error, verdict) : undefined;
    if (rest) this.#pass.rest(rest, failing);
    else if (verdict.trips && this.isSent) this.#pass.fail(failing);
    else this.#pass.leave();
    // What was refused was not charged; what broke off may have been.
    const isCharged = this.isSent && verdict.trips && error.code !== "upstream_unreachable";
    this.#slot?.used(isCharged ? undefined : 0);
    this.#end(error.code);
    this.close();
  }

  /** The stream that it answered with is over. */
  settled(outcome: Outcome, record: ExchangeRecord): void {
    const { error } = record;
    if (outcome === "complete") this.complete(record.usage);
    else if (outcome === "error" && error) this.fail(error, this.#verdictOf(error));
    else this.leave("client_gone", true);
  }

  supersede(reason: GatewayError): void {
    this.isSuperseded = true;
    // The log is written before the connection has closed.
    this.#end("superseded");
    this.attempt?.stop(reason);
  }

  close(): void {
    if (this.#ownsDeadlines) this.deadlines.close();
  }

  #end(outcome: string): void {
    this.note.outcome = outcome;
    this.note.durationMs = this.#nowMs() - this.#pass.startedMs;
  }
}
