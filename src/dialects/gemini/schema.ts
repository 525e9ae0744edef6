// JSON Schema as Gemini's older schema field takes it: a subset of OpenAPI's (translation.md B12). Works on a copy.
import { asArray, isObject, type JsonObject, type JsonValue, numberIn } from "../../core/json.ts";
import { mergeAll, openReferences, type References } from "./schema-references.ts";

export type WrittenSchema = {
  /** Undefined when nothing expressible is left: an object without properties. */
  schema: JsonObject | undefined;
  /** Keywords that constrain and could not be kept. */
  lost: string[];
};

/** What the subset knows and what needs no change. */
const kept = [
  "description",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "propertyOrdering",
] as const;

/** Keywords that only annotate: nothing is lost with them. */
export const annotations: readonly string[] = [
  "$schema",
  "$id",
  "$comment",
  "$vocabulary",
  "default",
  "examples",
  "example",
  "deprecated",
  "readOnly",
  "writeOnly",
  "strict",
];

/** Keywords that only annotate, or that hold only for what the subset cannot express anyway. */
const silent = new Set([
  ...annotations,
  "$anchor",
  "$defs",
  "definitions",
  "$dynamicAnchor",
  "title",
  // Gemini writes declared properties only, which is what `false` asks for; `true` asks for nothing.
  "additionalProperties",
  "unevaluatedProperties",
  // Read below, by their own rules.
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "type",
  "nullable",
  "enum",
  "const",
  "format",
  "properties",
  "required",
  "items",
  "prefixItems",
  "exclusiveMinimum",
  "exclusiveMaximum",
]);

const numberFormats = new Set(["float", "double", "int32", "int64"]);
const textFormats = new Set(["enum", "date-time"]);

type Walk = { references: References; lost: Set<string> };

export function toOpenApi(schema: JsonObject): WrittenSchema {
  const lost = new Set<string>();
  const references = openReferences(schema, lost);
  const written = writeRoot(references.expand(schema), { references, lost });
  return { schema: written, lost: [...lost] };
}

/** The root must be an object: alternatives at the root become one object that admits each of them. */
function writeRoot(node: JsonObject | undefined, walk: Walk): JsonObject | undefined {
  if (!node) return undefined;
  const alternatives = branchesOf(node);
  if (!alternatives || typeOf(node) === "array") return write(node, walk);
  const branches = alternatives
    .filter(isObject)
    .map((branch) => walk.references.expand(branch))
    .filter((branch) => branch !== undefined);
  const { anyOf: _any, oneOf: _one, ...own } = node;
  const objects = branches.filter((branch) => branch["properties"] !== undefined);
  if (own["properties"] === undefined && objects.length === 0) return write(node, walk);
  if (branches.length > 1) walk.lost.add("anyOf");
  const properties = mergeAll([own, ...objects])["properties"];
  const demands = [own, ...objects].map((branch) => new Set(asArray(branch["required"]) ?? []));
  const [first = new Set<JsonValue>(), ...others] = demands;
  const shared = [...(others[0] ?? new Set())].filter((name) => others.every((names) => names.has(name)));
  const required = [...new Set([...first, ...shared])];
  return write({ ...own, type: "object", ...(properties ? { properties } : {}), required }, walk);
}

function write(raw: JsonValue, walk: Walk): JsonObject | undefined {
  // A boolean schema says "anything" or "nothing"; the subset can say neither (B12: `{}`).
  if (!isObject(raw)) return {};
  const node = walk.references.enter(raw);
  if (!node) return undefined;
  try {
    const alternatives = branchesOf(node) ?? typeAlternatives(node);
    return alternatives ? writeAlternatives(node, alternatives, walk) : writePlain(node, walk);
  } finally {
    walk.references.leave(raw);
  }
}

function branchesOf(node: JsonObject): JsonValue[] | undefined {
  const branches = asArray(node["anyOf"]) ?? asArray(node["oneOf"]);
  return branches && branches.length > 0 ? branches : undefined;
}

/** `type: ["string", "number"]` as alternatives; a list with one type besides "null" needs none. */
function typeAlternatives(node: JsonObject): JsonValue[] | undefined {
  const types = asArray(node["type"])?.filter((type) => type !== "null");
  return types && types.length > 1 ? types.map((type) => ({ type })) : undefined;
}

/**
 * Alternatives carry everything themselves: Vertex refuses any keyword beside `anyOf`. "null" among them becomes `nullable`.
 */
function writeAlternatives(node: JsonObject, branches: JsonValue[], walk: Walk): JsonObject | undefined {
  const { anyOf: _any, oneOf: _one, type, nullable, ...shared } = node;
  const isNull = (branch: JsonValue) => isObject(branch) && (branch["type"] === "null" || branch["const"] === null);
  const orNull = branches.some(isNull) || nullable === true || (asArray(type)?.includes("null") ?? false);
  const own = typeof type === "string" ? { ...shared, type } : shared;
  const written = branches
    .filter((branch) => !isNull(branch))
    .map((branch) => write(withShared(own, branch), walk))
    .filter((branch) => branch !== undefined);
  if (node["anyOf"] !== undefined && node["oneOf"] !== undefined) walk.lost.add("oneOf");
  const marked = orNull ? written.map((branch) => ({ ...branch, nullable: true })) : written;
  if (marked.length === 0) return orNull && branches.every(isNull) ? { type: "null" } : undefined;
  return marked.length === 1 ? marked[0] : { anyOf: marked };
}

/** The branch's own words come first: a description beside `anyOf` is the more general one. */
function withShared(own: JsonObject, branch: JsonValue): JsonValue {
  return isObject(branch) && Object.keys(own).length > 0 ? { allOf: [branch, own] } : branch;
}

