// The config file: where it is looked for, and how its text becomes a value.
import { readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";

const fileNames = ["sluice.yaml", "sluice.yml", "sluice.json"];
const textLimitBytes = 4 * 1024 ** 2;

export type TextFile = { text: string } | { missing: boolean; message: string };

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
};

/** Reads a text file of at most 4 MiB as UTF-8, without its byte order mark. */
export function readTextFile(path: string): TextFile {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > textLimitBytes) return { missing: false, message: `${path} is larger than 4 MiB` };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? "";
    const missing = code === "ENOENT" || code === "ENOTDIR";
    return { missing, message: `cannot read ${path}: ${reasons[code] ?? (code || "it is not UTF-8 text")}` };
  }
}

export type ConfigFile =
  | { kind: "found"; path: string; content: unknown }
  | { kind: "unusable"; path: string; message: string }
  | { kind: "none" };

export type ConfigSearch = {
  /** Named with --config: then no other is looked for, and it must exist. */
  named: string | undefined;
  workingDirectory: string;
  systemDirectory: string;
};

/** The first of sluice.yaml, sluice.yml and sluice.json in the working directory, then in the system directory. */
export function findConfigFile(search: ConfigSearch): ConfigFile {
  const candidates =
    search.named === undefined
      ? [search.workingDirectory, search.systemDirectory].flatMap((folder) =>
          fileNames.map((name) => join(folder, name)),
        )
      : [resolve(search.workingDirectory, search.named)];
  for (const path of candidates) {
    const file = readTextFile(path);
    if ("text" in file) return parse(path, file.text);
    if (!file.missing || search.named !== undefined) return { kind: "unusable", path, message: file.message };
  }
  return { kind: "none" };
}

function parse(path: string, text: string): ConfigFile {
  if (extname(path) === ".json") return parseJson(path, text);
  try {
    const content = Bun.YAML.parse(text);
    const twice = repeatedTopLevelKey(text);
    if (twice === undefined) return { kind: "found", path, content };
    // The parser keeps the last one in silence; two `providers:` sections would lose the first.
    return { kind: "unusable", path, message: `the key ${twice} stands twice at the top level` };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.replace(/^YAML Parse error: /, "") : "unreadable";
    return { kind: "unusable", path, message: `is not YAML, near line ${lineOfFailure(text)}: ${words}` };
  }
}

function parseJson(path: string, text: string): ConfigFile {
  try {
    return { kind: "found", path, content: JSON.parse(text) as unknown };
  } catch {
    // The parser's own words quote the text, which may be a secret, and give no position.
    return { kind: "unusable", path, message: "is not JSON" };
  }
}

function repeatedTopLevelKey(text: string): string | undefined {
  const keys = [...text.matchAll(/^([a-z_]+)[ \t]*:(?=\s|$)/gm)].map((match) => match[1]);
  return keys.find((key, index) => keys.indexOf(key) !== index);
}

// Bun's YAML parser gives no position (1.4.5): the failure is after the longest run of lines that can be read alone.
function lineOfFailure(text: string): number {
  const lines = text.split("\n");
  for (let count = Math.min(lines.length - 1, 2000); count > 0; count--) {
    if (parses(lines.slice(0, count).join("\n"))) return count + 1;
  }
  return 1;
}

function parses(text: string): boolean {
  try {
    Bun.YAML.parse(text);
    return true;
  } catch {
    return false;
  }
}
