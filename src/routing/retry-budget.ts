// How many calls may be made on top of the requests: a share of them, so that nobody is buried under repeats. By provider for repeats, by virtual
// model for second requests that are sent beside the first.

/** Counts are halved this often: the share holds for the last half minute, not for all time. */
const halfLifeMs = 10_000;

type Counts = { requests: number; repeats: number; halvedMs: number };

export class RetryBudget {
  readonly #nowMs: () => number;
  readonly #reserve: number;
  /** By name; bounded by the configuration. */
  readonly #counts = new Map<string, Counts>();

  /** `reserve`: so many are allowed in any case, so that a quiet gateway may repeat at all. */
  constructor(nowMs: () => number, reserve: number) {
    this.#nowMs = nowMs;
    this.#reserve = reserve;
  }

  /** A first call has been made. */
  noteRequest(provider: string): void {
    this.#of(provider).requests++;
  }

  /** True when one more repeat fits; it is then counted. */
  take(provider: string, percent: number): boolean {
    const counts = this.#of(provider);
    if (percent <= 0 || counts.repeats + 1 > Math.max(this.#reserve, (counts.requests * percent) / 100)) return false;
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
    const nowMs = this.#nowMs();
    const ageMs = nowMs - counts.halvedMs;
    if (ageMs < halfLifeMs) return counts;
    const divisor = 2 ** Math.min(60, Math.floor(ageMs / halfLifeMs));
    counts.requests /= divisor;
    counts.repeats /= divisor;
    counts.halvedMs = nowMs;
    return counts;
  }
}
