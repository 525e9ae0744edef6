// Loading: defaults, then the file, then variables, then the command line; checked as a whole, frozen, nothing thrown.
import { resolve } from "node:path";
import { openDraft, type Problem, report, writeDefaults, writeFile, writeText } from "./draft.ts";
import type { Environment } from "./environment.ts";
import { findConfigFile } from "./file.ts";
import { readCommandLine } from "./flags.ts";
import { applyRules } from "./rules.ts";
import type { Config } from "./schema.ts";
import { joinEnvironments, writeVariables } from "./variables.ts";

export type { Problem } from "./draft.ts";
export type { Environment } from "./environment.ts";
export type { Config } from "./schema.ts";

export type ConfigInput = {
  /** What follows the command's name, without the command's own options. */
  arguments: readonly string[];
  environment: Environment;
  /** Relative paths start here. */
  workingDirectory: string;
  /** Where the file is looked for after the working directory. */
  systemDirectory?: string;
};

export type LoadedConfig = {
  /** Complete even when there are problems: what could not be read has its default, or is absent. */
  config: Config;
  /** Everything that is wrong. A start must not go on unless it is empty. */
  problems: readonly Problem[];
  /** Where each single setting came from: "default", a file's path, "env NAME", "--flag". */
  origins: ReadonlyMap<string, string>;
  /** The config file that was read, or should have been. */
  file: string | undefined;
  /** With the variables of --env-file, without empty ones. */
  environment: Readonly<Record<string, string>>;
};

/** The process environment, once. Nothing else reads it. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

export function loadConfig(input: ConfigInput): LoadedConfig {
  const { workingDirectory } = input;
  const draft = openDraft();
  const commandLine = readCommandLine(input.arguments);
  draft.problems.push(...commandLine.problems);
  const environmentFiles = commandLine.environmentFiles.map((path) => resolve(workingDirectory, path));
  const variables = joinEnvironments(draft, input.environment, environmentFiles);
  const file = findConfigFile({
    named: commandLine.configFile,
    workingDirectory,
    systemDirectory: input.systemDirectory ?? "/etc/sluice",
  });
  if (file.kind === "found") {
    writeFile(draft, { content: file.content, source: file.path, environment: variables.values });
  } else if (file.kind === "unusable") {
    report(draft, { path: [file.path], source: commandLine.configFile === undefined ? "" : "--config" }, file.message);
  }
  writeVariables(draft, variables);
  for (const entry of commandLine.entries) writeText(draft, entry);
  writeDefaults(draft);
  applyRules(draft, workingDirectory);
  return {
    // The tree has been checked against the schema, setting by setting.
    config: freeze(draft.tree) as Config,
    problems: draft.problems,
    origins: draft.origins,
    file: file.kind === "none" ? undefined : file.path,
    environment: variables.values,
  };
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const child of Object.values(value)) freeze(child);
  return Object.freeze(value);
}
