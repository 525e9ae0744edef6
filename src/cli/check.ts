// `sluice check`: would a start with these settings succeed? Prints every problem, or what would be started.
import { type Environment, type LoadedConfig, loadConfig } from "../config/load.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";

export async function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  const loaded = loadConfig({ arguments: arguments_, environment, workingDirectory: process.cwd() });
  const { openProviders } = await import("../providers/open.ts");
  const { startProblems } = await import("./start-problems.ts");
  const problems = await startProblems(loaded);
  const code = reportProblems(problems, streams);
  if (code !== exitCodes.ok) return code;
  const { providers } = openProviders(loaded.config.providers, loaded.environment);
  const names = providers.map(({ name }) => name);
  streams.stdout(summary(loaded, names));
  return code;
}

function summary({ config, file }: LoadedConfig, providers: readonly string[]): string {
  const { host, port, master_key: masterKey } = config.server;
  return [
    "ok",
    `  config file  ${file ?? "none"}`,
    `  listens on   ${host.includes(":") ? `[${host}]` : host}:${port}`,
    `  master key   ${masterKey === undefined ? "none: everybody who reaches it may use it" : "set"}`,
    `  providers    ${providers.length === 0 ? "none" : providers.join(", ")}`,
    "",
  ].join("\n");
}
