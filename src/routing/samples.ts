// The last durations of something, and what they say: a median, a high percentile.
import type { Samples } from "../storage/health-store.ts";

const samplesMax = 128;
/** What was measured longer ago than this says nothing any more. */
const staleMs = 60 * 60 * 1000;

export function openSamples(): Samples {
  return { values: [], next: 0, lastMs: 0, sorted: undefined };
}

export function addSample(samples: Samples, durationMs: number, nowMs: number): void {
  if (nowMs - samples.lastMs > staleMs) {
    samples.values.length = 0;
    samples.next = 0;
    samples.sorted = undefined;
  }
  samples.lastMs = nowMs;
  if (samples.sorted) replace(samples.sorted, samples.values[samples.next], durationMs);
  samples.values[samples.next] = durationMs;
  samples.next = (samples.next + 1) % samplesMax;
}

/** Whoever asks for a percentile asks again at the next request: what is sorted stays so, with one value in place of another. */
function replace(sorted: number[], old: number | undefined, value: number): void {
  let at = old === undefined ? sorted.push(value) - 1 : sorted.indexOf(old);
  for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number;
  for (; at < sorted.length - 1 && (sorted[at + 1] as number) < value; at++) sorted[at] = sorted[at + 1] as number;
  sorted[at] = value;
}

/** The duration below which `percent` of the samples lie; undefined with fewer than `least` fresh ones. */
export function percentile(
  samples: Samples | undefined,
  asked: { percent: number; least: number; nowMs: number },
): number | undefined {
  if (!samples || samples.values.length < Math.max(1, asked.least) || asked.nowMs - samples.lastMs > staleMs) {
    return undefined;
  }
  samples.sorted ??= samples.values.toSorted((one, other) => one - other);
  const { sorted } = samples;
  return sorted[Math.min(sorted.length - 1, Math.ceil((asked.percent / 100) * sorted.length) - 1)];
}
