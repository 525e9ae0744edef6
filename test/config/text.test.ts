// Small readers and writers of text: units, .env files, nearest names.
import { describe, expect, test } from "bun:test";
import { readEnvironmentText } from "../../src/config/environment.ts";
import { nearest } from "../../src/config/nearest.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../src/config/units.ts";

describe("units", () => {
  test("durations have a unit or are seconds, and may join several units", () => {
    const written = { "30s": 30_000, "500ms": 500, "5m": 300_000, "1h": 3_600_000, "2d": 172_800_000 };
    const joined = { "1h30m": 5_400_000, "1m0.5s": 60_500, "15": 15_000, "0.25": 250, "0": 0, "0s": 0 };
    for (const [text, durationMs] of Object.entries({ ...written, ...joined }))
      expect(parseDuration(text)).toBe(durationMs);
  });

  test("sizes have a unit or are bytes: KiB is 1024, KB is 1000", () => {
    const written = {
      "32MiB": 33_554_432,
      "10MB": 10_000_000,
      "1.5 KiB": 1536,
      "2gb": 2_000_000_000,
      "512": 512,
      "7B": 7,
    };
    for (const [text, sizeBytes] of Object.entries(written)) expect(parseSize(text)).toBe(sizeBytes);
  });

  test("anything else is refused", () => {
    for (const text of ["", "s", "-1s", "1 h", "1e3", "1w", "1s ", "30sec", "1,5s"])
      expect(parseDuration(text)).toBeUndefined();
    for (const text of ["", "MiB", "-1", "10m", "1TB", "0x10", "1 000"]) expect(parseSize(text)).toBeUndefined();
  });

  test("writing them back picks the largest unit that is exact", () => {
    expect([90_000, 3_600_000, 1500, 0, 86_400_000].map(formatDuration)).toEqual(["90s", "1h", "1500ms", "0s", "1d"]);
    expect([33_554_432, 10_000_000, 1001, 0].map(formatSize)).toEqual(["32MiB", "10MB", "1001B", "0B"]);
  });
});

describe(".env files", () => {
  const read = (text: string) => Object.fromEntries(readEnvironmentText(text).variables);

  test("names, quotes, export, comments and Windows line ends are understood", () => {
    expect(
      read(
        '\ufeff# top\r\nA=1\r\n export B = two words  # note\n\nC=\'# $kept "as" is\\n\' # note\nD="a\\tb\\"c\\"\\\\"\nE=a#b=c\nF=\nG=#x\nH=""',
      ),
    ).toEqual({
      A: "1",
      B: "two words",
      C: '# $kept "as" is\\n',
      D: 'a\tb"c"\\',
      E: "a#b=c",
      F: "",
      G: "",
      H: "",
    });
  });

  test("a quoted value may span lines, as private keys do", () => {
    expect(read('K="-----BEGIN\nabc\n-----END"\nL=1')).toEqual({ K: "-----BEGIN\nabc\n-----END", L: "1" });
  });

  test("the last of several values counts, and nothing is substituted", () => {
    expect(read("A=1\nA=$B\n")).toEqual({ A: "$B" });
  });

  test("lines that are no assignment are reported by number and the rest is read", () => {
    const { variables, problems } = readEnvironmentText('A=1\nwhat\n2B=1\nC="x" y\nD=4');
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect([...variables.keys()]).toEqual(["A", "D"]);
  });
});

describe("the nearest name", () => {
  test("is suggested for small slips only", () => {
    const known = ["port", "host", "heartbeat"];
    expect(nearest("prot", known)).toBe("port");
    expect(nearest("Heart_beat", known)).toBe("heartbeat");
    expect(nearest("xy", known)).toBeUndefined();
    expect(nearest("frobnicate", known)).toBeUndefined();
  });
});
