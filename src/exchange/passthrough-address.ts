// Where a passthrough request goes: the provider and the rest of the path, as written, joined to that provider's address and
// to no other. Pure.
import { badRequest, GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";

/** What a request's URL says, undecoded. */
export type PassthroughRoute = {
  /** `p` counts from the provider's base URL, `proxy` from its host. */
  prefix: "p" | "proxy";
  /** An instance's name, or a type. */
  provider: string;
  /** Without the slash in front. */
  rest: string;
  /** With its question mark, and without the client's key; empty where there is none. */
  query: string;
};

/** Undefined for a path that is none of ours. Never throws: who calls may not have been admitted yet. */
export function readRoute(url: string): PassthroughRoute | undefined {
  const match = /^(?:[a-z]+:\/\/[^/?]*)?\/(p|proxy)\/([^/?]*)\/?([^?]*)(\?.*)?$/i.exec(url);
  if (!match) return undefined;
  const [, prefix, provider = "", rest = "", query = ""] = match;
  return { prefix: prefix === "p" ? "p" : "proxy", provider, rest, query: withoutKey(query) };
}

/** Clients of Google's dialect put their key into the query; it was meant for Sluice. Every other byte stays. */
function withoutKey(query: string): string {
  if (!/(?:k|%6b)(?:e|%65)(?:y|%79)=/i.test(query)) return query;
  const kept = query
    .slice(1)
    .split("&")
    .filter((part) => !/^(?:k|%6b)(?:e|%65)(?:y|%79)=/i.test(part));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

/** By instance name; else the first instance of that type, in the order of choice. */
export function findProvider(providers: ReadonlyMap<string, Provider>, name: string): Provider | undefined {
  return providers.get(name) ?? [...providers.values()].find(({ row }) => row.type === name);
}

export type AddressOptions = {
  /** A `v1` in front of the path stands for the version in the base URL. */
  v1Alias: boolean;
};

/** Throws GatewayError (400) for a path that could lead elsewhere. */
export function passthroughAddress(route: PassthroughRoute, provider: Provider, options: AddressOptions): string {
  const { rest, query } = route;
  checkPath(rest);
  const base = new URL(provider.baseUrl);
  const basePath = base.pathname === "/" ? "" : base.pathname;
  const root = route.prefix === "p" ? basePath : hostPath(basePath, provider.row.versionSuffix);
  const path =
    isBelow(`/${rest}`, basePath) && basePath !== "" ? `/${rest}` : root + pathBelow(route, basePath, options);
  const url = base.origin + path + withFixed(query, provider.row.query);
  // Whatever the path holds, it is this provider's host that is called, below the part of the address that is ours.
  const parsed = URL.parse(url);
  if (!parsed || parsed.origin !== base.origin || !isBelow(parsed.pathname, root)) throw unclean();
  return url;
}

/** What every address of the host wants in its query (a version by date), where the client has not written it. */
function withFixed(query: string, fixed: Provider["row"]["query"]): string {
  if (!fixed) return query;
  const given = new URLSearchParams(query);
  const wanted = new URLSearchParams(Object.entries(fixed).filter(([name]) => !given.has(name))).toString();
  if (wanted === "") return query;
  return query.length > 1 ? `${query}&${wanted}` : `?${wanted}`;
}

function isBelow(path: string, root: string): boolean {
  return root !== "" ? path.startsWith(`${root}/`) : path.startsWith("/");
}

/** The operator's own path in front of the version stays: behind a shared host, what lies beside it belongs to others. */
function hostPath(basePath: string, versionSuffix: string): string {
  if (versionSuffix !== "" && basePath.endsWith(versionSuffix)) return basePath.slice(0, -versionSuffix.length);
  return basePath.replace(/\/v\d+[a-z0-9]*$/, "");
}

function pathBelow({ prefix, rest }: PassthroughRoute, basePath: string, { v1Alias }: AddressOptions): string {
  const version = /\/(v\d+[a-z0-9]*)$/.exec(basePath)?.[1];
  // A base URL without a version leaves it to the path.
  if (prefix === "proxy" || version === undefined) return `/${rest}`;
  const first = rest.slice(0, Math.max(0, rest.indexOf("/")));
  if (first !== "v1" && first !== version) return `/${rest}`;
  if (!v1Alias) {
    throw badRequest(
      "path",
      `the base URL holds the version already: leave "${first}/" out (passthrough.v1_alias is off)`,
    );
  }
  return rest.slice(first.length);
}

/** Semicolons begin parameters of a segment on some servers, which fold `..;` as they would `..`. */
const dotSegment = /^\.{1,2}(?:;.*)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through.
const control = /[\u0000-\u001f\u007f]/;

/** The guard has refused what is plain; here everything is, that any server could take for another path. */
function checkPath(rest: string): void {
  if (rest === "") throw badRequest("path", "the path names no endpoint of the provider");
  if (/\/\/|^\/|\\|%2f|%5c/i.test(rest)) throw unclean();
  let decoded: string;
  try {
    // Refuses overlong and other ill-formed UTF-8 as well.
    decoded = decodeURIComponent(rest);
  } catch (cause) {
    throw new GatewayError("invalid_request", "the path is not properly encoded", { cause, param: "path" });
  }
  // Compatibility forms of dots and slashes are folded by some servers.
  const folded = decoded.normalize("NFKC");
  if (control.test(decoded) || folded.split(/[\\/]/).some((segment) => dotSegment.test(segment.trim())))
    throw unclean();
  if (/%(?:2e|2f|5c|00)/i.test(decoded)) throw unclean();
}

function unclean(): GatewayError {
  return new GatewayError("invalid_request", "the path is not clean", { param: "path" });
}
