// The command line: finds the command, answers requests for help, runs it.

import type { Environment } from "../config/environment.ts";
import { readEnvironment } from "../config/load.ts";
import { nearest, suggestion } from "../config/nearest.ts";
import { exitCodes, type Streams } from "./command.ts";
import { commandText, overviewText } from "./help.ts";
import { commands } from "./table.ts";

/**
 * Runs what the arguments ask for (those after the executable's own name) and resolves to the exit code. The caller
 * must let the process end by itself (`process.exitCode`): output to a pipe may still be under way.
 */
export async function runCommandLine(argv: string[]): Promise<number> {
  const streams: Streams = {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  };
  return runCommand(argv, streams, readEnvironment());
}

/** The same, with what it touches handed in. */
export async function runCommand(argv: string[], streams: Streams, environment: Environment): Promise<number> {
  const { name, rest } = splitCommand(argv);
  if (name === "help") return printHelp(rest[0], streams);
  const row = commands.get(name);
  if (!row) return refuse(name, streams);
  // `sluice --help` asks about everything, `sluice serve --help` about one command.
  if (rest.some(asksForHelp)) return printHelp(argv[0] === name ? name : undefined, streams);
  const command = await row.load();
  return command.run(rest, streams, environment);
}

function splitCommand(argv: readonly string[]): { name: string; rest: string[] } {
  const [first, ...rest] = argv;
  if (first === "--version" || first === "-v") return { name: "version", rest };
  // Without a command, or with options only, it is `serve`.
  return first === undefined || first.startsWith("-") ? { name: "serve", rest: [...argv] } : { name: first, rest };
}

function asksForHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

function printHelp(name: string | undefined, streams: Streams): number {
  const text = name === undefined || asksForHelp(name) ? overviewText() : commandText(name);
  if (text === undefined) return refuse(name ?? "", streams);
  streams.stdout(text);
  return exitCodes.ok;
}

function refuse(name: string, streams: Streams): number {
  const known = nearest(name, [...commands.keys(), "help"]);
  streams.stderr(`sluice: unknown command ${JSON.stringify(name)}${suggestion(known)}\n`);
  streams.stderr("sluice --help lists the commands.\n");
  return exitCodes.usage;
}
