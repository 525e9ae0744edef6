// Headers of passthrough requests and replies: everything passes but what belongs to one connection, to the client's dealings
// with Sluice, or to the provider's own host. Pure.
import { credentialHeaders } from "../core/key-headers.ts";
import type { Provider } from "../providers/provider.ts";

/** RFC 9110 7.6.1, and what older peers send; the names that Connection lists come on top. */
const hopByHop: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const keptBack: ReadonlySet<string> = new Set([
  ...hopByHop,
  ...credentialHeaders,
  "cookie",
  "host",
  // Bun has answered it.
  "expect",
  // Where clients are is nobody's business but the operator's.
  "forwarded",
  "via",
  "x-real-ip",
  // Set anew by the client of the upgrade.
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
]);

const keptBackPrefixes: readonly string[] = ["x-forwarded-", "x-sluice-"];

/**
 * What of a provider's reply stays behind (robustness.md 3.1). Cookies, HSTS and Alt-Svc speak for the provider's host, and
 * would hold for Sluice's; what may read a reply across origins is not the provider's to say.
 */
const replyKeptBack: ReadonlySet<string> = new Set([
  ...hopByHop,
  "set-cookie",
  "set-cookie2",
  "alt-svc",
  "strict-transport-security",
  "public-key-pins",
  "clear-site-data",
  "nel",
  "report-to",
  "reporting-endpoints",
]);

/** The client's headers with the provider's over them, without its credential. `own` belong to the dialect of the path. */
export function requestHeadersOf(
  request: Headers,
  provider: Provider,
  own: { readonly [name: string]: string } = {},
): { [name: string]: string } {
  const nominated = nominatedBy(request);
  const headers: { [name: string]: string } = { "user-agent": "sluice" };
  for (const [name, value] of request) {
    if (keptBack.has(name) || nominated.has(name) || keptBackPrefixes.some((prefix) => name.startsWith(prefix)))
      continue;
    headers[name] = value;
  }
  for (const [name, value] of Object.entries(provider.headers)) {
    // What the operator has fixed is not the client's to change; a row's default (a version) is.
    if (headers[name] === undefined || provider.row.headers?.[name] !== value) headers[name] = value;
  }
  for (const [name, value] of Object.entries(own)) headers[name] ??= value;
  return headers;
}

export function replyHeadersOf(reply: Headers): Headers {
  const nominated = nominatedBy(reply);
  const headers = new Headers();
  for (const [name, value] of reply) {
    if (replyKeptBack.has(name) || nominated.has(name) || name.startsWith("access-control-")) continue;
    headers.append(name, value);
  }
  return headers;
}

function nominatedBy(headers: Headers): ReadonlySet<string> {
  const value = headers.get("connection");
  return new Set(value === null ? [] : value.split(",").map((name) => name.trim().toLowerCase()));
}

/** Browsers cannot send headers with an upgrade, and put their key among the protocols: it was meant for Sluice. */
export function protocolsOf(headers: Headers): string[] {
  const offered = headers.get("sec-websocket-protocol");
  if (offered === null) return [];
  const names = offered.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !/-insecure-api-key\./.test(name));
}
