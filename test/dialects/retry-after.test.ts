// How long providers ask to wait, in every form in which they say it. Forms and figures are those of their own documents.
import { describe, expect, test } from "bun:test";
import { limitResetMs, retryAfterMs, spokenWaitMs } from "../../src/dialects/retry-after.ts";

const date = "Sat, 01 Aug 2026 10:00:00 GMT";
const nowMs = Date.parse(date);

describe("retry-after", () => {
  test.each([
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after": "9", "retry-after-ms": "120" }, 120],
    [{ "retry-after": "Sat, 01 Aug 2026 10:00:05 GMT", date }, 5000],
    [{ "retry-after": "604800" }, 86_400_000],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "Sat, 01 Aug 2026 09:00:00 GMT", date }, undefined],
  ])("%j is %p ms", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>))).toBe(expected);
  });
});

describe("a limit that is spent is full again", () => {
  test.each([
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s" }, 7660],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms" }, 20],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(nowMs + 4000), date }, 4000],
    [{ "ratelimit-remaining": "0", "ratelimit-reset": "30" }, 30_000],
    [
      { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-08-01T10:00:11Z", date },
      11_000,
    ],
    // The limit that is not spent is not the reason.
    [{ "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "1h" }, undefined],
    [
      {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m30s",
      },
      90_000,
    ],
  ])("%j after %p ms", (headers, expected) => {
    expect(limitResetMs(new Headers(headers as unknown as Record<string, string>))).toBe(expected as number);
  });
});

test.each([
  ["Rate limit reached for gpt-4o. Please try again in 6m0s. Visit …", 360_000],
  ["Limit 6000, Used 5800. Please try again in 7.66s.", 7660],
  ["You exceeded your current quota. Please retry in 34.074824224s.", 34_075],
  ["Requests have exceeded the limit. Please retry after 20 seconds.", 20_000],
  ["Too many requests, wait 5 minutes", 300_000],
  ["Please try again in 20ms.", 20],
  ["Please try again later.", undefined],
  ["The model reset 3 times.", undefined],
])("%p asks for %p ms", (message, expected) => {
  expect(spokenWaitMs(message)).toBe(expected as number);
});
