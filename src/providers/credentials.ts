// Turns what an instance was given into credentials: keys in the row's header, a cloud identity, or the caller's own token.
import { awsCredential } from "./aws-credentials.ts";
import { azureCredential } from "./azure-credentials.ts";
import { derivedHeaders } from "./derived-headers.ts";
import type { Environment } from "./environment.ts";
import { googleCredential } from "./google-credentials.ts";
import { type Credential, type Given, noCredential, type ProviderRow } from "./provider.ts";
import type { TokenFetch } from "./token-cache.ts";

export type AuthMode = "key" | "identity" | "client" | "none";

export type CredentialInput = {
  /** Instance name. */
  provider: string;
  row: ProviderRow;
  auth: AuthMode | undefined;
  /** By number, lowest first. */
  keys: ReadonlyMap<number, string>;
  given: Given;
  environment: Environment;
  fetchToken: TokenFetch;
};

/** The credentials, or the setting that is missing or wrong. */
export function openCredentials(input: CredentialInput): Credential[] | Wrong {
  const { row, keys } = input;
  const auth = input.auth ?? (keys.size > 0 ? "key" : row.identity ? "identity" : row.keyless ? "none" : "key");
  if (auth === "none") return [noCredential];
  if (auth === "client") return [clientCredential(row)];
  if (auth === "key") return keyCredentials(row, keys);
  return identityCredential(input);
}

type Wrong = { setting: string; message: string };

function identityCredential(input: CredentialInput): Credential[] | Wrong {
  const { row, provider, given, environment, fetchToken } = input;
  const { identity } = row;
  const common = { provider, given, environment };
  switch (identity?.kind) {
    case "aws": {
      if (identity.region === undefined) return { setting: "region", message: "set region" };
      const aws = awsCredential({ ...common, service: identity.service, region: identity.region });
      return aws ? [aws] : { setting: "secret_access_key", message: "an AWS access key and its secret go together" };
    }
    case "google": {
      const google = googleCredential({ ...common, scope: identity.scope, fetchToken });
      return typeof google === "string" ? { setting: "service_account_json", message: google } : [google];
    }
    case "azure":
      return [azureCredential({ ...common, scope: identity.scope, fetchToken })];
    default:
      return { setting: "auth", message: `${row.title} has no sign-in of its own: set api_key` };
  }
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
