// An OAuth token that is fetched once for all calls that need it, kept until shortly before its end, never fetched twice at once.
import { GatewayError } from "../core/errors.ts";
import type { Credential, CredentialHeaders } from "./provider.ts";
import type { ProxyFor } from "./proxy.ts";

/** Sends a request for a token: as fetch does, within a time limit of its own, through the provider's proxy. */
export type TokenFetch = (url: string, init: RequestInit, proxyFor?: ProxyFor) => Promise<Response>;

export type Token = {
  /** Put on the call, lower-case names. */
  headers: CredentialHeaders;
  /** Milliseconds of the epoch. */
  expiresAtMs: number;
};

/** From here on a new token is fetched beside the calls that still use the old one. */
const renewAheadMs = 4 * 60_000;
/** A token with less than this left may end before the call has been read. */
const usableMs = 10_000;
/** After a failure nobody asks again so soon: a storm of calls is no storm of token requests. */
const failureMs = 1_000;

export type TokenInput = {
  id: string;
  /** Names the instance and the kind of sign-in, for messages: "vertex: the Google token". */
  what: string;
  fetchToken: () => Promise<Token>;
  now?: () => number;
};

export function tokenCredential(input: TokenInput): Credential {
  const now = input.now ?? Date.now;
  const secrets: string[] = [];
  let token: Token | undefined;
  let fetching: Promise<Token> | undefined;
  let failed: { error: GatewayError; atMs: number } | undefined;
  const fetchOnce = (): Promise<Token> => {
    fetching ??= input
      .fetchToken()
      .then((fetched) => {
        token = fetched;
        failed = undefined;
        // The one before may still be repeated in the answer to a call under way.
        secrets.splice(0, Math.max(0, secrets.length - 1));
        secrets.push((fetched.headers["authorization"] ?? "").replace(/^Bearer /, ""));
        return fetched;
      })
      .catch((cause) => {
        const error = new GatewayError("upstream_auth", `${input.what} could not be fetched`, { cause });
        failed = { error, atMs: now() };
        throw error;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  const authorize = (): CredentialHeaders | Promise<CredentialHeaders> => {
    const left = token === undefined ? 0 : token.expiresAtMs - now();
    const recent = failed !== undefined && now() - failed.atMs < failureMs ? failed.error : undefined;
    if (token !== undefined && left > usableMs) {
      // Its failure is told once the old token has ended.
      if (left < renewAheadMs && !recent) fetchOnce().catch(() => {});
      return token.headers;
    }
    if (recent) throw recent;
    return fetchOnce().then(({ headers }) => headers);
  };
  return Object.freeze({ id: input.id, headers: Object.freeze({}), authorize, secrets });
}
