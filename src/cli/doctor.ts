// `sluice doctor`: looks at everything a start depends on, and says for each thing that is wrong what to do about it.
import { examine } from "../app/doctor.ts";
import type { Finding } from "../app/doctor-finding.ts";
import { type Machine, thisMachine } from "../app/doctor-machine.ts";
import { commandLineSource } from "../config/flags.ts";
import { type Environment, loadConfig } from "../config/load.ts";
import { takeOptions } from "./arguments.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";

export function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  return runOn(thisMachine, { arguments: arguments_, streams, environment });
}

type Call = { arguments: string[]; streams: Streams; environment: Environment };

/** The same on a machine that is handed in. */
export async function runOn(machine: Machine, call: Call): Promise<number> {
  const { streams, environment } = call;
  const { present, values, rest, wrong } = takeOptions(call.arguments, { switches: ["json"], valued: ["provider"] });
  if (wrong !== undefined) {
    streams.stderr(`sluice doctor: ${wrong}\n`);
    return exitCodes.usage;
  }
  const loaded = loadConfig({ arguments: rest, environment, workingDirectory: process.cwd() });
  // A mistyped option is no finding; everything else is.
  const usage = loaded.problems.filter(({ source }) => source === commandLineSource);
  if (usage.length > 0) return reportProblems(usage, streams);
  const json = present.has("json");
  const provider = values.get("provider");
  const findings = await examine({
    loaded,
    machine,
    ...(provider !== undefined && { provider }),
    onFinding: (finding) => {
      if (!json) streams.stdout(line(finding));
    },
  });
  const failures = findings.filter(({ status }) => status === "failure").length;
  const warnings = findings.filter(({ status }) => status === "warning").length;
  if (json) streams.stdout(`${JSON.stringify({ ok: failures === 0, failures, warnings, findings }, null, 2)}\n`);
  else streams.stdout(summary(findings.length, failures, warnings));
  return failures === 0 ? exitCodes.ok : exitCodes.failed;
}

const marks: { readonly [status in Finding["status"]]: string } = {
  ok: "ok  ",
  warning: "warn",
  failure: "FAIL",
  skipped: "-   ",
};

function line({ scope, check, status, message, remedy }: Finding): string {
  const head = `${marks[status]}  ${scope}: ${check}: ${message}\n`;
  return remedy === undefined ? head : `${head}        -> ${remedy}\n`;
}

function summary(count: number, failures: number, warnings: number): string {
  if (failures + warnings === 0) return `all ${count} checks are well\n`;
  return `${count} checks: ${failures} failed, ${warnings} warned\n`;
}
