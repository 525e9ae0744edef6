// The contract of a command: what the table in index.ts loads and runs, what it may write to, and how it may end.
import type { Environment } from "../config/environment.ts";

/** How a command ends, as the process sees it. The one place where exit codes are written. */
export const exitCodes = {
  ok: 0,
  /** The command was understood and did not succeed. */
  failed: 1,
  /** The command line itself was wrong. */
  usage: 2,
} as const;

/** Where a command writes. Text leaves as it is: whoever writes a line ends it with a newline. */
export type Streams = {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
};

/** A module of this folder that can be run by name. Resolves to an exit code; throws only for bugs. */
export type CommandModule = {
  /**
   * `arguments_` holds what follows the command's name. `environment` is the process environment as it was read once
   * at the start; `--env-file` is not yet applied (loadConfig does that).
   */
  run(arguments_: string[], streams: Streams, environment: Environment): Promise<number>;
};
