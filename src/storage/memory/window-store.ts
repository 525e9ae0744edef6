// Windows of one minute in this process's memory: sixty seconds each, the oldest of which falls out as time goes on.
import type { Full, WindowLimit, WindowStore } from "../window-store.ts";

const seconds = 60;
const secondMs = 1000;

type Window = {
  requests: number[];
  tokens: number[];
  requestsSum: number;
  tokensSum: number;
  /** Number of the newest second. */
  newest: number;
};

export function openMemoryWindowStore(): WindowStore {
  // Keys come from the configuration alone: their number is bounded by it.
  const windows = new Map<string, Window>();
  const current = (key: string, nowMs: number): Window => {
    let window = windows.get(key);
    if (!window) {
      window = openWindow(nowMs);
      windows.set(key, window);
    }
    turn(window, nowMs);
    return window;
  };
  const look = (limits: readonly WindowLimit[], tokens: number, nowMs: number): Full | undefined => {
    for (const limit of limits) {
      const window = current(limit.key, nowMs);
      const full = fullOf(window, limit, tokens);
      if (full) return { ...full, limit, retryAtMs: Math.max(nowMs + 1, full.retryAtMs) };
    }
    return undefined;
  };
  return {
    scope: "process",
    look,
    take(limits, tokens, nowMs) {
      const full = look(limits, tokens, nowMs);
      if (full) return full;
      for (const { key } of limits) add(current(key, nowMs), nowMs, { requests: 1, tokens });
      return undefined;
    },
    correct(limits, difference, { takenMs, nowMs }) {
      for (const { key } of limits) {
        const window = current(key, nowMs);
        // What was taken has fallen out again: only what was used beyond it still counts, now.
        const gone = Math.floor(takenMs / secondMs) <= window.newest - seconds;
        if (!gone) add(window, takenMs, { requests: 0, tokens: difference });
        else if (difference > 0) add(window, nowMs, { requests: 0, tokens: difference });
      }
    },
    used(key, nowMs) {
      const { requestsSum, tokensSum } = current(key, nowMs);
      return { requests: requestsSum, tokens: tokensSum };
    },
    close: () => windows.clear(),
  };
}

function openWindow(nowMs: number): Window {
  return {
    requests: new Array<number>(seconds).fill(0),
    tokens: new Array<number>(seconds).fill(0),
    requestsSum: 0,
    tokensSum: 0,
    newest: Math.floor(nowMs / secondMs),
  };
}

/** Empties the seconds that have fallen out since. */
function turn(window: Window, nowMs: number): void {
  const now = Math.floor(nowMs / secondMs);
  const from = Math.max(window.newest + 1, now - seconds + 1);
  for (let second = from; second <= now; second++) {
    const slot = second % seconds;
    window.requestsSum -= window.requests[slot] as number;
    window.tokensSum -= window.tokens[slot] as number;
    window.requests[slot] = 0;
    window.tokens[slot] = 0;
  }
  window.newest = Math.max(window.newest, now);
}

function add(window: Window, atMs: number, amount: { requests: number; tokens: number }): void {
  const slot = Math.floor(atMs / secondMs) % seconds;
  window.requests[slot] = (window.requests[slot] as number) + amount.requests;
  window.tokens[slot] = (window.tokens[slot] as number) + amount.tokens;
  window.requestsSum += amount.requests;
  window.tokensSum += amount.tokens;
}

function fullOf(window: Window, limit: WindowLimit, tokens: number): Omit<Full, "limit"> | undefined {
  if (limit.requests !== undefined && window.requestsSum + 1 > limit.requests) {
    const retryAtMs = freeAt(window, window.requests, window.requestsSum + 1 - limit.requests);
    return { of: "requests", left: 0, retryAtMs };
  }
  if (limit.tokens === undefined) return undefined;
  // A request larger than the whole window would otherwise never be sent.
  const wanted = Math.min(tokens, limit.tokens);
  const excess = window.tokensSum + wanted - limit.tokens;
  if (excess <= 0) return undefined;
  const left = Math.max(0, limit.tokens - window.tokensSum);
  return { of: "tokens", left, retryAtMs: freeAt(window, window.tokens, excess) };
}

/** When enough has fallen out, counted from the oldest second. */
function freeAt(window: Window, counts: readonly number[], excess: number): number {
  let freed = 0;
  for (let second = window.newest - seconds + 1; second <= window.newest; second++) {
    if (second < 0) continue;
    freed += counts[second % seconds] as number;
    if (freed >= excess) return (second + seconds) * secondMs;
  }
  return (window.newest + seconds) * secondMs;
}
