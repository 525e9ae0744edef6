// Says whether the figures are good enough: the targets, and the last accepted figures with their tolerance.
import type { FigureName, Figures } from "./figures.ts";
import { type ContenderName, pairId, pairs, type Scenario } from "./scenarios.ts";
import { hedgeExtraPercent } from "./wire.ts";

/** Medians of one scenario. */
export type ByContender = { readonly [name in ContenderName]?: Figures };
/** Medians of a run, by scenario id. */
export type Medians = { readonly [scenario: string]: ByContender };

export type Target = {
  scenario: string;
  text: string;
  limit: number;
  /** Which side of the limit is good. */
  good: "at least" | "at most";
  /** NaN when something that it needs was not measured. */
  value(figures: ByContender): number;
};

export type Verdict = {
  scenario: string;
  text: string;
  value: number;
  limit: number;
  good: "at least" | "at most";
  met: boolean;
  /** Why the value says less than it seems to. */
  remark?: string;
};

/** How much worse than the baseline a figure may be. */
export const tolerance = 0.15;

/** A core above this share has nothing left; a proxy below the other one was not the bottleneck. */
const fullCore = 0.97;
const proxyWithRoom = 0.9;
/** Work of others on a core that makes a figure doubtful. */
const mostForeign = 0.1;

function of(figures: ByContender, name: ContenderName, figure: FigureName): number {
  return figures[name]?.[figure] ?? Number.NaN;
}

/** Sluice's figure as a share of the floor's. */
export function ratio(figures: ByContender, figure: FigureName): number {
  return of(figures, "sluice", figure) / of(figures, "floor", figure);
}

/** What a contender adds to a figure of the direct path. */
export function added(figures: ByContender, name: ContenderName, figure: FigureName): number {
  return of(figures, name, figure) - of(figures, "direct", figure);
}

function throughput(scenario: string, limit: number): Target {
  const text = "requests per second, as a share of the floor's";
  return { scenario, text, limit, good: "at least", value: (figures) => ratio(figures, "requestsPerSecond") };
}

function frameCost(scenario: string, limit: number): Target {
  const text = "frames per CPU second, as a share of the floor's";
  return { scenario, text, limit, good: "at least", value: (figures) => ratio(figures, "framesPerCpuSecond") };
}

export const targets: readonly Target[] = [
  throughput("whole-1kb-16", 0.8),
  throughput("whole-1kb-64", 0.8),
  // Within five percent of a direct selector.
  throughput("agent-1kb-16", 0.76),
  throughput("whole-100kb-16", 0.4),
  throughput("whole-100kb-64", 0.4),
  throughput("whole-1mb-16", 0.4),
  throughput("whole-1mb-64", 0.4),
  frameCost("stream-native", 0.8),
  frameCost("stream-translated", 0.55),
  ...pairs.map((pair) => frameCost(pairId(pair), 0.5)),
  {
    scenario: "whole-1kb-1",
    text: "p99 added over direct, in multiples of what the floor adds",
    limit: 1.5,
    good: "at most",
    value: (figures) => added(figures, "sluice", "p99Ms") / added(figures, "floor", "p99Ms"),
  },
  {
    scenario: "paced-100-bodies",
    text: "p99 delay added to streams while 1 MB bodies arrive, in ms",
    limit: 5,
    good: "at most",
    value: (figures) => added(figures, "sluice", "delayP99Ms"),
  },
  { ...throughput("tls-200", 2), text: "requests per second, in multiples of what one TLS context gives" },
  {
    scenario: "first-frame-1000",
    text: "streams of 1,000 that got their first frame",
    limit: 1000,
    good: "at least",
    value: (figures) => of(figures, "sluice", "firstOutputs"),
  },
  {
    scenario: "first-frame-1000",
    text: "time until the last of 1,000 streams has its first frame, in ms",
    limit: 1000,
    good: "at most",
    value: (figures) => of(figures, "sluice", "firstMaxMs"),
  },
  {
    scenario: "hedge-bimodal",
    text: "p99 of the first token with second requests, as a share of that without",
    limit: 0.5,
    good: "at most",
    value: (figures) => of(figures, "sluice", "firstP99Ms") / of(figures, "sluice", "otherFirstP99Ms"),
  },
  {
    scenario: "hedge-bimodal",
    text: "second requests, as a share of the requests that may have one",
    limit: hedgeExtraPercent / 100,
    good: "at most",
    value: (figures) => of(figures, "sluice", "extraCalls"),
  },
  {
    scenario: "start",
    text: "start of the binary to its first 200, in ms",
    limit: 150,
    good: "at most",
    value: (figures) => of(figures, "sluice", "startMs"),
  },
];

