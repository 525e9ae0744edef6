// Settings on the command line: --port 9000, --set path=value, --config FILE, --env-file FILE.
import type { Entry, Problem } from "./draft.ts";
import { nearest, suggestion } from "./nearest.ts";
import { allSettings, type Setting } from "./settings.ts";

export type CommandLineSettings = {
  configFile: string | undefined;
  environmentFiles: string[];
  /** In the order given. */
  entries: Entry[];
  problems: Problem[];
};

/** Source of problems with the command line itself, as against the values it gives. */
export const commandLineSource = "command line";

const ownFlags = ["config", "env-file", "set"];

/**
 * Reads `--name value`, `--name=value`, and `--name` alone for true-or-false settings. Messages never repeat an
 * argument that is not a known flag: it may be a secret that lost its flag.
 */
export function readCommandLine(arguments_: readonly string[]): CommandLineSettings {
  const found: CommandLineSettings = { configFile: undefined, environmentFiles: [], entries: [], problems: [] };
  const settings = settingsByFlag();
  for (let index = 0; index < arguments_.length; index++) {
    const argument = arguments_[index] ?? "";
    const match = /^--([A-Za-z][A-Za-z0-9_-]*)(?:=([\s\S]*))?$/.exec(argument);
    if (!match) {
      reportArgument(found, `argument ${index + 1}`, "unexpected: settings are given as --name value");
      continue;
    }
    const name = match[1] ?? "";
    const setting = settings.get(name);
    if (!setting && !ownFlags.includes(name)) {
      const known = nearest(name, [...settings.keys(), ...ownFlags]);
      reportArgument(found, `--${name}`, `unknown option${suggestion(known && `--${known}`)}`);
      // What follows is this option's value, not an argument of its own.
      if (match[2] === undefined && isValue(arguments_[index + 1])) index++;
      continue;
    }
    let value = match[2];
    if (value === undefined && setting?.kind === "boolean") value = "true";
    if (value === undefined && isValue(arguments_[index + 1])) value = arguments_[++index];
    if (value === undefined) reportArgument(found, `--${name}`, "needs a value");
    else take(found, { name, setting, value });
  }
  return found;
}

function settingsByFlag(): Map<string, Setting> {
  return new Map(allSettings().flatMap((setting) => setting.flags.map((flag) => [flag, setting] as const)));
}

function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith("--");
}

function take(found: CommandLineSettings, given: { name: string; setting: Setting | undefined; value: string }): void {
  const { name, setting, value } = given;
  if (setting) found.entries.push({ path: setting.path.split("."), value, source: `--${name}` });
  else if (name === "config") found.configFile = value;
  else if (name === "env-file") found.environmentFiles.push(value);
  else takeAssignment(found, value);
}

function takeAssignment(found: CommandLineSettings, text: string): void {
  const separator = text.indexOf("=");
  if (separator < 1) reportArgument(found, "--set", "needs path=value");
  else
    found.entries.push({
      path: text.slice(0, separator).split("."),
      value: text.slice(separator + 1),
      source: "--set",
    });
}

function reportArgument(found: CommandLineSettings, path: string, message: string): void {
  found.problems.push({ path, message, source: commandLineSource });
}
