// The schema as a list: every setting with its path, flag and variable; and finding a setting by its path.
import { nearest, suggestion } from "./nearest.ts";
import { configSchema } from "./schema.ts";
import { kindOf, type SettingKind, type SettingSchema } from "./setting.ts";

/** The same schema, as the loader reads it: TypeBox types say nothing about our annotations. */
export const rootSchema = configSchema as unknown as SettingSchema;

export type Setting = {
  /** Dotted; a key that the operator chooses is `<name>`. */
  path: string;
  schema: SettingSchema;
  kind: SettingKind;
  /** Without the dashes; empty where the path holds a chosen name: those are set with --set. */
  flags: string[];
};

/** Every single setting, in the order of the schema. */
export function allSettings(schema: SettingSchema = rootSchema, path: readonly string[] = []): Setting[] {
  const kind = kindOf(schema);
  if (kind === "group") {
    return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => allSettings(child, [...path, key]));
  }
  if (kind === "record") {
    return Object.values(schema.patternProperties ?? {}).flatMap((child) => allSettings(child, [...path, "<name>"]));
  }
  return [{ path: path.join("."), schema, kind, flags: flagsOf(schema, path) }];
}

/** Records that a variable may give as JSON, with their paths. */
export function recordVariables(schema: SettingSchema = rootSchema, path: readonly string[] = []): RecordVariable[] {
  if (schema.patternProperties) return schema.env === undefined ? [] : [{ path, env: schema.env, schema }];
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => recordVariables(child, [...path, key]));
}

export type RecordVariable = { path: readonly string[]; env: string; schema: SettingSchema };

function flagsOf(schema: SettingSchema, path: readonly string[]): string[] {
  if (path.includes("<name>")) return [];
  const long = path.join("-").replaceAll("_", "-");
  return schema.flag === undefined ? [long] : [schema.flag, long];
}

/** The node for one key of a group or record; undefined when there is none. */
export function childOf(schema: SettingSchema, key: string): SettingSchema | undefined {
  if (schema.properties) return Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  const rows = Object.entries(schema.patternProperties ?? {});
  return rows.find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}

/** Why a group or record has no such key, with the nearest one that it has, or the place where the key belongs. */
export function unknownKey(schema: SettingSchema, key: string): string {
  if (schema.patternProperties) return `the key is not ${schema.asks}`;
  const sibling = nearest(key, Object.keys(schema.properties ?? {}));
  const elsewhere = allSettings().find(({ path }) => path.endsWith(`.${key}`))?.path;
  return `unknown key${suggestion(sibling ?? elsewhere)}`;
}

export type SettingRow = { path: string; env: string; type: string; default: string; help: string };

const typeNames: { readonly [kind in SettingKind]?: string } = {
  integer: "number",
  list: "list of texts",
  groups: "list of groups",
};

/** Every setting in words, for documentation. Empty text where there is no variable or no default. */
export function settingsTable(): SettingRow[] {
  const records = new Map(recordVariables().map((record) => [record.path.join("."), record]));
  return allSettings().flatMap(({ path, schema, kind }) => {
    const row = {
      path,
      env: schema.env ?? "",
      type: kind === "choice" ? (schema.enum ?? []).join(" | ") : (typeNames[kind] ?? kind),
      default: schema.default === undefined ? "" : String(schema.default),
      help: schema.description ?? "",
    };
    // A record has a row of its own where a variable can give it, before its first setting.
    const recordPath = path.slice(0, Math.max(0, path.indexOf(".<name>")));
    const record = records.get(recordPath);
    if (!record) return [row];
    records.delete(recordPath);
    const help = record.schema.description ?? "";
    return [{ path: `${recordPath}.<name>`, env: record.env, type: "group", default: "", help }, row];
  });
}
