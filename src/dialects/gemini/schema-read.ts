// Google's schema dialect as plain JSON Schema: types in lower case, null as a type, counts as numbers (translation.md B2.3).
import { asArray, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { spelled } from "./spelling.ts";

const schemaFields = new Set([
  "type",
  "anyOf",
  "items",
  "properties",
  "propertyOrdering",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "prefixItems",
  "additionalProperties",
]);
/** Whole numbers that Google's JSON writes as text (int64). */
const countFields = ["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"] as const;

/** Works on a copy (X16). A node that is no object, and a keyword that is not Google's, stays as it is. */
export function fromOpenApi(raw: JsonObject): JsonObject {
  const { nullable, propertyOrdering: _ordering, ...node } = spelled(raw, schemaFields);
  const schema: JsonObject = { ...node };
  const { type } = node;
  if (typeof type === "string") {
    if (type === "TYPE_UNSPECIFIED") delete schema["type"];
    else schema["type"] = type.toLowerCase();
  }
  for (const field of countFields) {
    const count = schema[field];
    if (typeof count === "string" && /^\d+$/.test(count)) schema[field] = Number(count);
  }
  // "enum" is Google's mark for an enumeration and no format of JSON Schema's.
  if (schema["format"] === "enum") delete schema["format"];
  const { properties, items, anyOf } = schema;
  if (isObject(properties)) {
    schema["properties"] = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, read(value)]));
  }
  if (items !== undefined) schema["items"] = read(items);
  if (Array.isArray(anyOf)) schema["anyOf"] = anyOf.map(read);
  return nullable === true ? withNull(schema) : schema;
}

function read(value: JsonValue): JsonValue {
  return isObject(value) ? fromOpenApi(value) : value;
}

function withNull(schema: JsonObject): JsonObject {
  const values = asArray(schema["enum"]);
  if (typeof schema["type"] === "string") {
    return { ...schema, type: [schema["type"], "null"], ...(values ? { enum: [...values, null] } : {}) };
  }
  const branches = asArray(schema["anyOf"]);
  return branches ? { ...schema, anyOf: [...branches, { type: "null" }] } : schema;
}
