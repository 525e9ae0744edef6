// Picking fields of a JSON object apart: those that were understood, and the rest, which must not vanish.
import { asObject, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** Names to look up for every field of every frame: a table without a prototype answers faster than a set. */
export type KnownFields = { readonly [name: string]: true };

export function knownFieldsOf(...names: string[]): KnownFields {
  return Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, true]))) as KnownFields;
}

/** The fields that `known` does not name, or undefined when there are none. Safe for a key named `__proto__`. */
export function restOf(source: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let rest: [string, JsonValue][] | undefined;
  for (const key of Object.keys(source)) {
    if (known.has(key)) continue;
    rest ??= [];
    rest.push([key, source[key] as JsonValue]);
  }
  return rest && Object.fromEntries(rest);
}

type WithUndefined<T> = { [K in keyof T]: T[K] | undefined };

/** The object without its undefined fields, so that "absent" has one spelling. */
export function defined<T extends object>(fields: WithUndefined<T>): T {
  if (Object.hasOwn(fields, "__proto__")) return slowly(fields);
  const kept: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept as T;
}

/** A field of that name stays a field. */
function slowly<T extends object>(fields: WithUndefined<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** `extra` of a canonical node: the fields of this dialect that no canonical field holds. */
export function extraOf(rest: JsonObject | undefined): { "openai-chat": JsonObject } | undefined {
  return rest && { "openai-chat": rest };
}

/** The field as an object with the known keys taken out; undefined when nothing remains. */
export function remainder(value: JsonValue | undefined, known: ReadonlySet<string>): JsonObject | undefined {
  const whole = asObject(value);
  return whole && restOf(whole, known);
}
