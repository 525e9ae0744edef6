// A clock that stands still until a test moves it.
import { type Clock, sweepMs } from "../../src/exchange/timers.ts";

export type FakeClock = Clock & {
  /** Moves the time, with a tick for every sweep that falls into it, and lets promises settle after each. */
  advance(milliseconds: number): Promise<void>;
  /**
   * Moves the time in steps until this has settled, and gives what came of it; what was sent on sockets has to arrive between
   * them. Rejects where that takes more than `mostMs` of its time.
   */
  passUntil<T>(pending: Promise<T>, how?: { stepMs?: number; mostMs?: number }): Promise<T>;
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
  const clock: FakeClock = {
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
    async passUntil(pending, { stepMs = 500, mostMs = Number.POSITIVE_INFINITY } = {}) {
      const untilMs = nowMs + mostMs;
      let isOver = false;
      void pending
        .catch(() => {})
        .finally(() => {
          isOver = true;
        });
      while (!isOver && nowMs < untilMs) {
        await Bun.sleep(5);
        await clock.advance(stepMs);
      }
      return await Promise.race([pending, Promise.reject(new Error(`still waiting after ${mostMs} ms`))]);
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
  return clock;
}
