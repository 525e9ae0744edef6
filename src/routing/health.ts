// How targets are doing: may one be asked now, how fast does it answer, how often does it fail. The planner reads; the attempt loop
// takes a pass for each call and gives it back with what became of it.
import type { ErrorCode } from "../core/errors.ts";
import type { BreakerState, HealthStore, Rest, TargetNames, TargetRecord } from "../storage/health-store.ts";
import type { Full } from "../storage/window-store.ts";
import { type BreakerPolicy, failureRate, noteAnswer, noteFailure, ripen } from "./breaker.ts";
import type { Limits } from "./limits.ts";
import type { BreakerPolicy as OwnBreaker } from "./policies.ts";
import { addSample, openSamples, percentile } from "./samples.ts";

/** What identifies a target here; every `Target` is one. */
export type HealthTarget = {
  /** Stands for the names that follow. */
  readonly key: string;
  readonly provider: { readonly name: string; readonly baseUrl: string };
  readonly credential: { readonly id: string };
  readonly model: string;
};

export type Availability = {
  usable: boolean;
  state: BreakerState;
  /** Why it should not be asked now. */
  reason?: string;
  /** When it may be asked again, on the gateway's own clock. */
  retryAtMs?: number;
  /** What it last said, where that is why it is not asked. */
  code?: ErrorCode;
  /** Of a rest: the provider itself has named the time, and asking earlier is known to be useless. False: it is a guess. */
  stated?: boolean;
};

/** Pure reads: nothing is taken and nothing is changed. */
export type TargetHealth = {
  /** False where no limit counts tokens: nobody need estimate them. */
  readonly countsTokens: boolean;
  /** `tokens` is the estimate of the request's, for providers with a limit of them. */
  availability(target: HealthTarget, tokens?: number): Availability;
  /** Milliseconds: median of the recent times to first output, of whole replies where nothing was streamed. */
  firstOutputMs(target: HealthTarget): number | undefined;
  inFlight(target: HealthTarget): number;
  /** Failures per call of the last minutes, 0 to 1. */
  errorRate(target: HealthTarget): number;
};

export type RestTimes = {
  /** Milliseconds of the first rest where the provider names no time; doubled by each further one. */
  readonly authMs: number;
  readonly quotaMs: number;
  readonly rateLimitMs: number;
  /** The longest of these guesses. */
  readonly mostMs: number;
};

export type HealthOptions = {
  store: HealthStore;
  nowMs: () => number;
  /** The breaker's settings for a provider. */
  breakerOf: (provider: string) => BreakerPolicy;
  rests: RestTimes;
  limits: Limits;
  /** 0 to 1; spreads the ends of waits. */
  random?: () => number;
};

/** A fault of the target, in the breaker's eyes. */
export type Failing = { code: ErrorCode; status: number | undefined; message: string };

/** How the gateway treats the target after it has refused. */
export type Resting = {
  /** The whole credential, or this model with it. */
  whole: boolean;
  kind: "authMs" | "quotaMs" | "rateLimitMs";
  code: ErrorCode;
  /** As the provider said; undefined where it said nothing. */
  statedMs: number | undefined;
};

const ready: Availability = Object.freeze({ usable: true, state: "closed" });
/** A probe that has given neither output nor failure for this long is no longer waited for. */
const probeMs = 60_000;
const messageLengthMax = 200;

