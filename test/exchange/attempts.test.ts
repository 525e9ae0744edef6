// Repeats, failover, probes, limits and second requests through the whole gateway: how many calls reach a provider, and what clients are told.
import { describe, expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";
import { completeFrames, outcomeOf, question, openaiWire as wire } from "./wires.ts";

const failing = (status: number, message = "it failed", headers: readonly (readonly [string, string])[] = []) =>
  jsonReply(wire.errorBody(status, message), status, headers);
const whole = jsonReply(wire.whole);
const asked = (model: string, stream = false) => ({ ...question(wire, stream), model });
const statusOf = async (gateway: Gateway, model: string) => {
  const response = await gateway.chat(asked(model));
  await response.text();
  return response.status;
};
const pair = (more: object = {}) => ({
  virtual_models: {
    pair: { strategy: "fallback", targets: ["mistral/model-1", "mistral-east/model-1"], ...more },
  },
});

describe("repeats", () => {
  const environment = { SLUICE_RETRY_MAX_RETRIES: "2", SLUICE_RETRY_INITIAL_BACKOFF: "1ms" };

  test("a failure that passes is not seen by the client", async () => {
    await using host = await openModelHost((_request, index) => (index < 2 ? failing(500) : whole));
    await using gateway = await openGateway({ hosts: { MISTRAL: host }, environment });
    const response = await gateway.chat(asked("mistral/model-1"));
    expect([(await outcomeOf(response)).text, host.calls.length]).toEqual(["Hello", 3]);
    expect(response.headers.get("x-sluice-attempts")).toMatch(
      /^3 \(mistral\/model-1#1 upstream_failed \d+ms, mistral\/model-1#1 upstream_failed \d+ms, mistral\/model-1#1 ok \d+ms\)$/,
    );
    const [settlement] = await gateway.settled(1);
    expect(settlement?.["tried"]).toMatchObject([
      { provider: "mistral", model: "model-1", credential: "1", outcome: "upstream_failed" },
      { outcome: "upstream_failed" },
      { outcome: "ok" },
    ]);
  });

  test("are counted at endpoints beside chat as well", async () => {
    const embedded = jsonReply({ object: "list", data: [], model: "m", usage: { prompt_tokens: 1, total_tokens: 1 } });
    await using host = await openModelHost((_request, index) => (index < 2 ? failing(500) : embedded));
    await using gateway = await openGateway({ hosts: { MISTRAL: host }, environment });
    const body = JSON.stringify({ model: "mistral/e", input: "a" });
    const response = await fetch(`${gateway.url}/v1/embeddings`, { method: "POST", body });
    expect([response.status, host.calls.length]).toEqual([200, 3]);
    const stats = (await (await fetch(`${gateway.url}/statsz`)).json()) as { counters: object };
    expect(stats.counters).toMatchObject({ repeats: 2 });
  });

  test("a client's own fault, a refused key and a timeout are told at once", async () => {
    for (const [status, told] of [
      [400, 400],
      [404, 404],
      [401, 502],
      [504, 504],
    ] as const) {
      await using host = await openModelHost(failing(status));
      await using gateway = await openGateway({ hosts: { MISTRAL: host }, environment });
      expect([await statusOf(gateway, "mistral/model-1"), host.calls.length]).toEqual([told, 1]);
    }
  });

  test("a stated wait that is short is waited for, a long one is the client's", async () => {
    const clock = openFakeClock();
    await using host = await openModelHost((_request, index) =>
      index === 0 ? failing(429, "slow down", [["Retry-After", "2"]]) : whole,
    );
    await using gateway = await openGateway({
      hosts: { MISTRAL: host },
      environment: { SLUICE_RETRY_MAX_RETRIES: "2" },
      clock,
    });
    const answering = statusOf(gateway, "mistral/model-1");
    await host.call(0);
    while (clock.waiting === 0) await Bun.sleep(1);
    await clock.advance(1900);
    expect(host.calls.length).toBe(1);
    await clock.advance(300);
    expect([await answering, host.calls.length]).toEqual([200, 2]);
  });

  test("a client that goes while a repeat is waited for ends the wait", async () => {
    const clock = openFakeClock();
    await using host = await openModelHost(failing(500));
    await using gateway = await openGateway({
      hosts: { MISTRAL: host },
      environment: { SLUICE_RETRY_MAX_RETRIES: "2" },
      clock,
    });
    const leaving = new AbortController();
    const answer = gateway.chat(asked("mistral/model-1"), { signal: leaving.signal }).catch(() => "gone");
    while (clock.waiting === 0) await Bun.sleep(1);
    leaving.abort();
    expect(await answer).toBe("gone");
    const [settlement] = await gateway.settled(1);
    expect([settlement?.outcome, host.calls.length, clock.waiting]).toEqual(["client_gone", 1, 0]);
  });

  test("a target that always fails gets at most a fifth more calls than requests, even without a breaker", async () => {
    await using host = await openModelHost(failing(500));
    await using gateway = await openGateway({
      hosts: { MISTRAL: host },
      environment: { ...environment, SLUICE_CIRCUIT_BREAKER_ENABLED: "false", SLUICE_LOG_REQUESTS: "false" },
    });
    const requests = 500;
    const statuses = new Set<number>();
    // This process's own fetch stops at 256: clients and gateway share it here.
    for (let done = 0; done < requests; done += 100) {
      for (const status of await Promise.all(Array.from({ length: 100 }, () => statusOf(gateway, "mistral/model-1")))) {
        statuses.add(status);
      }
    }
    expect(statuses).toEqual(new Set([502]));
    expect(host.calls.length).toBeGreaterThan(requests);
    expect(host.calls.length).toBeLessThanOrEqual(requests * 1.2);
  });

  test("with a breaker such a target is left alone, and with a sound one beside it everybody is answered", async () => {
    await using broken = await openModelHost(failing(500));
    await using sound = await openModelHost(whole);
    await using gateway = await openGateway({
      hosts: { MISTRAL: broken, MISTRAL_EAST: sound },
      environment,
      file: JSON.stringify(pair()),
    });
    for (let index = 0; index < 100; index++) await statusOf(gateway, "mistral/model-1");
    expect(broken.calls.length).toBeLessThanOrEqual(10);
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(gateway, "pair")));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

/** Five hundred of them are in test/routing/health.test.ts; through sockets as many as this process's fetch allows. */
test("of two hundred that come at once to a half-open breaker one is let through", async () => {
  const clock = openFakeClock();
  const gate = Promise.withResolvers<void>();
  await using host = await openModelHost((_request, index) =>
    index < 5 ? failing(500) : ([{ waitFor: gate.promise }, ...whole] as Step[]),
  );
  await using gateway = await openGateway({ hosts: { MISTRAL: host }, clock });
  for (let index = 0; index < 5; index++) await statusOf(gateway, "mistral/model-1");
  expect(await statusOf(gateway, "mistral/model-1")).toBe(502);
  expect(host.calls.length).toBe(5);
  await clock.advance(40_000);
  const answers = Array.from({ length: 200 }, () => statusOf(gateway, "mistral/model-1"));
  await host.call(5);
  let refused = 0;
  const all = new Promise<void>((resolve) => {
    for (const answer of answers) void answer.then((status) => status === 502 && ++refused === 199 && resolve());
  });
  // The probe is still out when all others have been told.
  await all;
  expect(host.calls.length).toBe(6);
  gate.resolve();
  expect((await Promise.all(answers)).filter((status) => status === 200).length).toBe(1);
  expect(await statusOf(gateway, "mistral/model-1")).toBe(200);
});

describe("when all have failed the client is told", () => {
  async function told(first: readonly Step[], second: readonly Step[]) {
    await using one = await openModelHost(first);
    await using two = await openModelHost(second);
    await using gateway = await openGateway({
      hosts: { MISTRAL: one, MISTRAL_EAST: two },
      file: JSON.stringify(pair()),
    });
    const response = await gateway.chat(asked("pair"));
    const { error } = await outcomeOf(response);
    return [response.status, error?.code, response.headers.get("retry-after"), one.calls.length + two.calls.length];
  }
  const limited = (seconds: string) => failing(429, "slow down", [["Retry-After", seconds]]);
  const tooLong = failing(400, "This exceeds the maximum context length of 8192 tokens.");

  test("of limits, with the soonest time", async () => {
    expect(await told(limited("30"), limited("9"))).toEqual([429, "rate_limit_exceeded", "9", 2]);
  });

  test("of the failure, where only one was a limit", async () => {
    expect(await told(limited("30"), failing(500))).toEqual([502, "upstream_error", null, 2]);
  });

  test("of the context, where none is large enough", async () => {
    expect(await told(tooLong, tooLong)).toEqual([400, "context_length_exceeded", null, 2]);
  });

  test("of the limit, where the other is too small", async () => {
    expect(await told(tooLong, limited("9"))).toEqual([429, "rate_limit_exceeded", "9", 2]);
  });

  test("of its own fault at once", async () => {
    expect(await told(failing(400, "temperature is too high"), whole)).toEqual([400, null, null, 1]);
  });
});

test("what one provider cannot take by its own words another may answer", async () => {
  await using one = await openModelHost(failing(400, "This model does not support tools"));
  await using two = await openModelHost(whole);
  await using gateway = await openGateway({ hosts: { MISTRAL: one, MISTRAL_EAST: two }, file: JSON.stringify(pair()) });
  expect([await statusOf(gateway, "pair"), one.calls.length, two.calls.length]).toEqual([200, 1, 1]);
});

test("a full window passes a target over, and only when nothing is left the client waits", async () => {
  await using one = await openModelHost(whole);
  await using two = await openModelHost(whole);
  const limits = { limits: { requests_per_minute: 1 } };
  await using gateway = await openGateway({
    hosts: { MISTRAL: one, MISTRAL_EAST: two },
    file: JSON.stringify({ ...pair(), providers: { mistral: limits, "mistral-east": limits } }),
  });
  const responses = [];
  for (let index = 0; index < 3; index++) responses.push(await gateway.chat(asked("pair")));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(Number(responses[2]?.headers.get("retry-after"))).toBeWithin(1, 61);
  expect([one.calls.length, two.calls.length]).toEqual([1, 1]);
});

test("a conversation that is too long loses its oldest turns where the name asks for it, and says so", async () => {
  await using host = await openModelHost((_request, index) =>
    index === 0 ? failing(400, "This exceeds the maximum context length of 8192 tokens.") : whole,
  );
  await using gateway = await openGateway({
    hosts: { MISTRAL: host },
    file: JSON.stringify({ virtual_models: { short: { target: "mistral/model-1", on_context_limit: "trim" } } }),
  });
  const turn = (role: string, content: string) => ({ role, content });
  const messages = [
    turn("system", "Be brief."),
    turn("user", "one"),
    turn("assistant", "two"),
    turn("user", "three"),
    turn("assistant", "four"),
    turn("user", "five"),
  ];
  const response = await gateway.chat({ model: "short", messages });
  expect([response.status, response.headers.get("x-sluice-lost")]).toEqual([200, "the oldest 2 turns"]);
  const sent = host.calls[1]?.json() as { messages: { role: string; content: unknown }[] };
  expect(sent.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
});

describe("a second request", () => {
  const hedged = (extra: number) => ({
    virtual_models: {
      quick: { target: "mistral/model-1", hedge: { percentile: 95, min_delay: "1ms", max_extra_percent: extra } },
    },
  });

  test("goes out when the first is late, the faster answer counts, the slower call is ended and noted", async () => {
    const slow = Promise.withResolvers<void>();
    // The calls before it are not counted in advance: on a busy machine one of them may be late as well.
    let slowIndex = Number.POSITIVE_INFINITY;
    await using host = await openModelHost((_request, index) =>
      index === slowIndex ? [{ waitFor: slow.promise }, { stall: true }] : sse(completeFrames(wire)),
    );
    await using gateway = await openGateway({ hosts: { MISTRAL: host }, file: JSON.stringify(hedged(100)) });
    for (let index = 0; index < 25; index++) await (await gateway.chat(asked("quick", true))).text();
    const before = host.calls.length;
    slowIndex = before;
    const response = await gateway.chat(asked("quick", true));
    expect((await outcomeOf(response)).text).toBe("Hello");
    expect(host.calls.length).toBeGreaterThan(before);
    const settlements = await gateway.settled(26);
    const tried = settlements.at(-1)?.["tried"] as { outcome: string }[];
    expect(tried.map(({ outcome }) => outcome).sort()).toEqual(["ok", "superseded"]);
    slow.resolve();
    expect(await (await host.call(slowIndex)).closed).toBe("by peer");
  });

  test("is never sent beyond the share, nor before enough is known", async () => {
    await using host = await openModelHost([{ waitMs: 15 }, ...sse(completeFrames(wire))]);
    await using gateway = await openGateway({ hosts: { MISTRAL: host }, file: JSON.stringify(hedged(10)) });
    for (let index = 0; index < 60; index++) await (await gateway.chat(asked("quick", true))).text();
    expect(host.calls.length).toBeLessThanOrEqual(66);
  });
});
