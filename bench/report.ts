// Writes the figures for people: a table per scenario, ratios below it, and the verdicts at the end.
import type { FigureName, Figures } from "./figures.ts";
import { added, type ByContender, machineWasBusy, ratio, rigWasLimit, type Verdict } from "./guard.ts";
import { type ContenderName, contenderNames, type Scenario } from "./scenarios.ts";

type Column = { title: string; figure: FigureName; digits: number; scale?: number };

const load: Column[] = [
  { title: "proxy core %", figure: "proxyCoreBusy", digits: 0, scale: 100 },
  { title: "rig core %", figure: "rigCoreBusy", digits: 0, scale: 100 },
  { title: "RSS MB", figure: "rssMb", digits: 0 },
  { title: "peak MB", figure: "peakRssMb", digits: 0 },
  { title: "errors", figure: "errors", digits: 0 },
];
const requestColumns: Column[] = [
  { title: "req/s", figure: "requestsPerSecond", digits: 0 },
  { title: "p50 ms", figure: "p50Ms", digits: 3 },
  { title: "p99 ms", figure: "p99Ms", digits: 3 },
  { title: "p99.9 ms", figure: "p999Ms", digits: 3 },
  { title: "first p50 ms", figure: "firstP50Ms", digits: 3 },
  { title: "first p99 ms", figure: "firstP99Ms", digits: 3 },
];
const frameColumns: Column[] = [
  { title: "frames/s", figure: "framesPerSecond", digits: 0 },
  { title: "frames/CPU s", figure: "framesPerCpuSecond", digits: 0 },
  { title: "CPU s/M frames", figure: "cpuSecondsPerMillionFrames", digits: 2 },
  { title: "deltas/read", figure: "deltasPerRead", digits: 2 },
];
const delayColumns: Column[] = [
  { title: "delay p50 ms", figure: "delayP50Ms", digits: 3 },
  { title: "delay p99 ms", figure: "delayP99Ms", digits: 3 },
  { title: "delay p99.9 ms", figure: "delayP999Ms", digits: 3 },
];

const columns: { readonly [about in Scenario["about"]]: readonly Column[] } = {
  requests: [...requestColumns, { title: "CPU µs/req", figure: "cpuMicrosPerRequest", digits: 1 }, ...load],
  frames: [...requestColumns, ...frameColumns, ...load],
  delay: [...delayColumns, ...frameColumns, ...load],
  "delay beside bodies": [
    ...delayColumns,
    { title: "frames/s", figure: "framesPerSecond", digits: 0 },
    { title: "bodies/s", figure: "otherRequestsPerSecond", digits: 1 },
    { title: "bodies p99 ms", figure: "otherP99Ms", digits: 1 },
    ...load,
  ],
  "first output": [
    { title: "got it", figure: "firstOutputs", digits: 0 },
    { title: "first p50 ms", figure: "firstP50Ms", digits: 1 },
    { title: "first p99 ms", figure: "firstP99Ms", digits: 1 },
    { title: "last of all ms", figure: "firstMaxMs", digits: 1 },
    ...load,
  ],
  "second requests": [
    { title: "got it", figure: "firstOutputs", digits: 0 },
    { title: "first p50 ms", figure: "firstP50Ms", digits: 1 },
    { title: "first p99 ms", figure: "firstP99Ms", digits: 1 },
    { title: "without: p99 ms", figure: "otherFirstP99Ms", digits: 1 },
    { title: "extra calls %", figure: "extraCalls", digits: 2, scale: 100 },
    ...load,
  ],
  start: [{ title: "first 200, ms", figure: "startMs", digits: 1 }],
};

export function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

/** Cells in columns, numbers flush right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => `  ${row.map(pad).join("  ")}`.trimEnd()).join("\n");
}

function ratios(scenario: Scenario, figures: ByContender): string[] {
  const share = (text: string, figure: FigureName) => ({ text, value: ratio(figures, figure) });
  const addedBy = (name: ContenderName, figure: FigureName, text: string) => ({
    text: `${name} adds ${text}`,
    value: added(figures, name, figure),
  });
  const delays = [
    addedBy("floor", "delayP50Ms", "to a frame's p50, ms"),
    addedBy("sluice", "delayP50Ms", "to a frame's p50, ms"),
    addedBy("floor", "delayP99Ms", "to a frame's p99, ms"),
    addedBy("sluice", "delayP99Ms", "to a frame's p99, ms"),
  ];
  const lines = {
    requests: [
      share("sluice/floor requests per second", "requestsPerSecond"),
      share("sluice/floor CPU per request", "cpuMicrosPerRequest"),
      addedBy("floor", "p99Ms", "to the p99, ms"),
      addedBy("sluice", "p99Ms", "to the p99, ms"),
    ],
    frames: [
      share("sluice/floor frames per CPU second", "framesPerCpuSecond"),
      share("sluice/floor frames per second", "framesPerSecond"),
      addedBy("floor", "firstP50Ms", "to the first output's p50, ms"),
      addedBy("sluice", "firstP50Ms", "to the first output's p50, ms"),
    ],
    delay: [share("sluice/floor frames per CPU second", "framesPerCpuSecond"), ...delays],
    "delay beside bodies": delays,
    "first output": [share("sluice/floor time of the last", "firstMaxMs")],
    "second requests": [],
    start: [share("sluice/floor", "startMs")],
  }[scenario.about];
  return lines.filter(({ value }) => Number.isFinite(value)).map(({ text, value }) => `${text}: ${value.toFixed(3)}`);
}

function notes(name: ContenderName, figures: Figures): string[] {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const limit = name !== "direct" && rigWasLimit(figures);
  return [
    ...(limit
      ? [`the rig was the limit for ${name}: its core was full, the proxy's at ${percent(figures.proxyCoreBusy)}`]
      : []),
    ...(machineWasBusy(figures)
      ? [
          `others were at work during ${name}: ${percent(figures.rigCoreForeign)} of the rig's core, ${percent(figures.proxyCoreForeign)} of the proxy's`,
        ]
      : []),
  ];
}

export function scenarioReport(scenario: Scenario, figures: ByContender): string {
  const measured = contenderNames.flatMap((name) => {
    const found = figures[name];
    return found ? [{ name, found }] : [];
  });
  // A column that means nothing here (no proxy, no bodies) is left out.
  const shown = columns[scenario.about].filter(({ figure }) =>
    measured.some(({ found }) => Number.isFinite(found[figure])),
  );
  const rows = measured.map(({ name, found }) => [
    name,
    ...shown.map(({ figure, digits, scale }) => number(found[figure] * (scale ?? 1), digits)),
  ]);
  const lines = [
    `${scenario.id}: ${scenario.title}`,
    table([["", ...shown.map(({ title }) => title)], ...rows]),
    ...ratios(scenario, figures).map((line) => `  ${line}`),
    ...measured.flatMap(({ name, found }) => notes(name, found)).map((note) => `  NOTE ${note}`),
  ];
  return `${lines.join("\n")}\n`;
}

export function verdictReport(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ scenario, text, value, limit, good, met, remark }) => [
    met ? "met" : "MISSED",
    scenario,
    number(value, 3),
    good,
    number(limit, 3),
    `${text}${remark ? ` (${remark})` : ""}`,
  ]);
  return `${table([["", "scenario", "value", "", "limit", "what"], ...rows])}\n`;
}
