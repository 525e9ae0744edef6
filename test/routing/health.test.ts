// The breaker's states, rests of targets and credentials, and the latencies that the planner reads.
import { describe, expect, test } from "bun:test";
import type { BreakerPolicy } from "../../src/routing/breaker.ts";
import { type Availability, Health, type HealthTarget, Pass } from "../../src/routing/health.ts";
import { Limits } from "../../src/routing/limits.ts";
import { targetKey } from "../../src/routing/session.ts";
import { openMemoryHealthStore } from "../../src/storage/memory/health-store.ts";
import { openMemoryWindowStore } from "../../src/storage/memory/window-store.ts";

const policy: BreakerPolicy = {
  enabled: true,
  failureThreshold: 5,
  failurePercent: 50,
  windowMs: 60_000,
  successThreshold: 1,
  openMs: 30_000,
  openMostMs: 100_000,
};
const target: HealthTarget = {
  key: targetKey("one", "1", "m"),
  provider: { name: "one", baseUrl: "https://one.example/v1" },
  credential: { id: "1" },
  model: "m",
};
const broke = { code: "upstream_failed", status: 500, message: "it broke" } as const;

function open(changed: Partial<BreakerPolicy> = {}) {
  const state = { nowMs: 1000 };
  const store = openMemoryHealthStore();
  const health = new Health({
    store,
    nowMs: () => state.nowMs,
    breakerOf: () => ({ ...policy, ...changed }),
    rests: { authMs: 120_000, quotaMs: 300_000, rateLimitMs: 1000, mostMs: 600_000 },
    limits: new Limits({
      store: openMemoryWindowStore(),
      providers: { full: { limits: { requests_per_minute: 1 } } },
      hosts: {},
      nowMs: () => state.nowMs,
    }),
    // No jitter.
    random: () => 0.5,
  });
  const enter = (insist = false, of = target) => health.enter(of, insist) as Pass | Availability;
  const pass = (of = target): Pass => {
    const entered = enter(false, of);
    if (!(entered instanceof Pass)) throw new Error(entered.reason);
    return entered;
  };
  const fail = (times: number) => {
    for (let index = 0; index < times; index++) pass().fail(broke);
  };
  return { state, store, health, enter, pass, fail };
}

describe("the breaker", () => {
  test("opens at the threshold, for its time, then lets one probe through", () => {
    const { health, state, fail, enter, pass } = open();
    fail(4);
    expect(health.availability(target)).toEqual({ usable: true, state: "closed" });
    fail(1);
    expect(health.availability(target)).toEqual({
      usable: false,
      state: "open",
      reason: "breaker open: upstream_failed",
      retryAtMs: 31_000,
      code: "upstream_failed",
    });
    expect(enter()).not.toBeInstanceOf(Pass);
    state.nowMs = 31_000;
    expect(health.availability(target)).toEqual({ usable: true, state: "half-open" });
    const passes = Array.from({ length: 500 }, () => enter()).filter((entered) => entered instanceof Pass);
    expect(passes.length).toBe(1);
    expect(health.availability(target).usable).toBe(false);
    passes[0]?.output(true);
    passes[0]?.leave();
    expect(health.availability(target)).toEqual({ usable: true, state: "closed" });
    pass().leave();
    expect([...health.records()][0]?.transitions.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "closed open",
      "open half-open",
      "half-open closed",
    ]);
  });

  test("opens for twice as long after each failed probe, up to the most", () => {
    const { health, state, fail, pass } = open();
    fail(5);
    const waits: number[] = [];
    for (let index = 0; index < 3; index++) {
      const { retryAtMs = 0 } = health.availability(target);
      waits.push(retryAtMs - state.nowMs);
      state.nowMs = retryAtMs;
      pass().fail(broke);
    }
    waits.push((health.availability(target).retryAtMs ?? 0) - state.nowMs);
    expect(waits).toEqual([30_000, 60_000, 100_000, 100_000]);
  });

  test("stays closed while most calls are answered, and forgets old failures", () => {
    const { health, state, fail, pass } = open();
    for (let index = 0; index < 20; index++) {
      const answered = pass();
      answered.output(false);
      answered.leave();
    }
    fail(10);
    expect(health.availability(target).state).toBe("closed");
    expect(health.errorRate(target)).toBeCloseTo(1 / 3);
    state.nowMs += 120_000;
    fail(4);
    expect(health.availability(target).state).toBe("closed");
  });

  test("is tripped neither by limits nor by clients that go, and a probe that ends so is given back", () => {
    const { health, state, fail, pass, enter } = open();
    for (let index = 0; index < 50; index++) pass().leave();
    expect(health.availability(target).state).toBe("closed");
    fail(5);
    state.nowMs = 31_000;
    pass().leave();
    expect(enter()).toBeInstanceOf(Pass);
  });

  test("wants as many answered probes as it is told", () => {
    const { health, state, fail, pass } = open({ successThreshold: 2 });
    fail(5);
    state.nowMs = 31_000;
    const first = pass();
    first.output(true);
    first.leave();
    expect(health.availability(target).state).toBe("half-open");
    pass().output(false);
    expect(health.availability(target).state).toBe("closed");
  });

  test("opens at once when the probe's stream breaks off after its output", () => {
    const { health, state, fail, pass } = open();
    fail(5);
    state.nowMs = 31_000;
    const probe = pass();
    probe.output(true);
    probe.fail(broke);
    expect(health.availability(target).state).toBe("open");
  });

  test("follows what a plan asks of it in place of the provider's settings", () => {
    const { health, state } = open();
    (health.enter(target, false, { failures: 1, openMs: 5000 }) as Pass).fail(broke);
    expect(health.availability(target).retryAtMs).toBe(state.nowMs + 5000);
  });

  test("counts a call once, whatever is said of it afterwards", () => {
    const { health, pass } = open();
    const call = pass();
    expect(health.inFlight(target)).toBe(1);
    call.fail(broke);
    call.fail(broke);
    call.leave();
    expect([health.inFlight(target), [...health.records()][0]?.errors]).toEqual([0, 1]);
  });
});

