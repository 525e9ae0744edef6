// JSON Schemas for Claude: tool parameters (root rules only) and the reduced form of strict output. Always on a copy.
import { asArray, asObject, isObject, type JsonObject, type JsonValue, numberIn } from "../core/json.ts";

/**
 * Parameters of a tool. Everything stays (T15) but the root must be an object without combinators (translation.md B12):
 * branches there are merged into one object. `changed` says that a constraint was given up on the way.
 */
export function toolSchema(parameters: JsonObject | undefined): { schema: JsonObject; changed: boolean } {
  if (parameters === undefined || Object.keys(parameters).length === 0) {
    return { schema: { type: "object", properties: {} }, changed: false };
  }
  const combinators = ["anyOf", "oneOf", "allOf"].filter((key) => Array.isArray(parameters[key]));
  if (combinators.length === 0 && parameters["$ref"] === undefined) {
    return { schema: parameters["type"] === "object" ? parameters : { ...parameters, type: "object" }, changed: false };
  }
  return { schema: mergedRoot(parameters, parameters), changed: combinators.some((key) => key !== "allOf") };
}

function mergedRoot(root: JsonObject, node: JsonObject, depth = 0): JsonObject {
  const { anyOf, oneOf, allOf, $ref, ...own } = node;
  const target = typeof $ref === "string" && depth < 8 ? resolve(root, $ref) : undefined;
  const branch = (value: JsonValue): JsonObject[] =>
    isObject(value) && depth < 8 ? [mergedRoot(root, value, depth + 1)] : [];
  const all = [...(asArray(allOf) ?? []).flatMap(branch), ...(target ? [mergedRoot(root, target, depth + 1)] : [])];
  const choices = [anyOf, oneOf].map((list) => (asArray(list) ?? []).flatMap(branch)).filter((list) => list.length > 0);
  const properties: JsonObject = {};
  for (const schema of [...all, ...choices.flat(), own]) Object.assign(properties, asObject(schema["properties"]));
  const required = new Set([...all, own].flatMap(requiredOf));
  // What every branch of a choice requires is required whichever holds.
  for (const list of choices) {
    for (const name of requiredOf(list[0] ?? {})) {
      if (list.every((schema) => requiredOf(schema).includes(name))) required.add(name);
    }
  }
  return { ...own, type: "object", properties, ...(required.size > 0 ? { required: [...required] } : {}) };
}

function requiredOf(schema: JsonObject): string[] {
  return (asArray(schema["required"]) ?? []).filter((name): name is string => typeof name === "string");
}

/** A local pointer (`#/$defs/Thing`); anything else is left to the provider. */
function resolve(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith("#/")) return undefined;
  let node: JsonValue | undefined = root;
  for (const step of reference.slice(2).split("/")) {
    node = asObject(node)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return asObject(node);
}

// Keywords whose meaning the constrained decoder knows (translation.md B8).
const kept = new Set([
  "type",
  "enum",
  "const",
  "description",
  "title",
  "default",
  "$ref",
  "required",
  "format",
  "minItems",
]);
const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]);
const maps = new Set(["properties", "$defs", "definitions"]);
const branches: ReadonlyMap<string, string> = new Map([
  ["anyOf", "anyOf"],
  ["oneOf", "anyOf"],
  ["allOf", "allOf"],
]);
// They name a dialect or a place and constrain nothing.
const silent = new Set(["$schema", "$id", "$comment"]);

/**
 * The reduced schema of strict output: `oneOf` becomes `anyOf`, every object is closed, and what the decoder does not know
 * (ranges, lengths, patterns, other formats) moves into the description, where the model still reads it. `onClosed` is told
 * when an object that takes keys of any name had to be closed: its entries cannot be written any more.
 */
export function reducedSchema(schema: JsonObject, onClosed: () => void): JsonObject {
  const reduced: JsonObject = {};
  const said: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    const branch = branches.get(key);
    if (branch !== undefined && Array.isArray(value)) {
      const before = asArray(reduced[branch]) ?? [];
      reduced[branch] = [...before, ...value.map((entry) => reducedNode(entry, onClosed))];
    } else if (maps.has(key) && isObject(value)) {
      reduced[key] = Object.fromEntries(
        Object.entries(value).map(([name, node]) => [name, reducedNode(node, onClosed)]),
      );
    } else if (key === "items" && isObject(value)) {
      reduced[key] = reducedSchema(value, onClosed);
    } else if (isKept(key, value)) {
      reduced[key] = value;
    } else if (key === "additionalProperties" || key === "patternProperties") {
      if (isObject(value)) {
        said.push(`${key}: ${JSON.stringify(value)}`);
        onClosed();
      }
    } else if (!silent.has(key)) {
      said.push(`${key}: ${JSON.stringify(value)}`);
    }
  }
  if (reduced["type"] === "object" || isObject(reduced["properties"])) reduced["additionalProperties"] = false;
  if (said.length > 0) {
    const before = typeof reduced["description"] === "string" ? `${reduced["description"]} ` : "";
    reduced["description"] = `${before}{${said.join(", ")}}`;
  }
  return reduced;
}

function isKept(key: string, value: JsonValue): boolean {
  if (key === "format") return typeof value === "string" && formats.has(value);
  // An array may be said to hold none or at least one; other counts are refused.
  if (key === "minItems") {
    const count = numberIn(value);
    return count === 0 || count === 1;
  }
  return kept.has(key);
}

/** `true` is "anything"; there is no reduced form of `false`, which nothing sane asks for. */
function reducedNode(node: JsonValue, onClosed: () => void): JsonValue {
  return isObject(node) ? reducedSchema(node, onClosed) : {};
}
