// Percentiles and medians of the bench.
import { describe, expect, test } from "bun:test";
import { median, percentile, Samples } from "../../bench/statistics.ts";

const oneToHundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe("percentile", () => {
  test("is the smallest value that the share of all values does not exceed", () => {
    expect(percentile(oneToHundred, 0.5)).toBe(50);
    expect(percentile(oneToHundred, 0.99)).toBe(99);
    expect(percentile(oneToHundred, 0.999)).toBe(100);
    expect(percentile(oneToHundred, 1)).toBe(100);
  });

  test("of one value is that value at every share", () => {
    expect(percentile([7], 0)).toBe(7);
    expect(percentile([7], 0.999)).toBe(7);
  });

  test("of nothing is not a number", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("median", () => {
  test("is the middle value in any order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test("of an even count is the mean of the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("leaves out rounds in which nothing was measured", () => {
    expect(median([Number.NaN, 2, Number.NaN])).toBe(2);
    expect(median([Number.NaN])).toBeNaN();
    expect(median([])).toBeNaN();
  });
});

describe("samples", () => {
  test("keep every value beyond their first capacity, in any order of arrival", () => {
    const samples = new Samples();
    for (let value = 10_000; value >= 1; value -= 1) samples.add(value);
    expect(samples.summary()).toEqual({ count: 10_000, p50: 5000, p99: 9900, p999: 9990, max: 10_000 });
  });

  test("say that there were none", () => {
    expect(new Samples().summary()).toEqual({
      count: 0,
      p50: Number.NaN,
      p99: Number.NaN,
      p999: Number.NaN,
      max: Number.NaN,
    });
  });
});
