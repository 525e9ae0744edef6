// `sluice version`: which build this is.
import { version } from "../core/version.ts";
import { exitCodes, type Streams } from "./command.ts";

export async function run(arguments_: string[], streams: Streams): Promise<number> {
  if (arguments_.length > 0) {
    streams.stderr("sluice version: takes no arguments\n");
    return exitCodes.usage;
  }
  streams.stdout(`sluice ${version} (bun ${Bun.version}, ${process.platform} ${process.arch})\n`);
  return exitCodes.ok;
}
