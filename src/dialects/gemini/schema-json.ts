// JSON Schema for the newer fields that take it as such (parametersJsonSchema, responseJsonSchema): a copy without the
// keywords that Google does not list (https://ai.google.dev/api/generate-content, responseJsonSchema).
import { asArray, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { annotations, type WrittenSchema } from "./schema.ts";
import { mergeAll } from "./schema-references.ts";

const listed = new Set([
  "$ref",
  "$anchor",
  "type",
  "format",
  "title",
  "description",
  "enum",
  "nullable",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "required",
  "propertyOrdering",
]);
const holdsOne = new Set(["items", "additionalProperties"]);
const holdsList = new Set(["anyOf", "oneOf", "prefixItems"]);
const holdsNamed = new Set(["properties", "$defs"]);

export function toJsonSchema(schema: JsonObject): WrittenSchema {
  const lost = new Set<string>();
  const written = copy(schema, lost);
  const bare = written["properties"] !== undefined && Object.keys(written["properties"] ?? {}).length === 0;
  return { schema: Object.keys(written).length === 0 || bare ? undefined : written, lost: [...lost] };
}

function copyAny(value: JsonValue, lost: Set<string>): JsonValue {
  if (isObject(value)) return copy(value, lost);
  // `items: true` says nothing; `additionalProperties: false` is listed and stays.
  return value === true ? {} : value;
}

function copy(raw: JsonObject, lost: Set<string>): JsonObject {
  const parts = asArray(raw["allOf"])?.filter(isObject);
  const { allOf: _all, ...own } = raw;
  // A reference inside allOf keeps its place beside the other keywords, as JSON Schema 2020-12 allows.
  const node = parts ? mergeAll([own, ...parts]) : raw;
  const entries: [string, JsonValue][] = [];
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === "$ref" && typeof value === "string") {
      entries.push([keyword, value.replace(/^#\/definitions\//, "#/$defs/")]);
    } else if (keyword === "const") entries.push(["enum", [value]]);
    else if (keyword === "definitions" && isObject(value)) entries.push(["$defs", copyNamed(value, lost)]);
    else if (listed.has(keyword)) entries.push([keyword, Array.isArray(value) ? [...value] : value]);
    else if (keyword === "additionalProperties" && typeof value === "boolean") entries.push([keyword, value]);
    else if (holdsOne.has(keyword) && !Array.isArray(value)) entries.push([keyword, copyAny(value, lost)]);
    else if (keyword === "items" && Array.isArray(value)) entries.push(["prefixItems", copyList(value, lost)]);
    else if (holdsList.has(keyword) && Array.isArray(value)) entries.push([keyword, copyList(value, lost)]);
    else if (holdsNamed.has(keyword) && isObject(value)) entries.push([keyword, copyNamed(value, lost)]);
    else if (!annotations.includes(keyword)) lost.add(keyword);
  }
  return Object.fromEntries(entries);
}

function copyList(values: JsonValue[], lost: Set<string>): JsonValue[] {
  return values.map((value) => copyAny(value, lost));
}

function copyNamed(nodes: JsonObject, lost: Set<string>): JsonObject {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, copyAny(node, lost)]));
}
