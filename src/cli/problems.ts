// Problems of a configuration as a command prints them, and how a command ends because of them.
import { commandLineSource } from "../config/flags.ts";
import type { Problem } from "../config/load.ts";
import { exitCodes, type Streams } from "./command.ts";

type Printed = Pick<Problem, "path" | "message"> & { source?: string };

/**
 * Prints one line per problem to stderr. Resolves to the exit code they call for: ok when there are none, usage when
 * the command line itself was wrong, else failed.
 */
export function reportProblems(problems: readonly Printed[], streams: Streams): number {
  for (const { path, message, source } of problems) {
    const origin = source && source !== path && source !== commandLineSource ? ` (${source})` : "";
    streams.stderr(`${path}: ${message}${origin}\n`);
  }
  if (problems.some(({ source }) => source === commandLineSource)) return exitCodes.usage;
  return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
}
