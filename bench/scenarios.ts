// What is measured: one row per scenario, the same for every contender.
import type { ClientShape, GroupPlan, Shape } from "./plan.ts";
import { marksPerStream, scripts } from "./scripts.ts";
import { agentName, bimodal, chatOnlyVendor, hedgedName, modelName, wholeReply } from "./wire.ts";

export const contenderNames = ["direct", "floor", "sluice"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Milliseconds before and within the window of one measurement. */
export type Timing = { warmupMs: number; measureMs: number };

export type Scenario = {
  /** `<kind>-<size>-<connections>`; `--only` takes an id or the start of one. */
  id: string;
  title: string;
  /** The upstream is called over TLS. */
  tls: boolean;
  /** What the figures of the report are about. */
  about: "requests" | "frames" | "delay" | "delay beside bodies" | "first output" | "second requests" | "start";
  /** Empty for the start of the binary, which needs no load. The first group is the one that is reported. */
  groups(contender: ContenderName, timing: Timing): GroupPlan[];
};

const kilobyte = 1024;
const sizes = [
  { name: "1kb", title: "1 KB", bodyBytes: kilobyte },
  { name: "100kb", title: "100 KB", bodyBytes: 100 * kilobyte },
  { name: "1mb", title: "1 MB", bodyBytes: 1024 * kilobyte },
] as const;
const connectionCounts = [1, 16, 64, 256] as const;

const tlsConnections = 200;
const burstConnections = 16;
const pacedStreams = 1000;
const watchedStreams = 100;
const framePeriodMs = 20;
const slowFramePeriodMs = 1000;
/** Twenty bodies of 1 MB a second: often enough that at least every tenth frame meets one, too few to fill a core. */
const bodyEveryMs = 50;
const bodyConnections = 8;

const chat = "chat";

function wholeGroup(options: { name: string; connections: number; bodyBytes: number }): GroupPlan {
  return {
    name: options.name,
    connections: options.connections,
    request: { shape: chat, model: modelName(chat, { kind: "whole" }), bodyBytes: options.bodyBytes, stream: false },
    pace: { kind: "closed" },
    expect: { replyBytes: Buffer.byteLength(wholeReply(chat)) },
    stamped: false,
  };
}

type Pair = { client: ClientShape; upstream: Shape };

/** Floor and direct path pass what the upstream speaks: only Sluice can be asked in the client's language. */
function burstGroup({ client, upstream }: Pair, contender: ContenderName): GroupPlan {
  const shape = contender === "sluice" ? client : upstream;
  const needsChatOnly = upstream === "chat" && client !== "chat";
  const model = modelName(upstream, { kind: "burst" }, needsChatOnly ? chatOnlyVendor : undefined);
  return {
    name: "streams",
    connections: burstConnections,
    request: { shape, model, bodyBytes: kilobyte, stream: true },
    pace: { kind: "closed" },
    expect: { marks: marksPerStream(upstream, shape), terminal: scripts[shape].terminal },
    stamped: false,
  };
}

const clientShapes: readonly ClientShape[] = ["chat", "messages", "responses", "gemini"];
const upstreamShapes = Object.keys(scripts) as Shape[];

/** Every client language over every upstream language but its own. */
export const pairs: readonly Pair[] = clientShapes.flatMap((client) =>
  upstreamShapes.filter((upstream) => upstream !== client).map((upstream) => ({ client, upstream })),
);

export const pairId = ({ client, upstream }: Pair) => `pair-${client}-${upstream}`;

const pairScenarios: Scenario[] = pairs.map((pair) => ({
  id: pairId(pair),
  title: `streaming translated, ${pair.upstream} upstream to ${pair.client} client, 100 frames with a flush each, ${burstConnections} connections`,
  tls: false,
  about: "frames",
  groups: (contender) => [burstGroup(pair, contender)],
}));

/** Streams that outlast the window. */
function pacedGroup(options: { connections: number; periodMs: number; timing: Timing; once: boolean }): GroupPlan {
  const { periodMs, timing } = options;
  const deltas = Math.ceil((2 * (timing.warmupMs + timing.measureMs)) / periodMs) + 10;
  return {
    name: "streams",
    connections: options.connections,
    request: {
      shape: chat,
      model: modelName(chat, { kind: "paced", periodMs, deltas }),
      bodyBytes: kilobyte,
      stream: true,
    },
    pace: options.once ? { kind: "once" } : { kind: "closed" },
    expect: { marks: deltas, terminal: scripts[chat].terminal },
    stamped: true,
  };
}

const wholeScenarios: Scenario[] = sizes.flatMap(({ name, title, bodyBytes }) =>
  connectionCounts.map((connections) => ({
    id: `whole-${name}-${connections}`,
    title: `non-streaming, ${title} bodies, ${connections} connection${connections === 1 ? "" : "s"}`,
    tls: false,
    about: "requests" as const,
    groups: () => [wholeGroup({ name: "requests", connections, bodyBytes })],
  })),
);

/** At a fixed rate, so that late answers do not thin out the requests. */
const bimodalEveryMs = 8;
/** More than are under way together when one in twenty takes a second. */
const bimodalConnections = 60;

function bimodalGroup(name: string, model: string): GroupPlan {
  return {
    name,
    connections: bimodalConnections,
    request: { shape: chat, model, bodyBytes: kilobyte, stream: true },
    pace: { kind: "every", everyMs: bimodalEveryMs },
    expect: { marks: 1, terminal: scripts[chat].terminal },
    stamped: false,
  };
}

/** Both groups run at once: what differs is the second request alone. */
const hedgeScenario: Scenario = {
  id: "hedge-bimodal",
  title: `first token after ${bimodal.fastMs} ms, for ${bimodal.slowPercent} in a hundred after ${bimodal.slowMs}: with a second request where it is late, and without, ${1000 / bimodalEveryMs} a second each`,
  tls: false,
  about: "second requests",
  groups: (contender) => {
    const plain = modelName(chat, bimodal);
    return [bimodalGroup("hedged", contender === "sluice" ? hedgedName : plain), bimodalGroup("plain", plain)];
  },
};

/** The same load as `whole-1kb-16`: what differs is what planning, sessions and health cost. */
const agentScenario: Scenario = {
  id: "agent-1kb-16",
  title: "non-streaming, 1 KB bodies, 16 connections, through an agent of three targets, in a session",
  tls: false,
  about: "requests",
  groups: (contender) => {
    const group = wholeGroup({ name: "requests", connections: 16, bodyBytes: kilobyte });
    if (contender !== "sluice") return [group];
    return [{ ...group, request: { ...group.request, model: agentName, session: "bench-session" } }];
  },
};

export const scenarios: readonly Scenario[] = [
  ...wholeScenarios,
  agentScenario,
  {
    id: "stream-native",
    title: `streaming as is, 100 frames with a flush each, ${burstConnections} connections`,
    tls: false,
    about: "frames",
    groups: (contender) => [burstGroup({ client: chat, upstream: chat }, contender)],
  },
  {
    id: "stream-translated",
    title: `streaming translated (Messages upstream, Chat client), 100 frames with a flush each, ${burstConnections} connections`,
    tls: false,
    about: "frames",
    groups: (contender) => [burstGroup({ client: chat, upstream: "messages" }, contender)],
  },
  ...pairScenarios,
  {
    id: "tls-200",
    title: `TLS upstream, 1 KB bodies, ${tlsConnections} connections (the floor has one TLS context)`,
    tls: true,
    about: "requests",
    groups: () => [wholeGroup({ name: "requests", connections: tlsConnections, bodyBytes: kilobyte })],
  },
  {
    id: "paced-1000",
    title: `${pacedStreams} streams, ${framePeriodMs} ms between frames`,
    tls: false,
    about: "delay",
    groups: (_contender, timing) => [
      pacedGroup({ connections: pacedStreams, periodMs: framePeriodMs, timing, once: false }),
    ],
  },
  {
    id: "paced-100-bodies",
    title: `${watchedStreams} streams, ${framePeriodMs} ms between frames, while 1 MB bodies arrive (${1000 / bodyEveryMs} a second)`,
    tls: false,
    about: "delay beside bodies",
    groups: (_contender, timing) => [
      pacedGroup({ connections: watchedStreams, periodMs: framePeriodMs, timing, once: false }),
      {
        ...wholeGroup({ name: "bodies", connections: bodyConnections, bodyBytes: 1024 * kilobyte }),
        pace: { kind: "every", everyMs: bodyEveryMs },
      },
    ],
  },
  {
    id: "first-frame-1000",
    title: `${pacedStreams} streams at once, a frame a second: when each gets its first frame`,
    tls: false,
    about: "first output",
    groups: (_contender, timing) => [
      pacedGroup({ connections: pacedStreams, periodMs: slowFramePeriodMs, timing, once: true }),
    ],
  },
  hedgeScenario,
  {
    id: "start",
    title: "start of the process to its first 200 on /health",
    tls: false,
    about: "start",
    groups: () => [],
  },
];

/** The scenarios that `--only` asks for; all of them without it. */
export function selectScenarios(only: readonly string[]): Scenario[] {
  return scenarios.filter(
    ({ id }) => only.length === 0 || only.some((wanted) => id === wanted || id.startsWith(`${wanted}-`)),
  );
}
