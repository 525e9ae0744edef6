// The load generator: one process, raw TCP, requests built beforehand, every reply checked. Takes a plan, prints a result.
import type { Socket } from "bun";
import { openClock } from "./clock.ts";
import { type CoreTime, coreTime, cpuSeconds, memory, resetPeak } from "./meters.ts";
import { countsPath, type GroupPlan, type GroupResult, type LoadPlan, type LoadResult, type Shape } from "./plan.ts";
import { ReplyReader } from "./reply.ts";
import { Samples } from "./statistics.ts";
import { requestBody } from "./wire.ts";

/** A contender that fails this often is not worth waiting for. */
const mostErrors = 1000;
const mostErrorWords = 3;
/** Below the accept queue of every contender (Bun asks for 512): a dropped SYN would come back a second later and be measured. */
const connectsAtOnce = 64;
const mostDrainMs = 10_000;
const drainPollMs = 10;

/** Where a request goes: at Sluice, and with the model as the provider knows it at the upstream. */
const paths: { readonly [shape in Shape]: (model: string) => string } = {
  chat: () => "/v1/chat/completions",
  messages: () => "/v1/messages",
  responses: () => "/v1/responses",
  gemini: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  converse: (model) => `/model/${model.slice(model.indexOf("/") + 1)}/converse-stream`,
  cohere: () => "/v2/chat",
};

function requestBytes(plan: GroupPlan, port: number): Buffer {
  const text = requestBody(plan.request);
  const head = [
    `POST ${paths[plan.request.shape](plan.request.model)} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "User-Agent: sluice-bench",
    "Accept: application/json",
    "Content-Type: application/json",
    "Authorization: Bearer bench",
    ...(plan.request.shape === "messages" ? ["anthropic-version: 2023-06-01", "x-api-key: bench"] : []),
    ...(plan.request.session === undefined ? [] : [`X-Session-Id: ${plan.request.session}`]),
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}`);
}

/** One connection. */
type Lane = {
  group: Group;
  reader: ReplyReader;
  socket: Socket<Lane> | undefined;
  sentAtMs: number;
  firstAtMs: number;
  /** Bytes of the request that the kernel has taken. */
  written: number;
  waiting: boolean;
};

