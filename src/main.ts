// Process entry: the re-exec guard, then the command line. Imports nothing before the guard, so that starting twice is cheap.
import { reexecWithSettings } from "./cli/reexec.ts";

reexecWithSettings();
const { runCommandLine } = await import("./cli/index.ts");
// The process ends by itself: output to a pipe may still be under way.
process.exitCode = await runCommandLine(process.argv.slice(2));
