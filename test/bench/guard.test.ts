// What the bench lets pass and what it fails.
import { describe, expect, test } from "bun:test";
import { type Figures, medianFigures, startFigures } from "../../bench/figures.ts";
import {
  type Baseline,
  type ByContender,
  machineWasBusy,
  rigWasLimit,
  toBaseline,
  verdicts,
} from "../../bench/guard.ts";
import { selectScenarios } from "../../bench/scenarios.ts";

const empty: Figures = startFigures(Number.NaN);
const quiet = { rigCoreBusy: 0.5, proxyCoreBusy: 0.99, rigCoreForeign: 0, proxyCoreForeign: 0 };
const figures = (known: Partial<Figures>): Figures => ({ ...empty, ...quiet, ...known });

function judged(id: string, byContender: ByContender, baseline?: Baseline) {
  return verdicts(selectScenarios([id]), { [id]: byContender }, baseline).map(({ value, limit, met }) => ({
    value,
    limit,
    met,
  }));
}

describe("targets", () => {
  test("0.8 of the floor's requests per second at 1 KB and 16 connections is enough, less is not", () => {
    const floor = figures({ requestsPerSecond: 1000 });
    expect(judged("whole-1kb-16", { floor, sluice: figures({ requestsPerSecond: 800 }) })).toEqual([
      { value: 0.8, limit: 0.8, met: true },
    ]);
    expect(judged("whole-1kb-16", { floor, sluice: figures({ requestsPerSecond: 799 }) })).toEqual([
      { value: 0.799, limit: 0.8, met: false },
    ]);
  });

  test("translated streams are judged by frames per CPU second", () => {
    const floor = figures({ framesPerCpuSecond: 200 });
    expect(judged("stream-translated", { floor, sluice: figures({ framesPerCpuSecond: 110 }) })).toEqual([
      { value: 0.55, limit: 0.55, met: true },
    ]);
  });

  test("the added p99 is what a contender takes beyond the direct path", () => {
    const direct = figures({ p99Ms: 1 });
    const floor = figures({ p99Ms: 3 });
    expect(judged("whole-1kb-1", { direct, floor, sluice: figures({ p99Ms: 4 }) })).toEqual([
      { value: 1.5, limit: 1.5, met: true },
    ]);
    expect(judged("whole-1kb-1", { direct, floor, sluice: figures({ p99Ms: 4.5 }) })).toEqual([
      { value: 1.75, limit: 1.5, met: false },
    ]);
  });

  test("999 of 1,000 first frames are one too few, however fast they were", () => {
    const sluice = figures({ firstOutputs: 999, firstMaxMs: 20 });
    expect(judged("first-frame-1000", { sluice }).map(({ met }) => met)).toEqual([false, true]);
  });

  test("a second request is judged by the first token beside that of requests without, and by what it costs", () => {
    const sluice = figures({ firstP99Ms: 500, otherFirstP99Ms: 1000, extraCalls: 0.1 });
    expect(judged("hedge-bimodal", { sluice })).toEqual([
      { value: 0.5, limit: 0.5, met: true },
      { value: 0.1, limit: 0.1, met: true },
    ]);
    const worse = figures({ firstP99Ms: 501, otherFirstP99Ms: 1000, extraCalls: 0.101 });
    expect(judged("hedge-bimodal", { sluice: worse }).map(({ met }) => met)).toEqual([false, false]);
  });

  test("a target whose figure is missing is missed", () => {
    expect(judged("start", {})).toEqual([{ value: Number.NaN, limit: 150, met: false }]);
    expect(judged("whole-1kb-16", { sluice: figures({ requestsPerSecond: 5 }) })[0]?.met).toBe(false);
  });

  test("a scenario without a target passes as long as every reply was right", () => {
    expect(judged("whole-1kb-256", { floor: figures({}), sluice: figures({}) })).toEqual([]);
    expect(judged("whole-1kb-256", { floor: figures({}), sluice: figures({ errors: 2 }) })).toEqual([
      { value: 2, limit: 0, met: false },
    ]);
  });
});

describe("baseline", () => {
  const baseline: Baseline = {
    machine: "any",
    figures: { "whole-1kb-256/requestsPerSecond": 0.8, "start/startMs": 100 },
  };
  const floor = figures({ requestsPerSecond: 1000 });

  test("a share that fell by 15 % is still accepted, by more is not", () => {
    expect(judged("whole-1kb-256", { floor, sluice: figures({ requestsPerSecond: 690 }) }, baseline)[0]?.met).toBe(
      true,
    );
    expect(judged("whole-1kb-256", { floor, sluice: figures({ requestsPerSecond: 670 }) }, baseline)[0]?.met).toBe(
      false,
    );
  });

  test("a start that takes over 15 % longer is missed even below its target", () => {
    const met = (startMs: number) =>
      judged("start", { sluice: figures({ startMs }) }, baseline).map((verdict) => verdict.met);
    expect(met(114)).toEqual([true, true]);
    expect(met(116)).toEqual([true, false]);
  });

  test("accepting keeps the scenarios that were not run and leaves out what was not measured", () => {
    const accepted = toBaseline({
      machine: "new",
      selected: selectScenarios(["whole-1kb-16", "stream-native"]),
      medians: { "whole-1kb-16": { floor, sluice: figures({ requestsPerSecond: 900 }) } },
      earlier: baseline,
    });
    expect(accepted).toEqual({
      machine: "new",
      figures: { ...baseline.figures, "whole-1kb-16/requestsPerSecond": 0.9 },
    });
  });
});

describe("the rig", () => {
  test("was the limit when its core was full and the proxy's was not", () => {
    expect(rigWasLimit(figures({ rigCoreBusy: 1, proxyCoreBusy: 0.6 }))).toBe(true);
    expect(rigWasLimit(figures({ rigCoreBusy: 1, proxyCoreBusy: 1 }))).toBe(false);
    expect(rigWasLimit(figures({ rigCoreBusy: 0.7, proxyCoreBusy: 0.6 }))).toBe(false);
  });

  test("tells a verdict from a busy machine", () => {
    const busy = figures({ startMs: 10, proxyCoreForeign: 0.5 });
    expect(machineWasBusy(busy)).toBe(true);
    expect(verdicts(selectScenarios(["start"]), { start: { sluice: busy } }, undefined)[0]?.remark).toBe(
      "others used the cores",
    );
  });
});

describe("medians of rounds", () => {
  test("take the middle of each figure by itself and add up the errors", () => {
    const rounds = [
      figures({ p50Ms: 1, p99Ms: 9, errors: 1 }),
      figures({ p50Ms: 3, p99Ms: 8, errors: 0 }),
      figures({ p50Ms: 2, p99Ms: 50, errors: 2 }),
    ];
    const { p50Ms, p99Ms, errors, startMs } = medianFigures(rounds);
    expect({ p50Ms, p99Ms, errors, startMs }).toEqual({ p50Ms: 2, p99Ms: 9, errors: 3, startMs: Number.NaN });
  });
});
