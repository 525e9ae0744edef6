// Finds out which providers exist: from the environment's usual names, then from the configuration, which is stronger.
import { derivedHeaders } from "./derived-headers.ts";
import { type Credential, noCredential, type Provider, type ProviderRow, type Transport } from "./provider.ts";
import { providerRows } from "./rows.ts";

/** What a configuration may say of one provider; the keys of the file. */
export type ProviderSettings = {
  readonly type?: string;
  readonly enabled?: boolean;
  readonly base_url?: string;
  readonly api_key?: string;
  readonly models?: readonly string[];
  readonly headers?: { readonly [name: string]: string };
  readonly adjust?: readonly string[];
};

export type ProviderProblem = { path: string; message: string };

type Environment = { readonly [name: string]: string | undefined };

type Found = { row: ProviderRow; credential?: string; baseUrl?: string; settings: ProviderSettings };

/** Providers by instance name, in the order of choice: configuration first, then the table's order. */
export function openProviders(
  settings: { readonly [name: string]: ProviderSettings },
  environment: Environment,
): { providers: Provider[]; problems: ProviderProblem[] } {
  const problems: ProviderProblem[] = [];
  const found = fromEnvironment(environment);
  const ordered = new Map<string, Found>();
  for (const [name, entry] of Object.entries(settings)) {
    const merged = merge(name, entry, found.get(name), problems);
    found.delete(name);
    if (merged && entry.enabled !== false) ordered.set(name, merged);
  }
  for (const [name, entry] of found) ordered.set(name, entry);
  const providers: Provider[] = [];
  for (const [name, entry] of ordered) {
    const provider = open(name, entry, problems);
    if (provider) providers.push(provider);
  }
  return { providers, problems };
}

/** What `sluice check` asks. */
export function checkProviders(
  config: { readonly providers: { readonly [name: string]: ProviderSettings } },
  environment: Environment,
): ProviderProblem[] {
  return openProviders(config.providers, environment).problems;
}

/** OPENAI_API_KEY makes "openai", OPENAI_EAST_API_KEY makes "openai-east"; likewise with _BASE_URL. */
function fromEnvironment(environment: Environment): Map<string, Found> {
  const found = new Map<string, Found>();
  // The longest prefix wins, so that OPENAI_COMPATIBLE_… is not an instance of OPENAI.
  const longestFirst = providerRows
    .flatMap((row) => [row.envPrefix, ...(row.envAliases ?? [])].map((prefix) => ({ row, prefix })))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  const taken = new Set<string>();
  for (const { row, prefix } of longestFirst) {
    const pattern = new RegExp(`^${prefix}(?:_([A-Z0-9_]+?))?_(API_KEY|BASE_URL)$`);
    for (const [variable, value] of Object.entries(environment)) {
      const match = pattern.exec(variable);
      if (!match || !value || taken.has(variable)) continue;
      taken.add(variable);
      const name = match[1] ? `${row.type}-${match[1].toLowerCase().replaceAll("_", "-")}` : row.type;
      const entry: Found = found.get(name) ?? { row, settings: {} };
      // The row's own prefix is stronger than the others that mean the same.
      const own = prefix === row.envPrefix;
      if (match[2] === "API_KEY") entry.credential = own ? value : (entry.credential ?? value);
      else entry.baseUrl = own ? value : (entry.baseUrl ?? value);
      found.set(name, entry);
    }
    for (const variable of row.keyEnv ?? []) {
      const value = environment[variable];
      if (!value || found.get(row.type)?.credential) continue;
      found.set(row.type, { ...(found.get(row.type) ?? { row, settings: {} }), credential: value });
    }
  }
  return inTableOrder(found);
}

function inTableOrder(found: Map<string, Found>): Map<string, Found> {
  const ordered = new Map<string, Found>();
  for (const row of providerRows) {
    for (const name of [...found.keys()].sort()) {
      const entry = found.get(name);
      if (entry?.row === row) ordered.set(name, entry);
    }
  }
  return ordered;
}

