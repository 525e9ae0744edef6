// Deadlines under one sweeping clock.
import { describe, expect, test } from "bun:test";
import { type DeadlineName, systemClock, Timers } from "../../src/exchange/timers.ts";
import { openFakeClock } from "../support/fake-clock.ts";

function opened() {
  const clock = openFakeClock();
  const timers = new Timers(clock);
  const deadlines = timers.open();
  const passed: DeadlineName[] = [];
  for (const name of [
    "body",
    "connect",
    "headers",
    "first_output",
    "idle",
    "total",
    "commit",
    "heartbeat",
    "write",
  ] as const) {
    deadlines.on(name, (reported) => passed.push(reported));
  }
  return { clock, timers, deadlines, passed };
}

describe("a deadline", () => {
  test("passes at its time, once", async () => {
    const { clock, deadlines, passed } = opened();
    deadlines.set("headers", 500);
    await clock.advance(499);
    expect(passed).toEqual([]);
    await clock.advance(1);
    expect(passed).toEqual(["headers"]);
    await clock.advance(10_000);
    expect(passed).toEqual(["headers"]);
  });

  test("never passes early, wherever between two sweeps it is set, and at most one sweep late", async () => {
    const { clock, deadlines, passed } = opened();
    await clock.advance(99);
    deadlines.set("idle", 50);
    await clock.advance(1);
    expect(passed).toEqual([]);
    await clock.advance(100);
    expect(passed).toEqual(["idle"]);
  });

  test("set after the thread was busy is not counted from before", async () => {
    const { clock, deadlines, passed } = opened();
    clock.stall(5000);
    deadlines.set("idle", 1000);
    await clock.advance(900);
    expect(passed).toEqual([]);
    await clock.advance(100);
    expect(passed).toEqual(["idle"]);
  });

  test("set again starts anew, and cleared or set to 0 never passes", async () => {
    const { clock, deadlines, passed } = opened();
    deadlines.set("idle", 300);
    deadlines.set("total", 300);
    deadlines.set("connect", 300);
    await clock.advance(200);
    deadlines.set("idle", 300);
    deadlines.clear("total");
    deadlines.set("connect", 0);
    deadlines.set("write", -1);
    await clock.advance(200);
    expect(passed).toEqual([]);
    await clock.advance(100);
    expect(passed).toEqual(["idle"]);
  });

  test("may be set again by what it reports to", async () => {
    const { clock, deadlines } = opened();
    const beatsMs: number[] = [];
    deadlines.on("heartbeat", (name) => {
      beatsMs.push(clock.nowMs());
      deadlines.set(name, 400);
    });
    deadlines.set("heartbeat", 1000);
    await clock.advance(2000);
    expect(beatsMs).toEqual([2000, 2400, 2800]);
  });

  test("reports to whom was named last, and to nobody without complaint", async () => {
    const { clock, timers, deadlines, passed } = opened();
    const told: string[] = [];
    deadlines.on("total", () => told.push("other"));
    deadlines.set("total", 100);
    timers.open().set("total", 100);
    await clock.advance(100);
    expect(told).toEqual(["other"]);
    expect(passed).toEqual([]);
  });
});

test("closed deadlines report nothing, even when another passed in the same sweep", async () => {
  const { clock, deadlines, passed } = opened();
  deadlines.on("headers", (name) => {
    passed.push(name);
    deadlines.close();
  });
  deadlines.set("headers", 100);
  deadlines.set("total", 100);
  await clock.advance(1000);
  expect(passed).toEqual(["headers"]);
});

test("each exchange has deadlines of its own, and the clock stops with the timers", async () => {
  const { clock, timers, deadlines, passed } = opened();
  const other = timers.open();
  other.on("idle", () => passed.push("write"));
  deadlines.set("idle", 200);
  other.set("idle", 100);
  await clock.advance(100);
  expect(passed).toEqual(["write"]);
  timers.close();
  expect(clock.ticking).toBe(0);
  await clock.advance(1000);
  expect(passed).toEqual(["write"]);
});

test("the system's clock runs forward and ticks until it is stopped", async () => {
  const before = systemClock.nowMs();
  await new Promise<void>((resolve) => {
    const once = () => {
      stop();
      resolve();
    };
    const stop = systemClock.every(once);
  });
  expect(systemClock.nowMs()).toBeGreaterThan(before);
});
