// Finding and editing members of a JSON text in its bytes, held against JSON.parse and against random bodies.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { Edit } from "../../../src/dialects/dialect.ts";
import {
  applyEdits,
  applyEditsToObject,
  depthMax,
  duplicateKey,
  members,
  topMembers,
} from "../../../src/dialects/framing/json-bytes.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Key and value text of each top-level member. */
function seen(text: string): [string | number, string][] {
  const bytes = bytesOf(text);
  return topMembers(bytes).map(({ key, valueStart, valueEnd }) => [key, textOf(bytes.subarray(valueStart, valueEnd))]);
}

const set = (path: (string | number)[], value: JsonValue): Edit => ({ path, op: "set", value });
const prepend = (path: (string | number)[], value: JsonValue): Edit => ({ path, op: "prepend", value });
const remove = (path: (string | number)[]): Edit => ({ path, op: "remove" });

function editText(text: string, edits: readonly Edit[]): string {
  const bytes = bytesOf(text);
  return textOf(applyEdits(bytes, topMembers(bytes), edits));
}

function editObject(text: string, edits: readonly Edit[]): JsonObject {
  const body = JSON.parse(text) as JsonObject;
  applyEditsToObject(body, edits);
  return body;
}

describe("members", () => {
  test("are found with their keys decoded and their values as written", () => {
    expect(seen(' {"a" : 1e400,\n"\\u006dodel":"x\\"}",\t"n":{"a":[1,{"b":"]"}]}, "e\\"":[ ] ,"é𝄞":null}\r\n')).toEqual(
      [
        ["a", "1e400"],
        ["model", '"x\\"}"'],
        ["n", '{"a":[1,{"b":"]"}]}'],
        ['e"', "[ ]"],
        ["é𝄞", "null"],
      ],
    );
  });

  test("of an array are its elements, by index", () => {
    expect(seen('[1, "a" ,{}]')).toEqual([
      [0, "1"],
      [1, '"a"'],
      [2, "{}"],
    ]);
  });

  test("of anything else are none", () => {
    for (const text of ["", " ", "1", '"{}"', "null", "{}", "[]", " { } "]) expect(seen(text)).toEqual([]);
  });

  test("keep a key that begins with a byte order mark apart from the one that does not", () => {
    expect(seen('{"\uFEFFmodel":1,"model":2}').map(([key]) => key)).toEqual(["\uFEFFmodel", "model"]);
  });

  test.each([20, 23, 24, 25, 26, 60])("end strings rightly when a backslash stands %p bytes in", (length) => {
    for (const slashes of [1, 2, 3, 4, 5]) {
      const value = `${"x".repeat(length)}${"\\".repeat(slashes)}"`;
      const body = { a: value, b: 1 };
      expect(seen(JSON.stringify(body))).toEqual([
        ["a", JSON.stringify(value)],
        ["b", "1"],
      ]);
    }
  });

  test("start at the key and may be read inside one another", () => {
    const text = '{ "a": {"b": [10,  20]}}';
    const bytes = bytesOf(text);
    const [outer] = topMembers(bytes);
    const [inner] = members(bytes, outer!.valueStart, 2);
    expect([outer!.start, outer!.valueStart, outer!.valueEnd]).toEqual([2, 7, 23]);
    expect(members(bytes, inner!.valueStart, 3).map(({ valueStart }) => valueStart)).toEqual([14, 19]);
  });

  test("of broken JSON stop quietly at the break, at every length of a cut body and for every broken byte", () => {
    const text = '{"a":[1,{"b":"\\u00e9\\"x"}],"c":tru,"d":-1.5e3,"e":{"f":{}}}';
    const bytes = bytesOf(text);
    for (let length = 0; length <= bytes.length; length++) {
      const found = topMembers(bytes.subarray(0, length));
      expect(found.every(({ valueEnd }) => valueEnd <= length)).toBe(true);
    }
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of bytesOf('"\\{}[],: x')) {
        const broken = bytes.slice();
        broken[at] = byte;
        expect(topMembers(broken).every(({ start, valueEnd }) => start < valueEnd)).toBe(true);
      }
    }
    for (const broken of ["{,}", "[,]", '{"a"}', '{"a":}', "{a:1}", '{"a":1 "b":2}', '{"a', '{"a":"b', '{"a":"\\']) {
      expect(() => topMembers(bytesOf(broken))).not.toThrow();
    }
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("of %s may nest 128 levels, the body itself counted, and no more", (_name, open, close) => {
    expect(depthMax).toBe(128);
    const nested = (levels: number) => `{"x":${open.repeat(levels - 1)}1${close.repeat(levels - 1)}}`;
    expect(seen(nested(128)).length).toBe(1);
    expect(() => seen(nested(129))).toThrow(GatewayError);
    expect(() => seen(`[${open.repeat(128)}`)).toThrow("nests deeper than 128 levels");
    expect(() => seen(`{"x":${open.repeat(2_000_000)}`)).toThrow(GatewayError);
  });

  test("that stand twice are told by the first such key, escapes decoded", () => {
    expect(duplicateKey(topMembers(bytesOf('{"a":1,"b":2,"\\u0062":3,"a":4}')))).toBe("b");
    expect(duplicateKey(topMembers(bytesOf('{"a":1,"A":2,"b":{"a":1}}')))).toBeUndefined();
    expect(duplicateKey(topMembers(bytesOf("[1,1]")))).toBeUndefined();
  });
});

