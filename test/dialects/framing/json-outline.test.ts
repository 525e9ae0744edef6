// Large objects read without their long texts: nothing that JSON.parse refuses is taken, and what is taken reads the same.
import { describe, expect, test } from "bun:test";
import { numbers } from "../../../bench/wire.ts";
import { compileStrings } from "../../../scripts/wasm.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { topMembers } from "../../../src/dialects/framing/json-bytes.ts";
import { beginningOf, outlineOf } from "../../../src/dialects/framing/json-outline.ts";
import { type JsonStrings, jsonStrings, textBytesMax } from "../../../src/dialects/framing/json-strings.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const filler = "word ".repeat(4000);
/** A text that is large enough, with `inside` as its last member's value. */
const withValue = (inside: string): string => `{"first":"${filler}","value":${inside}}`;
const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject;

const longBytes = 512;
/** What an outline must be, said in another way. */
function shortened(whole: JsonValue): JsonValue {
  let count = 0;
  const marked = (text: string) => `(long text ${count++}) ${Array.from(text).slice(0, 40).join("")}`;
  const outlined = (value: JsonValue): JsonValue => {
    if (typeof value === "string") return bytesOf(JSON.stringify(value)).length - 2 > longBytes ? marked(value) : value;
    if (Array.isArray(value)) return value.map(outlined);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, outlined(inner)]));
  };
  return outlined(whole);
}

type Next = () => number;
const pick = <T>(next: Next, values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
const letters = [
  "a",
  "Z",
  " ",
  '"',
  "\\",
  "/",
  "\n",
  "\t",
  "\u0001",
  "é",
  "木",
  "😀",
  "\u2028",
  "{",
  "]",
  ",",
  ":",
  "\ud800",
];

function randomText(next: Next): string {
  const length = pick(next, [0, 3, 15, 16, 17, 60, 511, 512, 513, 2000]);
  return Array.from({ length }, () => pick(next, letters)).join("");
}

function randomValue(next: Next, depth: number): JsonValue {
  const kind = next();
  if (depth === 0 || kind < 0.4) return randomText(next);
  if (kind < 0.6) return pick(next, [0, -0.5, 1e21, 1.5e-7, 123456789, true, false, null]);
  const size = Math.floor(next() * 5);
  if (kind < 0.8) return Array.from({ length: size }, () => randomValue(next, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [randomText(next).slice(0, 40), randomValue(next, depth - 1)]),
  );
}

const randomObject = (next: Next): JsonObject => ({
  ...Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`${index} ${randomText(next).slice(0, 20)}`, randomValue(next, 4)]),
  ),
  text: filler,
});

