// Turns what an instance was given into credentials: keys in the row's header, a cloud identity, or the caller's own token.
import { derivedHeaders } from "./derived-headers.ts";
import type { Environment } from "./environment.ts";
import { type Credential, type Given, noCredential, type ProviderRow } from "./provider.ts";

/** Sends a request for a token. It does what fetch does, through the gateway's own proxy and address rules. */
export type TokenFetch = (url: string, init: RequestInit) => Promise<Response>;

export type AuthMode = "key" | "identity" | "client" | "none";

export type CredentialInput = {
  row: ProviderRow;
  auth: AuthMode | undefined;
  /** By number, lowest first. */
  keys: ReadonlyMap<number, string>;
  given: Given;
  environment: Environment;
  fetchToken: TokenFetch;
};

/** The credentials, or the setting that is missing or wrong; undefined where nobody has asked for this provider. */
export function openCredentials(input: CredentialInput): Credential[] | { setting: string; message: string } {
  const { row, keys } = input;
  const auth = input.auth ?? (keys.size > 0 ? "key" : row.identity ? "identity" : row.keyless ? "none" : "key");
  if (auth === "none") return [noCredential];
  if (auth === "client") return [clientCredential(row)];
  if (auth === "key") return keyCredentials(row, keys);
  return { setting: "auth", message: `${row.title} has no sign-in of its own: set api_key` };
}

/** A character outside of these cannot stand in a header as it is (RFC 9110 5.5), and no provider's key holds one. */
const usableKey = /^[\x21-\x7e]+$/;

function keyCredentials(row: ProviderRow, keys: ReadonlyMap<number, string>) {
  if (keys.size === 0) return { setting: "api_key", message: `set api_key (or ${row.envPrefix}_API_KEY)` };
  const credentials: Credential[] = [];
  const seen = new Set<string>();
  for (const [number, key] of keys) {
    if (!usableKey.test(key)) {
      const message = `key ${number} holds white space or characters that no header can carry`;
      return { setting: "api_key", message };
    }
    // The same key twice would be asked twice where it is used up.
    if (seen.has(key)) continue;
    seen.add(key);
    credentials.push(keyCredential(row, key, number));
  }
  return credentials;
}

/** A key in the header that the row names for its kind; it wins over every other header of that name. */
function keyCredential(row: ProviderRow, key: string, number: number): Credential {
  const { auth } = row;
  const style = auth.variants?.find(({ match }) => match.test(key)) ?? auth;
  const derived = auth.derive ? derivedHeaders[auth.derive]?.(key) : {};
  const headers = Object.freeze({ ...derived, [style.header]: style.prefix + key });
  return Object.freeze({ id: String(number), headers, ...("append" in style && { append: style.append }) });
}

/** The caller's own token passes in the usual header and in the one that the row names, and in no other. */
function clientCredential(row: ProviderRow): Credential {
  const passes = [...new Set(["authorization", row.auth.header])];
  return Object.freeze({ id: "client", headers: Object.freeze({}), passes });
}