function typeOf(node: JsonObject): string | undefined {
  const type = node["type"];
  if (typeof type === "string") return type.toLowerCase();
  const listed = asArray(type)?.find((entry) => entry !== "null");
  if (typeof listed === "string") return listed.toLowerCase();
  if (asArray(type)?.length) return "null";
  if (node["properties"] !== undefined) return "object";
  if (node["items"] !== undefined || node["prefixItems"] !== undefined) return "array";
  const values = asArray(node["enum"]) ?? (node["const"] !== undefined ? [node["const"]] : []);
  return typeOfValues(values.filter((value) => value !== null));
}

function typeOfValues(values: JsonValue[]): string | undefined {
  const kinds = new Set(values.map((value) => (numberIn(value) === undefined ? typeof value : "number")));
  const [kind] = kinds;
  if (kinds.size !== 1 || (kind !== "string" && kind !== "number" && kind !== "boolean")) return undefined;
  return kind === "number" && values.every((value) => Number.isInteger(numberIn(value))) ? "integer" : kind;
}

function writePlain(node: JsonObject, walk: Walk): JsonObject | undefined {
  const type = typeOf(node);
  const out: JsonObject = {};
  if (type !== undefined) out["type"] = type;
  for (const keyword of kept) if (node[keyword] !== undefined) out[keyword] = node[keyword];
  if (node["nullable"] === true || asArray(node["type"])?.includes("null")) out["nullable"] = true;
  for (const keyword of Object.keys(node)) {
    if (!silent.has(keyword) && !(kept as readonly string[]).includes(keyword)) walk.lost.add(keyword);
  }
  writeFormat(node, out, walk);
  writeLimits(node, out, walk);
  writeValues(node, out, walk);
  if (type === "object") return writeObject(node, out, walk);
  if (type === "array") return writeArray(node, out, walk);
  return out;
}

function writeFormat(node: JsonObject, out: JsonObject, walk: Walk): void {
  const format = node["format"];
  if (typeof format !== "string") return;
  const numeric = out["type"] === "number" || out["type"] === "integer";
  if ((numeric ? numberFormats : textFormats).has(format)) out["format"] = format;
  else walk.lost.add("format");
}

/** An exclusive limit on a whole number is an inclusive one a step further; on other numbers it cannot be said. */
function writeLimits(node: JsonObject, out: JsonObject, walk: Walk): void {
  const limits = [
    ["exclusiveMinimum", "minimum", 1],
    ["exclusiveMaximum", "maximum", -1],
  ] as const;
  for (const [exclusive, inclusive, step] of limits) {
    const limit = node[exclusive];
    if (limit === undefined || limit === false) continue;
    const written = numberIn(node[inclusive]);
    const given = numberIn(limit);
    // A step from a number that a double cannot hold would be a guess.
    if (out["type"] === "integer" && Number.isSafeInteger(given)) {
      const moved = (given as number) + step;
      out[inclusive] = written === undefined ? moved : step > 0 ? Math.max(moved, written) : Math.min(moved, written);
    } else if (out["type"] === "integer" && limit === true && Number.isSafeInteger(written)) {
      // Draft 4 and OpenAPI 3.0 write the flag beside the limit.
      out[inclusive] = (written as number) + step;
    } else walk.lost.add(exclusive);
  }
}

/** `enum` holds text only here. Other values move into the description, where the model still reads them. */
function writeValues(node: JsonObject, out: JsonObject, walk: Walk): void {
  const values = asArray(node["enum"]) ?? (node["const"] !== undefined ? [node["const"]] : undefined);
  if (!values) return;
  if (values.includes(null)) out["nullable"] = true;
  const given = values.filter((value) => value !== null);
  if (given.every((value) => typeof value === "string")) {
    // An empty text among the values is refused.
    const texts = given.filter((value) => value !== "");
    if (texts.length < given.length) walk.lost.add("enum");
    if (texts.length > 0) out["enum"] = texts;
    return;
  }
  const list = `One of: ${given.map((value) => JSON.stringify(value)).join(", ")}.`;
  out["description"] = typeof out["description"] === "string" ? `${out["description"]} ${list}` : list;
}

function writeObject(node: JsonObject, out: JsonObject, walk: Walk): JsonObject | undefined {
  if (isObject(node["additionalProperties"])) walk.lost.add("additionalProperties");
  const properties: [string, JsonObject][] = [];
  for (const [name, property] of Object.entries(isObject(node["properties"]) ? node["properties"] : {})) {
    const written = write(property, walk);
    if (written) properties.push([name, written]);
    else walk.lost.add("properties");
  }
  // "should be non-empty for OBJECT type": the parent leaves such a node out.
  if (properties.length === 0) return undefined;
  const names = new Set(properties.map(([name]) => name));
  const required = asArray(node["required"])?.filter((name) => typeof name === "string" && names.has(name)) ?? [];
  out["properties"] = Object.fromEntries(properties);
  if (required.length > 0) out["required"] = [...new Set(required)];
  const ordering = asArray(out["propertyOrdering"]);
  if (ordering) out["propertyOrdering"] = ordering.filter((name) => typeof name === "string" && names.has(name));
  return out;
}

function writeArray(node: JsonObject, out: JsonObject, walk: Walk): JsonObject | undefined {
  const places = asArray(node["prefixItems"]) ?? asArray(node["items"]);
  if (places && places.length > 0) {
    walk.lost.add("prefixItems");
    const written = write({ anyOf: places }, walk);
    return written ? { ...out, items: written } : undefined;
  }
  // `items` is required: without one, text is what any model can write.
  const items = isObject(node["items"]) ? write(node["items"], walk) : { type: "string" };
  return items ? { ...out, items: Object.keys(items).length === 0 ? { type: "string" } : items } : undefined;
}
