// Runs before routing: one valid Host, a known method, a clean path, a bounded URL, and no web page spending the user's money.
import { GatewayError } from "../core/errors.ts";
import { errorResponse, pathOf } from "./errors.ts";

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** RFC 9110 7.2: host name, IPv4 or bracketed IPv6, and an optional port. Two Host headers arrive joined by a comma. */
const validHost = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)(?::\d{1,5})?$/;
const loopbackHost = /^(localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

const urlLengthMax = 8 * 1024;

/** Bun has folded plain and once-encoded dot segments and backslashes; what is left of them was hidden on purpose. */
const uncleanPath = /\/\/|%00|(?:^|\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)|%(?:25)+(?:00|2e|2f|5c)/i;

export type GuardSettings = {
  /** No key is asked for: only programs on this machine may call, and no web page through a browser. */
  open: boolean;
};

export type Guard = (request: Request) => Response | undefined;

/** Returns the refusal, or undefined when the request may be routed. */
export function openGuard(settings: GuardSettings): Guard {
  /** Hosts that were found valid: clients send the same one with every request. */
  const known = new Set<string>();
  const knowsHost = (host: string) => {
    if (known.has(host)) return true;
    if (!isHost(host) || (settings.open && !loopbackHost.test(host))) return false;
    if (known.size < knownHostsMax) known.add(host);
    return true;
  };
  return (request) => {
    const error = check(request, settings, knowsHost);
    if (!error) return undefined;
    const allow: { [name: string]: string } =
      error.code === "method_not_allowed" ? { allow: [...methods].join(", ") } : {};
    return errorResponse(request, error, allow);
  };
}

const knownHostsMax = 64;

function check(
  request: Request,
  settings: GuardSettings,
  knowsHost: (host: string) => boolean,
): GatewayError | undefined {
  const { headers, url } = request;
  if (!methods.has(request.method)) {
    return new GatewayError("method_not_allowed", `method ${request.method} is not allowed`);
  }
  const host = headers.get("host");
  if (host === null || !knowsHost(host)) return refuseHost(host);
  if (url.length > urlLengthMax) {
    return new GatewayError("invalid_request", `the URL is longer than ${urlLengthMax} characters`);
  }
  if (uncleanPath.test(pathOf(url))) return new GatewayError("invalid_request", "the path is not clean");
  return settings.open ? checkOrigin(headers) : undefined;
}

function refuseHost(host: string | null): GatewayError {
  return host === null || !isHost(host)
    ? new GatewayError("invalid_request", "the request needs exactly one valid Host header")
    : new GatewayError("forbidden", "without a master key the Host must be a loopback name (localhost, 127.0.0.1)");
}

function isHost(host: string): boolean {
  // Addresses and ports have rules that the grammar above does not know; names, which are nearly all, do without.
  return validHost.test(host) && (!/^\[|^[^:]*\d(?::|$)|:\d{5}$/.test(host) || URL.canParse(`http://${host}`));
}

/** A page in a browser on this machine reaches loopback too: by a rebound name, or cross-site. */
function checkOrigin(headers: Headers): GatewayError | undefined {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const foreignSite = site !== null && site !== "same-origin" && site !== "none";
  const foreignOrigin = origin !== null && !loopbackHost.test(origin.replace(/^https?:\/\//i, ""));
  if (foreignSite || foreignOrigin) {
    return new GatewayError(
      "forbidden",
      "without a master key, requests from web pages are refused; set SLUICE_MASTER_KEY",
    );
  }
  return undefined;
}
