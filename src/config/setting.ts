// What a setting is: the annotations a schema node may carry, the kinds they make, and the builders schema.ts writes with.
import { type TString, type TUnsafe, Type } from "@sinclair/typebox";
import { durationPattern, sizePattern } from "./units.ts";

/** A schema node as the loader reads it: JSON Schema keywords, and our own `env`, `flag`, `secret` and `unit`. */
export type SettingSchema = {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  format?: string;
  properties?: { readonly [key: string]: SettingSchema };
  /** Keys that always have a value once loaded. */
  required?: readonly string[];
  patternProperties?: { readonly [pattern: string]: SettingSchema };
  items?: SettingSchema;
  /** Environment variable that sets it. */
  env?: string;
  /** Short command line flag, beside the one made from the path: "port" for --port. */
  flag?: string;
  /** Its value is shown to nobody. */
  secret?: boolean;
  unit?: "duration" | "size";
  /** Bounds in milliseconds or bytes of settings that are written with a unit. */
  least?: number;
  most?: number;
  /** What a pattern asks for, in words. */
  asks?: string;
  /** Of the groups in a list: the setting that a text stands for, where one is written instead of a group. */
  shorthand?: string;
  /** Of a record: it may be written as a list of groups, each with its name under this key. */
  keyedBy?: string;
};

/** Annotations that are ours; the published JSON Schema goes without them. */
export const ownAnnotations: readonly string[] = [
  "env",
  "flag",
  "secret",
  "unit",
  "least",
  "most",
  "asks",
  "shorthand",
  "keyedBy",
];

export type SettingKind =
  | "group"
  | "record"
  | "groups"
  | "list"
  | "duration"
  | "size"
  | "choice"
  | "boolean"
  | "integer"
  | "number"
  | "text";

export function kindOf(schema: SettingSchema): SettingKind {
  if (schema.properties) return "group";
  if (schema.patternProperties) return "record";
  if (schema.unit) return schema.unit;
  if (schema.enum) return "choice";
  if (schema.type === "array") return schema.items?.properties ? "groups" : "list";
  const { type } = schema;
  return type === "boolean" || type === "integer" || type === "number" ? type : "text";
}

type Annotations = Pick<SettingSchema, "env" | "flag" | "default" | "secret">;

// A timer set for longer than 2^31-1 ms fires at once.
const longestTimerMs = 2_147_483_647;
const mostBytes = 1024 ** 3;

/** Written with a unit; milliseconds once loaded. `least` is 0 where zero has a meaning, which the help then tells. */
export function duration(description: string, annotations: Annotations & { least?: 0 } = {}): TUnsafe<number> {
  const bounds = { least: annotations.least ?? 1, most: longestTimerMs };
  return Type.Unsafe<number>({
    type: ["string", "number"],
    pattern: durationPattern,
    minimum: 0,
    unit: "duration",
    description,
    ...annotations,
    ...bounds,
  });
}

/** Written with a unit; bytes once loaded. */
export function size(description: string, annotations: Annotations): TUnsafe<number> {
  return Type.Unsafe<number>({
    type: ["string", "number"],
    pattern: sizePattern,
    minimum: 0,
    unit: "size",
    least: 1,
    most: mostBytes,
    description,
    ...annotations,
  });
}

/** One of a few values. */
export function choice<const T extends readonly (string | boolean)[]>(
  values: T,
  description: string,
  annotations: Annotations = {},
): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ enum: [...values], description, ...annotations });
}

export function text(description: string, annotations: Annotations = {}): TString {
  return Type.String({ minLength: 1, description, ...annotations });
}
