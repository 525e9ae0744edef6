// GET /statsz: counters by model, breakers with their last transitions, rests and latencies, for holders of the key.
import { expect, test } from "bun:test";
import { openaiWire, question } from "../exchange/wires.ts";
import { jsonReply, openFakeUpstream } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

type Circuit = {
  state: string;
  last_error: string;
  transitions: { from: string; to: string }[];
  [field: string]: unknown;
};
type Report = {
  models: { [name: string]: { [count: string]: number } };
  circuit_breakers: {
    circuits: { [key: string]: Circuit };
    model_locks: { [key: string]: string };
    lock_reasons: { [key: string]: string };
  };
};

test("tells what was counted, and what has failed why", async () => {
  let calls = 0;
  await using host = await openModelHost(() =>
    ++calls <= 2 ? jsonReply(openaiWire.whole) : jsonReply(openaiWire.errorBody(500, "it broke"), 500),
  );
  await using gateway = await openGateway({
    hosts: { OPENAI: host },
    environment: { SLUICE_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "2" },
  });
  for (let index = 0; index < 5; index++) await (await gateway.chat(question(openaiWire, false))).text();
  const response = await fetch(`${gateway.url}/statsz`);
  const report = (await response.json()) as Report;
  expect(response.status).toBe(200);
  expect(report.models["openai/model-1"]).toMatchObject({ requests: 5, errors: 3, input_tokens: 6, output_tokens: 4 });
  const circuit = report.circuit_breakers.circuits["openai:model-1:1"] as Circuit;
  expect(circuit).toMatchObject({
    state: "open",
    last_error: "it broke",
    last_error_status: 500,
    requests: 4,
    errors: 2,
  });
  expect(circuit["whole_reply_ms"]).toEqual({
    p50: expect.any(Number),
    p95: expect.any(Number),
    p99: expect.any(Number),
  });
  expect(circuit.transitions.map(({ from, to }) => [from, to])).toEqual([["closed", "open"]]);
  expect(Date.parse(String(circuit["expiry"]))).toBeGreaterThan(Date.now());
  // The fifth request met the open breaker.
  expect(calls).toBe(4);
});

test("tells which credential rests, until when and why", async () => {
  await using host = await openModelHost(() =>
    jsonReply(openaiWire.errorBody(429, "slow down"), 429, [["Retry-After", "30"]]),
  );
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  await (await gateway.chat(question(openaiWire, false))).text();
  const { circuit_breakers: breakers } = (await (await fetch(`${gateway.url}/statsz`)).json()) as Report;
  expect(breakers.lock_reasons).toEqual({ "openai:model-1:1": "rate_limited" });
  const untilMs = Date.parse(breakers.model_locks["openai:model-1:1"] ?? "");
  expect(untilMs - Date.now()).toBeWithin(20_000, 30_001);
  // A limit is no failure of the breaker's.
  expect(breakers.circuits["openai:model-1:1"]?.state).toBe("closed");
});

test("asks for the key", async () => {
  await using gateway = await openGateway({
    environment: { SLUICE_MASTER_KEY: "a-key-of-the-gateway", HOST: "127.0.0.1" },
  });
  expect((await fetch(`${gateway.url}/statsz`)).status).toBe(401);
  const headers = { authorization: "Bearer a-key-of-the-gateway" };
  expect((await fetch(`${gateway.url}/statsz`, { headers })).status).toBe(200);
});

test("tells how the providers' models were read", async () => {
  await using listed = await openModelHost([], { listing: { data: [{ id: "m" }, { id: "n" }] } });
  await using empty = await openModelHost([]);
  await using broken = await openFakeUpstream(() => jsonReply({ error: { message: "no list today" } }, 500));
  await using gateway = await openGateway({ hosts: { OPENAI: listed, MISTRAL: empty, GROQ: broken } });
  const report = (await (await fetch(`${gateway.url}/statsz`)).json()) as {
    provider_health: { [provider: string]: { last_fetched: string | null; [field: string]: unknown } };
  };
  const { openai, mistral, groq } = report.provider_health;
  expect(openai).toMatchObject({ name: "openai", status: "ok", models_found: 2, error: "" });
  expect(Date.parse(String(openai?.last_fetched))).toBeLessThanOrEqual(Date.now());
  expect(mistral).toMatchObject({ status: "empty", models_found: 0 });
  expect(groq).toEqual({
    name: "groq",
    status: "unreachable",
    models_found: 0,
    last_fetched: null,
    error: expect.stringContaining("500"),
  });
});
