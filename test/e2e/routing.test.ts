// The executable's promises about providers that fail, under more requests at once than one process's fetch allows: who is asked how often.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openaiWire as wire } from "../exchange/wires.ts";
import { type Running, startGateway } from "../support/binary.ts";
import { jsonReply, type Step } from "../support/fake-upstream.ts";
import { type ModelHost, openModelHost } from "../support/gateway.ts";
import type { LoadLine, LoadPlan } from "./load.ts";

const whole = jsonReply(wire.whole);
const failing = jsonReply(wire.errorBody(500, "it failed"), 500);
const key = "k";
const pair = JSON.stringify([
  { source: "pair", strategy: "fallback", targets: ["mistral/model-1", "mistral-east/model-1"] },
]);

/** `one` alone is `mistral/model-1`; with `two` behind it, it is `pair`. */
function start(hosts: { one: ModelHost; two?: ModelHost }, more: { [name: string]: string } = {}): Promise<Running> {
  const { one, two } = hosts;
  return startGateway({
    MISTRAL_API_KEY: key,
    MISTRAL_BASE_URL: one.url,
    ...(two && { MISTRAL_EAST_API_KEY: key, MISTRAL_EAST_BASE_URL: two.url, VIRTUAL_MODELS: pair }),
    ...more,
  });
}

const bodyFor = (model: string) => JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] });

type Load = {
  /** By what came: how often. */
  outcomes: { [outcome: string]: number };
  /** Resolves when so many of this outcome have come. */
  until(outcome: string, count: number): Promise<void>;
  /** Resolves at the end with the requests that were sent in a second. */
  ended: Promise<number>;
};

/** Nothing of the test's own process bounds what is in flight: Bun's fetch stops at 256 otherwise. */
function startLoad(binary: Running, model: string, plan: Pick<LoadPlan, "count" | "perSecond">): Load {
  const given: LoadPlan = { url: `${binary.origin}/v1/chat/completions`, body: bodyFor(model), ...plan };
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts"), JSON.stringify(given)], {
    env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" },
    stdout: "pipe",
    stderr: "inherit",
  });
  const outcomes: Load["outcomes"] = {};
  const waiting: { outcome: string; count: number; resolve: () => void }[] = [];
  const take = (line: LoadLine): number => {
    if ("sentInSeconds" in line) return plan.count / line.sentInSeconds;
    const count = (outcomes[line.outcome] ?? 0) + 1;
    outcomes[line.outcome] = count;
    for (const one of waiting) if (one.outcome === line.outcome && one.count === count) one.resolve();
    return Number.NaN;
  };
  const read = async () => {
    let text = "";
    let perSecond = Number.NaN;
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      const lines = (text + decoder.decode(bytes, { stream: true })).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) perSecond = take(JSON.parse(line) as LoadLine);
    }
    if ((await child.exited) !== 0) throw new Error("the load did not come to its end");
    return perSecond;
  };
  return {
    outcomes,
    until: (outcome, count) => {
      if ((outcomes[outcome] ?? 0) >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ outcome, count, resolve }));
    },
    ended: read(),
  };
}

type Statsz = { circuit_breakers: { circuits: { [key: string]: { state: string } } } };

async function untilState(binary: Running, state: string): Promise<void> {
  for (;;) {
    const report = (await (await fetch(`${binary.origin}/statsz`)).json()) as Statsz;
    if (report.circuit_breakers.circuits["mistral:model-1:1"]?.state === state) return;
    await Bun.sleep(20);
  }
}

async function statusOf(binary: Running, model: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${binary.origin}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: bodyFor(model),
  });
  await response.text();
  return response.status;
}

