// Times that hosts write, as texts.
import { expect, test } from "bun:test";
import { isoOfSeconds } from "../../src/core/time.ts";

test("a Unix time is written as ISO 8601, and nothing else is", () => {
  expect(isoOfSeconds(1_700_000_000)).toBe("2023-11-14T22:13:20.000Z");
  expect(isoOfSeconds(0)).toBe("1970-01-01T00:00:00.000Z");
  for (const none of [undefined, 1e308, -1e308, Number.NaN, 8.64e12 + 1]) expect(isoOfSeconds(none)).toBeUndefined();
});
