// JSON Schema as Gemini's two schema fields take it. Expected schemas are written by hand from translation.md B12.
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { toOpenApi } from "../../../src/dialects/gemini/schema.ts";
import { toJsonSchema } from "../../../src/dialects/gemini/schema-json.ts";

/** What becomes of one property. */
function property(node: JsonObject | boolean, defs: JsonObject = {}) {
  const { schema, lost } = toOpenApi({ type: "object", properties: { p: node, q: { type: "string" } }, $defs: defs });
  return { schema: (schema?.["properties"] as JsonObject | undefined)?.["p"] as JsonObject | undefined, lost };
}

describe("the OpenAPI subset", () => {
  test("X14 keywords that Gemini refuses are gone, and those that constrain are reported", () => {
    const { schema, lost } = toOpenApi({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "x",
      title: "T",
      type: "object",
      properties: {
        a: { type: "string", default: "x", title: "A", format: "uri", minLength: 1 },
        n: { type: "number", multipleOf: 2, format: "double" },
        when: { type: "string", format: "date-time" },
      },
      required: ["a", "ghost"],
      additionalProperties: false,
      propertyNames: { pattern: "x" },
      patternProperties: { "^x": { type: "string" } },
      not: { required: ["b"] },
    });
    expect(schema).toEqual({
      type: "object",
      properties: {
        a: { type: "string", minLength: 1 },
        n: { type: "number", format: "double" },
        when: { type: "string", format: "date-time" },
      },
      required: ["a"],
    });
    expect(lost.sort()).toEqual(["format", "multipleOf", "not", "patternProperties", "propertyNames"]);
  });

  test("X14 const, type lists and null become what the subset has", () => {
    expect(property({ const: "x" }).schema).toEqual({ type: "string", enum: ["x"] });
    expect(property({ type: ["string", "null"] }).schema).toEqual({ type: "string", nullable: true });
    expect(property({ type: ["string", "number"] }).schema).toEqual({
      anyOf: [{ type: "string" }, { type: "number" }],
    });
    expect(property({ anyOf: [{ type: "integer" }, { type: "null" }], description: "d" }).schema).toEqual({
      type: "integer",
      description: "d",
      nullable: true,
    });
    expect(property({ oneOf: [{ type: "string" }, { type: "integer" }] }).schema).toEqual({
      anyOf: [{ type: "string" }, { type: "integer" }],
    });
  });

  test("values that are not text move into the description, so that their type stays true", () => {
    expect(property({ type: "integer", enum: [1, 2], description: "level." })).toEqual({
      schema: { type: "integer", description: "level. One of: 1, 2." },
      lost: [],
    });
    expect(property({ enum: ["a", "b", null] }).schema).toEqual({ type: "string", enum: ["a", "b"], nullable: true });
    expect(property({ type: "string", enum: ["", "a"] })).toEqual({
      schema: { type: "string", enum: ["a"] },
      lost: ["enum"],
    });
  });

  test("an exclusive limit on whole numbers is kept as an inclusive one", () => {
    expect(property({ type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 })).toEqual({
      schema: { type: "integer", minimum: 1, maximum: 9 },
      lost: [],
    });
    expect(property({ type: "number", exclusiveMinimum: 0 })).toEqual({
      schema: { type: "number" },
      lost: ["exclusiveMinimum"],
    });
  });

  test("references are followed, also through allOf, and words beside them count first", () => {
    const defs = {
      base: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
      "a/b": { type: "integer" },
    };
    expect(property({ $ref: "#/$defs/a~1b", description: "mine" }, defs).schema).toEqual({
      type: "integer",
      description: "mine",
    });
    expect(
      property({ allOf: [{ $ref: "#/$defs/base" }, { properties: { x: { type: "number" } }, required: ["x"] }] }, defs)
        .schema,
    ).toEqual({
      type: "object",
      properties: { x: { type: "number" }, id: { type: "string" } },
      required: ["id", "x"],
    });
  });

  test("X15 a schema that contains itself is cut and reported", () => {
    const node = {
      type: "object",
      properties: {
        name: { type: "string" },
        children: { type: "array", items: { $ref: "#/$defs/node" } },
        parent: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }], description: "up" },
      },
      required: ["name", "children"],
    };
    const { schema, lost } = toOpenApi({ $ref: "#/$defs/node", $defs: { node } });
    expect(schema).toEqual({ type: "object", properties: { name: { type: "string" } }, required: ["name"] });
    expect(lost).toContain("$ref");
    expect(toOpenApi({ $ref: "#" }).lost).toEqual(["$ref"]);
    expect(
      toOpenApi({ $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } }).lost,
    ).toContain("$ref");
  });

  test("X15 references that multiply do not grow without end", () => {
    const defs: JsonObject = { d0: { type: "string" } };
    for (let level = 1; level <= 24; level++) {
      const next = { $ref: `#/$defs/d${level - 1}` };
      defs[`d${level}`] = { type: "object", properties: { a: next, b: next } };
    }
    const { schema, lost } = toOpenApi({
      type: "object",
      properties: { root: { $ref: "#/$defs/d24" }, x: { type: "string" } },
      $defs: defs,
    });
    expect(lost).toContain("$ref");
    expect(JSON.stringify(schema).length).toBeLessThan(5_000_000);
  });

  test("an array has items, and an object without properties is left out with its name in required", () => {
    expect(property({ type: "array" }).schema).toEqual({ type: "array", items: { type: "string" } });
    expect(property({ type: "array", prefixItems: [{ type: "string" }, { type: "number" }] })).toEqual({
      schema: { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
      lost: ["prefixItems"],
    });
    const { schema, lost } = toOpenApi({
      type: "object",
      properties: { map: { type: "object", additionalProperties: { type: "string" } }, a: { type: "string" } },
      required: ["map", "a"],
    });
    expect(schema).toEqual({ type: "object", properties: { a: { type: "string" } }, required: ["a"] });
    expect(lost).toEqual(["additionalProperties", "properties"]);
    expect(toOpenApi({ type: "object", properties: {} }).schema).toBeUndefined();
  });

  test("alternatives at the root become one object", () => {
    const { schema, lost } = toOpenApi({
      anyOf: [
        { type: "object", properties: { a: { type: "string" }, k: { type: "string" } }, required: ["a", "k"] },
        { type: "object", properties: { b: { type: "string" }, k: { type: "string" } }, required: ["b", "k"] },
      ],
    });
    expect(schema).toEqual({
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" }, k: { type: "string" } },
      required: ["k"],
    });
    expect(lost).toEqual(["anyOf"]);
  });

  test("properties may be called like keywords, and any schema is a boolean's", () => {
    const { schema } = toOpenApi({
      type: "object",
      properties: { default: { type: "string" }, $ref: { type: "number" }, not: { type: "boolean" }, any: true },
    });
    expect(schema).toEqual({
      type: "object",
      properties: { default: { type: "string" }, $ref: { type: "number" }, not: { type: "boolean" }, any: {} },
    });
  });

  test("X16 the client's schema is not touched", () => {
    const source: JsonObject = {
      type: "object",
      properties: { a: { allOf: [{ $ref: "#/$defs/x" }], const: "1" } },
      required: ["a"],
      $defs: { x: { type: "string", default: "" } },
    };
    const before = JSON.stringify(source);
    const written = toOpenApi(source).schema;
    (written!["required"] as string[]).push("b");
    const plain = toJsonSchema(source).schema;
    (plain!["required"] as string[]).push("c");
    expect(JSON.stringify(source)).toBe(before);
  });
});

describe("the JSON Schema field", () => {
  test("X14 only keywords that Google lists are left", () => {
    const { schema, lost } = toJsonSchema({
      $schema: "x",
      type: "object",
      properties: {
        a: { const: 1 },
        b: { $ref: "#/definitions/b" },
        c: { oneOf: [{ type: "string" }, { type: "null" }], default: null },
        default: { type: ["string", "null"], not: {} },
      },
      required: ["a"],
      additionalProperties: false,
      definitions: { b: { type: "array", items: true, contains: { type: "string" } } },
      unevaluatedProperties: false,
    });
    expect(schema).toEqual({
      type: "object",
      properties: {
        a: { enum: [1] },
        b: { $ref: "#/$defs/b" },
        c: { oneOf: [{ type: "string" }, { type: "null" }] },
        default: { type: ["string", "null"] },
      },
      required: ["a"],
      additionalProperties: false,
      $defs: { b: { type: "array", items: {} } },
    });
    expect(lost.sort()).toEqual(["contains", "not", "unevaluatedProperties"]);
  });
});
