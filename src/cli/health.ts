// `sluice health`: asks a running gateway how it is. Needs no shell, no curl and nothing to write to, so that a
// container without any of them can use it as its health check.
import { commandLineSource } from "../config/flags.ts";
import { type Config, type Environment, loadConfig } from "../config/load.ts";
import { takeOptions } from "./arguments.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";

const limitMs = 3000;

export async function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  const { present, values, rest, wrong } = takeOptions(arguments_, { switches: ["ready"], valued: ["url"] });
  if (wrong !== undefined) {
    streams.stderr(`sluice health: ${wrong}\n`);
    return exitCodes.usage;
  }
  const loaded = loadConfig({ arguments: rest, environment, workingDirectory: process.cwd() });
  // Other problems are the business of `check`: a gateway that runs must not look sick because its file was edited.
  const usage = reportProblems(loaded.problems.filter(isUsage), streams);
  if (usage !== exitCodes.ok) return usage;
  const address = values.get("url") ?? addressOf(loaded.config.server);
  if (address === undefined) {
    streams.stderr("sluice health: port 0 was chosen by the system at the start; name it with --url\n");
    return exitCodes.failed;
  }
  return ask(`${address.replace(/\/+$/, "")}${present.has("ready") ? "/health/ready" : "/health"}`, streams);
}

function isUsage(problem: { source: string }): boolean {
  return problem.source === commandLineSource || problem.source.startsWith("--");
}

/** Where the listener can be reached from its own machine; undefined when the port is not known. */
function addressOf({ host, port }: Config["server"]): string | undefined {
  if (port === 0) return undefined;
  const loopback: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const reachable = loopback[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

async function ask(url: string, streams: Streams): Promise<number> {
  try {
    // A proxy from the environment must not stand between a machine and itself.
    const response = await fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: "manual", proxy: false });
    await response.body?.cancel();
    if (response.ok) {
      streams.stdout("ok\n");
      return exitCodes.ok;
    }
    streams.stderr(`${url} answered ${response.status}\n`);
  } catch (cause) {
    streams.stderr(`${url} did not answer: ${reasonOf(cause)}\n`);
  }
  return exitCodes.failed;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown failure";
  if (cause.name === "TimeoutError") return `nothing within ${limitMs / 1000} s`;
  return (cause as { code?: string }).code ?? cause.message;
}
