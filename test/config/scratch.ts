// What the tests of settings and commands share: temp directories, a call of loadConfig, and collected output.

import { afterAll } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigInput, type LoadedConfig, loadConfig } from "../../src/config/load.ts";

/** A new directory with these files; removed when the test file is done. */
export function directoryWith(files: { readonly [name: string]: string } = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-config-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** Loads with nothing around it but what is given: no variables, no file, no system directory. */
export function load(input: Partial<ConfigInput> & { files?: { readonly [name: string]: string } } = {}): LoadedConfig {
  const { files, ...given } = input;
  const workingDirectory = directoryWith(files);
  const defaults = { arguments: [], environment: {}, workingDirectory, systemDirectory: join(workingDirectory, "etc") };
  return loadConfig({ ...defaults, ...given });
}

/** "path: message" of every problem. */
export function complaints(loaded: LoadedConfig): string[] {
  return loaded.problems.map(({ path, message }) => `${path}: ${message}`);
}

export type Collected = { out: string; err: string; stdout: (text: string) => void; stderr: (text: string) => void };

export function collectedStreams(): Collected {
  const collected: Collected = {
    out: "",
    err: "",
    stdout: (text) => {
      collected.out += text;
    },
    stderr: (text) => {
      collected.err += text;
    },
  };
  return collected;
}
