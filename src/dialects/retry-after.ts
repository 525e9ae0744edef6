// How long a provider asks to wait: its headers in all their forms, and the words of its message. Pure: times of day are counted from the
// response's own `date` header, since a dialect has no clock.

type ReadableHeaders = { get(name: string): string | null };

/** Longest wait that is believed: what is stated for longer is asked again once a day. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/** From `retry-after-ms` or `retry-after`, in seconds or as a date (RFC 9110 10.2.3). */
export function retryAfterMs(headers: ReadableHeaders): number | undefined {
  const milliseconds = positiveNumber(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return bounded(milliseconds);
  const written = headers.get("retry-after");
  const seconds = positiveNumber(written);
  if (seconds !== undefined) return bounded(seconds * 1000);
  return written ? untilDate(written, headers) : undefined;
}

/**
 * Where a limit is spent, when it is full again. OpenAI, Groq, Azure: `x-ratelimit-reset-requests: 6m0s` beside
 * `x-ratelimit-remaining-requests` (platform.openai.com/docs/guides/rate-limits, read 2026-11); Anthropic:
 * `anthropic-ratelimit-tokens-reset` as RFC 3339 (docs.anthropic.com/en/api/rate-limits); OpenRouter: `x-ratelimit-reset` in
 * Unix milliseconds. Of several spent limits the last one counts.
 */
export function limitResetMs(headers: ReadableHeaders): number | undefined {
  let longestMs: number | undefined;
  for (const [remaining, reset] of limitHeaders) {
    if (headers.get(remaining)?.trim() !== "0") continue;
    const written = headers.get(reset);
    const waitMs = written ? readReset(written.trim(), headers) : undefined;
    if (waitMs !== undefined) longestMs = Math.max(longestMs ?? 0, waitMs);
  }
  return longestMs;
}

const kinds = ["requests", "tokens", "input-tokens", "output-tokens"] as const;
const limitHeaders: readonly (readonly [remaining: string, reset: string])[] = [
  ["x-ratelimit-remaining", "x-ratelimit-reset"],
  ["ratelimit-remaining", "ratelimit-reset"],
  ...kinds.map((kind) => [`x-ratelimit-remaining-${kind}`, `x-ratelimit-reset-${kind}`] as const),
  ...kinds.map((kind) => [`anthropic-ratelimit-${kind}-remaining`, `anthropic-ratelimit-${kind}-reset`] as const),
];

/** Numbers above this are a time of day in Unix seconds, above the next one in milliseconds. */
const epochSecondsMin = 1_000_000_000;
const epochMillisecondsMin = 1_000_000_000_000;

function readReset(written: string, headers: ReadableHeaders): number | undefined {
  const number = positiveNumber(written);
  if (number === undefined) return spanMs(written) ?? untilDate(written, headers);
  if (number >= epochMillisecondsMin) return untilTime(number, headers);
  return number >= epochSecondsMin ? untilTime(number * 1000, headers) : bounded(number * 1000);
}

const unitsMs: { readonly [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `1m30s`, `7.66s`, `20ms`. */
function spanMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    totalMs += Number(amount) * (unitsMs[unit] ?? 0);
  }
  return bounded(totalMs);
}

const wordUnits: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `Please try again in 6m0s.` (OpenAI, Groq), `Please retry in 34.07s.` (Gemini), `retry after 20 seconds` (Azure), `wait 5
 * minutes`.
 */
export function spokenWaitMs(message: string): number | undefined {
  const text = message.slice(0, 2000).toLowerCase();
  const compact = /(?:again|retry|wait|reset)[a-z ]{0,12}? ((?:\d+(?:\.\d+)?(?:ms|[dhms]))+)\b/.exec(text)?.[1];
  if (compact !== undefined) return spanMs(compact);
  const spoken =
    /(?:again in|retry in|retry after|wait|reset in|reset after) (\d+(?:\.\d+)?) ?(ms|millisecond|sec|min|hour|day)/;
  const found = spoken.exec(text);
  if (!found) return undefined;
  const [, amount, unit = ""] = found;
  const factor = unit === "ms" || unit === "millisecond" ? 1 : (wordUnits[unit.slice(0, 1)] ?? 0);
  return bounded(Number(amount) * factor);
}

function untilDate(written: string, headers: ReadableHeaders): number | undefined {
  return untilTime(Date.parse(written), headers);
}

function untilTime(timeMs: number, headers: ReadableHeaders): number | undefined {
  const span = timeMs - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(span) && span >= 0 ? bounded(span) : undefined;
}

function bounded(milliseconds: number): number {
  return Math.min(Math.ceil(Math.round(milliseconds * 1e3) / 1e3), maxRetryAfterMs);
}

function positiveNumber(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