function merge(
  name: string,
  settings: ProviderSettings,
  fromEnv: Found | undefined,
  problems: ProviderProblem[],
): Found | undefined {
  const row = rowOf(settings.type, name) ?? fromEnv?.row;
  if (!row) {
    const known = providerRows.map((row) => row.type).join(", ");
    problems.push({ path: `providers.${name}.type`, message: `no such provider type; known are ${known}` });
    return undefined;
  }
  const credential = settings.api_key ?? fromEnv?.credential;
  const baseUrl = settings.base_url ?? fromEnv?.baseUrl;
  return { row, settings, ...(credential && { credential }), ...(baseUrl && { baseUrl }) };
}

/** The row a type names; without a type, the row whose type is the name or its beginning ("openai-east"). */
function rowOf(type: string | undefined, name: string): ProviderRow | undefined {
  if (type !== undefined) return providerRows.find((row) => namesOf(row).includes(type));
  return providerRows
    .flatMap((row) => namesOf(row).map((known) => ({ row, known })))
    .filter(({ known }) => name === known || name.startsWith(`${known}-`))
    .sort((one, other) => other.known.length - one.known.length)[0]?.row;
}

function namesOf(row: ProviderRow): string[] {
  return [row.type, ...(row.aliases ?? [])];
}

function open(name: string, found: Found, problems: ProviderProblem[]): Provider | undefined {
  const { row, settings } = found;
  const written = found.baseUrl ?? row.baseUrl;
  if (written === undefined) {
    // A key for a host that only the operator can name, without the name.
    problems.push({ path: `providers.${name}.base_url`, message: `set base_url (or ${row.envPrefix}_BASE_URL)` });
    return undefined;
  }
  if (found.credential === undefined && !row.keyless) {
    // A base URL alone is no intention to use a provider that needs a key: only an entry in the file is.
    if (Object.keys(settings).length > 0) {
      problems.push({ path: `providers.${name}.api_key`, message: `set api_key (or ${row.envPrefix}_API_KEY)` });
    }
    return undefined;
  }
  const baseUrl = readBaseUrl(written, row.versionSuffix);
  if (baseUrl === undefined) {
    problems.push({
      path: `providers.${name}.base_url`,
      message: "not an http or https URL without user, query and fragment",
    });
    return undefined;
  }
  const transport: Transport = { kind: "http" };
  return {
    name,
    row: settings.adjust ? withAdjustments(row, settings.adjust) : row,
    baseUrl,
    headers: fixedHeaders(row, settings.headers),
    credentials: [found.credential === undefined ? noCredential : keyCredential(row, found.credential, 1)],
    listedModels: settings.models ?? [],
    transport,
  };
}

/** Constant headers of every request to one deployment; the operator's win over the row's. */
export function fixedHeaders(
  row: ProviderRow,
  own: { readonly [name: string]: string } = {},
): { readonly [name: string]: string } {
  const headers: { [name: string]: string } = { ...row.headers };
  for (const [name, value] of Object.entries(own)) headers[name.toLowerCase()] = value;
  return Object.freeze(headers);
}

/** A key in the header that the row names for its kind; it wins over every other header of that name. */
export function keyCredential(row: ProviderRow, key: string, position: number): Credential {
  const { auth } = row;
  const style = auth.variants?.find(({ match }) => match.test(key)) ?? auth;
  const beside = { ...("headers" in style && style.headers), ...(auth.derive && derivedHeaders[auth.derive]?.(key)) };
  const headers = Object.freeze({ ...beside, [style.header]: style.prefix + key });
  return Object.freeze({ id: String(position), headers });
}

function withAdjustments(row: ProviderRow, names: readonly string[]): ProviderRow {
  const speaks = Object.fromEntries(
    Object.entries(row.speaks).map(([dialect, speech]) => [
      dialect,
      { ...speech, adjust: [...(speech.adjust ?? []), ...names] },
    ]),
  );
  return { ...row, speaks };
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