/** Connections that do the same, and what came of it. */
class Group {
  readonly lanes: Lane[] = [];
  readonly latency = new Samples();
  readonly firstOutput = new Samples();
  readonly delay = new Samples();
  readonly errorWords: string[] = [];
  readonly bytes: Buffer;
  measuring = false;
  stopped = false;
  draining = false;
  sent = 0;
  requests = 0;
  deltas = 0;
  reads = 0;
  errors = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly plan: GroupPlan,
    readonly load: LoadPlan,
    readonly nowMs: () => number,
  ) {
    this.bytes = requestBytes(plan, load.port);
    for (let index = 0; index < plan.connections; index += 1) this.lanes.push(this.#openLane());
  }

  start(): void {
    const { pace } = this.plan;
    if (pace.kind !== "every") {
      for (const lane of this.lanes) this.send(lane);
      return;
    }
    this.#timer = setInterval(() => {
      const idle = this.lanes.find((lane) => !lane.waiting);
      if (idle) this.send(idle);
    }, pace.everyMs);
  }

  /** Sends nothing more; resolves when every answer has come, or when none is worth waiting for. */
  async drain(): Promise<void> {
    this.draining = true;
    clearInterval(this.#timer);
    const lateMs = this.nowMs() + mostDrainMs;
    while (this.lanes.some((lane) => lane.waiting) && this.nowMs() < lateMs) await Bun.sleep(drainPollMs);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.#timer);
    for (const lane of this.lanes) lane.socket?.terminate();
  }

  send(lane: Lane): void {
    this.sent += 1;
    lane.reader.reset();
    lane.sentAtMs = this.nowMs();
    lane.firstAtMs = 0;
    lane.written = 0;
    lane.waiting = true;
    this.write(lane);
  }

  write(lane: Lane): void {
    if (!lane.waiting || lane.written >= this.bytes.length) return;
    const taken = lane.socket?.write(this.bytes, lane.written, this.bytes.length - lane.written) ?? 0;
    if (taken > 0) lane.written += taken;
  }

  receive(lane: Lane, chunk: Buffer): void {
    const { reader } = lane;
    const marksBefore = reader.marks;
    const whole = reader.read(chunk);
    if (this.measuring) {
      this.reads += 1;
      this.deltas += reader.marks - marksBefore;
    }
    if (lane.firstAtMs === 0 && (reader.marks > 0 || !this.plan.request.stream)) this.#noteFirst(lane);
    if (whole) this.#finish(lane);
  }

  fail(words: string): void {
    if (this.stopped) return;
    this.errors += 1;
    if (this.errorWords.length < mostErrorWords) this.errorWords.push(words);
  }

  /** A connection that closes between two replies is a contender's right, but costs a round: it counts as an error all the same. */
  lost(lane: Lane): void {
    this.fail(`connection closed after ${lane.reader.bodyBytes} bytes of a reply`);
    lane.socket = undefined;
    if (this.stopped || this.errors > mostErrors || this.plan.pace.kind === "once") return;
    lane.waiting = false;
    void connect(lane).then(
      () => this.plan.pace.kind === "closed" && this.send(lane),
      (error) => this.fail(`connect: ${String(error)}`),
    );
  }

  result(): GroupResult {
    return {
      name: this.plan.name,
      sent: this.sent,
      requests: this.requests,
      deltas: this.deltas,
      reads: this.reads,
      errors: this.errors,
      errorWords: this.errorWords,
      latencyMs: this.latency.summary(),
      firstOutputMs: this.firstOutput.summary(),
      delayMs: this.delay.summary(),
    };
  }

  #openLane(): Lane {
    const { terminal, marks } = this.plan.expect;
    const reader = new ReplyReader(terminal, marks);
    if (this.plan.stamped) {
      reader.onStamp = (stampMs) => {
        if (this.measuring) this.delay.add(this.nowMs() - stampMs);
      };
    }
    return { group: this, reader, socket: undefined, sentAtMs: 0, firstAtMs: 0, written: 0, waiting: false };
  }

  #noteFirst(lane: Lane): void {
    lane.firstAtMs = this.nowMs();
    if (this.measuring) this.firstOutput.add(lane.firstAtMs - lane.sentAtMs);
  }

  #finish(lane: Lane): void {
    const wrong = this.#whatIsWrong(lane.reader);
    if (wrong) this.fail(wrong);
    else if (this.measuring) {
      this.requests += 1;
      this.latency.add(this.nowMs() - lane.sentAtMs);
    }
    lane.waiting = false;
    if (lane.reader.broken) lane.socket?.terminate();
    else if (this.plan.pace.kind === "closed" && !this.draining && !this.stopped && this.errors <= mostErrors) {
      this.send(lane);
    }
  }

  #whatIsWrong(reader: ReplyReader): string | undefined {
    const { replyBytes, marks, terminal } = this.plan.expect;
    if (reader.broken) return "a reply that is not framed as HTTP/1.1 wants";
    if (reader.status !== 200) return `status ${reader.status}`;
    if (replyBytes !== undefined && reader.bodyBytes !== replyBytes)
      return `${reader.bodyBytes} bytes, not ${replyBytes}`;
    if (marks !== undefined && reader.marks !== marks) return `${reader.marks} deltas, not ${marks}`;
    if (terminal !== undefined && !reader.terminalSeen) return `no ${terminal} at the end`;
    return undefined;
  }
}

