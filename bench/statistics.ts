// Percentiles and medians: exact, from all samples, not from buckets.

/** Nearest-rank percentile of ascending values: the smallest value that at least `share` of all do not exceed. NaN when there are none. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  const rank = Math.max(1, Math.ceil(share * ascending.length));
  return ascending[rank - 1] ?? Number.NaN;
}

/** The middle value, or the mean of the two middle ones. NaN values (nothing was measured) are left out. */
export function median(values: readonly number[]): number {
  const ascending = values.filter((value) => !Number.isNaN(value)).sort((left, right) => left - right);
  const middle = ascending.length >> 1;
  if (ascending.length % 2 === 1) return ascending[middle] ?? Number.NaN;
  return ((ascending[middle - 1] ?? Number.NaN) + (ascending[middle] ?? Number.NaN)) / 2;
}

export type Summary = { count: number; p50: number; p99: number; p999: number; max: number };

const firstCapacity = 4096;
/** 32 MiB of samples; a run that is bounded to seconds stays far below. */
const mostSamples = 4 * 1024 * 1024;

/** A growing list of numbers that costs the measured loop next to nothing. */
export class Samples {
  #values = new Float64Array(firstCapacity);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      if (this.#count >= mostSamples) return;
      const wider = new Float64Array(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count++] = value;
  }

  summary(): Summary {
    const ascending = this.#values.slice(0, this.#count).sort();
    return {
      count: this.#count,
      p50: percentile(ascending, 0.5),
      p99: percentile(ascending, 0.99),
      p999: percentile(ascending, 0.999),
      max: percentile(ascending, 1),
    };
  }
}
