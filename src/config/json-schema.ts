// The schema as others read it: JSON Schema 2020-12 of the config file, for editors and for `sluice config schema`.
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { configSchema } from "./schema.ts";
import { ownAnnotations } from "./setting.ts";

/** A copy without our annotations. Nothing is required in a file, although everything with a default is once loaded. */
export function jsonSchema(): JsonObject {
  // Through JSON: TypeBox marks its types with symbols, which have no place in the published form.
  const plain = JSON.parse(JSON.stringify(configSchema)) as JsonObject;
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...(publish(plain, false) as JsonObject) };
}

/** `named`: the keys of this object are names of settings, not keywords; one of them might be called "flag". */
function publish(value: JsonValue, named: boolean): JsonValue {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return value;
  if (!named && typeof value["shorthand"] === "string") {
    const { shorthand: _shorthand, ...group } = value;
    return { anyOf: [{ type: "string", minLength: 1 }, publish(group, false)] };
  }
  if (!named && typeof value["keyedBy"] === "string") return publishKeyed(value, value["keyedBy"]);
  const kept = Object.entries(value).filter(([key]) => named || (key !== "required" && !ownAnnotations.includes(key)));
  return Object.fromEntries(
    kept.map(([key, child]) => [key, publish(child, !named && (key === "properties" || key === "patternProperties"))]),
  );
}

/** A record that may also be written as a list, each entry with its name under `key`. */
function publishKeyed(record: JsonObject, key: string): JsonValue {
  const { keyedBy: _keyedBy, description, ...rest } = record;
  const [pattern, entry] = Object.entries((record["patternProperties"] ?? {}) as JsonObject)[0] ?? ["", {}];
  const group = publish(entry, false) as JsonObject;
  const properties = { [key]: { type: "string", pattern }, ...(group["properties"] as JsonObject) };
  const list = { type: "array", items: { ...group, properties } };
  return { ...(description !== undefined && { description }), anyOf: [publish(rest, false), list] };
}
