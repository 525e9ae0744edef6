// A client that goes away takes its upstream call with it, whatever phase that is in, and is settled once.
import { expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { anthropicWire, geminiWire, openaiWire, question, type Wire } from "./wires.ts";

const chatPath = "/v1/chat/completions";
const halfJson: Step[] = [
  { head: { headers: [["content-type", "application/json"]] } },
  { write: '{"id":' },
  { stall: true },
];

type Phase = { name: string; steps: (wire: Wire) => Step[]; stream: boolean; until?: string };

const phases: readonly Phase[] = [
  { name: "before the provider's headers", steps: () => [{ stall: true }], stream: true },
  { name: "before the provider's headers, whole", steps: () => [{ stall: true }], stream: false },
  {
    name: "while the status is held",
    steps: (wire) => sse([...wire.opening, wire.ping], { stall: true }),
    stream: true,
  },
  {
    name: "in the middle of a stream",
    steps: (wire) => sse([...wire.opening, wire.output], { stall: true }),
    stream: true,
    until: "Hello",
  },
  { name: "in the middle of a whole reply", steps: () => halfJson, stream: false },
  { name: "in the middle of JSON that was to be a stream", steps: () => halfJson, stream: true },
  {
    name: "in the middle of a stream that was to be whole",
    steps: (wire) => sse([...wire.opening, wire.output], { stall: true }),
    stream: false,
  },
];

/** Of all requests so far, this one and none twice: a further request makes the count. */
async function settledOnce(gateway: Gateway, expected: object): Promise<void> {
  expect((await gateway.settled(1))[0]).toMatchObject(expected);
  await (await gateway.chat({})).text();
  expect((await gateway.settled(2)).length).toBe(2);
}

for (const wire of [openaiWire, anthropicWire, geminiWire]) {
  test.each(phases)(`S51 ${wire.prefix}: gone $name`, async ({ steps, stream, until }) => {
    await using host = await openModelHost(steps(wire));
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    const client = await openRawClient(gateway.port);
    client.write(requestText(chatPath, question(wire, stream)));
    const call = await host.call(0);
    if (until !== undefined) await client.until(until);
    client.hangUp();
    expect(await call.closed).toBe("by peer");
    await settledOnce(gateway, { outcome: "client_gone", status: 499, attempts: 1 });
    expect(host.calls.length).toBe(1);
  });
}

test("gone while heartbeats are all that has left", async () => {
  const clock = openFakeClock();
  await using host = await openModelHost([{ stall: true }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host }, clock });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(openaiWire, true)));
  const call = await host.call(0);
  await clock.advance(11_000);
  await client.until(": keep-alive");
  client.hangUp();
  expect(await call.closed).toBe("by peer");
  await settledOnce(gateway, { outcome: "client_gone", attempts: 1 });
});

test("gone in the middle of its own request: nothing was sent upstream", async () => {
  await using host = await openModelHost(jsonReply(openaiWire.whole));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(openaiWire, false)).slice(0, -10));
  // The gateway has the request in hand once it has answered another one behind it.
  await (await gateway.chat("{}")).text();
  client.hangUp();
  const settlements = await gateway.settled(2);
  expect(settlements.map(({ outcome }) => outcome).sort()).toEqual(["client_gone", "error"]);
  expect(host.calls).toEqual([]);
});

test("gone while the provider is being connected to", async () => {
  let greeted = Promise.withResolvers<void>();
  let closed = Promise.withResolvers<void>();
  // Takes the connection and the first words of a TLS handshake, and never answers them.
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => greeted.resolve(), close: () => closed.resolve() },
  });
  await using gateway = await openGateway({
    hosts: { OPENAI: { url: `https://127.0.0.1:${listener.port}` } },
    arguments: ["--models-timeout", "50ms"],
  });
  // Its model list was asked for in vain.
  await Promise.all([greeted.promise, closed.promise]);
  greeted = Promise.withResolvers();
  closed = Promise.withResolvers();
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(openaiWire, true)));
  await greeted.promise;
  client.hangUp();
  await closed.promise;
  await settledOnce(gateway, { outcome: "client_gone" });
  listener.stop(true);
});

test("a hundred that go at once leave nothing open", async () => {
  const count = 100;
  await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output], { stall: true }));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await openRawClient(gateway.port);
      client.write(requestText(chatPath, question(openaiWire, true)));
      await client.until("Hello");
      return client;
    }),
  );
  for (const client of clients) client.hangUp();
  expect(host.calls.length).toBe(count);
  await Promise.all(host.calls.map(({ closed }) => closed));
  const settlements = await gateway.settled(count);
  expect(settlements.filter(({ outcome }) => outcome === "client_gone").length).toBe(count);
});
