// The generator and the fake upstream against each other: the rig measures nothing if it cannot tell right from wrong.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { GroupPlan, GroupResult, LoadPlan, LoadResult, Shape } from "../../bench/plan.ts";
import { marksPerStream, scripts } from "../../bench/scripts.ts";
import { modelName, wholeReply } from "../../bench/wire.ts";

const bench = join(import.meta.dir, "../../bench");
const spawnUpstream = () =>
  Bun.spawn([process.execPath, join(bench, "upstream.ts")], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });

let upstream: ReturnType<typeof spawnUpstream>;
let port = 0;

beforeAll(async () => {
  upstream = spawnUpstream();
  const { value } = await upstream.stdout.getReader().read();
  port = (JSON.parse(new TextDecoder().decode(value)) as { port: number }).port;
});

afterAll(async () => {
  upstream.stdin.end();
  await upstream.exited;
});

async function runAll(group: GroupPlan, more: Partial<LoadPlan> = {}): Promise<LoadResult> {
  const common = { port, warmupMs: 20, measureMs: 200, rigCore: 0, proxyCore: 0, upstreamPid: upstream.pid };
  const plan: LoadPlan = { ...common, groups: [group], ...more };
  const child = Bun.spawn([process.execPath, join(bench, "load.ts"), JSON.stringify(plan)], { stdout: "pipe" });
  return JSON.parse(await new Response(child.stdout).text()) as LoadResult;
}

async function run(group: GroupPlan): Promise<GroupResult> {
  const [first] = (await runAll(group)).groups;
  if (!first) throw new Error("no result");
  return first;
}

const whole = (bodyBytes: number): GroupPlan => ({
  name: "whole",
  connections: 3,
  request: { shape: "chat", model: modelName("chat", { kind: "whole" }), bodyBytes, stream: false },
  pace: { kind: "closed" },
  expect: { replyBytes: Buffer.byteLength(wholeReply("chat")) },
  stamped: false,
});

const burst = (shape: Shape): GroupPlan => ({
  name: "burst",
  connections: 3,
  request: { shape, model: modelName(shape, { kind: "burst" }), bodyBytes: 1024, stream: true },
  pace: { kind: "closed" },
  expect: { marks: marksPerStream(shape, shape), terminal: scripts[shape].terminal },
  stamped: false,
});

describe("the rig", () => {
  test.each([1024, 1024 * 1024])("gets right replies to bodies of %d bytes, one after the other", async (bodyBytes) => {
    const { requests, errors, errorWords, latencyMs } = await run(whole(bodyBytes));
    expect({ errors, errorWords }).toEqual({ errors: 0, errorWords: [] });
    expect(requests).toBeGreaterThan(0);
    expect(latencyMs.count).toBe(requests);
  });

  test.each(Object.keys(scripts) as Shape[])("gets whole %s streams", async (shape) => {
    const { requests, errors, deltas } = await run(burst(shape));
    expect(errors).toBe(0);
    expect(requests).toBeGreaterThan(0);
    expect(deltas).toBeGreaterThan(0);
  });

  test("reads the stamps of paced streams by the clock they were written with, up to the end of the stream", async () => {
    const pace = { periodMs: 5, deltas: 4 };
    const { requests, errors, deltas, delayMs } = await run({
      ...burst("chat"),
      request: { ...burst("chat").request, model: modelName("chat", { kind: "paced", ...pace }) },
      expect: { marks: pace.deltas, terminal: scripts.chat.terminal },
      stamped: true,
    });
    expect(errors).toBe(0);
    expect(requests).toBeGreaterThan(0);
    expect(delayMs.count).toBe(deltas);
    expect(delayMs.p50).toBeGreaterThanOrEqual(0);
  });

  test("counts what reached the upstream up to the last answer, the late ones included", async () => {
    const waits = { kind: "bimodal", fastMs: 1, slowMs: 400, slowPercent: 20 } as const;
    const { groups, upstreamCalls } = await runAll(
      {
        ...burst("chat"),
        connections: 20,
        request: { ...burst("chat").request, model: modelName("chat", waits) },
        pace: { kind: "every", everyMs: 5 },
        expect: { marks: 1, terminal: scripts.chat.terminal },
      },
      { countsPort: port },
    );
    const [group] = groups;
    expect(group?.errors).toBe(0);
    expect(group?.sent).toBeGreaterThan(group?.requests ?? 0);
    expect(upstreamCalls).toBe(group?.sent ?? 0);
  });

  test("counts a reply that is not the expected one as an error, not as a request", async () => {
    const { requests, errors, errorWords } = await run({ ...whole(1024), expect: { replyBytes: 1 } });
    expect(requests).toBe(0);
    expect(errors).toBeGreaterThan(0);
    expect(errorWords[0]).toContain("bytes, not 1");
  });

  test("counts a stream without its terminal marker as an error", async () => {
    const { errorWords } = await run({ ...burst("chat"), expect: { terminal: "message_stop" } });
    expect(errorWords[0]).toBe("no message_stop at the end");
  });
});
