// A clock that stands still until a test moves it.
import { type Clock, sweepMs } from "../../src/exchange/timers.ts";

export type FakeClock = Clock & {
  /** Moves the time, with a tick for every sweep that falls into it, and lets promises settle after each. */
  advance(milliseconds: number): Promise<void>;
  /** Moves the time without a tick, as when the thread is busy. */
  stall(milliseconds: number): void;
  /** Waits that have not ended. */
  readonly waiting: number;
  /** How many are ticking. */
  readonly ticking: number;
};

export function openFakeClock(startMs = 1000): FakeClock {
  const ticks = new Set<() => void>();
  const waits = new Set<{ atMs: number; run: () => void }>();
  let nowMs = startMs;
  let nextTickMs = startMs + sweepMs;
  return {
    nowMs: () => nowMs,
    every(tick) {
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
    after(milliseconds, run) {
      const wait = { atMs: nowMs + milliseconds, run };
      waits.add(wait);
      return () => waits.delete(wait);
    },
    async advance(milliseconds) {
      const until = nowMs + milliseconds;
      while (nextTickMs <= until) {
        nowMs = Math.max(nowMs, nextTickMs);
        nextTickMs += sweepMs;
        for (const tick of ticks) tick();
        for (const wait of waits) {
          if (wait.atMs > nowMs) continue;
          waits.delete(wait);
          wait.run();
        }
        // A macrotask: streams need more than one turn of the microtask queue.
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = Math.max(nowMs, until);
    },
    stall(milliseconds) {
      nowMs += milliseconds;
    },
    get waiting() {
      return waits.size;
    },
    get ticking() {
      return ticks.size;
    },
  };
}
