// Framing of server-sent events, held against a plain parse of the whole text, over every recorded stream.
import { describe, expect, test } from "bun:test";
import type { Frame } from "../../../src/dialects/dialect.ts";
import {
  endAsObjects,
  FrameCutter,
  FrameTooLargeError,
  frameBytesMax,
  readFrame,
  SseDecoder,
} from "../../../src/dialects/framing/sse.ts";
import { streams, wireText } from "../../support/corpus.ts";
import { splitFrames } from "../../support/frames.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const bytesOf = (text: string): Uint8Array => encoder.encode(text);
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** The rules of the HTML standard on a text that is there as a whole. */
function plainParse(text: string): Frame[] {
  const found: Frame[] = [];
  for (const block of text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split(/\n\n+/)) {
    let event = "";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const [, name = line, value = ""] = /^([^:]*): ?([\s\S]*)$/.exec(line) ?? [];
      if (name === "data") data.push(value);
      if (name === "event") event = value;
    }
    if (data.join("\n") !== "") found.push({ event, data: data.join("\n") });
  }
  return found;
}

function decoded(chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const sse = new SseDecoder((frame) => frames.push(frame));
  for (const chunk of chunks) sse.push(chunk);
  sse.end();
  return frames;
}

function inChunks(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
  return chunks;
}

/** What the cutter gave back, run by run, and what was left. */
function cut(chunks: readonly Uint8Array[]): { runs: Uint8Array[]; rest: Uint8Array | undefined } {
  const cutter = new FrameCutter();
  const runs = chunks.flatMap((chunk) => cutter.push(chunk) ?? []);
  return { runs, rest: cutter.rest() };
}

const endsFrame = (bytes: Uint8Array): boolean => /(\r\n|\n|\r(?!\n))(\r\n|\n|\r)$/.test(textOf(bytes.subarray(-4)));

const recorded = ["openai-chat", "anthropic-messages", "gemini"].flatMap((dialect) =>
  streams(dialect).map((recording) => ({ name: `${dialect} ${recording.name}`, text: wireText(recording) })),
);

const rewrites: { [name: string]: (text: string) => string } = {
  "as sent": (text) => text,
  "with CRLF": (text) => text.replace(/\r?\n/g, "\r\n"),
  "with lone CR": (text) => text.replace(/\r?\n/g, "\r"),
  "with LF": (text) => text.replace(/\r\n/g, "\n"),
  "without a space after the colon": (text) => text.replace(/^(data|event): /gm, "$1:"),
  "behind a byte order mark": (text) => `\uFEFF${text}`,
  "with comments between events": (text) =>
    `: first\n\n${text.replace(/(\r?\n){2}/g, "$&: OPENROUTER PROCESSING\n\n:\n")}`,
};

describe.each(Object.entries(rewrites))("every recorded stream %s", (_name, rewrite) => {
  test("S11 S13 S14 gives the same frames in one chunk and in chunks of 1, 2 and 3 bytes", () => {
    for (const { name, text } of recorded) {
      const bytes = bytesOf(rewrite(text));
      const expected = plainParse(text);
      expect(expected.length, name).toBeGreaterThan(0);
      for (const size of [bytes.length, 1, 2, 3]) expect(decoded(inChunks(bytes, size)), name).toEqual(expected);
    }
  });

  test("leaves the cutter with the same bytes, cut between frames only", () => {
    for (const { name, text } of recorded) {
      const written = rewrite(text);
      const bytes = bytesOf(written);
      for (const size of [bytes.length, 1, 3, 1000]) {
        const { runs, rest } = cut(inChunks(bytes, size));
        expect(runs.every(endsFrame), name).toBe(true);
        expect(Buffer.concat([...runs, rest ?? new Uint8Array()]).equals(bytes), name).toBe(true);
        // Some recordings end without their last blank line: only then is a frame left over.
        const parts = rest ? [...runs, rest] : runs;
        expect(
          parts.flatMap((part) => plainParse(textOf(part))),
          name,
        ).toEqual(plainParse(text));
        if (endsFrame(bytes)) expect(/\S/.test(textOf(rest ?? new Uint8Array())), name).toBe(false);
      }
    }
  });

  test("splits into ranges that tile the bytes, each with its own frame", () => {
    for (const { name, text } of recorded) {
      const bytes = bytesOf(rewrite(text));
      const ranges = splitFrames(bytes);
      expect(
        ranges.map(({ start }) => start),
        name,
      ).toEqual([0, ...ranges.slice(0, -1).map(({ end }) => end)]);
      expect(ranges.at(-1)?.end, name).toBe(bytes.length);
      expect(
        ranges.flatMap(({ frame }) => frame ?? []),
        name,
      ).toEqual(plainParse(text));
      for (const { start, end, frame } of ranges) {
        expect(plainParse(textOf(bytes.subarray(start, end))), name).toEqual(frame ? [frame] : []);
      }
    }
  });
});

