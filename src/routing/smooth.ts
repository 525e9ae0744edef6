// Taking turns by weight, smoothly: 2:1 is A B A, not A A B. The order follows from the count alone, so it can be looked up.

/** Longer periods are shortened by scaling the weights down: nobody notices a share of a ten-thousandth. */
const periodMax = 10_000;
const sequencesMax = 256;

/** The sequences of sets of weights, remembered: the set changes as targets come and go. */
export class SmoothSequences {
  readonly #sequences = new Map<string, Uint16Array>();

  /** Which of the weights has the `count`-th turn, then the others in the order of their next turns. */
  order(weights: readonly number[], count: number): number[] {
    const equal = weights.every((weight) => weight === weights[0]);
    if (equal) return rotated(weights.length, count);
    const sequence = this.#of(weights);
    const order: number[] = [];
    const seen = new Uint8Array(weights.length);
    for (let step = 0; step < sequence.length && order.length < weights.length; step++) {
      const index = sequence[(count + step) % sequence.length] as number;
      if (seen[index] === 1) continue;
      seen[index] = 1;
      order.push(index);
    }
    return order;
  }

  #of(weights: readonly number[]): Uint16Array {
    const key = weights.join(",");
    const known = this.#sequences.get(key);
    if (known) return known;
    const sequence = smoothSequence(weights);
    if (this.#sequences.size >= sequencesMax) this.#sequences.clear();
    this.#sequences.set(key, sequence);
    return sequence;
  }
}

/** 0, 1, 2 … beginning at `count`. */
export function rotated(length: number, count: number): number[] {
  const order: number[] = [];
  for (let step = 0; step < length; step++) order.push((count + step) % length);
  return order;
}

/** One period of smooth weighted round robin, as nginx has it: each turn all gain their weight, the richest pays the sum. */
export function smoothSequence(written: readonly number[]): Uint16Array {
  const weights = reduced(written);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credit = weights.map(() => 0);
  return Uint16Array.from({ length: total }, () => {
    let richest = 0;
    for (let index = 0; index < weights.length; index++) {
      credit[index] = (credit[index] as number) + (weights[index] as number);
      if ((credit[index] as number) > (credit[richest] as number)) richest = index;
    }
    credit[richest] = (credit[richest] as number) - total;
    return richest;
  });
}

function reduced(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = Math.min(1, periodMax / total);
  const scaled = scale < 1 ? weights.map((weight) => Math.max(1, Math.round(weight * scale))) : weights;
  const divisor = scaled.reduce(greatestCommonDivisor, 0);
  return scaled.map((weight) => weight / divisor);
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
