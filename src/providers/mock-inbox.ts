// What the mock has received: the last requests, credentials masked, for tests that assert on what was sent.
import type { JsonValue } from "../core/json.ts";

export type ReceivedRequest = {
  method: string;
  /** Path and query; a credential in the query is masked. */
  path: string;
  headers: { [name: string]: string };
  /** Parsed where it is JSON, else text, cut at the size limit. */
  body: JsonValue;
};

export type Inbox = { add(request: Request, bodyText: string): void; all(): readonly ReceivedRequest[] };

const requestsMax = 100;
const bodyCharactersMax = 256 * 1024;
const mask = "***";

const secretHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "ocp-apim-subscription-key",
  "cookie",
]);

export function openInbox(): Inbox {
  const received: ReceivedRequest[] = [];
  return {
    add(request, bodyText) {
      received.push({
        method: request.method,
        path: pathOf(request),
        headers: headersOf(request),
        body: bodyOf(bodyText),
      });
      if (received.length > requestsMax) received.shift();
    },
    all: () => received,
  };
}

function pathOf(request: Request): string {
  const url = new URL(request.url);
  for (const name of ["key", "access_token"]) if (url.searchParams.has(name)) url.searchParams.set(name, mask);
  return url.pathname + url.search;
}

/** The scheme of an authorization stays: a test may want to see that it was a bearer token. */
function headersOf(request: Request): { [name: string]: string } {
  const shown = [...request.headers].map(([name, value]) => {
    if (!secretHeaders.has(name)) return [name, value];
    const scheme = /^(Bearer|Basic) /i.exec(value)?.[0] ?? "";
    return [name, scheme + mask];
  });
  return Object.fromEntries(shown);
}

function bodyOf(text: string): JsonValue {
  if (text.length > bodyCharactersMax) return `${text.slice(0, bodyCharactersMax)}… (${text.length} characters)`;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