describe("edits in place", () => {
  const cases: [string, Edit[], string][] = [
    ['{"model":"a","x":1}', [set(["model"], "b/ü")], '{"model":"b/ü","x":1}'],
    ['{ "a" : 1 , "b" : 2 }', [set(["c"], true)], '{ "a" : 1 , "b" : 2,"c":true }'],
    ["{ }", [set(["a", "b"], 1)], '{"a":{"b":1} }'],
    ['{"a":[ ]}', [set(["a", 0], 1)], '{"a":[1 ]}'],
    ['{"a":1, "b":2 ,"c":3}', [remove(["a"])], '{"b":2 ,"c":3}'],
    ['{"a":1, "b":2 ,"c":3}', [remove(["b"])], '{"a":1, "c":3}'],
    ['{"a":1, "b":2 ,"c":3}', [remove(["c"])], '{"a":1, "b":2}'],
    ['{"a":1, "b":2 ,"c":3}', [remove(["a"]), remove(["b"])], '{"c":3}'],
    ['{"a":1, "b":2 ,"c":3}', [remove(["c"]), remove(["b"])], '{"a":1}'],
    ['{ "a":1, "b":2 ,"c":3 }', ["c", "a", "b"].map((key) => remove([key])), "{ }"],
    ['{ "a":1, "b":2 }', [remove(["b"]), remove(["a"]), set(["c"], 3)], '{"c":3 }'],
    ['{"a":1,"b":2,"c":3,"d":4}', [remove(["b"]), remove(["d"]), set(["e"], 5)], '{"a":1,"c":3,"e":5}'],
    ['{"a":[10,20,30,40]}', [remove(["a", 0]), remove(["a", 2]), remove(["a", 3])], '{"a":[20]}'],
    [
      '{"a":{"b":{"c":1}},"d":[{"e":1}]}',
      [remove(["a", "b", "c"]), set(["d", 0, "f"], 2)],
      '{"a":{"b":{}},"d":[{"e":1,"f":2}]}',
    ],
    ['{"a":5}', [set(["a", "b"], 1)], '{"a":{"b":1}}'],
    ['{"a":5}', [remove(["a", "b"]), remove(["x", "y"])], '{"a":5}'],
    ['{"\\u0061":1}', [set(["a"], 2)], '{"\\u0061":2}'],
    ['{"a":{"x":1,"x":2}}', [remove(["a", "x"])], '{"a":{}}'],
    ['{"a":[ 1, 2 ]}', [prepend(["a"], { b: 0 })], '{"a":[{"b":0}, 1, 2 ]}'],
    ['{"a":[ ]}', [prepend(["a"], 0)], '{"a":[0 ]}'],
    ['{"a":[1,2,3]}', [remove(["a", 0]), prepend(["a"], 0), set(["a", 2], 4)], '{"a":[0,2,4]}'],
    ['{"a":[1]}', [remove(["a", 0]), prepend(["a"], 0)], '{"a":[0]}'],
    ['{"a":{"parts":[1]}}', [prepend(["a", "parts"], 0)], '{"a":{"parts":[0,1]}}'],
    ['{"a":[1]}', [set(["a"], [5]), prepend(["a"], 0)], '{"a":[0,5]}'],
    ['{"a":[1]}', [remove(["a"]), prepend(["a"], 0)], "{}"],
    ['{"a":5,"b":{}}', [prepend(["a"], 0), prepend(["b"], 0), prepend(["c"], 0)], '{"a":5,"b":{}}'],
  ];

  test.each(cases)("%s with %j is %s", (text, edits, expected) => {
    expect(editText(text, edits)).toBe(expected);
    expect(editObject(text, edits)).toEqual(JSON.parse(expected));
  });

  test("leave numbers, escapes, white space and order of everything else as they were written", () => {
    const before = '{\n  "n": [1e400, 9007199254740993, -0, 1.0],\r\n\t"s": "\\u00e9\\/\\ud800",\n  "x": ';
    const after = ' ,\n "z":{ "10":1, "2":2 } \n}\n';
    expect(editText(`${before}1${after}`, [set(["x"], { y: [] })])).toBe(`${before}{"y":[]}${after}`);
  });

  test("give back the very same bytes when there is nothing to do", () => {
    const bytes = bytesOf('{"a":1}');
    for (const edits of [[], [remove(["b"])], [remove(["a", "b"])], [remove(["a", 0])]]) {
      expect(applyEdits(bytes, topMembers(bytes), edits)).toBe(bytes);
    }
  });

  const conflicts: [string, Edit[], string][] = [
    [
      "of one place the later counts",
      [set(["a"], 1), remove(["a"]), set(["b"], 1), remove(["c"]), set(["c"], 2)],
      '{"b":1,"c":2}',
    ],
    [
      "a set inside a value set before goes into it",
      [set(["a"], { x: 1, y: 2 }), set(["a", "x"], 3), remove(["a", "y"])],
      '{"a":{"x":3},"b":{"k":1},"c":0}',
    ],
    [
      "a value set over what was edited inside replaces it",
      [set(["b", "k"], 2), set(["b"], { z: 1 })],
      '{"a":{"o":1},"b":{"z":1},"c":0}',
    ],
    ["what is removed stays so, whatever is set inside", [remove(["b"]), set(["b", "k"], 2)], '{"a":{"o":1},"c":0}'],
    [
      "a removal under the same key after a set inside removes",
      [set(["b", "k"], 2), remove(["b"])],
      '{"a":{"o":1},"c":0}',
    ],
    [
      "a scalar set before gives way to a set inside it",
      [set(["c"], 1), set(["c", "d"], 2)],
      '{"a":{"o":1},"b":{"k":1},"c":{"d":2}}',
    ],
  ];

  test.each(conflicts)("%s", (_name, edits, expected) => {
    const text = '{"a":{"o":1},"b":{"k":1},"c":0}';
    expect(JSON.parse(editText(text, edits))).toEqual(JSON.parse(expected));
    expect(editObject(text, edits)).toEqual(JSON.parse(expected));
  });

  test("name indices of the original array, in any order", () => {
    const text = '{"a":[0,1,2,3,4]}';
    const edits = [remove(["a", 0]), set(["a", 2], "two"), remove(["a", 3]), remove(["a", 1]), set(["a", 4, "x"], 1)];
    expect(JSON.parse(editText(text, edits))).toEqual({ a: ["two", { x: 1 }] });
    expect(editObject(text, edits)).toEqual({ a: ["two", { x: 1 }] });
  });

  test("of an index that an array does not have append; of a name they do nothing", () => {
    const edits = [
      set(["a", 9, "x"], 1),
      set(["a", 7], 0),
      set(["a", "length"], 0),
      remove(["a", "lost"]),
      remove(["a", 8]),
    ];
    expect(editText('{"a":[1]}', edits)).toBe('{"a":[1,0,{"x":1}]}');
    expect(editObject('{"a":[1]}', edits)).toEqual({ a: [1, 0, { x: 1 }] });
  });

  test("do not change a value that an edit took from the body", () => {
    const body = JSON.parse('{"a":{"x":{"y":1}},"b":0}') as JsonObject;
    applyEditsToObject(body, [set(["b"], body["a"] as JsonValue), set(["b", "x", "y"], 2)]);
    expect(body).toEqual({ a: { x: { y: 1 } }, b: { x: { y: 2 } } });
  });

  test("reach no prototype", () => {
    const edits = [set(["__proto__", "polluted"], 1), set(["constructor", "prototype", "polluted"], 2)];
    const body = editObject("{}", edits);
    expect(JSON.stringify(body)).toBe(editText("{}", edits));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.hasOwn(body, "__proto__")).toBe(true);
  });
});

