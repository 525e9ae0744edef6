// What a provider's answer to the request for its models says about credential and address.
import { readListing } from "../catalog/listing.ts";
import type { JsonValue } from "../core/json.ts";
import type { Probe } from "../exchange/probe.ts";
import type { Provider } from "../providers/provider.ts";
import type { Draft } from "./doctor-finding.ts";

/** Credential and address are proven by a listing, and by nothing else. `body` is there when it is one. */
export function replyFinding(provider: Provider, reply: Probe): { finding: Draft; body?: JsonValue } {
  const { status } = reply;
  if (status === 200) return listing(provider, reply);
  return { finding: { check: "credential", status: "failure", ...byStatus(provider, reply) } };
}

type Judged = Pick<Draft, "code" | "message" | "remedy"> & Partial<Pick<Draft, "status">>;

function byStatus(provider: Provider, { status, headers, text }: Probe): Judged {
  const { name, row } = provider;
  const said = words(text);
  if (status === 401 || status === 403) return refused(provider, status, said);
  if (status === 402 || (status === 429 && /quota|billing|credit|balance/i.test(text))) {
    return {
      code: "credential.no_credit",
      message: `the account has nothing left (${status})${said}`,
      remedy: `add credit or raise the limit in ${row.title}'s console`,
    };
  }
  if (status === 429) {
    return {
      status: "warning",
      code: "credential.rate_limited",
      message: `it asks to slow down (429)${said}`,
      remedy: "wait and try again; somebody uses the same key, or its limit is low",
    };
  }
  if (status >= 300 && status < 400) {
    const to = headers.get("location");
    return {
      code: "address.redirect",
      message: `it redirects (${status})${to ? ` to ${originOf(to)}` : ""}; redirects are not followed`,
      remedy: `set providers.${name}.base_url to where it leads, with https and without a sign-in in between`,
    };
  }
  if (status === 404 || status === 405 || status === 410) {
    const suffix = row.versionSuffix || "the version";
    return {
      code: "address.no_list",
      message: `there is no model list at ${provider.baseUrl} (${status})`,
      remedy: `see whether providers.${name}.base_url should end in ${suffix}; a host without a list needs models and models_mode: allowlist`,
    };
  }
  if (status >= 500) {
    return {
      code: "provider.failing",
      message: `it fails itself (${status})${said}`,
      remedy: `see ${row.title}'s status page, or the server's log; nothing here can be changed about it`,
    };
  }
  return {
    code: "address.refused",
    message: `it refuses the request (${status})${said}`,
    remedy: `see whether providers.${name} has the right type and base_url`,
  };
}

function refused(provider: Provider, status: number, said: string): Judged {
  const { name, row, credentials } = provider;
  const setting = `${row.envPrefix}_API_KEY or providers.${name}.api_key`;
  const hasKey = credentials.some(({ headers, authorize }) => authorize || Object.keys(headers).length > 0);
  if (!hasKey)
    return { code: "credential.wanted", message: `it wants a credential (${status})${said}`, remedy: `set ${setting}` };
  const remedy =
    status === 401
      ? `put a valid key into ${setting}; it may have been revoked, cut short, or belong to another host`
      : `give the key the right to list models, or use another one in ${setting}; the account or its region may be barred`;
  return {
    code: status === 401 ? "credential.refused" : "credential.forbidden",
    message: `the credential was refused (${status})${said}`,
    remedy,
  };
}

function listing(provider: Provider, { headers, text }: Probe): { finding: Draft; body?: JsonValue } {
  const failed = (judged: Judged) => ({ finding: { check: "credential", status: "failure" as const, ...judged } });
  const remedy = `correct providers.${provider.name}.base_url: it should be the API's address`;
  if ((headers.get("content-type") ?? "").startsWith("text/html") || /^\s*</.test(text)) {
    return failed({
      code: "address.html",
      message: "it answers with a web page",
      remedy: `${remedy}, not a console's or a sign-in's`,
    });
  }
  let body: JsonValue;
  try {
    body = JSON.parse(text) as JsonValue;
  } catch {
    const message = text.trim() === "" ? "it answers with nothing" : "it answers with something that is not JSON";
    return failed({ code: "address.not_json", message, remedy });
  }
  const list = provider.row.models;
  if (!list || !readListing(list.shape, body)) {
    return failed({
      code: "address.other_api",
      message: `it answers with JSON that is no list of models${words(text)}`,
      remedy: `${remedy}; or set providers.${provider.name}.type to what it is`,
    });
  }
  return { finding: { check: "credential", status: "ok", code: "credential.ok", message: "taken" }, body };
}

/** A provider's own words, cut short and on one line. */
function words(text: string): string {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.){1,300})/.exec(text)?.[1] ?? "";
  return message === "" ? "" : `: ${message.replaceAll(/\s+/g, " ").slice(0, 200)}`;
}

/** Without path and query, which may hold a token. */
function originOf(address: string): string {
  return URL.parse(address)?.origin ?? "another path";
}