describe("an outline", () => {
  test("reads as the object does, whatever is in it and however it is written", () => {
    const next = numbers(41);
    let taken = 0;
    for (let round = 0; round < 400; round++) {
      const value = { first: filler, ...randomObject(next) };
      const text = JSON.stringify(value, null, pick(next, [0, 1, "\t"]));
      const bytes = bytesOf(text);
      const found = outlineOf(bytes);
      if (!found) continue;
      taken++;
      expect(found.top).toEqual(topMembers(bytes));
      expect(found.outline).toEqual(shortened(parsed(text)) as JsonObject);
      expect(JSON.stringify(found.json)).toBe(JSON.stringify(parsed(text)));
      // What was parsed first is kept.
      expect(found.json).toEqual(parsed(text));
    }
    expect(taken).toBe(400);
  });

  test("of a text with one byte changed is only made where JSON.parse takes it, and then reads the same", () => {
    const next = numbers(42);
    const counts = { taken: 0, refused: 0 };
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for (let round = 0; round < 12; round++) {
      const original = bytesOf(JSON.stringify({ a: filler, ...randomObject(next) }));
      for (let turn = 0; turn < 400; turn++) {
        // The long filler in front is not what is asked about.
        const at =
          next() < 0.1
            ? Math.floor(next() * original.length)
            : filler.length + Math.floor(next() * (original.length - filler.length));
        const byte = pick(
          next,
          [
            0x00, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x3a, 0x5b, 0x5c, 0x5d, 0x65, 0x6e, 0x75, 0x7b, 0x7d, 0x80,
            0xff,
          ],
        );
        const bytes = pick(next, [
          () => original.with(at, byte),
          () => Buffer.concat([original.subarray(0, at), Uint8Array.of(byte), original.subarray(at)]),
          () => Buffer.concat([original.subarray(0, at), original.subarray(at + 1)]),
          () => original.slice(0, at),
        ])();
        const found = outlineOf(bytes);
        if (!found) {
          counts.refused++;
          continue;
        }
        counts.taken++;
        const whole = parsed(strict.decode(bytes));
        expect(JSON.stringify(found.json)).toBe(JSON.stringify(whole));
      }
    }
    expect(counts.taken).toBeGreaterThan(500);
    expect(counts.refused).toBeGreaterThan(500);
  });

  const broken = [
    '"\u0001"',
    '"\\x"',
    '"\\u12g4"',
    '"\\u12',
    '"',
    "01",
    "-",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "NaN",
    "tru",
    "nul",
    "[1,]",
    "[,1]",
    "[1 2]",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    "[1}",
    "}",
    "",
    "1]",
  ];
  test.each(broken)("is not made of %j", (inside) => {
    expect(outlineOf(bytesOf(withValue(inside)))).toBeUndefined();
    expect(outlineOf(bytesOf(withValue(`[${inside},0]`)))).toBeUndefined();
  });

  const sound = [
    "0",
    "-0",
    "-1.5E+10",
    "1e5",
    "[ ]",
    "{ }",
    '""',
    '"\\u00e9\\ud83d\\/"',
    '{"":[{}]}',
    " true ",
    "null",
  ];
  test.each(sound)("is made of %j", (inside) => {
    expect(outlineOf(bytesOf(withValue(inside)))?.json["value"]).toEqual(JSON.parse(inside));
  });

  test("is not made of what is no object, has something behind it, or begins with a byte order mark", () => {
    const text = withValue("1");
    for (const other of [`[${text}]`, `"${filler}"`, `${text}x`, `${text}{}`, `\ufeff${text}`, text.slice(0, -1)]) {
      expect(outlineOf(bytesOf(other))).toBeUndefined();
    }
    expect(outlineOf(bytesOf(` \n${text}\t\r\n `))).toBeDefined();
  });

  test("is not made of bytes that are no UTF-8, in a long text or a short one", () => {
    for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]]) {
      const bytes = bytesOf(withValue('"xxxx"'));
      expect(outlineOf(bytes)).toBeDefined();
      for (const at of [100, bytes.length - 6]) {
        const damaged = bytes.slice();
        damaged.set(wrong, at);
        expect(outlineOf(damaged)).toBeUndefined();
      }
    }
  });

  test("goes as deep as the scanner for small bodies, and no deeper", () => {
    const nested = (levels: number) => bytesOf(withValue("[".repeat(levels) + "]".repeat(levels)));
    expect(topMembers(nested(127))).toHaveLength(2);
    expect(outlineOf(nested(127))).toBeDefined();
    expect(() => topMembers(nested(128))).toThrow();
    expect(outlineOf(nested(128))).toBeUndefined();
  });

  test("parses a long member when it is read, once, and lets it be written over", () => {
    const text = `{"model":"m","messages":[{"content":"${filler}"}],"__proto__":{"x":"${filler}"}}`;
    const { json, outline } = outlineOf(bytesOf(text)) as NonNullable<ReturnType<typeof outlineOf>>;
    expect(Object.keys(json)).toEqual(["model", "messages", "__proto__"]);
    expect(Object.getOwnPropertyDescriptor(json, "messages")).toHaveProperty("get");
    expect(json["messages"]).toEqual([{ content: filler }]);
    expect(json["messages"]).toBe(json["messages"] as JsonValue);
    expect({ ...json }["messages"]).toBe(json["messages"] as JsonValue);
    expect(outline["messages"]).toEqual([{ content: `(long text 0) ${"word ".repeat(8)}` }]);
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
    expect(JSON.stringify(json)).toBe(text);
    json["messages"] = 1;
    expect(json["messages"]).toBe(1);
  });

  test("has a mark for each long text that is no other's, and tells how the text begins, escapes and all", () => {
    const long = ["é".repeat(300), "😀".repeat(130), "\\".repeat(300), '\u0001"'.repeat(300), "sluice1:x".padEnd(600)];
    const texts = [...long, ...long, ...long, "short", "(long text 0) "];
    const found = outlineOf(bytesOf(JSON.stringify({ filler, texts })));
    const marks = found?.outline["texts"] as string[];
    expect(marks.slice(-2)).toEqual(["short", "(long text 0) "]);
    expect(new Set(marks)).toHaveLength(texts.length);
    expect(marks.slice(0, 15).map(beginningOf)).toEqual(
      texts.slice(0, 15).map((text) => Array.from(text).slice(0, 40).join("")),
    );
    expect(found?.outline).toEqual(shortened({ filler, texts }) as JsonObject);
    expect(["", "a text", "(long text"].map(beginningOf)).toEqual(["", "a text", "(long text"]);
  });

  test("is not worth its while for small texts, huge ones, and those with few long texts", () => {
    expect(outlineOf(bytesOf(`{"a":"${"x".repeat(2000)}"}`))).toBeUndefined();
    expect(
      outlineOf(bytesOf(JSON.stringify({ a: Array.from({ length: 5000 }, () => "short"), b: filler }))),
    ).toBeUndefined();
    const huge = bytesOf(`{"a":"${"x".repeat(textBytesMax)}"}`);
    expect(outlineOf(huge)).toBeUndefined();
  });

  test("finds a key that stands twice in its members", () => {
    const found = outlineOf(bytesOf(`{"a":1,"b":"${filler}","a":2}`));
    expect(found?.top.map(({ key }) => key)).toEqual(["a", "b", "a"]);
    expect(Object.keys(found?.outline ?? {})).toHaveLength(2);
  });
});