describe("five hundred requests at once that meet a half-open breaker", () => {
  const count = 500;
  const threshold = 5;
  const settings = {
    SLUICE_CIRCUIT_BREAKER_FAILURE_THRESHOLD: `${threshold}`,
    SLUICE_CIRCUIT_BREAKER_TIMEOUT: "500ms",
    SLUICE_RETRY_MAX_RETRIES: "0",
  };
  /** Fails until its breaker is open; the answers to what follows wait for the gate. */
  const recovering = (gate: Promise<void>) =>
    openModelHost((_request, index): readonly Step[] => (index < threshold ? failing : [{ waitFor: gate }, ...whole]));

  test("are one probe; the others are told of the failure while it is out, and the next one is answered", async () => {
    const gate = Promise.withResolvers<void>();
    await using one = await recovering(gate.promise);
    await using binary = await start({ one }, settings);
    for (let index = 0; index < threshold; index++) expect(await statusOf(binary, "mistral/model-1")).toBe(502);
    await untilState(binary, "half_open");
    const load = startLoad(binary, "mistral/model-1", { count });
    await load.until("error 502", count - 1);
    expect(one.calls.length).toBe(threshold + 1);
    gate.resolve();
    await load.ended;
    expect(load.outcomes).toEqual({ answer: 1, "error 502": count - 1 });
    expect(one.calls.length).toBe(threshold + 1);
    expect(await statusOf(binary, "mistral/model-1")).toBe(200);
  });

  test("are one probe; the others are answered by the second target, all five hundred in flight together", async () => {
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using one = await recovering(gate.promise);
    await using two = await openModelHost((_request, index) => {
      // While the breaker opens the second one answers at once, later only when all are there.
      if (index < threshold) return whole;
      if (index === threshold + count - 2) arrived.resolve();
      return [{ waitFor: arrived.promise }, ...whole];
    });
    await using binary = await start({ one, two }, settings);
    for (let index = 0; index < threshold; index++) expect(await statusOf(binary, "pair")).toBe(200);
    await untilState(binary, "half_open");
    const load = startLoad(binary, "pair", { count });
    await load.until("answer", count - 1);
    gate.resolve();
    await load.ended;
    expect(load.outcomes).toEqual({ answer: count });
    expect([one.calls.length, two.calls.length]).toEqual([threshold + 1, threshold + count - 1]);
  });
});

describe("five hundred requests a second, whether answers come or not", () => {
  const plan = { count: 2500, perSecond: 500 };
  const say = (what: string, perSecond: number, calls: number) =>
    console.log(`${what}: ${perSecond.toFixed(0)} requests/s, ${(calls / plan.count).toFixed(3)} calls for each`);

  test.each([
    { breaker: "true", callsMin: 1 },
    // Without a breaker each one is tried, and a fifth of them twice.
    { breaker: "false", callsMin: plan.count * 1.1 },
  ])("at one target that always fails are at most 1.2 calls each: breaker $breaker", async ({ breaker, callsMin }) => {
    await using one = await openModelHost(failing);
    await using binary = await start({ one }, { SLUICE_CIRCUIT_BREAKER_ENABLED: breaker });
    const load = startLoad(binary, "mistral/model-1", plan);
    say(`one failing target, breaker ${breaker}`, await load.ended, one.calls.length);
    expect(load.outcomes).toEqual({ "error 502": plan.count });
    expect(one.calls.length).toBeGreaterThanOrEqual(callsMin);
    expect(one.calls.length).toBeLessThanOrEqual(plan.count * 1.2);
  });

  test.each(["true", "false"])(
    "with a second target that is sound are all answered by it: breaker %s",
    async (breaker) => {
      await using one = await openModelHost(failing);
      await using two = await openModelHost(whole);
      await using binary = await start({ one, two }, { SLUICE_CIRCUIT_BREAKER_ENABLED: breaker });
      const load = startLoad(binary, "pair", plan);
      say(
        `a failing target and a sound one, breaker ${breaker}`,
        await load.ended,
        one.calls.length + two.calls.length,
      );
      expect(load.outcomes).toEqual({ answer: plan.count });
      expect(two.calls.length).toBe(plan.count);
      // Going elsewhere is no repeat: the first is asked once at most, whoever asks.
      expect(one.calls.length).toBeLessThanOrEqual(plan.count);
    },
  );
});
