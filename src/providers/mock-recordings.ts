// Recordings of a folder: which cases there are, and their frames. Layout: `<dialect>/<source>/<case>.json` for whole
// replies, `.chunks.txt` (one payload a line) or `.txt`, `.sse` (raw SSE text) for streams; with one dialect the first folder may be missing.
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type MockDialectId, mockDialects, mockWires } from "./mock-wire.ts";

export type MockCase = {
  dialect: MockDialectId;
  /** `<source>/<case>`, or `<case>`. */
  name: string;
  /** Path of the whole reply. */
  whole?: string;
  /** Path of the stream. */
  stream?: string;
};

export type StreamFrames = {
  /** Wire text of each frame, terminal marker included. */
  frames: string[];
  /** Payloads where the recording holds payloads; for framings other than SSE. */
  payloads?: string[];
};

/** More files than any set of recordings has: a guard against being pointed at a whole disk. */
const filesMax = 20_000;
const depthMax = 4;
const wholeEnding = /\.json$/;
const streamEnding = /(\.chunks)?\.(txt|sse)$/;

/** Cases in order of dialect and name. `dialect` reads that one only. Throws Error when a folder is missing or has no recording. */
export function loadCases(directory: string, dialect?: MockDialectId): MockCase[] {
  if (!existsSync(directory)) throw new Error(`there is no folder ${directory}`);
  const wanted = dialect === undefined ? mockDialects : [dialect];
  const cases = wanted.flatMap((id) => casesOf(directory, id, dialect !== undefined));
  if (cases.length > 0) return cases;
  throw new Error(
    dialect === undefined
      ? `no recordings in ${directory}: expected folders ${mockDialects.join(", ")}, or name the dialect`
      : `no recordings of ${dialect} in ${directory}`,
  );
}

function casesOf(directory: string, dialect: MockDialectId, alone: boolean): MockCase[] {
  const inner = join(directory, dialect);
  if (existsSync(inner)) return readFolder(inner, dialect);
  return alone ? readFolder(directory, dialect) : [];
}

function readFolder(folder: string, dialect: MockDialectId): MockCase[] {
  const cases = new Map<string, MockCase>();
  for (const path of filesIn(folder, depthMax)) {
    const whole = wholeEnding.test(path);
    if (!whole && !streamEnding.test(path)) continue;
    const name = relative(folder, path)
      .replaceAll("\\", "/")
      .replace(whole ? wholeEnding : streamEnding, "");
    const found = cases.get(name) ?? { dialect, name };
    cases.set(name, { ...found, [whole ? "whole" : "stream"]: path });
  }
  return [...cases.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function filesIn(folder: string, depth: number): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) files.push(...filesIn(path, depth - 1));
    else if (entry.isFile()) files.push(path);
    if (files.length > filesMax) throw new Error(`more than ${filesMax} files in ${folder}`);
  }
  return files;
}

/** By full name, else by its last part: `openai/openai-text` or `openai-text`. */
export function findCase(cases: readonly MockCase[], name: string): MockCase | undefined {
  return cases.find((entry) => entry.name === name) ?? cases.find((entry) => entry.name.endsWith(`/${name}`));
}

/** The stream as its provider sent it, cut into frames. */
export async function readFrames(recording: { dialect: MockDialectId; stream: string }): Promise<StreamFrames> {
  const text = await Bun.file(recording.stream).text();
  if (!recording.stream.endsWith(".chunks.txt")) return { frames: text.split(/(?<=\n\r?\n)/) };
  const payloads = text.split("\n").filter((line) => line.trim() !== "");
  const wire = mockWires[recording.dialect];
  return { frames: [...payloads.map(wire.frame), ...wire.closing], payloads };
}
