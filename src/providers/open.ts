// Finds out which providers exist: from the environment's usual names, then from the configuration, which is stronger.
import type { DialectId } from "../core/chat.ts";
import { readBaseUrl } from "./address.ts";
import { withAddresses } from "./addresses.ts";
import { type AuthMode, openCredentials } from "./credentials.ts";
import { edits, repairs } from "./edits.ts";
import { type Environment, type FoundInstance, findInstances, sharedKey } from "./environment.ts";
import { type Given, type Provider, type ProviderRow, type SettingName, settingNames } from "./provider.ts";
import { openProxy } from "./proxy.ts";
import { providerRows } from "./rows.ts";
import type { TokenFetch } from "./token-cache.ts";
import { openTrust, type TrustSettings } from "./trust.ts";

/** What a configuration may say of one provider; the keys of the file. */
export type ProviderSettings = TrustSettings & { readonly [name in SettingName]?: string } & {
  readonly type?: string;
  readonly enabled?: boolean;
  readonly base_url?: string;
  readonly api_key?: string;
  readonly api_keys?: readonly string[];
  readonly auth?: AuthMode;
  readonly models?: readonly string[];
  readonly headers?: { readonly [name: string]: string };
  readonly proxy?: string;
  readonly format_urls?: { readonly [endpoint: string]: string };
  readonly adjust?: readonly string[];
  readonly repair?: readonly string[];
};

export type ProviderProblem = { path: string; message: string };

/** What signing in needs of the outside. */
export type ProviderReach = { fetchToken: TokenFetch };

/** For a check: the providers it opens are never called. */
const noReach: ProviderReach = { fetchToken: () => Promise.reject(new Error("nothing is fetched in a check")) };

type Found = Partial<FoundInstance> & {
  row: ProviderRow;
  settings: FoundInstance["settings"];
  file?: ProviderSettings;
};

type Opening = { name: string; found: Found; environment: Environment; reach: ProviderReach };