function connect(lane: Lane): Promise<void> {
  const { port, certificateFile } = lane.group.load;
  return new Promise((resolve, reject) => {
    Bun.connect<Lane>({
      hostname: "127.0.0.1",
      port,
      data: lane,
      ...(certificateFile ? { tls: { ca: Bun.file(certificateFile) } } : {}),
      socket: {
        open(socket) {
          socket.setNoDelay(true);
          lane.socket = socket;
          resolve();
        },
        data: (_socket, bytes) => lane.group.receive(lane, bytes),
        drain: () => lane.group.write(lane),
        close: () => lane.group.lost(lane),
        error: (_socket, error) => lane.group.fail(String(error)),
        connectError: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

async function connectAll(lanes: readonly Lane[]): Promise<void> {
  for (let from = 0; from < lanes.length; from += connectsAtOnce) {
    await Promise.all(lanes.slice(from, from + connectsAtOnce).map(connect));
  }
}

async function upstreamCalls(port: number | undefined): Promise<number> {
  if (port === undefined) return Number.NaN;
  const { calls } = (await (await fetch(`http://127.0.0.1:${port}${countsPath}`)).json()) as { calls: number };
  return calls;
}

type Reading = { atMs: number; proxy: number; ours: number; rig: CoreTime; proxyCore: CoreTime };

function takeReading(plan: LoadPlan, nowMs: () => number): Reading {
  return {
    atMs: nowMs(),
    proxy: plan.proxyPid === undefined ? Number.NaN : cpuSeconds(plan.proxyPid),
    ours: cpuSeconds(plan.upstreamPid) + cpuSeconds(process.pid),
    rig: coreTime(plan.rigCore),
    proxyCore: coreTime(plan.proxyCore),
  };
}

function share(before: CoreTime, after: CoreTime): number {
  return (after.busySeconds - before.busySeconds) / (after.totalSeconds - before.totalSeconds);
}

type Window = { before: Reading; after: Reading; calls: number };

function evaluate(plan: LoadPlan, groups: readonly Group[], window: Window): LoadResult {
  const { before, after, calls } = window;
  const seconds = (after.atMs - before.atMs) / 1000;
  const proxyCpuSeconds = after.proxy - before.proxy;
  const rigCoreBusy = share(before.rig, after.rig);
  const proxyCoreBusy = share(before.proxyCore, after.proxyCore);
  const { rssBytes, peakRssBytes } =
    plan.proxyPid === undefined ? { rssBytes: Number.NaN, peakRssBytes: Number.NaN } : memory(plan.proxyPid);
  return {
    seconds,
    groups: groups.map((group) => group.result()),
    upstreamCalls: calls,
    proxyCpuSeconds,
    proxyRssBytes: rssBytes,
    proxyPeakRssBytes: peakRssBytes,
    rigCoreBusy,
    proxyCoreBusy,
    rigCoreForeign: Math.max(0, rigCoreBusy - (after.ours - before.ours) / seconds),
    proxyCoreForeign: Math.max(0, proxyCoreBusy - (Number.isNaN(proxyCpuSeconds) ? 0 : proxyCpuSeconds) / seconds),
  };
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const nowMs = openClock();
  const groups = plan.groups.map((group) => new Group(group, plan, nowMs));
  await connectAll(groups.flatMap((group) => group.lanes));
  const callsBefore = await upstreamCalls(plan.countsPort);
  const once = plan.groups.some((group) => group.pace.kind === "once");
  if (!once) {
    for (const group of groups) group.start();
    await Bun.sleep(plan.warmupMs);
  }
  if (plan.proxyPid !== undefined) resetPeak(plan.proxyPid);
  const before = takeReading(plan, nowMs);
  for (const group of groups) group.measuring = true;
  // A group that sends once has nothing to warm up with: its requests belong to the window.
  if (once) for (const group of groups) group.start();
  await Bun.sleep(plan.measureMs);
  for (const group of groups) group.measuring = false;
  const after = takeReading(plan, nowMs);
  if (plan.countsPort !== undefined) await Promise.all(groups.map((group) => group.drain()));
  const calls = (await upstreamCalls(plan.countsPort)) - callsBefore;
  for (const group of groups) group.stop();
  return evaluate(plan, groups, { before, after, calls });
}

const result = await run(JSON.parse(process.argv[2] ?? "{}") as LoadPlan);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