/** A frame with its neighbours, and where it lies among them. */
type Neighbourhood = { name: string; bytes: Uint8Array; from: number; to: number };

/**
 * Every recorded frame between its neighbours, once for each shape: framing does not look at printable ASCII behind the
 * beginning of a line, so frames that differ there alone are one.
 */
function neighbourhoods(): Neighbourhood[] {
  const shapes = new Map<string, Neighbourhood>();
  for (const { name, text } of recorded) {
    const all = text.match(/[\s\S]+?(?:\r\n\r\n|\n\n|$)/g) ?? [];
    for (const [index, frame] of all.entries()) {
      const before = all[index - 1] ?? "";
      const around = before + frame + (all[index + 1] ?? "");
      const shape = around.replace(/[ -~]+/g, (run) => run.slice(0, 12));
      const from = bytesOf(before).length;
      const to = from + bytesOf(frame).length;
      if (!shapes.has(shape)) shapes.set(shape, { name: `${name}, frame ${index}`, bytes: bytesOf(around), from, to });
    }
  }
  return [...shapes.values()];
}

/** In a very long run only cuts inside characters and near line ends are tried. */
function isWorthCutting(bytes: Uint8Array, at: number): boolean {
  if (bytes.length < 6000 || (bytes[at] ?? 0) >= 0x80) return true;
  return bytes.subarray(Math.max(0, at - 8), at + 8).some((byte) => byte === 0x0a || byte === 0x0d);
}