/** Numbers from a seed (mulberry32), so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Pick = (below: number) => number;
const keys = ["a", "b", "model", "é", 'q"\\', "0", "", "__proto__", "\uFEFFa", "tools"];
const scalars: JsonValue[] = [null, true, 0, -1.5, 1e21, "", "}]", '\\"', "𝄞\u2028", "x".repeat(40)];

function randomValue(pick: Pick, depth: number): JsonValue {
  const kind = depth === 0 ? 0 : pick(4);
  if (kind < 2) return scalars[pick(scalars.length)]!;
  const size = pick(5);
  if (kind === 2) return Array.from({ length: size }, () => randomValue(pick, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [keys[pick(keys.length)]!, randomValue(pick, depth - 1)]),
  );
}

/** JSON text with white space of all kinds, and some characters of strings escaped. */
function written(value: JsonValue, pick: Pick): string {
  const space = () => ["", "", " ", "\n\t", "\r\n"][pick(5)]!;
  if (Array.isArray(value))
    return `[${space()}${value.map((inner) => written(inner, pick) + space()).join(`,${space()}`)}]`;
  if (typeof value === "object" && value !== null) {
    const inside = Object.entries(value).map(([key, inner]) => {
      const name = key === "a" && pick(2) === 0 ? '"\\u0061"' : JSON.stringify(key);
      return `${name}${space()}:${space()}${written(inner, pick)}${space()}`;
    });
    return `{${space()}${inside.join(`,${space()}`)}}`;
  }
  return JSON.stringify(value);
}

