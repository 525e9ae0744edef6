// JSON values as they stand on the wire, and the exact reading of numbers that a double cannot hold.

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object, or undefined. For reading providers' replies, where a missing node is ordinary. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function asArray(value: unknown): JsonValue[] | undefined {
  return Array.isArray(value) ? (value as JsonValue[]) : undefined;
}

export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A finite number, or undefined: null, NaN, infinities and numeric strings are not numbers on any of our wires. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The value of this text; undefined where it is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Is the field there, with anything but null in it? */
export function isSaid(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null;
}

/** A copy with these members only, in their own order. */
export function pick(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

// What String(Number(text)) may spell in another way: 16 or more digits, a point among them or not; an exponent; a
// fraction that ends in 0; a fraction below 1e-6; minus zero. Only where a value may begin: ids in texts are full of digits.
const riskyNumber = /(?:^|[:,[])\s*-?(?:\d[\d.]{15}|[\d.]+[eE][-+\d]|\d+\.\d*0(?!\d)|0\.0{6}|(?<=-)0(?![\d.]))/;

type ReviverContext = { source?: string };
type RawJson = { rawJSON(text: string): JsonValue; isRawJSON(value: unknown): boolean };

/** A number of `parseExact` that only its text holds. To the eye it is an object. */
export function isRawNumber(value: unknown): boolean {
  return (JSON as unknown as RawJson).isRawJSON(value);
}

/** The number that a value is, raw or not, as near as a double comes to it; undefined for what is none. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isRawNumber(value) ? Number(JSON.stringify(value)) : undefined;
}
type ExactParse = (
  text: string,
  reviver: (key: string, value: JsonValue, context: ReviverContext) => JsonValue,
) => JsonValue;

/**
 * Parses JSON so that JSON.stringify of the result writes every number as it was written: numbers that a double cannot
 * hold (2^53+1, 1e400), or would spell in another way (1.0, 1e3), become raw JSON nodes. Throws SyntaxError on bad JSON.
 */
export function parseExact(text: string): JsonValue {
  if (!riskyNumber.test(text)) return JSON.parse(text) as JsonValue;
  return (JSON.parse as unknown as ExactParse)(text, (_key, value, context) => {
    if (typeof value !== "number" || context.source === undefined || String(value) === context.source) return value;
    return (JSON as unknown as RawJson).rawJSON(context.source);
  });
}

/**
 * A parsed document with what stands under the given keys read exactly: there numbers are nobody's to interpret, and must
 * be passed on as they are written. Everything else stays plain, so that it can be read as numbers.
 * @param text what `plain` was parsed from
 */
export function withExact(plain: JsonValue, text: string, keys: ReadonlySet<string>): JsonValue {
  return mayHoldKey(text, keys) && riskyNumber.test(text) ? grafted(plain, parseExact(text), keys) : plain;
}

/** Ids and prose look like risky numbers often enough: nothing is parsed twice where none of the keys can stand. */
function mayHoldKey(text: string, keys: ReadonlySet<string>): boolean {
  for (const key of keys) if (text.includes(`"${key}"`)) return true;
  // A letter of a key may be written as an escape.
  return text.includes("\\u00");
}

/** Copies only on the way to what changes. */
function grafted(plain: JsonValue, exact: JsonValue, keys: ReadonlySet<string>): JsonValue {
  if (Array.isArray(plain)) {
    let copy: JsonValue[] | undefined;
    for (const [index, item] of plain.entries()) {
      const next = grafted(item, (exact as JsonValue[])[index] as JsonValue, keys);
      if (next !== item) {
        copy ??= [...plain];
        copy[index] = next;
      }
    }
    return copy ?? plain;
  }
  if (!isObject(plain)) return plain;
  let copy: JsonObject | undefined;
  for (const [key, value] of Object.entries(plain)) {
    if (typeof value !== "object" || value === null) continue;
    const other = (exact as JsonObject)[key] as JsonValue;
    const next = keys.has(key) ? other : grafted(value, other, keys);
    if (next !== value) {
      copy ??= { ...plain };
      copy[key] = next;
    }
  }
  return copy ?? plain;
}
