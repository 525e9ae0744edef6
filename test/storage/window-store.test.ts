// Windows of a minute: nothing is taken beyond a limit in any minute, tokens are corrected by what was used.
import { expect, test } from "bun:test";
import { openMemoryWindowStore } from "../../src/storage/memory/window-store.ts";
import type { WindowLimit } from "../../src/storage/window-store.ts";

const requests = (key: string, most: number): WindowLimit => ({ key, what: key, requests: most, tokens: undefined });
const tokens = (key: string, most: number): WindowLimit => ({ key, what: key, requests: undefined, tokens: most });

test("no minute holds more requests than the limit, wherever it begins", () => {
  const store = openMemoryWindowStore();
  const limit = [requests("a", 10)];
  const taken: number[] = [];
  for (let nowMs = 0; nowMs < 300_000; nowMs += 700) if (!store.take(limit, 0, nowMs)) taken.push(nowMs);
  for (const from of taken) {
    expect(taken.filter((at) => at >= from && at < from + 59_000).length).toBeLessThanOrEqual(10);
  }
  expect(taken.length).toBeGreaterThanOrEqual(40);
});

test("all windows are taken or none", () => {
  const store = openMemoryWindowStore();
  const [wide, narrow] = [requests("wide", 10), requests("narrow", 1)];
  expect(store.take([wide, narrow], 0, 0)).toBeUndefined();
  expect(store.take([wide, narrow], 0, 100)).toEqual({ limit: narrow, of: "requests", left: 0, retryAtMs: 60_000 });
  expect(store.used("wide", 100).requests).toBe(1);
});

test("tokens are free again as soon as enough of them have fallen out", () => {
  const store = openMemoryWindowStore();
  const limit = [tokens("a", 100)];
  void store.take(limit, 30, 1000);
  void store.take(limit, 60, 5000);
  expect(store.look(limit, 10, 6000)).toBeUndefined();
  expect(store.look(limit, 20, 6000)).toMatchObject({ of: "tokens", retryAtMs: 61_000 });
  expect(store.look(limit, 100, 6000)).toMatchObject({ of: "tokens", retryAtMs: 65_000 });
  // Larger than the window itself: it may go when nothing else is in it.
  expect(store.look(limit, 5000, 6000)).toMatchObject({ retryAtMs: 65_000 });
  expect(store.look(limit, 5000, 65_000)).toBeUndefined();
});

test("an estimate is corrected in its own second, or counts now when that has gone", () => {
  const store = openMemoryWindowStore();
  const limit = [tokens("a", 100)];
  void store.take(limit, 50, 1000);
  store.correct(limit, -20, { takenMs: 1000, nowMs: 2000 });
  expect(store.used("a", 2000).tokens).toBe(30);
  store.correct(limit, 40, { takenMs: 1000, nowMs: 90_000 });
  expect(store.used("a", 90_000).tokens).toBe(40);
  store.correct(limit, -500, { takenMs: 1000, nowMs: 90_000 });
  expect(store.used("a", 90_000).tokens).toBe(40);
});
