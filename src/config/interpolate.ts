// `${VAR}` and `${VAR:-default}` in the texts of a config file; `$${` writes a plain `${`.
import { isObject } from "../core/json.ts";
import type { Environment } from "./environment.ts";

export type Interpolation = {
  value: unknown;
  /** At least one reference was replaced. */
  changed: boolean;
  /** Variables that are not set, or empty, and have no default. */
  unset: string[];
};

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Replaces references in a text, or in the texts of a list or of groups in one. The value is no cyclic one. Done after parsing: a value cannot add structure. */
export function interpolate(value: unknown, environment: Environment): Interpolation {
  if (Array.isArray(value)) return interpolateList(value, environment);
  if (isObject(value)) {
    const replaced = interpolateList(Object.values(value), environment);
    const values = replaced.value as unknown[];
    return { ...replaced, value: Object.fromEntries(Object.keys(value).map((key, index) => [key, values[index]])) };
  }
  if (typeof value !== "string") return { value, changed: false, unset: [] };
  const unset: string[] = [];
  let changed = false;
  const text = value.replace(reference, (whole, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return "${";
    changed = true;
    const replacement = environment[name] || fallback;
    if (replacement === undefined) unset.push(name);
    return replacement ?? whole;
  });
  return { value: text, changed, unset };
}

function interpolateList(items: readonly unknown[], environment: Environment): Interpolation {
  const results = items.map((item) => interpolate(item, environment));
  return {
    value: results.map((result) => result.value),
    changed: results.some((result) => result.changed),
    unset: results.flatMap((result) => result.unset),
  };
}
