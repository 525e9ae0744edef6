// The loaded settings for human eyes: secrets masked, units written out, each with where it came from.
import { isObject } from "../core/json.ts";
import type { Config } from "./schema.ts";
import { kindOf, type SettingSchema } from "./setting.ts";
import { childOf, rootSchema } from "./settings.ts";
import { formatDuration, formatSize } from "./units.ts";

export const mask = "***";

export type EffectiveSetting = { path: string; value: string; origin: string };

/** Every setting that has a value, in the order of the config. */
export function effectiveSettings(config: Config, origins: ReadonlyMap<string, string>): EffectiveSetting[] {
  const rows: EffectiveSetting[] = [];
  visit(rootSchema, config, [], (schema, value, path) => {
    const name = path.join(".");
    rows.push({ path: name, value: writeValue(schema, value), origin: origins.get(name) ?? "default" });
    return value;
  });
  return rows;
}

/** The same tree with every secret replaced. Durations stay milliseconds, sizes bytes. */
export function maskSecrets(config: Config): unknown {
  return visit(rootSchema, config, [], (schema, value) => (schema.secret ? mask : value));
}

function writeValue(schema: SettingSchema, value: unknown): string {
  if (schema.secret) return mask;
  if (schema.unit === "duration") return formatDuration(Number(value));
  if (schema.unit === "size") return formatSize(Number(value));
  return JSON.stringify(value);
}

type Leaf = (schema: SettingSchema, value: unknown, path: readonly string[]) => unknown;

/** Rebuilds the tree with what `leaf` makes of every single setting. */
function visit(schema: SettingSchema, value: unknown, path: readonly string[], leaf: Leaf): unknown {
  const kind = kindOf(schema);
  if ((kind !== "group" && kind !== "record") || !isObject(value)) return leaf(schema, value, path);
  const keys = schema.properties ? Object.keys(schema.properties) : Object.keys(value);
  const entries = keys.flatMap((key) => {
    const child = childOf(schema, key);
    return child && Object.hasOwn(value, key) ? [[key, visit(child, value[key], [...path, key], leaf)] as const] : [];
  });
  return Object.fromEntries(entries);
}
