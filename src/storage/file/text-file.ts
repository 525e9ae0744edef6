// One text in one file: read whole, written beside and then moved in place, so that nobody ever sees half of it.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export type TextFileOptions = {
  path: string;
  bytesMax: number;
  /** Told once in a row of failures. */
  onFailure: (path: string, message: string) => void;
};

export type TextFile = {
  /** Undefined when there is none, or none that can be used. */
  read(): string | undefined;
  write(text: string): Promise<void>;
};

export function openTextFile({ path, bytesMax, onFailure }: TextFileOptions): TextFile {
  const state = { failing: false, writing: Promise.resolve() };
  const write = async (text: string) => {
    // Two processes may share the path.
    const beside = `${path}.${process.pid}.tmp`;
    try {
      if (Buffer.byteLength(text) > bytesMax) throw new Error(`it would be larger than ${bytesMax} bytes`);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(beside, text, { mode: 0o600 });
      await rename(beside, path);
      state.failing = false;
    } catch (cause) {
      await rm(beside, { force: true }).catch(() => {});
      if (!state.failing) onFailure(path, messageOf(cause));
      state.failing = true;
    }
  };
  return {
    read: () => readBounded(path, bytesMax),
    write(text) {
      state.writing = state.writing.then(() => write(text));
      return state.writing;
    },
  };
}

function readBounded(path: string, bytesMax: number): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const { size } = fstatSync(descriptor);
    return size > bytesMax ? undefined : readFileSync(descriptor, "utf8");
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
