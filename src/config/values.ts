// One setting's value: from what a file, a variable or a flag holds to what the program works with, or why not.
import { isObject } from "../core/json.ts";
import { nearest, suggestion } from "./nearest.ts";
import { kindOf, type SettingKind, type SettingSchema } from "./setting.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

export type Raw = {
  value: unknown;
  /** It could only be written as text (a variable, a flag, a `${VAR}`): "true" then means true. */
  textual: boolean;
  /** The text may be repeated in a message. False for what came out of `${VAR}`: nobody knows what that holds. */
  quotable: boolean;
};

/** What is wrong with a value, and where in it: "" for the whole, "[1].weight" inside a list of groups. */
export type Fault = { at: string; message: string };

export type Reading = { value: unknown } | { faults: readonly Fault[] };

type Reader = (schema: SettingSchema, raw: Raw) => unknown;

const wordsForTrue: readonly string[] = ["true", "yes", "on", "1"];
const wordsForFalse: readonly string[] = ["false", "no", "off", "0"];

/** Undefined means "not this kind". */
const readers: { readonly [kind in Exclude<SettingKind, "group" | "record" | "groups">]: Reader } = {
  text: (schema, { value }) => (typeof value === "string" && textFits(schema, value) ? value : undefined),
  integer: (schema, { value, textual }) => {
    const number = textual && typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return Number.isInteger(number) && within(Number(number), schema.minimum, schema.maximum) ? number : undefined;
  },
  number: (schema, { value, textual }) => {
    const number = textual && typeof value === "string" && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
    const fits = typeof number === "number" && Number.isFinite(number);
    return fits && within(number, schema.minimum, schema.maximum) ? number : undefined;
  },
  boolean: (_schema, { value, textual }) => (textual ? readBooleanWord(value) : undefined) ?? asBoolean(value),
  choice: (schema, { value, textual }) => {
    const choices = schema.enum ?? [];
    if (choices.includes(value)) return value;
    const word = textual ? readBooleanWord(value) : undefined;
    return word !== undefined && choices.includes(word) ? word : undefined;
  },
  duration: (schema, { value }) => readAmount(schema, typeof value === "number" ? value * 1000 : value, parseDuration),
  size: (schema, { value }) => readAmount(schema, value, parseSize),
  list: (schema, { value, textual }) => {
    const items = textual && typeof value === "string" ? splitList(value) : value;
    if (!Array.isArray(items)) return undefined;
    const fits = items.every((item) => typeof item === "string" && textFits(schema.items ?? {}, item));
    return fits ? items : undefined;
  },
};

function asBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function readBooleanWord(value: unknown): boolean | undefined {
  const word = String(value).toLowerCase();
  if (wordsForTrue.includes(word)) return true;
  return wordsForFalse.includes(word) ? false : undefined;
}

function readAmount(
  schema: SettingSchema,
  value: unknown,
  parse: (text: string) => number | undefined,
): number | undefined {
  const amount = typeof value === "string" ? parse(value.trim()) : value;
  if (typeof amount !== "number" || !Number.isFinite(amount)) return undefined;
  const whole = Math.round(amount);
  return within(whole, schema.least, schema.most) ? whole : undefined;
}

function within(value: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): boolean {
  return value >= least && value <= most;
}

function splitList(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}

function textFits(schema: SettingSchema, value: string): boolean {
  if (value.length < (schema.minLength ?? 0)) return false;
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return false;
  return schema.format !== "uri" || isHttpAddress(value);
}

// fetch refuses addresses with credentials in them (Fetch 5.4, "includes credentials"), and they would end up in logs.
function isHttpAddress(value: string): boolean {
  const address = URL.parse(value);
  return address !== null && /^https?:$/.test(address.protocol) && address.username + address.password === "";
}

