// Where a path of a provider's row leads: below its base URL, below the root of that, or to a host of its own.
import type { AuthStyle, Credential, Provider, ProviderRow } from "./provider.ts";

/**
 * Vendors that speak several dialects have a root for each: `https://api.z.ai` + `/api/paas/v4`, `/api/anthropic`. Paths that
 * begin with `~/` stand below the base URL without the row's version suffix.
 */
export function addressOf(provider: Pick<Provider, "baseUrl" | "row">, path: string): string {
  const address = locate(provider, path);
  const { query } = provider.row;
  if (!query) return address;
  return `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams(query)}`;
}

function locate(provider: Pick<Provider, "baseUrl" | "row">, path: string): string {
  if (/^https?:\/\//.test(path)) return path;
  if (!path.startsWith("~/")) return provider.baseUrl + path;
  const { baseUrl, row } = provider;
  const { versionSuffix: suffix } = row;
  const root = suffix !== "" && baseUrl.endsWith(suffix) ? baseUrl.slice(0, -suffix.length) : baseUrl;
  return root + path.slice(1);
}

/** The same key in the header that one dialect of the host wants it in; any other kind of credential stays as it is. */
export function credentialAs(credential: Credential, row: ProviderRow, auth: AuthStyle | undefined): Credential {
  const { header, prefix } = row.auth;
  const written = credential.headers[header];
  if (auth === undefined || written === undefined || !written.startsWith(prefix)) return credential;
  const { [header]: _, ...others } = credential.headers;
  return { ...credential, headers: { ...others, [auth.header]: auth.prefix + written.slice(prefix.length) } };
}

/** With the version suffix whether or not the operator wrote it; a path of the operator's own is left alone. */
export function readBaseUrl(written: string, versionSuffix: string): string | undefined {
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (
    (url.protocol !== "http:" && url.protocol !== "https:") ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    return undefined;
  }
  const path = url.pathname.replace(/\/+$/, "");
  if (versionSuffix === "" || path.endsWith(versionSuffix)) return url.origin + path;
  // "https://host/openai" where the row says "/openai/v1": complete what is missing. Anything else under a path that
  // ends in a version is the operator's choice.
  if (/\/v\d+[a-z0-9]*$/.test(path)) return url.origin + path;
  for (let length = versionSuffix.length - 1; length > 0; length--) {
    const head = versionSuffix.slice(0, length);
    if (versionSuffix[length] === "/" && path.endsWith(head)) return url.origin + path + versionSuffix.slice(length);
  }
  return url.origin + path + versionSuffix;
}
