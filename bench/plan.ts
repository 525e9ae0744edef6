// What the parts of the rig tell each other: the plan that a load generator gets and the result that it prints.
import type { Summary } from "./statistics.ts";

/** Where the fake upstream tells how often it was called, as `{calls}`. */
export const countsPath = "/bench/calls";

/** The wire languages that the fake upstream speaks. */
export type Shape = "chat" | "messages" | "responses" | "gemini" | "converse" | "cohere";
/** Those that Sluice serves. */
export type ClientShape = Exclude<Shape, "converse" | "cohere">;

export type RequestSpec = {
  shape: Shape;
  model: string;
  /** Size of the JSON body. */
  bodyBytes: number;
  stream: boolean;
  /** Of all requests of the group, as clients send it in `x-session-id`. */
  session?: string;
};

/** `closed`: the next request follows its reply. `every`: one request at a fixed interval over the whole group. `once`: one per connection. */
export type Pace = { kind: "closed" } | { kind: "every"; everyMs: number } | { kind: "once" };

/** What a right reply holds; anything else is an error of the contender. */
export type Expectation = {
  /** Length of a whole reply. */
  replyBytes?: number;
  /** Text deltas in a stream. */
  marks?: number;
  /** Text that the end of a stream must hold. */
  terminal?: string;
};

export type GroupPlan = {
  name: string;
  connections: number;
  request: RequestSpec;
  pace: Pace;
  expect: Expectation;
  /** Deltas carry the time at which the upstream wrote them. */
  stamped: boolean;
};

export type LoadPlan = {
  port: number;
  /** PEM file of the certificate to trust; absent: plain TCP. */
  certificateFile?: string;
  warmupMs: number;
  measureMs: number;
  groups: GroupPlan[];
  rigCore: number;
  proxyCore: number;
  upstreamPid: number;
  /** Where the upstream tells how often it was called; absent: nobody asks. */
  countsPort?: number;
  /** Absent when the load goes straight at the upstream. */
  proxyPid?: number;
};

export type GroupResult = {
  name: string;
  /** Requests that were sent in all, before the window and within it. */
  sent: number;
  /** Whole replies within the window. */
  requests: number;
  /** Text deltas within the window. */
  deltas: number;
  /** Reads from the socket within the window: deltas / reads says how much was coalesced on the way. */
  reads: number;
  errors: number;
  /** The first few, in words. */
  errorWords: string[];
  /** Send to end of reply. */
  latencyMs: Summary;
  /** Send to first delta, or to the first byte of a whole reply. */
  firstOutputMs: Summary;
  /** Upstream's write to our read, of stamped deltas. */
  delayMs: Summary;
};

export type LoadResult = {
  /** Length of the window as it really was. */
  seconds: number;
  groups: GroupResult[];
  /** Calls that reached the upstream in all, counted when every request had its answer. NaN where nobody asked. */
  upstreamCalls: number;
  /** All threads, user and system. NaN for `direct`. */
  proxyCpuSeconds: number;
  proxyRssBytes: number;
  proxyPeakRssBytes: number;
  /** Shares of the window, 0 to 1. */
  rigCoreBusy: number;
  proxyCoreBusy: number;
  /** What others than this run's own processes used of each core. */
  rigCoreForeign: number;
  proxyCoreForeign: number;
};
