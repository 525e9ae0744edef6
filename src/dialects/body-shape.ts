// The shape of a client's body as data: which fields a dialect knows and what type each must have to be meant.
import { badRequest, type GatewayError } from "../core/errors.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** What is wrong, and where below the value that was checked; undefined when nothing is. Paths are built on failure only. */
type Fault = { path: string; expected: string; found: JsonValue | undefined };
export type Check = ((value: JsonValue | undefined) => Fault | undefined) & { isRequired?: true };

export const plain =
  (expected: string, accepts: (value: JsonValue) => boolean): Check =>
  (value) =>
    value === undefined || value === null || accepts(value) ? undefined : { path: "", expected, found: value };

export const string = plain("a string", (value) => typeof value === "string");
export const number = plain("a number", (value) => typeof value === "number" && Number.isFinite(value));
export const integer = plain("an integer", (value) => Number.isInteger(value));
export const boolean = plain("a boolean", (value) => typeof value === "boolean");
export const object = plain("an object", isObject);
export const stringOrObject = plain("a string or an object", (value) => typeof value === "string" || isObject(value));

export const required = (check: Check, expected: string): Check =>
  Object.assign(
    (value: JsonValue | undefined) =>
      value === undefined || value === null ? { path: "", expected, found: value } : check(value),
    { isRequired: true as const },
  );

export const named = required(
  (value) => (value === "" ? { path: "", expected: "a non-empty string", found: value } : string(value)),
  "a string",
);

export const listOf =
  (check: Check): Check =>
  (value) => {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return { path: "", expected: "an array", found: value };
    for (let index = 0; index < value.length; index++) {
      const fault = check(value[index]);
      if (fault) return { ...fault, path: `[${index}]${fault.path}` };
    }
    return undefined;
  };

export type Fields = { readonly [field: string]: Check };

/** Fields ready for looking up what a value has: bodies hold a few of the many fields that there are. */
type Shape = { checks: ReadonlyMap<string, Check>; required: readonly string[] };

export function shapeOf(fields: Fields): Shape {
  const required = Object.keys(fields).filter((field) => fields[field]?.isRequired);
  return { checks: new Map(Object.entries(fields)), required };
}

export function faultIn(value: JsonObject, shape: Shape): Fault | undefined {
  for (const field in value) {
    const fault = shape.checks.get(field)?.(value[field]);
    if (fault) return { ...fault, path: `.${field}${fault.path}` };
  }
  for (const field of shape.required) {
    if (Object.hasOwn(value, field)) continue;
    const fault = shape.checks.get(field)?.(undefined);
    if (fault) return { ...fault, path: `.${field}${fault.path}` };
  }
  return undefined;
}

export const shaped = (fields: Fields): Check => {
  const shape = shapeOf(fields);
  return (value) => {
    if (value === undefined || value === null) return undefined;
    return isObject(value) ? faultIn(value, shape) : { path: "", expected: "an object", found: value };
  };
};

/** An object of this shape; null, which stands for an absent field elsewhere, is not one inside a list. */
export const item = (fields: Fields): Check => required(shaped(fields), "an object");

/** Text where a plain string stands for the structured form. */
export const stringOr =
  (check: Check): Check =>
  (value) =>
    typeof value === "string" ? undefined : check(value);

/** Further fields by the value of `type`, after those that every variant has. */
export const variants = (commonFields: Fields, fieldsByType: { readonly [type: string]: Fields }): Check => {
  const common = shapeOf(commonFields);
  const byType = new Map(Object.entries(fieldsByType).map(([type, fields]) => [type, shapeOf(fields)]));
  return required((value) => {
    if (!isObject(value)) return { path: "", expected: "an object", found: value };
    const type = value["type"];
    const own = typeof type === "string" ? byType.get(type) : undefined;
    return faultIn(value, common) ?? (own && faultIn(value, own));
  }, "an object");
};

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? `the number ${value}` : typeof value === "string" ? "a string" : "a boolean";
}

/** The error that names the field. */
export function refusal(fault: Fault): GatewayError {
  const path = fault.path.slice(1);
  return fault.found === undefined
    ? badRequest(path, `${path} is missing: it must be ${fault.expected}`)
    : badRequest(path, `${path} must be ${fault.expected}, not ${kindOf(fault.found)}`);
}
