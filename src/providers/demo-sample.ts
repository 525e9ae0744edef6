// A sample value for a JSON Schema: the same schema always gives the same value. Fills required properties only.
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../core/json.ts";

/** Deeper than any schema a tool needs; what lies below a recursive reference is left empty. */
const depthMax = 12;
/** A schema may ask for any number of items; nobody needs to see more. */
const itemsMax = 100;

const formats: { readonly [format: string]: string } = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

type Sampler = (schema: JsonObject, root: JsonObject, depth: number) => JsonValue;

const samplers: { readonly [type: string]: Sampler } = {
  object: sampleObject,
  array: sampleArray,
  string: sampleString,
  integer: (schema) => sampleNumber(schema, true),
  number: (schema) => sampleNumber(schema, false),
  boolean: () => true,
  null: () => null,
};

/** A value that satisfies the schema as far as types, enums, bounds, formats and required properties go; patterns are not read. */
export function sampleOf(schema: JsonObject): JsonValue {
  return sample(schema, schema, 0);
}

function sample(value: JsonValue | undefined, root: JsonObject, depth: number): JsonValue {
  const schema = asObject(value);
  if (schema === undefined || depth > depthMax) return null;
  const given = literalOf(schema);
  if (given !== undefined) return given;
  const reference = asString(schema["$ref"]);
  if (reference !== undefined) return sample(resolve(reference, root), root, depth + 1);
  const choice = asArray(schema["anyOf"]) ?? asArray(schema["oneOf"]);
  if (choice?.[0] !== undefined) return sample(choice[0], root, depth + 1);
  const parts = asArray(schema["allOf"]);
  if (parts !== undefined) return sample(merged(schema, parts, root), root, depth + 1);
  return (samplers[typeOf(schema)] ?? sampleString)(schema, root, depth);
}

function literalOf(schema: JsonObject): JsonValue | undefined {
  return schema["const"] ?? asArray(schema["enum"])?.[0] ?? schema["default"] ?? asArray(schema["examples"])?.[0];
}

/** OpenAPI-flavoured schemas write their types in capitals (Gemini). */
function typeOf(schema: JsonObject): string {
  const named = asString(schema["type"]) ?? asString(asArray(schema["type"])?.[0]);
  if (named !== undefined) return named.toLowerCase();
  if (schema["properties"] !== undefined) return "object";
  return schema["items"] === undefined ? "string" : "array";
}

/** References inside the same schema: `#` and `#/$defs/name`. */
function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  let node: JsonValue | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    node = asObject(node)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return node;
}

function merged(schema: JsonObject, parts: JsonValue[], root: JsonObject): JsonObject {
  const { allOf: _, ...rest } = schema;
  const result: JsonObject = { ...rest };
  for (const part of parts) {
    const reference = asString(asObject(part)?.["$ref"]);
    const piece = asObject(reference === undefined ? part : resolve(reference, root)) ?? {};
    const properties = { ...asObject(result["properties"]), ...asObject(piece["properties"]) };
    const required = [...(asArray(result["required"]) ?? []), ...(asArray(piece["required"]) ?? [])];
    Object.assign(result, piece, { properties, required });
  }
  return result;
}

function sampleObject(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const properties = asObject(schema["properties"]) ?? {};
  const names = (asArray(schema["required"]) ?? []).filter((name) => typeof name === "string");
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] ?? {}, root, depth + 1)]));
}

function sampleArray(schema: JsonObject, root: JsonObject, depth: number): JsonValue[] {
  const length = Math.min(asNumber(schema["minItems"]) ?? 1, itemsMax);
  return Array.from({ length }, () => sample(schema["items"] ?? {}, root, depth + 1));
}

function sampleString(schema: JsonObject): string {
  const text = formats[asString(schema["format"]) ?? ""] ?? "sample";
  const padded = text.padEnd(Math.min(asNumber(schema["minLength"]) ?? 0, 1000), "-");
  return padded.slice(0, asNumber(schema["maxLength"]) ?? padded.length);
}

/** The number nearest to 1 that the bounds allow; without a step, bounds that exclude 1 are met in their middle. */
function sampleNumber(schema: JsonObject, whole: boolean): number {
  const step = asNumber(schema["multipleOf"]) ?? (whole ? 1 : undefined);
  const margin = step ?? 0;
  const low = Math.max(
    asNumber(schema["minimum"]) ?? -Infinity,
    (asNumber(schema["exclusiveMinimum"]) ?? -Infinity) + margin,
  );
  const high = Math.min(
    asNumber(schema["maximum"]) ?? Infinity,
    (asNumber(schema["exclusiveMaximum"]) ?? Infinity) - margin,
  );
  if (step === undefined) return low < 1 && high > 1 ? 1 : inTheMiddle(low, high);
  const above = Math.ceil(Math.max(1, low) / step) * step;
  return above <= high ? above : Math.floor(high / step) * step;
}

function inTheMiddle(low: number, high: number): number {
  if (low === -Infinity) return high - 1;
  return high === Infinity ? low + 1 : (low + high) / 2;
}