/** Missing values never meet a target: what was asked for and not measured is a failure. */
export function judge(target: Target, figures: ByContender): Verdict {
  const value = target.value(figures);
  const met = target.good === "at least" ? value >= target.limit : value <= target.limit;
  const { scenario, text, limit, good } = target;
  return { scenario, text, value, limit, good, met };
}

/** The rig, not the proxy, set the pace: the figure is a lower bound of the proxy's and flatters any ratio. */
export function rigWasLimit(figures: Figures): boolean {
  return figures.rigCoreBusy >= fullCore && figures.proxyCoreBusy < proxyWithRoom;
}

export function machineWasBusy(figures: Figures): boolean {
  return figures.rigCoreForeign > mostForeign || figures.proxyCoreForeign > mostForeign;
}

function remarkOn(figures: ByContender): string | undefined {
  const proxies = [figures.floor, figures.sluice].filter((each) => each !== undefined);
  const remarks = [
    proxies.some(rigWasLimit) ? "the rig was the limit" : "",
    proxies.some(machineWasBusy) ? "others used the cores" : "",
  ].filter((remark) => remark !== "");
  return remarks.length > 0 ? remarks.join(", ") : undefined;
}

/** Figures that are compared between runs: shares of the floor where possible, for they mean the same on every machine. */
const watched: readonly { about: Scenario["about"]; figure: FigureName; share: boolean; better: "higher" | "lower" }[] =
  [
    { about: "requests", figure: "requestsPerSecond", share: true, better: "higher" },
    { about: "frames", figure: "framesPerCpuSecond", share: true, better: "higher" },
    { about: "delay", figure: "framesPerCpuSecond", share: true, better: "higher" },
    { about: "start", figure: "startMs", share: false, better: "lower" },
  ];

/** `<scenario>/<figure>` to its accepted value. */
export type Baseline = { machine: string; figures: { [key: string]: number } };

function watchedValues(scenario: Scenario, figures: ByContender) {
  return watched
    .filter(({ about }) => about === scenario.about)
    .map(({ figure, share, better }) => ({
      key: `${scenario.id}/${figure}`,
      text: share ? `${figure}, as a share of the floor's, against the baseline` : `${figure} against the baseline`,
      value: share ? ratio(figures, figure) : of(figures, "sluice", figure),
      better,
    }));
}

/** What this run would leave as a baseline, on top of the scenarios of an earlier one that it did not run. */
export function toBaseline(options: {
  machine: string;
  selected: readonly Scenario[];
  medians: Medians;
  earlier: Baseline | undefined;
}): Baseline {
  const values = options.selected.flatMap((scenario) => watchedValues(scenario, options.medians[scenario.id] ?? {}));
  const measured = values.filter(({ value }) => Number.isFinite(value));
  return {
    machine: options.machine,
    figures: {
      ...options.earlier?.figures,
      ...Object.fromEntries(measured.map(({ key, value }) => [key, Number(value.toFixed(4))])),
    },
  };
}

function againstBaseline(scenario: Scenario, figures: ByContender, baseline: Baseline): Verdict[] {
  return watchedValues(scenario, figures).flatMap(({ key, text, value, better }) => {
    const accepted = baseline.figures[key];
    if (accepted === undefined) return [];
    const limit = better === "higher" ? accepted * (1 - tolerance) : accepted * (1 + tolerance);
    const good = better === "higher" ? ("at least" as const) : ("at most" as const);
    return [judge({ scenario: scenario.id, text, limit, good, value: () => value }, figures)];
  });
}

function errorVerdicts(scenario: Scenario, figures: ByContender): Verdict[] {
  return (Object.keys(figures) as ContenderName[]).flatMap((name) => {
    const value = of(figures, name, "errors");
    if (value === 0) return [];
    return [
      {
        scenario: scenario.id,
        text: `wrong or lost replies of ${name}`,
        value,
        limit: 0,
        good: "at most" as const,
        met: false,
      },
    ];
  });
}

/** Every verdict on the scenarios that were run. */
export function verdicts(selected: readonly Scenario[], medians: Medians, baseline: Baseline | undefined): Verdict[] {
  return selected.flatMap((scenario) => {
    const figures = medians[scenario.id] ?? {};
    const remark = remarkOn(figures);
    const judged = [
      ...targets.filter((target) => target.scenario === scenario.id).map((target) => judge(target, figures)),
      ...(baseline ? againstBaseline(scenario, figures, baseline) : []),
      ...errorVerdicts(scenario, figures),
    ];
    return remark === undefined ? judged : judged.map((verdict) => ({ ...verdict, remark }));
  });
}
