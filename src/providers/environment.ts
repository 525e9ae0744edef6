// Finds instances of providers in the environment: `<PREFIX>[_SUFFIX]_<FIELD>`, and the names that people have already.
import type { ProviderRow, SettingName } from "./provider.ts";

export type Environment = { readonly [name: string]: string | undefined };

/** What variables say of one instance. */
export type FoundInstance = {
  row: ProviderRow;
  /** By number: OPENAI_API_KEY is 1, OPENAI_API_KEY_2 is 2. */
  keys: Map<number, string>;
  /** Numbers of those that came by the row's own prefix. */
  ownKeys: Set<number>;
  baseUrl?: string;
  models?: readonly string[];
  settings: Map<SettingName, string>;
  /** Both OPENAI_API_KEY and OPENAI_API_KEY_1 are set, and differ. */
  clash?: string;
};

/** OPENAI_API_KEY makes "openai", OPENAI_EAST_API_KEY makes "openai-east"; by instance name, in the table's order. */
export function findInstances(environment: Environment, rows: readonly ProviderRow[]): Map<string, FoundInstance> {
  const found = new Map<string, FoundInstance>();
  // The longest prefix wins, so that OPENAI_COMPATIBLE_… is not an instance of OPENAI.
  const longestFirst = rows
    .flatMap((row) => [row.envPrefix, ...(row.envAliases ?? [])].map((prefix) => ({ row, prefix })))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  const taken = new Set(rows.flatMap(otherNames));
  for (const { row, prefix } of longestFirst) {
    const pattern = variablePattern(row, prefix);
    // The row's own prefix is stronger than the others that mean the same.
    const own = prefix === row.envPrefix;
    for (const [variable, value] of Object.entries(environment)) {
      const match = pattern.exec(variable);
      if (!match || !value || taken.has(variable)) continue;
      taken.add(variable);
      const [, suffix, field = "", number] = match;
      // OPENAI_API_KEY_2_BASE_URL is a slip, not an instance called "openai-api-key-2".
      if (suffix !== undefined && /(?:^|_)API_KEY(?:_|$)/.test(suffix)) continue;
      const name = suffix === undefined ? row.type : `${row.type}-${suffix.toLowerCase().replaceAll("_", "-")}`;
      const instance = instanceAt(found, name, row);
      if (field.startsWith("API_KEY")) addKey(instance, { variable, number, own }, value.trim());
      else addField(instance, { field, own }, value.trim());
    }
  }
  for (const row of rows) addOtherNames(found, row, environment);
  return inTableOrder(found, rows);
}

function variablePattern(row: ProviderRow, prefix: string): RegExp {
  const settings = (row.settings ?? []).map(({ name }) => name.toUpperCase());
  const fields = ["API_KEY(?:_([0-9]{1,4}))?", "BASE_URL", "MODELS", ...settings].join("|");
  return new RegExp(`^${prefix}(?:_([A-Z0-9_]+?))?_(${fields})$`);
}

/** Names that mean the instance without a suffix, whatever they look like: AZURE_OPENAI_API_KEY is none called "openai". */
function otherNames(row: ProviderRow): string[] {
  const ofSettings = (row.settings ?? []).flatMap(({ name, variables = [] }) =>
    variables.filter((variable) => variable !== `${row.envPrefix}_${name.toUpperCase()}`),
  );
  return [...(row.keyEnv ?? []), ...(row.sharedKeyEnv ?? []), ...(row.baseUrlEnv ?? []), ...ofSettings];
}

function instanceAt(found: Map<string, FoundInstance>, name: string, row: ProviderRow): FoundInstance {
  const known = found.get(name);
  if (known) return known;
  const made: FoundInstance = { row, keys: new Map(), ownKeys: new Set(), settings: new Map() };
  found.set(name, made);
  return made;
}

type Written = { variable: string; number: string | undefined; own: boolean };

function addKey(instance: FoundInstance, { variable, number, own }: Written, value: string): void {
  const position = Math.max(1, Number(number ?? 1));
  const known = instance.keys.get(position);
  const numbered = own && known !== undefined && instance.ownKeys.has(position);
  if (numbered && known !== value) instance.clash = variable;
  if (known !== undefined && (!own || numbered)) return;
  instance.keys.set(position, value);
  if (own) instance.ownKeys.add(position);
}

function addField(instance: FoundInstance, { field, own }: { field: string; own: boolean }, value: string): void {
  if (field === "BASE_URL") instance.baseUrl = own ? value : (instance.baseUrl ?? value);
  else if (field === "MODELS") instance.models = own ? listOf(value) : (instance.models ?? listOf(value));
  else instance.settings.set(field.toLowerCase() as SettingName, value);
}

function listOf(value: string): string[] {
  return value.split(",").flatMap((item) => item.trim() || []);
}

function addOtherNames(found: Map<string, FoundInstance>, row: ProviderRow, environment: Environment): void {
  for (const variable of row.keyEnv ?? []) {
    const value = environment[variable]?.trim();
    if (!value || found.get(row.type)?.keys.has(1)) continue;
    instanceAt(found, row.type, row).keys.set(1, value);
  }
  for (const variable of row.baseUrlEnv ?? []) {
    const value = environment[variable]?.trim();
    if (!value || found.get(row.type)?.baseUrl !== undefined) continue;
    instanceAt(found, row.type, row).baseUrl = value;
  }
}

/** A credential that several rows may use; it makes no instance by itself. */
export function sharedKey(row: ProviderRow, environment: Environment): string | undefined {
  for (const variable of row.sharedKeyEnv ?? []) if (environment[variable]) return environment[variable]?.trim();
  return undefined;
}

function inTableOrder(found: Map<string, FoundInstance>, rows: readonly ProviderRow[]): Map<string, FoundInstance> {
  const ordered = new Map<string, FoundInstance>();
  for (const row of rows) {
    for (const name of [...found.keys()].sort()) {
      const instance = found.get(name);
      if (instance?.row === row) ordered.set(name, instance);
    }
  }
  return ordered;
}
