// Narrowing JSON values, and numbers that come out as they were written.
import { describe, expect, test } from "bun:test";
import { asArray, asNumber, asObject, asString, isObject, parseExact } from "../../src/core/json.ts";

describe("parseExact", () => {
  const numbers = [
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "1.50",
    "10.010",
    "-7",
    "100",
    "0.1",
    "0.000001",
    "0.0000001",
    "1e3",
    "1E+3",
    "1e-7",
    "1e400",
    "-1e400",
    "1e21",
    "9007199254740991",
    "9007199254740993",
    "12345678901234567890",
    "0.1234567890123456789",
    "12345678.12345678901",
    "1.7976931348623157e308",
    "5e-324",
    "123456789012345",
    "1234567890.12345",
    "-0.0",
  ];

  test.each(numbers)("writes %s as it was written, wherever it stands", (number) => {
    for (const text of [number, `[${number},"x"]`, `{"a":{"b":${number}},"c":[[${number}]]}`]) {
      expect(JSON.stringify(parseExact(text))).toBe(text);
    }
  });

  test("gives plain numbers where a double says the same, also beside one that it cannot hold", () => {
    expect(parseExact('{"a":1,"b":-2.5,"c":"1e400 1.0 1234567890123456"}')).toEqual({
      a: 1,
      b: -2.5,
      c: "1e400 1.0 1234567890123456",
    });
    const beside = parseExact('{"a":1,"b":1e400}') as { a: unknown };
    expect(beside.a).toBe(1);
  });

  test("reads everything else as JSON.parse does, and throws as it does", () => {
    const text = ' {"s":"\\u00e9\\n","n":null,"t":[true,false,[],{}]} ';
    expect(parseExact(text)).toEqual(JSON.parse(text));
    for (const broken of ["", "{", "01", "1.", "NaN", '{"a":1e400,}', "[1.0"]) {
      expect(() => parseExact(broken)).toThrow(SyntaxError);
    }
  });
});

test("narrowing takes what is meant and nothing that resembles it", () => {
  const values = [null, undefined, true, 0, "", "1", [], {}, Number.NaN, Number.POSITIVE_INFINITY];
  const kept = (narrow: (value: unknown) => unknown) => values.filter((value) => narrow(value) !== undefined);
  expect(kept(asObject)).toEqual([{}]);
  expect(kept(asArray)).toEqual([[]]);
  expect(kept(asString)).toEqual(["", "1"]);
  expect(kept(asNumber)).toEqual([0]);
  expect(values.filter(isObject)).toEqual([{}]);
});
