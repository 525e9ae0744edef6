// From what a generator measured to the named numbers that reports and guards speak of.
import type { LoadResult } from "./plan.ts";
import { median } from "./statistics.ts";

/** Every figure a measurement can give; NaN where it does not apply. */
export type Figures = {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  firstP50Ms: number;
  firstP99Ms: number;
  firstMaxMs: number;
  /** Replies that had their first output within the window. */
  firstOutputs: number;
  delayP50Ms: number;
  delayP99Ms: number;
  delayP999Ms: number;
  framesPerSecond: number;
  framesPerCpuSecond: number;
  cpuSecondsPerMillionFrames: number;
  deltasPerRead: number;
  cpuMicrosPerRequest: number;
  rssMb: number;
  peakRssMb: number;
  /** Shares of a core, 0 to 1. */
  proxyCoreBusy: number;
  rigCoreBusy: number;
  proxyCoreForeign: number;
  rigCoreForeign: number;
  /** Of the groups beside the first one. */
  otherRequestsPerSecond: number;
  otherP99Ms: number;
  otherFirstP99Ms: number;
  /** Calls that the upstream got on top of the requests, as a share of those of the first group, warm-up included. */
  extraCalls: number;
  startMs: number;
  errors: number;
};

export type FigureName = keyof Figures;

const nothing: Figures = {
  requestsPerSecond: Number.NaN,
  p50Ms: Number.NaN,
  p99Ms: Number.NaN,
  p999Ms: Number.NaN,
  firstP50Ms: Number.NaN,
  firstP99Ms: Number.NaN,
  firstMaxMs: Number.NaN,
  firstOutputs: Number.NaN,
  delayP50Ms: Number.NaN,
  delayP99Ms: Number.NaN,
  delayP999Ms: Number.NaN,
  framesPerSecond: Number.NaN,
  framesPerCpuSecond: Number.NaN,
  cpuSecondsPerMillionFrames: Number.NaN,
  deltasPerRead: Number.NaN,
  cpuMicrosPerRequest: Number.NaN,
  rssMb: Number.NaN,
  peakRssMb: Number.NaN,
  proxyCoreBusy: Number.NaN,
  rigCoreBusy: Number.NaN,
  proxyCoreForeign: Number.NaN,
  rigCoreForeign: Number.NaN,
  otherRequestsPerSecond: Number.NaN,
  otherP99Ms: Number.NaN,
  otherFirstP99Ms: Number.NaN,
  extraCalls: Number.NaN,
  startMs: Number.NaN,
  errors: 0,
};

const bytesPerMegabyte = 1024 * 1024;

/**
 * Reads one result. `framesPerDelta` says how many frames the upstream writes for each text delta of the stream, its opening and closing
 * frames included, so that streams cut by the ends of the window count in part; NaN where replies are whole.
 */
export function figuresOf(result: LoadResult, framesPerDelta: number): Figures {
  const [group, ...others] = result.groups;
  if (!group) throw new Error("a load without groups");
  const { seconds, proxyCpuSeconds } = result;
  const frames = group.deltas * framesPerDelta;
  return {
    ...nothing,
    requestsPerSecond: group.requests / seconds,
    p50Ms: group.latencyMs.p50,
    p99Ms: group.latencyMs.p99,
    p999Ms: group.latencyMs.p999,
    firstP50Ms: group.firstOutputMs.p50,
    firstP99Ms: group.firstOutputMs.p99,
    firstMaxMs: group.firstOutputMs.max,
    firstOutputs: group.firstOutputMs.count,
    delayP50Ms: group.delayMs.p50,
    delayP99Ms: group.delayMs.p99,
    delayP999Ms: group.delayMs.p999,
    framesPerSecond: frames / seconds,
    framesPerCpuSecond: frames / proxyCpuSeconds,
    cpuSecondsPerMillionFrames: (proxyCpuSeconds / frames) * 1e6,
    deltasPerRead: Number.isNaN(framesPerDelta) ? Number.NaN : group.deltas / group.reads,
    cpuMicrosPerRequest: (proxyCpuSeconds / group.requests) * 1e6,
    rssMb: result.proxyRssBytes / bytesPerMegabyte,
    peakRssMb: result.proxyPeakRssBytes / bytesPerMegabyte,
    proxyCoreBusy: result.proxyCoreBusy,
    rigCoreBusy: result.rigCoreBusy,
    proxyCoreForeign: result.proxyCoreForeign,
    rigCoreForeign: result.rigCoreForeign,
    otherRequestsPerSecond:
      others.length > 0 ? others.reduce((sum, other) => sum + other.requests, 0) / seconds : Number.NaN,
    otherP99Ms: others[0]?.latencyMs.p99 ?? Number.NaN,
    otherFirstP99Ms: others[0]?.firstOutputMs.p99 ?? Number.NaN,
    extraCalls: (result.upstreamCalls - result.groups.reduce((sum, { sent }) => sum + sent, 0)) / group.sent,
    errors: result.groups.reduce((sum, each) => sum + each.errors, 0),
  };
}

export function startFigures(startMs: number): Figures {
  return { ...nothing, startMs };
}

/** The median of each figure over the rounds; errors are added up, for none of them may be outvoted. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const names = Object.keys(nothing) as FigureName[];
  const medians = { ...nothing };
  for (const name of names) medians[name] = median(rounds.map((round) => round[name]));
  medians.errors = rounds.reduce((sum, round) => sum + round.errors, 0);
  return medians;
}
