// The bench: runs every contender through every scenario, side by side, and prints tables, ratios and verdicts. See `--help`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { missingTool, openStage, pinned, proxyCore, rigCore, type Stage, type StartedProxy } from "./contenders.ts";
import { type Figures, figuresOf, medianFigures, startFigures } from "./figures.ts";
import { type Baseline, type ByContender, type Medians, toBaseline, tolerance, verdicts } from "./guard.ts";
import type { LoadPlan, LoadResult } from "./plan.ts";
import { scenarioReport, verdictReport } from "./report.ts";
import {
  type ContenderName,
  contenderNames,
  type Scenario,
  scenarios,
  selectScenarios,
  type Timing,
} from "./scenarios.ts";
import { framesPerStream } from "./scripts.ts";

const usage = `bench [options]
  --seconds N        length of one measurement (3)
  --rounds N         rounds per scenario, medians are reported (5)
  --settle N         seconds of load before the first round that are not measured: code is compiled meanwhile (6)
  --quick            one round of one second: shows that it works, proves nothing
  --only ID          a scenario or the start of its id; may be repeated
  --contenders A,B   of direct,floor,sluice (all)
  --binary FILE      the product (dist/sluice)
  --json FILE        all figures of all rounds
  --guard            exit 1 when a target, or the baseline by more than ${tolerance * 100} %, is missed
  --accept           write the figures of this run to bench/baseline.json
  --list             the scenarios
`;

const baselineFile = join(import.meta.dir, "baseline.json");
/** Between two measurements: connections are torn down and garbage is collected. */
const restMs = 200;

type Options = {
  timing: Timing;
  rounds: number;
  settleMs: number;
  selected: Scenario[];
  contenders: ContenderName[];
  binary: string;
  json: string | undefined;
  guard: boolean;
  accept: boolean;
};

const flags = {
  seconds: { type: "string" },
  rounds: { type: "string" },
  settle: { type: "string" },
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  contenders: { type: "string", default: contenderNames.join(",") },
  binary: { type: "string", default: join(import.meta.dir, "../dist/sluice") },
  json: { type: "string" },
  guard: { type: "boolean", default: false },
  accept: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${flag} must be a number above 0`);
  return value;
}

/** Undefined when only words were asked for. */
function readOptions(): Options | undefined {
  const { values } = parseArgs({ options: flags });
  if (values.help) print(usage);
  if (values.list) print(scenarios.map(({ id, title }) => `${id.padEnd(20)} ${title}`).join("\n"));
  if (values.help || values.list) return undefined;
  const seconds = positive(values.seconds ?? (values.quick ? "1" : "3"), "seconds");
  const wanted = (values.contenders ?? "").split(",");
  const stranger = wanted.find((name) => !contenderNames.some((known) => known === name));
  if (stranger !== undefined)
    throw new Error(`unknown contender "${stranger}"; there are ${contenderNames.join(", ")}`);
  const selected = selectScenarios(values.only ?? []);
  if (selected.length === 0) throw new Error("--only names no scenario; see --list");
  const contenders = contenderNames.filter((name) => wanted.includes(name));
  if (values.guard && contenders.length < contenderNames.length) throw new Error("--guard needs all contenders");
  return {
    timing: { warmupMs: values.quick ? 500 : 1000, measureMs: seconds * 1000 },
    settleMs: positive(values.settle ?? (values.quick ? "0.5" : "6"), "settle") * 1000,
    rounds: Math.ceil(positive(values.rounds ?? (values.quick ? "1" : "5"), "rounds")),
    selected,
    contenders,
    binary: values.binary ?? "",
    json: values.json,
    guard: values.guard ?? false,
    accept: values.accept ?? false,
  };
}

function machineName(): string {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? "unknown CPU"}, ${cores.length} cores, Linux ${release()}, Bun ${Bun.version}`;
}

/** This process only waits while others measure, and when it does not (polling for a start) it must not sit on the proxy's core. */
function pinSelf(): void {
  Bun.spawnSync(["taskset", "-a", "-c", "-p", String(rigCore), String(process.pid)], {
    stdout: "ignore",
    stderr: "ignore",
  });
}

function minutes({ selected, contenders, rounds, timing, settleMs }: Options): string {
  const each = timing.warmupMs + timing.measureMs + restMs;
  const loads = selected.filter(({ about }) => about !== "start").length;
  return ((loads * contenders.length * (rounds * each + settleMs)) / 60_000).toFixed(1);
}

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const source = join(import.meta.dir, "load.ts");
  const child = Bun.spawn(pinned(rigCore, [process.execPath, source, JSON.stringify(plan)]), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  // NaN, for what was not measured, crosses the pipe as null.
  return JSON.parse(text, (_key, value: unknown) => (value === null ? Number.NaN : value)) as LoadResult;
}

type Measurement = {
  stage: Stage;
  scenario: Scenario;
  contender: ContenderName;
  proxy: StartedProxy | undefined;
  timing: Timing;
};