/** Providers by instance name, in the order of choice: configuration first, then the table's order. */
export function openProviders(
  settings: { readonly [name: string]: ProviderSettings },
  environment: Environment,
  reach: ProviderReach = noReach,
): { providers: Provider[]; problems: ProviderProblem[] } {
  const problems: ProviderProblem[] = [];
  const found = findInstances(environment, providerRows);
  const ordered = new Map<string, Found>();
  for (const [name, file] of Object.entries(settings)) {
    const row = rowOf(file.type, name) ?? found.get(name)?.row;
    // An entry under another name of its type takes what variables say of the type.
    const isAlias = row?.aliases?.includes(name) && !Object.hasOwn(settings, row.type);
    const known = row && isAlias && !found.has(name) ? row.type : name;
    if (!row) {
      const types = providerRows.map((row) => row.type).join(", ");
      problems.push({ path: `providers.${name}.type`, message: `no such provider type; known are ${types}` });
    } else if (file.enabled !== false) {
      ordered.set(name, { settings: new Map(), ...found.get(known), row, file });
    }
    found.delete(known);
  }
  for (const [name, instance] of found) ordered.set(name, instance);
  const providers: Provider[] = [];
  for (const [name, entry] of ordered) {
    const opened = open({ name, found: entry, environment, reach });
    if (!opened) continue;
    if ("message" in opened) problems.push({ ...opened, path: `providers.${name}.${opened.path}` });
    else providers.push(opened);
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

/** A problem's path is relative to the instance. Undefined: variables that are no intention to use the provider. */
function open({ name, found, environment, reach }: Opening): Provider | ProviderProblem | undefined {
  const { file } = found;
  if (found.clash !== undefined && file?.api_key === undefined && file?.api_keys === undefined) {
    return { path: "api_key", message: `${found.clash} and the name without _1 are both set, and differ` };
  }
  const keys = keysOf(found, environment);
  const written = file?.base_url ?? found.baseUrl;
  const foreign = file && settingNames.find((name) => file[name] !== undefined && !takes(found.row, name));
  if (foreign) return { path: foreign, message: `${found.row.title} has no such setting` };
  const given = givenOf(found, environment, keys.size > 0);
  const resolved = found.row.resolve?.(given) ?? {};
  const asked = file !== undefined || keys.size > 0;
  if (isMissing(resolved)) return asked ? missing(found.row, resolved) : undefined;
  const row = withAddresses({ ...found.row, ...resolved }, file?.format_urls ?? {});
  if ("endpoint" in row) return { path: `format_urls.${row.endpoint}`, message: row.message };
  const address = resolved.baseUrl ?? written ?? row.baseUrl;
  if (address === undefined) {
    // A key for a host that only the operator can name, without the name.
    return asked ? { path: "base_url", message: `set base_url (or ${row.envPrefix}_BASE_URL)` } : undefined;
  }
  const proxyFor = openProxy(file?.proxy, environment);
  if (typeof proxyFor === "string") return { path: "proxy", message: proxyFor };
  const fetchToken: TokenFetch = (url, init) => reach.fetchToken(url, init, proxyFor);
  const credentials = openCredentials({
    provider: name,
    row,
    auth: file?.auth,
    keys,
    given,
    environment,
    fetchToken,
  });
  if (!Array.isArray(credentials)) {
    // A base URL alone is no intention to use a provider that needs a key: only an entry in the file, or a key, is.
    return asked ? { path: credentials.setting, message: credentials.message } : undefined;
  }
  const wrong = unknownEdit(row, file?.adjust) ?? unknownRepair(row, file?.repair);
  if (wrong) return wrong;
  const baseUrl = readBaseUrl(address, row.versionSuffix);
  if (baseUrl === undefined) {
    return { path: "base_url", message: "not an http or https URL without user, query and fragment" };
  }
  const trust = openTrust(file ?? {});
  if (trust && "setting" in trust) return { path: trust.setting, message: trust.message };
  return {
    name,
    row: withRepairs(file?.adjust ? withAdjustments(row, file.adjust) : row, file?.repair),
    baseUrl,
    headers: fixedHeaders(row, file?.headers),
    credentials,
    listedModels: file?.models ?? found.models ?? [],
    ...(proxyFor && { proxyFor }),
    ...(trust && { trust }),
    transport: { kind: "http" },
  };
}

/** The keys of the file replace those of the environment. */
function keysOf({ row, keys, file }: Found, environment: Environment): ReadonlyMap<number, string> {
  const written = [file?.api_key ?? [], file?.api_keys ?? []].flat();
  if (written.length > 0) return new Map(written.map((key, index) => [index + 1, key]));
  if (keys && keys.size > 0) return new Map([...keys].sort(([one], [other]) => one - other));
  const shared = sharedKey(row, environment);
  return new Map(shared === undefined ? [] : [[1, shared]]);
}

function takes(row: ProviderRow, name: SettingName): boolean {
  return row.settings?.some((setting) => setting.name === name) === true;
}

function givenOf({ row, settings, baseUrl, file }: Found, environment: Environment, keyed: boolean): Given {
  const given: { -readonly [name in keyof Given]: Given[name] } = { keyed };
  const address = file?.base_url ?? baseUrl;
  if (address !== undefined) given.base_url = address;
  for (const { name, variables = [] } of row.settings ?? []) {
    const general = variables.map((variable) => environment[variable]).find((value) => value);
    const value = file?.[name] ?? settings.get(name) ?? general;
    if (value !== undefined) given[name] = value;
  }
  return given;
}

function isMissing(resolved: Partial<ProviderRow> | readonly SettingName[]): resolved is readonly SettingName[] {
  return Array.isArray(resolved);
}

function missing(row: ProviderRow, names: readonly SettingName[]): ProviderProblem {
  const variables = names.map((name) => `${row.envPrefix}_${name.toUpperCase()}`);
  return { path: names[0] ?? "base_url", message: `set ${names.join(", ")} (or ${variables.join(", ")})` };
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

/** In each dialect the edits that it has. */
function withAdjustments(row: ProviderRow, names: readonly string[]): ProviderRow {
  const speaks = Object.fromEntries(
    Object.entries(row.speaks).map(([dialect, speech]) => {
      const known = names.filter((name) => Object.hasOwn(edits[dialect as DialectId] ?? {}, name));
      return [dialect, { ...speech, adjust: [...new Set([...(speech.adjust ?? []), ...known])] }];
    }),
  );
  return { ...row, speaks };
}

/** A name that no dialect of the row has as an edit. */
function unknownEdit(row: ProviderRow, names: readonly string[] = []): ProviderProblem | undefined {
  const known = (Object.keys(row.speaks) as DialectId[]).flatMap((dialect) => Object.keys(edits[dialect] ?? {}));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const there = known.length === 0 ? "none" : known.join(", ");
  return { path: "adjust", message: `no edit for this provider is called "${unknown}"; there are ${there}` };
}

/** Replies in Chat Completions are then read and written anew, not passed on as they are. */
function withRepairs(row: ProviderRow, names: readonly string[] = []): ProviderRow {
  const speech = row.speaks["openai-chat"];
  if (!speech || names.length === 0) return row;
  const repaired = { ...speech, repairs: [...new Set([...(speech.repairs ?? []), ...names])] };
  return { ...row, speaks: { ...row.speaks, "openai-chat": repaired } };
}

function unknownRepair(row: ProviderRow, names: readonly string[] = []): ProviderProblem | undefined {
  if (names.length > 0 && !row.speaks["openai-chat"]) {
    return { path: "repair", message: `${row.title} is not called in Chat Completions, whose replies can be repaired` };
  }
  const unknown = names.find((name) => !Object.hasOwn(repairs, name));
  if (unknown === undefined) return undefined;
  return { path: "repair", message: `no repair is called "${unknown}"; there are ${Object.keys(repairs).join(", ")}` };
}
