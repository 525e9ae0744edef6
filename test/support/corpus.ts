// Recorded provider traffic, read in place. The recordings are never copied into this repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Frame } from "../../src/dialects/dialect.ts";

/** `shared/corpus` beside the checkout, or beside one of the folders above it. */
function besideCheckout(): string {
  let folder = join(import.meta.dir, "../..");
  const beside = (above: string) => join(above, "shared/corpus");
  const nearest = beside(dirname(folder));
  while (dirname(folder) !== folder) {
    folder = dirname(folder);
    if (existsSync(beside(folder))) return beside(folder);
  }
  return nearest;
}

export const corpusRoot = process.env["SLUICE_CORPUS"] ?? besideCheckout();

if (!existsSync(corpusRoot)) {
  throw new Error(
    `RECORDED TRAFFIC IS MISSING: no folder at ${corpusRoot}. These tests prove nothing without it; set SLUICE_CORPUS to where it lies.`,
  );
}

export type Recording = {
  dialect: string;
  /** `<source>/<case>` without extension. */
  name: string;
  path: string;
};

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

function recordings(dialect: string, wanted: (file: string) => boolean, extension: RegExp): Recording[] {
  const folder = join(corpusRoot, dialect);
  const found = walk(folder)
    .filter((path) => wanted(basename(path)))
    .map((path) => ({ dialect, name: relative(folder, path).replace(extension, ""), path }));
  if (found.length === 0) throw new Error(`RECORDED TRAFFIC IS MISSING: nothing for ${dialect} in ${folder}`);
  return found;
}

/** Whole replies of one dialect. */
export function wholeReplies(dialect: string): Recording[] {
  return recordings(dialect, (file) => file.endsWith(".json"), /\.json$/);
}

/** Streams of one dialect: one payload a line, or raw SSE text. */
export function streams(dialect: string): Recording[] {
  return recordings(dialect, (file) => !file.endsWith(".json"), /(\.chunks)?\.(txt|sse)$/);
}

/** Client request bodies of one dialect. */
export function clientRequests(dialect: string): Recording[] {
  return recordings(join("requests", dialect), (file) => file.endsWith(".json"), /\.json$/);
}

export function readText(recording: Recording): string {
  return readFileSync(recording.path, "utf8");
}

/** The payload lines of a `.chunks.txt` stream. */
export function payloads(recording: Recording): string[] {
  return readText(recording)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** The stream as its provider would have sent it: SSE text, framed the way the dialect does. */
export function wireText(recording: Recording): string {
  if (!recording.path.endsWith(".chunks.txt")) return readText(recording);
  const lines = payloads(recording);
  switch (recording.dialect) {
    case "openai-chat":
      return `${lines.map((line) => `data: ${line}\n\n`).join("")}data: [DONE]\n\n`;
    case "gemini":
      return lines.map((line) => `data: ${line}\r\n\r\n`).join("");
    case "anthropic-messages":
    case "openai-responses":
      return lines.map((line) => `event: ${eventType(line)}\ndata: ${line}\n\n`).join("");
    default:
      throw new Error(`no framing known for ${recording.dialect}`);
  }
}

function eventType(line: string): string {
  try {
    return String((JSON.parse(line) as { type?: unknown }).type ?? "");
  } catch {
    return /"type":"([^"]+)"/.exec(line)?.[1] ?? "";
  }
}

/** Frames without going through a framing, for tests of readers alone. */
export function frames(recording: Recording): Frame[] {
  const lines = payloads(recording);
  const frames = lines.map((data) => ({ event: eventType(data), data }));
  return recording.dialect === "openai-chat" ? [...frames, { event: "", data: "[DONE]" }] : frames;
}