test("S11 a recorded frame between its neighbours may be cut in two at each of its bytes", () => {
  const wrong: string[] = [];
  for (const { name, bytes, from, to } of neighbourhoods()) {
    const expected = JSON.stringify(plainParse(textOf(bytes)));
    for (let at = from; at <= to; at++) {
      if (!isWorthCutting(bytes, at)) continue;
      const halves = [bytes.subarray(0, at), bytes.subarray(at)];
      const { runs, rest } = cut(halves);
      const total = runs.reduce((sum, run) => sum + run.length, rest?.length ?? 0);
      if (total !== bytes.length || !runs.every(endsFrame)) wrong.push(`${name}: cutter at ${at}`);
      if (JSON.stringify(decoded(halves)) !== expected) wrong.push(`${name}: decoder at ${at}`);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

test("S11 S13 any mix of fields and line ends gives the same frames whole and byte by byte", () => {
  const tokens = [
    "data: {}",
    "data:x",
    "data: ",
    "data",
    "event: a",
    "event:",
    ": c",
    "id: 1",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
  ];
  let seed = 7;
  const next = (count: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * count);
  };
  for (let round = 0; round < 4000; round++) {
    const text = Array.from({ length: 3 + next(14) }, () => tokens[next(tokens.length)]).join("");
    const bytes = bytesOf(text);
    expect(decoded([bytes]), JSON.stringify(text)).toEqual(decoded(inChunks(bytes, 1)));
  }
});

describe("a frame", () => {
  const one = (text: string) => decoded([bytesOf(text)]);

  test("joins several data lines with LF", () => {
    expect(one("data: a\ndata:  b\ndata:c\n\n")).toEqual([{ event: "", data: "a\n b\nc" }]);
  });

  test("S17 S70 without data, or with empty data, is none", () => {
    expect(one("event: ping\n\nevent: x\ndata:\n\ndata: \n\ndata\n\n")).toEqual([]);
  });

  test("may have a `data` line without a colon, which is an empty line", () => {
    expect(one("data\ndata: a\ndata\n\n")).toEqual([{ event: "", data: "\na\n" }]);
  });

  test("takes the last event name and forgets it afterwards", () => {
    expect(one("event: a\nevent:b\ndata: 1\n\ndata: 2\n\nevent: c\nevent\ndata: 3\n\n")).toEqual([
      { event: "b", data: "1" },
      { event: "", data: "2" },
      { event: "", data: "3" },
    ]);
  });

  test("S10 S16 ignores comments, ids, retries and unknown fields", () => {
    expect(one(": x\nid: 7\nretry: 10\ndataset: 1\n data: 2\ndata:{}\n:\n\n")).toEqual([{ event: "", data: "{}" }]);
  });

  test("ends at a CR whose LF comes in the next chunk, once", () => {
    const chunks = ["data: a\r", "\ndata: b\r", "\n\r", "\ndata: c\r\n\r\n"].map(bytesOf);
    expect(decoded(chunks)).toEqual([
      { event: "", data: "a\nb" },
      { event: "", data: "c" },
    ]);
    const { runs, rest } = cut(chunks);
    expect([...runs.map(textOf), rest]).toEqual(["data: a\r\ndata: b\r\n\r", "\ndata: c\r\n\r\n", undefined]);
  });

  test("S02 S63 without its blank line counts at the end when its data is complete JSON or [DONE]", () => {
    expect(one('event: x\ndata: {"a":1}')).toEqual([{ event: "x", data: '{"a":1}' }]);
    expect(one('data: {"a":1}\n')).toEqual([{ event: "", data: '{"a":1}' }]);
    expect(one("data: [DONE]")).toEqual([{ event: "", data: "[DONE]" }]);
    expect(one("data:  [DONE] ")).toEqual([{ event: "", data: " [DONE] " }]);
    expect(one('data: {"a":')).toEqual([]);
    expect(readFrame(bytesOf("data: 5"))).toEqual({ event: "", data: "5" });
    expect(readFrame(bytesOf(": only a comment\n\n"))).toBeUndefined();
  });

  test("may hold a mark of byte order inside, and characters of four bytes in single bytes", () => {
    const bytes = bytesOf("data: \uFEFF𝄞é\n\n");
    expect(decoded(inChunks(bytes, 1))).toEqual([{ event: "", data: "\uFEFF𝄞é" }]);
  });
});

test("invalid UTF-8 is a TypeError, in the middle and at the end", () => {
  const broken = Uint8Array.of(...bytesOf("data: "), 0xc3, 0x28, 0x0a, 0x0a);
  expect(() => decoded([broken])).toThrow(TypeError);
  expect(() => decoded([bytesOf("data: {}\n\n"), Uint8Array.of(0xf0, 0x9f)])).toThrow(TypeError);
  expect(() => splitFrames(broken)).toThrow(TypeError);
});

test("frames end as objects only where each of them does", () => {
  const named = (data: string) => `event: x\ndata: ${data}\n\n`;
  const rows: [text: string, expected: boolean][] = [
    [named("{}"), true],
    [named("{}") + named('{"a":"\\n\\n"}'), true],
    ["data: {}\r\n\r\n", true],
    [named('{"a":'), false],
    [named('{"a":') + named("{}"), false],
    [`${named("{}")}data: [DONE]\n\n`, false],
    [": a comment\n\n", false],
  ];
  for (const [text, expected] of rows) expect([text, endAsObjects(bytesOf(text))]).toEqual([text, expected]);
});

test("many line ends of one kind in one chunk are each searched for once", () => {
  const lines = 300_000;
  expect(decoded([bytesOf("data:x\r\r".repeat(lines))]).length).toBe(lines);
  expect(decoded([bytesOf(`${"data:x\n\n".repeat(lines)}:\r\r`)]).length).toBe(lines);
});

describe("the size of a frame", () => {
  const mebibyte = new Uint8Array(1024 * 1024).fill(0x61);
  const tooMany = frameBytesMax / mebibyte.length + 1;
  const push = (part: { push(bytes: Uint8Array): unknown }, chunk: Uint8Array) => {
    for (let count = 0; count < tooMany; count++) part.push(chunk);
  };

  test("S15 is not bounded by a line of a megabyte in chunks of one byte", () => {
    const value = JSON.stringify("x".repeat(1_000_000));
    const chunks = inChunks(bytesOf(`data: ${value}\n\n`), 1);
    expect(decoded(chunks)[0]?.data === value).toBe(true);
    const { runs, rest } = cut(chunks);
    expect([runs.length, runs[0]?.length, rest]).toEqual([1, chunks.length, undefined]);
  });

  test("S12 is bounded for the cutter and for the decoder when no line end comes", () => {
    expect(() => push(new FrameCutter(), mebibyte)).toThrow(FrameTooLargeError);
    expect(() => push(new SseDecoder(() => {}), mebibyte)).toThrow(FrameTooLargeError);
  });

  test("is bounded when lines of data come without end", () => {
    const line = Buffer.concat([bytesOf("data: "), mebibyte, bytesOf("\n")]);
    expect(() => push(new SseDecoder(() => {}), line)).toThrow(FrameTooLargeError);
    expect(() => push(new FrameCutter(), line)).toThrow(FrameTooLargeError);
  });
});