describe("a rest", () => {
  const limited = { code: "rate_limited", status: 429, message: "slow down" } as const;

  test("lasts as long as the provider says, and nobody insists", () => {
    const { health, state, enter, pass } = open();
    pass().rest({ whole: false, kind: "rateLimitMs", code: "rate_limited", statedMs: 7000 }, limited);
    expect(health.availability(target)).toEqual({
      usable: false,
      state: "closed",
      reason: "the model rests: rate_limited",
      retryAtMs: 8000,
      code: "rate_limited",
      stated: true,
    });
    expect(enter(true)).not.toBeInstanceOf(Pass);
    state.nowMs = 8000;
    expect(enter()).toBeInstanceOf(Pass);
  });

  test("is a guess that grows where nothing is said; who has nothing else may insist", () => {
    const { health, state, enter } = open();
    const waits: number[] = [];
    for (let index = 0; index < 3; index++) {
      const call = enter(true) as Pass;
      call.rest({ whole: false, kind: "rateLimitMs", code: "rate_limited", statedMs: undefined }, limited);
      waits.push((health.availability(target).retryAtMs ?? 0) - state.nowMs);
    }
    expect(waits).toEqual([1000, 2000, 4000]);
    expect(enter()).not.toBeInstanceOf(Pass);
    (enter(true) as Pass).output(true);
    expect(health.availability(target).usable).toBe(true);
  });

  test("of a credential is for all its models, not for other credentials", () => {
    const { health, pass } = open();
    pass().rest(
      { whole: true, kind: "authMs", code: "upstream_auth", statedMs: undefined },
      { code: "upstream_auth", status: 401, message: "no" },
    );
    expect(health.availability({ ...target, key: targetKey("one", "1", "other"), model: "other" })).toMatchObject({
      usable: false,
      code: "upstream_auth",
      retryAtMs: 121_000,
    });
    expect(health.availability({ ...target, key: targetKey("one", "2", "m"), credential: { id: "2" } }).usable).toBe(
      true,
    );
  });
});

test("latencies are medians and percentiles of the last calls", () => {
  const { health, state, pass } = open();
  expect(health.firstOutputMs(target)).toBeUndefined();
  for (let milliseconds = 1; milliseconds <= 100; milliseconds++) {
    const call = pass();
    state.nowMs += milliseconds;
    call.output(true);
    call.leave();
  }
  expect(health.firstOutputMs(target)).toBe(50);
  expect(health.percentileMs(target, { percent: 95, least: 20, stream: true })).toBe(95);
  expect(health.percentileMs(target, { percent: 95, least: 20, stream: false })).toBeUndefined();
  state.nowMs += 2 * 60 * 60 * 1000;
  expect(health.firstOutputMs(target)).toBeUndefined();
});
