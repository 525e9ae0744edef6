// Headers of replies: ours, and the few of the provider's that may pass.
import type { DialectId } from "../core/chat.ts";
import type { GatewayError } from "../core/errors.ts";
import type { Exchange, ExchangeRecord } from "./exchange.ts";

/** Everything else of the provider's stays behind: cookies, CORS, HSTS, alt-svc, its server's name. */
const passed: readonly string[] = [
  "retry-after",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-tokens",
];

/** Where providers put the id of a request, in order of frequency. */
const requestIdHeaders: readonly string[] = [
  "x-request-id",
  "request-id",
  "apim-request-id",
  "x-amzn-requestid",
  "cf-ray",
];

export function upstreamRequestId(headers: Headers): string | undefined {
  for (const name of requestIdHeaders) {
    const value = headers.get(name);
    if (value !== null) return value;
  }
  return undefined;
}

/** What every reply that a target gave says about itself. */
export function replyHeaders(exchange: Exchange, upstream: Headers | undefined): { [name: string]: string } {
  const { record } = exchange;
  const headers: { [name: string]: string } = {
    "x-request-id": exchange.id,
    "x-sluice-attempts": attemptsText(record),
  };
  Object.assign(headers, ownRequestId(exchange.dialect.id, exchange.id));
  if (record.provider !== undefined) headers["x-sluice-provider"] = record.provider;
  if (record.model !== undefined) headers["x-sluice-model"] = headerText(record.model);
  if (record.translation !== undefined) headers["x-sluice-translation"] = record.translation;
  if (record.translation === "lossy") headers["x-sluice-lost"] = lostText(record.lost);
  if (record.upstreamRequestId !== undefined) {
    headers["x-sluice-upstream-request-id"] = headerText(record.upstreamRequestId);
  }
  if (upstream) {
    for (const name of passed) {
      const value = upstream.get(name);
      if (value !== null) headers[name] = value;
    }
  }
  return headers;
}

/** Some clients refuse replies with long headers (Node's limit is 16 KiB for all of them); the log has the whole list. */
const listLengthMax = 2048;

export function lostText(lost: readonly string[]): string {
  return cut(headerText([...new Set(lost)].join(",")));
}

/** ASCII only, since it is a header: the ellipsis of three dots says that there is more. */
function cut(text: string): string {
  if (text.length <= listLengthMax) return text;
  const comma = text.lastIndexOf(",", listLengthMax);
  return `${text.slice(0, comma > 0 ? comma + 1 : listLengthMax)}...`;
}

/** The number of calls; where more than one target was tried or passed over, each of them behind it. */
function attemptsText({ attempts, calls }: ExchangeRecord): string {
  if (calls.length < 2 && calls[0]?.outcome !== "skipped") return String(attempts);
  const tried = calls.map(({ provider, model, credential, outcome, durationMs }) => {
    return `${provider}/${headerText(model)}#${credential} ${outcome || "running"} ${Math.round(durationMs)}ms`;
  });
  return cut(`${attempts} (${tried.join(", ")})`);
}

/** The name under which the dialect's own SDKs look for the id of a request, where it is another one. */
export function ownRequestId(dialect: DialectId, id: string): { [name: string]: string } | undefined {
  return dialect === "anthropic-messages" ? { "request-id": id } : undefined;
}

export const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  // Proxies such as nginx would otherwise collect the stream.
  "x-accel-buffering": "no",
} as const;

/** Codes that the same request will meet again. */
const deterministic: ReadonlySet<string> = new Set([
  "upstream_auth",
  "quota_exhausted",
  "internal",
  "not_supported",
  // Claude Code asks ten times again with the same key, and says nothing for two minutes.
  "not_authenticated",
]);

/**
 * A longer wait is none for SDKs: OpenAI's come back within seconds then, Anthropic's sleep as long without a word (`retryRequest` in their
 * `client.js`; openai 7.55, @anthropic-ai/sdk 1.11).
 */
const retryAfterMsMax = 60_000;

/** `isSpent`: Sluice has repeated the request itself. */
export function errorHeaders(error: GatewayError, { isSpent } = unspent): { [name: string]: string } {
  const headers: { [name: string]: string } = { "content-type": "application/json" };
  if (error.retryAfterMs !== undefined) headers["retry-after"] = String(Math.ceil(error.retryAfterMs / 1000));
  const shouldRetry = retryAdvice(error, isSpent);
  if (shouldRetry !== undefined) headers["x-should-retry"] = String(shouldRetry);
  return headers;
}

const unspent = { isSpent: false };

/** SDKs repeat every 408, 409, 429 and 5xx two times unless they are told otherwise; what the provider advises is passed on. */
function retryAdvice({ code, retryable, retryAfterMs, upstream }: GatewayError, isSpent: boolean): boolean | undefined {
  if (deterministic.has(code) || (retryAfterMs ?? 0) > retryAfterMsMax) return false;
  return isSpent && retryable ? false : upstream?.shouldRetry;
}

/** Model names and field names come from clients: what is no printable ASCII would break or split the header. */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURI(text.toWellFormed());
}
