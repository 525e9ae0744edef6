// Percentiles over the last durations: the same after each new one as if all that are kept were sorted anew.
import { expect, test } from "bun:test";
import { addSample, openSamples, percentile } from "../../src/routing/samples.ts";

const kept = 128;

function expected(durations: readonly number[], percent: number): number | undefined {
  const sorted = durations.slice(-kept).toSorted((one, other) => one - other);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}

test("percentiles are those of the last durations, whatever came before and in which order", () => {
  const samples = openSamples();
  const durations: number[] = [];
  let state = 7;
  for (let index = 0; index < 1000; index++) {
    state = (state * 48271) % 2147483647;
    // Many are alike, and the level changes.
    const duration = (state % 50) + (index > 400 ? 100 : 0);
    durations.push(duration);
    addSample(samples, duration, index);
    for (const percent of [50, 95]) {
      expect(percentile(samples, { percent, least: 1, nowMs: index })).toBe(expected(durations, percent));
    }
  }
});

test("what is an hour old counts no more", () => {
  const samples = openSamples();
  addSample(samples, 10, 0);
  expect(percentile(samples, { percent: 50, least: 1, nowMs: 1000 })).toBe(10);
  addSample(samples, 30, 60 * 60 * 1000 + 1);
  expect(percentile(samples, { percent: 50, least: 1, nowMs: 60 * 60 * 1000 + 1 })).toBe(30);
});