test.each(["BUN_JSC_useWasmSIMD", "BUN_JSC_useWasm"])(
  "without what %s stands for, all is left to JSON.parse",
  (option) => {
    const path = new URL("../../../src/exchange/read-body.ts", import.meta.url).pathname;
    const code = `
    const { parseBody } = await import(${JSON.stringify(path)});
    const { json, outline } = parseBody(new TextEncoder().encode('{"a":"' + "word ".repeat(4000) + '"}'));
    console.log(json === outline, json.a.length);`;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", code], { env: { [option]: "0" } });
    expect(stdout.toString()).toBe("true 20000\n");
  },
);

describe("the search for the closing quote", () => {
  const strings = jsonStrings() as JsonStrings;

  test("is the compiled form of its source", async () => {
    const source = await Bun.file(
      new URL("../../../src/dialects/framing/json-strings.ts", import.meta.url).pathname,
    ).text();
    expect(source).toContain(`"${await compileStrings()}"`);
  });

  test("finds it at every place of its blocks of bytes, with and without an escape in front", () => {
    for (let length = 0; length < 70; length++) {
      for (const tail of ["", "x", "y".repeat(40)]) {
        strings.load(bytesOf(`${"a".repeat(length)}"${tail}`));
        expect(strings.closingQuote(0)).toBe(length);
        for (const escaped of ['\\"', "\\\\", "\\u0022", "\\n"]) {
          strings.load(bytesOf(`${"a".repeat(length)}${escaped}"${tail}`));
          expect(strings.closingQuote(0)).toBe(length + escaped.length);
        }
      }
    }
  });

  test("does not look beyond the end, where the memory may hold an older text", () => {
    strings.load(bytesOf('"'.repeat(200)));
    for (let length = 0; length < 40; length++) {
      for (const end of ["", "\\", "\\u", "\\u12", "\\u123"]) {
        strings.load(bytesOf("a".repeat(length) + end));
        expect(strings.closingQuote(0)).toBe(-1);
      }
    }
  });

  test("takes texts as large as a page of its memory, and larger", () => {
    for (const size of [65535, 65536, 65537, 131072, 1_000_001]) {
      const text = new Uint8Array(size).fill(0x61);
      strings.load(text);
      expect(strings.closingQuote(0)).toBe(-1);
      strings.load(text.with(size - 1, 0x5c));
      expect(strings.closingQuote(0)).toBe(-1);
      strings.load(text.with(size - 1, 0x22));
      expect(strings.closingQuote(0)).toBe(size - 1);
    }
  });
});
