// Closing: what runs may end by itself, what takes too long ends with a typed error, and nothing new gets in.
import { expect, test } from "bun:test";
import { type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { completeFrames, openaiWire, outcomeOf, question, type Wire, wires } from "./wires.ts";

const chatPath = "/v1/chat/completions";
const frames = completeFrames(openaiWire);

async function isRefused(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  );
}

test("a running stream ends by itself, while new connections are refused", async () => {
  const gate = Promise.withResolvers<void>();
  const after = frames.slice(2).map((write): Step => ({ write }));
  const before = sse(frames.slice(0, 2), { waitFor: gate.promise });
  await using host = await openModelHost([...before, ...after, { end: "complete" }]);
  const gateway = await openGateway({ hosts: { OPENAI: host } });
  const response = await gateway.chat(question(openaiWire, true));
  const closing = gateway.app.close();
  expect(await isRefused(`${gateway.url}/health`)).toBe(true);
  gate.resolve();
  expect(await outcomeOf(response)).toEqual({ status: 200, text: "Hello" });
  await closing;
  expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "complete" });
});

test("a running whole reply ends by itself", async () => {
  const gate = Promise.withResolvers<void>();
  const text = JSON.stringify(openaiWire.whole);
  const head = { headers: [["content-type", "application/json"]] as const };
  await using host = await openModelHost([
    ...[{ head }, { write: text.slice(0, 9) }, { waitFor: gate.promise }],
    ...[{ write: text.slice(9) }, { end: "complete" } as const],
  ]);
  const gateway = await openGateway({ hosts: { OPENAI: host } });
  const answer = gateway.chat(question(openaiWire, false));
  await host.call(0);
  const closing = gateway.app.close();
  gate.resolve();
  expect(await outcomeOf(await answer)).toEqual({ status: 200, text: "Hello" });
  await closing;
});

const shortly = ["--server-drain-timeout", "100ms"];
const shuttingDown = { code: "shutting_down", kind: "provider_error" };

type Late = { name: string; steps: (wire: Wire) => Step[]; stream: boolean; status: number; text: string };

const late: readonly Late[] = [
  {
    name: "a stream after output",
    steps: (wire) => sse([wire.opening.join(""), wire.output], { stall: true }),
    stream: true,
    status: 200,
    text: "Hello",
  },
  { name: "a stream before output", steps: () => [{ stall: true }], stream: true, status: 503, text: "" },
  { name: "a whole reply", steps: () => [{ stall: true }], stream: false, status: 503, text: "" },
];

for (const wire of wires) {
  test.each(late)(`at the deadline, $name of ${wire.prefix} ends with a typed error`, async (row) => {
    const { steps, stream, status, text } = row;
    await using host = await openModelHost(steps(wire));
    const gateway = await openGateway({ hosts: { [wire.prefix]: host }, arguments: shortly });
    const answer = gateway.chat(question(wire, stream));
    const call = await host.call(0);
    if (status === 200) await answer;
    const closing = gateway.app.close();
    expect(await outcomeOf(await answer)).toEqual({ status, text, error: shuttingDown });
    expect(await call.closed).toBe("by peer");
    await closing;
    const settlements = await gateway.settled(1);
    expect(settlements.map(({ outcome }) => outcome)).toEqual(["error"]);
    expect(await isRefused(gateway.url)).toBe(true);
  });
}

test("a client that takes nothing does not hold the end up", async () => {
  await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output], { stall: true }));
  const gateway = await openGateway({ hosts: { OPENAI: host }, arguments: shortly });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(openaiWire, true)));
  await client.until("Hello");
  client.pause();
  await gateway.app.close();
  client.resume();
  expect(await client.ended).toContain('"code":"shutting_down"');
});

test("an idle connection is closed at once, not at the deadline", async () => {
  const gate = Promise.withResolvers<void>();
  const steps = sse(frames.slice(0, 2), { waitFor: gate.promise });
  await using host = await openModelHost([...steps, { end: "complete" }]);
  const gateway = await openGateway({ hosts: { OPENAI: host } });
  const idle = await openRawClient(gateway.port);
  idle.write("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await idle.until('"ok"');
  const response = await gateway.chat(question(openaiWire, true));
  const closing = gateway.app.close();
  await idle.ended;
  gate.resolve();
  expect((await outcomeOf(response)).error?.code).toBe("upstream_stream_truncated");
  await closing;
});

test("the gateway is not ready until its providers' models are read", async () => {
  const listed = Promise.withResolvers<void>();
  await using host = await openModelHost([], { listedAfter: listed.promise });
  await using gateway = await openGateway({ hosts: { OPENAI: host }, isReady: false });
  const readiness = async () => {
    const response = await fetch(`${gateway.url}/health/ready`);
    return [response.status, await response.json()];
  };
  expect(await readiness()).toEqual([503, { status: "not_ready", reason: expect.stringContaining("models") }]);
  listed.resolve();
  await gateway.app.catalog.ready();
  expect(await readiness()).toEqual([200, { status: "ready" }]);
});
