// Which target is tried next, given what has failed so far. Holds no connection and calls nobody: run.ts does what it says.
import type { Health } from "../routing/health.ts";
import type { Plan, Target } from "../routing/plan.ts";
import type { RetryBudget } from "../routing/retry-budget.ts";
import { type Failed, toldFailure } from "./told-failure.ts";

/** Milliseconds. */
export type RetrySettings = {
  readonly retriesMax: number;
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
  readonly factor: number;
  readonly jitterPercent: number;
  readonly budgetPercent: number;
};

export type Step = {
  target: Target;
  /** Milliseconds to wait before. */
  waitMs: number;
  /** Although it rests by our own guess: there is nothing else. */
  insist: boolean;
  /** The same target has failed this request already. */
  repeat: boolean;
  /** The oldest turns go first. */
  trim: boolean;
};

export type CourseOptions = {
  plan: Plan;
  retryOf: (provider: string) => RetrySettings;
  budget: RetryBudget;
  health: Health;
  /** 0 to 1. */
  random: () => number;
};

/** Trimming halves what is sent: after as many times nothing of a conversation is left. */
const trimsMax = 3;

export class Course {
  readonly #options: CourseOptions;
  /** The last failure of each target, in the order of failing. */
  #failures: Failed[] = [];
  #next = 0;
  #calls = 0;
  #repeats = 0;
  #trims = 0;
  #trimmed: Target | undefined;
  /** It was tried out of turn, beside another. */
  #beside: Target | undefined;
  #isOver = false;
  #isSpent = false;
  /** The largest window that is known to be too small, in tokens. */
  #tooSmall = 0;

  constructor(options: CourseOptions) {
    this.#options = options;
  }

  get calls(): number {
    return this.#calls;
  }

  /** The repeats that there are have been made, or their budget has refused one. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** The next step, or undefined when nothing is left to try. */
  next(): Step | undefined {
    if (!this.#mayCall()) return undefined;
    if (this.#trimmed) {
      const target = this.#trimmed;
      this.#trimmed = undefined;
      return { ...stepTo(target), trim: true };
    }
    const target = this.#untried();
    if (target) return stepTo(target);
    return this.#calls === 0 ? this.#insist() : this.#repeat();
  }

  /** After an answer has broken off: the next target that has not been asked yet. Nothing is repeated, trimmed or insisted on. */
  onward(broken: Failed): Step | undefined {
    this.failed(broken);
    this.#trimmed = undefined;
    if (!this.#mayCall()) return undefined;
    const target = this.#untried() ?? this.#givenUp();
    return target && stepTo(target);
  }

  /** A target that was only slower than the one beside it: it has not failed. */
  #givenUp(): Target | undefined {
    const tried = this.#options.plan.targets.slice(0, this.#next);
    return tried.find(
      (target) => !this.#failures.some((failed) => failed.target === target) && !this.#isTooSmall(target),
    );
  }

  #mayCall(): boolean {
    return !this.#isOver && this.#calls < (this.#options.plan.policies.attemptsMax ?? Number.POSITIVE_INFINITY);
  }

  #untried(): Target | undefined {
    const { targets } = this.#options.plan;
    while (this.#next < targets.length) {
      const target = targets[this.#next++] as Target;
      if (target !== this.#beside && !this.#isTooSmall(target)) return target;
    }
    return undefined;
  }

  /** A target for a second request beside the first one: the next of the plan that is well, else the same. */
  beside(first: Target, inputTokens: number): Step {
    const { health, plan } = this.#options;
    const other = plan.targets.slice(this.#next).find((target) => health.availability(target, inputTokens).usable);
    this.#beside = other;
    return stepTo(other ?? first);
  }

  failed(failed: Failed): void {
    const { target, error, verdict, skipped } = failed;
    this.#forget(target);
    this.#failures.push(failed);
    if (skipped) return;
    this.#calls++;
    if (!verdict.elsewhere) this.#isOver = true;
    if (!verdict.larger) return;
    this.#tooSmall = Math.max(this.#tooSmall, target.contextTokens ?? 0);
    const isTrimmable = this.#options.plan.policies.contextOverflow === "trim" && error.code === "context_length";
    if (isTrimmable && this.#trims < trimsMax) {
      this.#trims++;
      this.#trimmed = target;
    }
  }

  told() {
    return toldFailure(this.#failures, this.#options.health.nowMs);
  }

  #forget(target: Target): void {
    this.#failures = this.#failures.filter((failed) => failed.target !== target);
  }

  #isTooSmall({ contextTokens }: Target): boolean {
    return this.#tooSmall > 0 && contextTokens !== undefined && contextTokens <= this.#tooSmall;
  }

  /** Nobody was called. Those that rest by our guess alone are asked, the one that has rested longest first. */
  #insist(): Step | undefined {
    const guesses = this.#failures.filter(({ skipped }) => skipped?.stated === false);
    guesses.sort((one, other) => (one.retryAtMs ?? 0) - (other.retryAtMs ?? 0));
    const first = guesses[0];
    if (!first) return undefined;
    this.#forget(first.target);
    return { ...stepTo(first.target), insist: true };
  }

  /** Every target has failed: the one that is soonest ready is asked again, within the retries and their budget. */
  #repeat(): Step | undefined {
    const { health, budget, random } = this.#options;
    const { nowMs } = health;
    const waiting = this.#failures.flatMap(({ target, verdict, retryAtMs, skipped }) => {
      const retry = this.#retryOf(target);
      if (!verdict.again || skipped || this.#repeats >= retry.retriesMax) return [];
      // Where time is stated, or the breaker has opened, asking earlier is useless.
      const { usable, stated } = health.availability(target);
      const blockedMs = usable || stated === false ? 0 : (retryAtMs ?? Number.POSITIVE_INFINITY) - nowMs;
      if (blockedMs > retry.delayMsMax) return [];
      return [{ target, waitMs: Math.max(blockedMs, backoffMs(retry, this.#repeats, random())) }];
    });
    waiting.sort((one, other) => one.waitMs - other.waitMs);
    // Either this one is made, or none may be: whoever repeats the request from outside only adds to the load.
    this.#isSpent ||= waiting.length > 0;
    const chosen = waiting.find(({ target }) => {
      return budget.take(target.provider.name, this.#retryOf(target).budgetPercent);
    });
    if (!chosen) return undefined;
    this.#repeats++;
    return { ...stepTo(chosen.target), waitMs: chosen.waitMs, insist: true, repeat: true };
  }

  #retryOf(target: Target): RetrySettings {
    const settings = this.#options.retryOf(target.provider.name);
    const { retry } = this.#options.plan.policies;
    return retry ? { ...settings, ...retry } : settings;
  }
}

function stepTo(target: Target): Step {
  return { target, waitMs: 0, insist: false, repeat: false, trim: false };
}

/** Grows by the factor up to the most, then is moved by chance: those that failed together shall not return together. */
export function backoffMs(retry: RetrySettings, repeats: number, random: number): number {
  const plainMs = Math.min(retry.firstDelayMs * retry.factor ** repeats, retry.delayMsMax);
  return plainMs * (1 + (retry.jitterPercent / 100) * (2 * random - 1));
}
