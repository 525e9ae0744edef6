// Counters of the process: by model and by name, with room for so many names and no more.
import { expect, test } from "bun:test";
import { emptyUsage } from "../../src/core/usage.ts";
import { openStats } from "../../src/telemetry/stats.ts";

test("requests, errors and tokens are added up by model", () => {
  const stats = openStats(() => 5000);
  const usage = { ...emptyUsage(), inputTokens: 10, outputTokens: 3, cacheReadTokens: 4, cacheWrite5mTokens: 1 };
  stats.settled({ provider: "one", model: "m", failed: false, usage });
  stats.settled({ provider: "one", model: "m", failed: true, usage: undefined });
  expect(stats.snapshot().models.get("one/m")).toEqual({
    requests: 2,
    errors: 1,
    inputTokens: 10,
    outputTokens: 3,
    reasoningTokens: 0,
    cacheReadTokens: 4,
    cacheWriteTokens: 1,
  });
});

test("names without end are counted together", () => {
  const stats = openStats(() => 0);
  for (let index = 0; index < 5000; index++) {
    stats.settled({ provider: "one", model: `m${index}`, failed: false, usage: undefined });
    stats.lostLate([`field-${index}`]);
  }
  const { models, lost } = stats.snapshot();
  expect([models.size, models.get("(others)")?.requests]).toEqual([2001, 3000]);
  expect([lost.size, lost.get("(others)")]).toEqual([2001, 3000]);
});
