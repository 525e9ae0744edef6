// The port for what is known of targets: breakers, rests, latencies. A backend hands out its own live records, so that
// a healthy target costs a few assignments; a backend that is shared tells its other holders when `changed` is called.
import type { ErrorCode } from "../core/errors.ts";
import type { Port } from "./port.ts";

export type BreakerState = "closed" | "open" | "half-open";

/** A change of a breaker's state. Milliseconds of the gateway's own clock. */
export type Transition = { atMs: number; from: BreakerState; to: BreakerState; reason: string };

/** The last durations, oldest overwritten first. */
export type Samples = { values: number[]; next: number; lastMs: number; sorted: number[] | undefined };

/** A time during which something is not asked. */
export type Rest = {
  untilMs: number;
  code: ErrorCode;
  /** The provider named the time itself; otherwise it is a guess. */
  stated: boolean;
  /** Guesses in a row, each longer than the one before. */
  level: number;
};

export type LastFailure = { code: ErrorCode; status: number | undefined; message: string; atMs: number };

export type TargetNames = { readonly provider: string; readonly model: string; readonly credential: string };

/** What is known of one model at one provider with one credential. Times in milliseconds of the gateway's clock. */
export type TargetRecord = TargetNames & {
  state: BreakerState;
  /** The window that counts now, and the one before it. */
  windowStartMs: number;
  failures: number;
  answers: number;
  failuresBefore: number;
  answersBefore: number;
  openUntilMs: number;
  /** Openings in a row without a recovery between them. */
  openings: number;
  /** Probes in a row that were answered. */
  recoveries: number;
  /** A probe is out, until then at the latest. */
  probeUntilMs: number;
  rest: Rest | undefined;
  lastFailure: LastFailure | undefined;
  /** The last few, newest last. */
  transitions: Transition[];
  inFlight: number;
  requests: number;
  errors: number;
  /** Milliseconds to the first output of streams, and to the whole of whole replies. */
  firstOutputs: Samples | undefined;
  wholes: Samples | undefined;
};

export interface HealthStore extends Port {
  /** The live record of a target, made when it is first asked for. `key` stands for the three names. */
  target(key: string, of: TargetNames): TargetRecord;
  /** The same, if there is one. */
  peek(key: string): TargetRecord | undefined;
  /** The rest of a whole credential, for all models. */
  credentialRest(provider: string, credential: string): Rest | undefined;
  setCredentialRest(provider: string, credential: string, rest: Rest | undefined): void | Promise<void>;
  /** True for exactly one caller among all that share the state, until the probe is given back or `untilMs` has passed. */
  takeProbe(record: TargetRecord, nowMs: number, untilMs: number): boolean | Promise<boolean>;
  giveProbeBack(record: TargetRecord): void | Promise<void>;
  /** The breaker or the rest of this record has changed. */
  changed(record: TargetRecord): void | Promise<void>;
  targets(): Iterable<TargetRecord>;
}