/** Reads one value. The message says what was expected and what kind of thing was found, never a secret's value. */
export function readSetting(schema: SettingSchema, raw: Raw): Reading {
  const kind = kindOf(schema);
  if (kind === "group" || kind === "record") return fault("is a group of settings, not a single one");
  if (kind === "groups") return readGroups(schema, raw);
  const value = readers[kind](schema, raw);
  if (value !== undefined) return { value };
  // A refused address may be refused for the password in it.
  const hidden = schema.secret === true || schema.format === "uri";
  return fault(`expected ${expected(kind, schema)}, found ${found(raw, hidden)}`);
}

function fault(message: string): Reading {
  return { faults: [{ at: "", message }] };
}

/** A list of groups, whose items may be texts where the schema has a shorthand. As text: JSON, or texts with commas. */
function readGroups(schema: SettingSchema, raw: Raw): Reading {
  const list = raw.textual && typeof raw.value === "string" ? readListText(raw.value) : raw.value;
  if (!Array.isArray(list)) return fault(`expected a list, found ${found(raw, false)}`);
  const faults: Fault[] = [];
  const value = list.map((item: unknown, index) => {
    const reading = readGroup(schema.items ?? {}, { ...raw, value: item });
    if ("value" in reading) return reading.value;
    for (const { at, message } of reading.faults) faults.push({ at: `[${index}]${at}`, message });
    return undefined;
  });
  return faults.length > 0 ? { faults } : { value };
}

function readListText(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return splitList(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readGroup(schema: SettingSchema, raw: Raw): Reading {
  const { shorthand } = schema;
  const written =
    shorthand !== undefined && typeof raw.value === "string" && raw.value !== ""
      ? { [shorthand]: raw.value }
      : raw.value;
  if (!isObject(written)) {
    const wanted =
      shorthand === undefined ? "a group of settings" : `a group of settings or the text of its ${shorthand}`;
    return fault(`expected ${wanted}, found ${found(raw, false)}`);
  }
  const faults: Fault[] = [];
  const value: { [key: string]: unknown } = {};
  for (const [key, child] of Object.entries(written)) {
    const childSchema = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    const reading = childSchema
      ? readSetting(childSchema, { ...raw, value: child })
      : fault(`unknown key${suggestion(nearest(key, Object.keys(schema.properties ?? {})))}`);
    if ("value" in reading) value[key] = reading.value;
    else for (const { at, message } of reading.faults) faults.push({ at: `.${key}${at}`, message });
  }
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (child.default === undefined || Object.hasOwn(value, key)) continue;
    const reading = readSetting(child, { value: child.default, textual: false, quotable: true });
    if ("value" in reading) value[key] = reading.value;
  }
  return faults.length > 0 ? { faults } : { value };
}

function expected(kind: SettingKind, schema: SettingSchema): string {
  switch (kind) {
    case "integer":
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case "number":
      return `a number from ${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${(schema.enum ?? []).join(", ")}`;
    case "duration":
      return `a duration such as 30s, 500ms or 5m, from ${formatDuration(schema.least ?? 0)} to ${formatDuration(schema.most ?? 0)}`;
    case "size":
      return `a size such as 32MiB or 10MB, from ${formatSize(schema.least ?? 0)} to ${formatSize(schema.most ?? 0)}`;
    case "list":
      return schema.items?.asks ? `a list ${schema.items.asks}` : "a list of texts that are not empty";
    default:
      if (schema.format === "uri") return "an http or https address without a user name in it";
      return schema.asks ?? "text that is not empty";
  }
}

function found(raw: Raw, hidden: boolean): string {
  const { value } = raw;
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "a group of settings";
  const shown = hidden || !raw.quotable ? undefined : String(value);
  if (typeof value !== "string") return shown === undefined ? `a ${typeof value}` : `the ${typeof value} ${shown}`;
  if (value === "") return "empty text";
  return shown === undefined ? "other text" : `the text ${JSON.stringify(shown.slice(0, 60))}`;
}