export class Health implements TargetHealth {
  readonly #options: HealthOptions;
  readonly #random: () => number;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get nowMs(): number {
    return this.#options.nowMs();
  }

  get countsTokens(): boolean {
    return this.#options.limits.countsTokens;
  }

  availability(target: HealthTarget, tokens = 0): Availability {
    const state = this.#stateOf(target);
    if (!state.usable) return state;
    const full = this.#options.limits.look(target, tokens);
    return full ? saturated(full) : state;
  }

  #stateOf(target: HealthTarget): Availability {
    const record = this.#peek(target);
    const whole = this.#options.store.credentialRest(target.provider.name, target.credential.id);
    // Nearly always: the clock need not be read.
    if (!whole && (!record || (record.state === "closed" && !record.rest))) return ready;
    const nowMs = this.#options.nowMs();
    if (whole && whole.untilMs > nowMs) return resting(whole, record?.state ?? "closed", "the credential");
    if (!record) return ready;
    if (record.rest && record.rest.untilMs > nowMs) return resting(record.rest, record.state, "the model");
    if (record.state === "closed") return ready;
    return broken(record, nowMs);
  }

  firstOutputMs(target: HealthTarget): number | undefined {
    const record = this.#peek(target);
    if (!record) return undefined;
    const asked = { percent: 50, least: 1, nowMs: this.nowMs };
    return percentile(record.firstOutputs, asked) ?? percentile(record.wholes, asked);
  }

  /** Milliseconds below which this share of the first outputs (or whole replies) came; undefined while too few are known. */
  percentileMs(target: HealthTarget, asked: { percent: number; least: number; stream: boolean }): number | undefined {
    const record = this.#peek(target);
    return percentile(asked.stream ? record?.firstOutputs : record?.wholes, { ...asked, nowMs: this.nowMs });
  }

  inFlight(target: HealthTarget): number {
    return this.#peek(target)?.inFlight ?? 0;
  }

  errorRate(target: HealthTarget): number {
    const record = this.#peek(target);
    return record ? failureRate(record) : 0;
  }

  /** Everything that is known, for those who watch. */
  records(): Iterable<TargetRecord> {
    return this.#options.store.targets();
  }

  credentialRest(provider: string, credential: string): Rest | undefined {
    return this.#options.store.credentialRest(provider, credential);
  }

  /**
   * Takes the right to call a target, the only probe included where it is half-open. `insist` asks although it rests by
   * our own guess. A refusal changes nothing.
   */
  enter(target: HealthTarget, insist: boolean, own?: OwnBreaker): Pass | Availability | Promise<Pass | Availability> {
    const { store } = this.#options;
    const record = store.peek(target.key) ?? store.target(target.key, namesOf(target));
    const availability = this.#stateOf(target);
    if (!availability.usable && !(insist && availability.stated === false)) return availability;
    if (record.state === "closed") return this.#pass(record, false, own);
    const nowMs = this.nowMs;
    if (ripen(record, nowMs)) void store.changed(record);
    if (record.state === "open") return broken(record, nowMs);
    const taken = store.takeProbe(record, nowMs, nowMs + probeMs);
    const decide = (isOurs: boolean) => (isOurs ? this.#pass(record, true, own) : broken(record, nowMs));
    return taken instanceof Promise ? taken.then(decide) : decide(taken);
  }

  #pass(record: TargetRecord, probe: boolean, own: OwnBreaker | undefined): Pass {
    record.inFlight++;
    record.requests++;
    return new Pass(this, record, { probe, startedMs: this.nowMs, own });
  }

  /** For passes only: a call was answered. */
  answered({ record, probe, own }: Pass, nowMs: number): void {
    if (record.rest) {
      record.rest = undefined;
      void this.#options.store.changed(record);
    }
    if (noteAnswer(record, this.#policyOf(record, own), { nowMs, probe })) {
      void this.#options.store.changed(record);
    }
  }

  /** For passes only: a call failed by the target's fault. */
  failed({ record, probe, own }: Pass, failing: Failing): void {
    const nowMs = this.nowMs;
    const message = failing.message.slice(0, messageLengthMax);
    record.lastFailure = { code: failing.code, status: failing.status, message, atMs: nowMs };
    const call = { nowMs, probe, reason: failing.code, random: this.#random };
    if (noteFailure(record, this.#policyOf(record, own), call)) void this.#options.store.changed(record);
  }

  /** For passes only: the probe's place is free again. */
  probed(record: TargetRecord): void {
    void this.#options.store.giveProbeBack(record);
  }

  /** For passes only: the target, or its credential, is not asked for a while. */
  rests(record: TargetRecord, rest: Resting): void {
    const { store, rests } = this.#options;
    const nowMs = this.nowMs;
    const before = rest.whole ? store.credentialRest(record.provider, record.credential) : record.rest;
    const level = rest.statedMs === undefined ? (before?.level ?? 0) : 0;
    const guessedMs = Math.min(rests[rest.kind] * 2 ** Math.min(level, 20), rests.mostMs);
    const next: Rest = {
      untilMs: nowMs + (rest.statedMs ?? guessedMs),
      code: rest.code,
      stated: rest.statedMs !== undefined,
      level: level + 1,
    };
    if (!rest.whole) {
      // Whoever is told to wait has been let in.
      if (rest.kind === "rateLimitMs") this.restored(record);
      record.rest = next;
      void store.changed(record);
      return;
    }
    void store.setCredentialRest(record.provider, record.credential, next);
  }

  /** For passes only: the credential is as good as any again. */
  restored(record: TargetRecord): void {
    const { store } = this.#options;
    if (store.credentialRest(record.provider, record.credential)) {
      void store.setCredentialRest(record.provider, record.credential, undefined);
    }
  }

  #policyOf({ provider }: TargetRecord, own: OwnBreaker | undefined): BreakerPolicy {
    const usual = this.#options.breakerOf(provider);
    if (!own) return usual;
    return {
      ...usual,
      failureThreshold: own.failures ?? usual.failureThreshold,
      windowMs: own.windowMs ?? usual.windowMs,
      openMs: own.openMs ?? usual.openMs,
      openMostMs: Math.max(own.openMs ?? 0, usual.openMostMs),
      successThreshold: own.successes ?? usual.successThreshold,
    };
  }

  #peek({ key }: HealthTarget): TargetRecord | undefined {
    return this.#options.store.peek(key);
  }
}

function namesOf({ provider, model, credential }: HealthTarget): TargetNames {
  return { provider: provider.name, model, credential: credential.id };
}

/** The right to make one call. Ends exactly once, whatever becomes of it. */
export class Pass {
  readonly #health: Health;
  readonly record: TargetRecord;
  /** The one call that a half-open breaker lets through. */
  readonly probe: boolean;
  readonly startedMs: number;
  /** What the plan asks of the breaker in place of the provider's settings. */
  readonly own: OwnBreaker | undefined;
  #output = false;
  #ended = false;

  constructor(health: Health, record: TargetRecord, of: Pick<Pass, "probe" | "startedMs" | "own">) {
    this.#health = health;
    this.record = record;
    this.probe = of.probe;
    this.startedMs = of.startedMs;
    this.own = of.own;
  }

  /** The first output of a stream, or a whole reply, has come. A probe has then done its work. */
  output(stream: boolean): void {
    if (this.#output || this.#ended) return;
    this.#output = true;
    const { nowMs } = this.#health;
    this.#note(stream, nowMs);
    this.#health.answered(this, nowMs);
    this.#health.restored(this.record);
    if (this.probe) this.#health.probed(this.record);
  }

  /** Notes how long it has taken so far, for a call that is given up because another was faster. */
  sample(stream: boolean): void {
    this.#note(stream, this.#health.nowMs);
  }

  #note(stream: boolean, nowMs: number): void {
    const { record } = this;
    const kind = stream ? "firstOutputs" : "wholes";
    record[kind] ??= openSamples();
    addSample(record[kind], nowMs - this.startedMs, nowMs);
  }

  /** Over without a fault of the target: complete, the client has gone, or it was told that it had asked wrongly. */
  leave(): void {
    if (!this.#end()) return;
    if (this.probe && !this.#output) this.#health.probed(this.record);
  }

  fail(failing: Failing): void {
    if (!this.#end()) return;
    this.record.errors++;
    this.#health.failed(this, failing);
    if (this.probe && !this.#output) this.#health.probed(this.record);
  }

  /** Refused for a reason that time heals: not the breaker's business. */
  rest(rest: Resting, failing: Failing): void {
    if (!this.#end()) return;
    this.record.errors++;
    this.record.lastFailure = {
      ...failing,
      message: failing.message.slice(0, messageLengthMax),
      atMs: this.#health.nowMs,
    };
    this.#health.rests(this.record, rest);
    if (this.probe && !this.#output) this.#health.probed(this.record);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.record.inFlight--;
    return true;
  }
}

/** A window of the operator's own that has no room. */
export function saturated({ limit, of, left, retryAtMs }: Full): Availability {
  const most = of === "requests" ? limit.requests : limit.tokens;
  const had = `${limit.what} has had its ${most} ${of} of this minute`;
  const reason = left > 0 ? `${limit.what} has ${left} of its ${most} ${of} of this minute left` : had;
  return { usable: false, state: "closed", reason, retryAtMs, code: "rate_limited", stated: true };
}

function resting(rest: Rest, state: BreakerState, what: string): Availability {
  return {
    usable: false,
    state,
    reason: `${what} rests: ${rest.code}`,
    retryAtMs: rest.untilMs,
    code: rest.code,
    stated: rest.stated,
  };
}

function broken(record: TargetRecord, nowMs: number): Availability {
  const code = record.lastFailure?.code ?? "upstream_failed";
  if (record.state === "open" && nowMs < record.openUntilMs) {
    return { usable: false, state: "open", reason: `breaker open: ${code}`, retryAtMs: record.openUntilMs, code };
  }
  if (record.probeUntilMs > nowMs) {
    return { usable: false, state: "half-open", reason: "half-open: a probe is out", retryAtMs: nowMs + 1000, code };
  }
  return { usable: true, state: "half-open" };
}