async function measure({ stage, scenario, contender, proxy, timing }: Measurement): Promise<Figures> {
  const { upstream } = stage;
  const groups = scenario.groups(contender, timing);
  const result = await generate({
    port: proxy?.port ?? (scenario.tls ? upstream.tlsPort : upstream.port),
    ...(scenario.tls && !proxy ? { certificateFile: upstream.certificateFile } : {}),
    ...timing,
    groups,
    rigCore,
    proxyCore,
    upstreamPid: upstream.pid,
    ...(scenario.about === "second requests" ? { countsPort: upstream.port } : {}),
    ...(proxy ? { proxyPid: proxy.pid } : {}),
  });
  for (const { name, errors, errorWords } of result.groups) {
    if (errors > 0) print(`  ${scenario.id}, ${contender}, ${name}: ${errors} errors: ${errorWords.join("; ")}`);
  }
  const first = groups[0];
  const framesPerDelta = scenario.about === "frames" ? framesPerStream / (first?.expect.marks ?? framesPerStream) : 1;
  return figuresOf(result, first?.request.stream ? framesPerDelta : Number.NaN);
}

type Rounds = { [name in ContenderName]?: Figures[] };

async function runStarts(stage: Stage, scenario: Scenario, options: Options): Promise<Rounds> {
  const rounds: Rounds = {};
  for (let round = 0; round < options.rounds; round += 1) {
    for (const name of options.contenders.filter((contender) => contender !== "direct")) {
      const proxy = await stage.startProxy(name, { tls: scenario.tls });
      await proxy.stop();
      rounds[name] = [...(rounds[name] ?? []), startFigures(proxy.startMs)];
    }
  }
  return rounds;
}

/** Contenders take turns, so that a slow minute of the machine hits all of them. */
async function runLoads(stage: Stage, scenario: Scenario, options: Options): Promise<Rounds> {
  const rounds: Rounds = {};
  const proxies = new Map<ContenderName, StartedProxy>();
  try {
    for (const name of options.contenders) {
      if (name !== "direct") proxies.set(name, await stage.startProxy(name, { tls: scenario.tls }));
    }
    const settling = { warmupMs: 0, measureMs: options.settleMs };
    for (const [contender, proxy] of proxies) await measure({ stage, scenario, contender, proxy, timing: settling });
    for (let round = 0; round < options.rounds; round += 1) {
      for (const contender of options.contenders) {
        const proxy = proxies.get(contender);
        const figures = await measure({ stage, scenario, contender, proxy, timing: options.timing });
        rounds[contender] = [...(rounds[contender] ?? []), figures];
        await Bun.sleep(restMs);
      }
    }
  } finally {
    for (const proxy of proxies.values()) await proxy.stop();
  }
  return rounds;
}

function medianOf(rounds: Rounds): ByContender {
  const entries = contenderNames.flatMap((name) => {
    const each = rounds[name];
    return each ? [[name, medianFigures(each)] as const] : [];
  });
  return Object.fromEntries(entries);
}

function readBaseline(): Baseline | undefined {
  return existsSync(baselineFile) ? (JSON.parse(readFileSync(baselineFile, "utf8")) as Baseline) : undefined;
}

/** True when nothing was missed. */
function conclude(options: Options, all: { [scenario: string]: Rounds }, medians: Medians): boolean {
  const machine = machineName();
  const baseline = readBaseline();
  const withBoth = options.contenders.includes("floor") && options.contenders.includes("sluice");
  const judged = withBoth ? verdicts(options.selected, medians, baseline) : [];
  if (judged.length > 0) print(verdictReport(judged));
  if (withBoth && !baseline) print("no bench/baseline.json yet: only the targets were judged");
  if (options.json) {
    const { timing, rounds, contenders } = options;
    const content = {
      machine,
      takenAt: new Date().toISOString(),
      timing,
      rounds,
      contenders,
      medians,
      all,
      verdicts: judged,
    };
    writeFileSync(options.json, `${JSON.stringify(content, undefined, 2)}\n`);
  }
  if (options.accept) {
    const accepted = toBaseline({ machine, selected: options.selected, medians, earlier: baseline });
    writeFileSync(baselineFile, `${JSON.stringify(accepted, undefined, 2)}\n`);
  }
  return withBoth && judged.every(({ met }) => met);
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 0;
  const missing = missingTool(cpus().length);
  if (missing) throw new Error(missing);
  print(`${machineName()}; load and upstream on core ${rigCore}, proxy on core ${proxyCore}`);
  print(
    `${options.rounds} rounds of ${options.timing.measureMs / 1000} s after ${options.timing.warmupMs / 1000} s of warm-up, and ${options.settleMs / 1000} s before the first; medians`,
  );
  print(`about ${minutes(options)} minutes\n`);
  pinSelf();
  const stage = await openStage({ sluice: options.binary, contenders: options.contenders });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stage.close().finally(() => process.exit(1)));
  }
  const all: { [scenario: string]: Rounds } = {};
  const medians: { [scenario: string]: ByContender } = {};
  try {
    for (const scenario of options.selected) {
      const run = scenario.about === "start" ? runStarts : runLoads;
      const rounds = await run(stage, scenario, options);
      const figures = medianOf(rounds);
      all[scenario.id] = rounds;
      medians[scenario.id] = figures;
      print(scenarioReport(scenario, figures));
    }
  } finally {
    await stage.close();
  }
  const good = conclude(options, all, medians);
  return options.guard && !good ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
