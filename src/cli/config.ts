// `sluice config schema` and `sluice config show`: what may be set, and what is set and by whom.
import { jsonSchema } from "../config/json-schema.ts";
import { type Environment, loadConfig } from "../config/load.ts";
import { effectiveSettings, maskSecrets } from "../config/show.ts";
import { takeOptions } from "./arguments.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";

type Action = (arguments_: string[], streams: Streams, environment: Environment) => number;

const actions: ReadonlyMap<string, Action> = new Map([
  ["schema", printSchema],
  ["show", printSettings],
]);

export async function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  const [name, ...rest] = arguments_;
  const action = actions.get(name ?? "");
  if (action) return action(rest, streams, environment);
  streams.stderr(`sluice config: expected ${[...actions.keys()].join(" or ")}\n`);
  return exitCodes.usage;
}

function printSchema(arguments_: string[], streams: Streams): number {
  if (arguments_.length > 0) {
    streams.stderr("sluice config schema: takes no arguments\n");
    return exitCodes.usage;
  }
  streams.stdout(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return exitCodes.ok;
}

function printSettings(arguments_: string[], streams: Streams, environment: Environment): number {
  const { present, rest, wrong } = takeOptions(arguments_, { switches: ["json"] });
  if (wrong !== undefined) {
    streams.stderr(`sluice config show: ${wrong}\n`);
    return exitCodes.usage;
  }
  const { config, origins, problems } = loadConfig({ arguments: rest, environment, workingDirectory: process.cwd() });
  if (present.has("json")) {
    const shown = { config: maskSecrets(config), origins: Object.fromEntries(origins) };
    streams.stdout(`${JSON.stringify(shown, null, 2)}\n`);
  } else {
    const rows = effectiveSettings(config, origins);
    const width = Math.max(...rows.map(({ path, value }) => path.length + value.length)) + 3;
    const lines = rows.map(({ path, value, origin }) => `${`${path} = ${value}`.padEnd(width)}  # ${origin}\n`);
    streams.stdout(lines.join(""));
  }
  return reportProblems(problems, streams);
}