function randomPath(pick: Pick, body: JsonValue): (string | number)[] {
  const path: (string | number)[] = [];
  let node: JsonValue | undefined = body;
  do {
    const known: (string | number)[] = Array.isArray(node)
      ? [...node.keys()]
      : typeof node === "object" && node !== null
        ? Object.keys(node)
        : [];
    const missing: string | number = Array.isArray(node) ? node.length + pick(3) : keys[pick(keys.length)]!;
    const key: string | number = known.length > 0 && pick(4) > 0 ? known[pick(known.length)]! : missing;
    path.push(key);
    node = known.includes(key) ? (node as JsonObject)[key] : undefined;
  } while (pick(3) > 0 && path.length < 5);
  return path;
}

test("random edits of random bodies come out the same in bytes and in objects, and touch nothing else", () => {
  for (let seed = 0; seed < 4000; seed++) {
    const pick = random(seed);
    const body: JsonObject = {};
    for (let count = pick(6); count > 0; count--) {
      const key = keys[pick(keys.length)]!;
      Object.defineProperty(body, key, {
        value: randomValue(pick, 3),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    const text = written(body, pick);
    const edits = Array.from({ length: pick(6) }, (): Edit => {
      const path = randomPath(pick, body);
      return pick(2) === 0 ? remove(path) : set(path, randomValue(pick, 2));
    });
    const result = editText(text, edits);
    const story = `seed ${seed}: ${text} with ${JSON.stringify(edits)} gave ${result}`;
    // Compared as sorted text: deep equality would not see members called __proto__.
    expect(sortedText(JSON.parse(result) as JsonValue), story).toBe(sortedText(editObject(text, edits)));
    const touched = new Set(edits.map(({ path }) => String(path[0])));
    const untouched = seen(text).filter(([key]) => !touched.has(String(key)));
    expect(
      seen(result).filter(([key]) => !touched.has(String(key))),
      story,
    ).toEqual(untouched);
  }
});

function sortedText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedText(value[key]!)}`)
    .join()}}`;
}
