// How many repeats a provider gets: a share of the requests to it, so that a provider in trouble is not buried under them.

/** Repeats that are allowed in any case, so that a quiet gateway may repeat at all. */
const reserve = 5;
/** Counts are halved this often: the share holds for the last half minute, not for all time. */
const halfLifeMs = 10_000;

type Counts = { requests: number; repeats: number; halvedMs: number };

export class RetryBudget {
  readonly #nowMs: () => number;
  /** By provider; bounded by the configuration. */
  readonly #counts = new Map<string, Counts>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A first call has been made. */
  noteRequest(provider: string): void {
    this.#of(provider).requests++;
  }

  /** True when one more repeat fits; it is then counted. */
  take(provider: string, percent: number): boolean {
    const counts = this.#of(provider);
    if (percent <= 0 || counts.repeats + 1 > Math.max(reserve, (counts.requests * percent) / 100)) return false;
    counts.repeats++;
    return true;
  }

  #of(provider: string): Counts {
    let counts = this.#counts.get(provider);
    if (!counts) {
      counts = { requests: 0, repeats: 0, halvedMs: this.#nowMs() };
      this.#counts.set(provider, counts);
      return counts;
    }
    const ageMs = this.#nowMs() - counts.halvedMs;
    if (ageMs < halfLifeMs) return counts;
    const divisor = 2 ** Math.min(60, Math.floor(ageMs / halfLifeMs));
    counts.requests /= divisor;
    counts.repeats /= divisor;
    counts.halvedMs = this.#nowMs();
    return counts;
  }
}
