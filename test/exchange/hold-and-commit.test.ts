// The status is held until there is output, at most for a while; then heartbeats keep the connection alive.
import { expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, type RawClient, requestText } from "../support/raw-client.ts";
import {
  anthropicWire,
  completeFrames,
  geminiWire,
  openaiWire,
  outcomeOf,
  question,
  readStream,
  type Wire,
} from "./wires.ts";

const chatPath = "/v1/chat/completions";
const heartbeat = ": keep-alive\n\n";
const heads = (received: string) => received.slice(0, received.indexOf("\r\n\r\n"));

/** Chunks without their sizes, behind the head. */
function bodyOf(received: string): string {
  let rest = received.slice(received.indexOf("\r\n\r\n") + 4);
  let body = "";
  for (;;) {
    const lineEnd = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, lineEnd), 16);
    if (lineEnd < 0 || !(size > 0)) return body;
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    rest = rest.slice(lineEnd + 2 + size + 2);
  }
}

/** A provider that says `before`, waits for the gate, and goes on with `after`. */
async function openGated(wire: Wire, before: readonly string[], after: readonly Step[]) {
  const gate = Promise.withResolvers<void>();
  const clock = openFakeClock();
  const opening: Step[] = before.length > 0 ? sse(before, { waitFor: gate.promise }) : [{ waitFor: gate.promise }];
  const host = await openModelHost([...opening, ...after]);
  const gateway = await openGateway({ hosts: { [wire.prefix]: host }, clock });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(wire, true)));
  await host.call(0);
  return {
    ...{ gate, clock, host, gateway, client },
    [Symbol.asyncDispose]: async () => {
      client.hangUp();
      gate.resolve();
      host.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Moves the time in steps, so that what is under way on sockets can arrive between them. */
async function pass(clock: { advance(milliseconds: number): Promise<void> }, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    await Bun.sleep(1);
    await clock.advance(500);
  }
}

const untilHeard = (client: RawClient) => client.until("\r\n\r\n");

test.each([
  { name: "a role chunk", wire: openaiWire, held: openaiWire.opening },
  { name: "a comment", wire: openaiWire, held: [": processing\n\n"] },
  { name: "message_start and a block's start", wire: anthropicWire, held: anthropicWire.opening },
  { name: "a ping", wire: anthropicWire, held: [...anthropicWire.opening, anthropicWire.ping] },
])("$name is no output: the status is held, and a failure behind it is a status", async ({ wire, held }) => {
  const status = [{ write: wire.errorFrame }, { end: "complete" } as const];
  await using run = await openGated(wire, held, status);
  await pass(run.clock, 9000);
  expect(run.client.received).toBe("");
  run.gate.resolve();
  await untilHeard(run.client);
  expect(run.client.received).toStartWith("HTTP/1.1 503 ");
});

test.each([openaiWire, anthropicWire, geminiWire])(
  "the first output lets the status go, with all that was held, in order: $prefix",
  async (wire) => {
    const rest = wire.ending.map((write) => ({ write }));
    await using run = await openGated(wire, [...wire.opening, wire.output], [...rest, { end: "complete" }]);
    await run.client.until("Hello");
    expect(heads(run.client.received)).toStartWith("HTTP/1.1 200 ");
    run.gate.resolve();
    await run.client.until("[DONE]");
    expect(readStream(bodyOf(run.client.received))).toEqual({ text: "Hello" });
  },
);

test("S68 a silent provider is committed to after ten seconds, with heartbeats every fifteen, and its answer streams", async () => {
  const steps = completeFrames(openaiWire).map((write) => ({ write }));
  await using run = await openGated(openaiWire, [], [...sse([]).slice(0, 1), ...steps, { end: "complete" }]);
  const { client, clock } = run;
  await pass(clock, 9500);
  expect(client.received).toBe("");
  await pass(clock, 1000);
  await client.until(heartbeat);
  const headers = heads(client.received).toLowerCase().split("\r\n");
  expect(headers[0]).toBe("http/1.1 200 ok");
  expect(headers).toContain("content-type: text/event-stream; charset=utf-8");
  expect(headers).toContain("cache-control: no-cache");
  expect(headers).toContain("x-accel-buffering: no");
  expect(headers).toContain("x-sluice-provider: openai");
  expect(headers).toContain("x-sluice-attempts: 1");
  await pass(clock, 50_000);
  // At 10, 25, 40 and 55 seconds.
  expect(bodyOf(client.received)).toBe(heartbeat.repeat(4));
  run.gate.resolve();
  await client.until("[DONE]");
  expect(bodyOf(client.received)).toStartWith(heartbeat.repeat(4));
  expect(readStream(bodyOf(client.received))).toEqual({ text: "Hello" });
  expect((await run.gateway.settled(1))[0]).toMatchObject({ outcome: "complete", status: 200 });
});

test("what was held when the time was up stays held until there is output, since another target may answer yet", async () => {
  const { opening, output, ending } = openaiWire;
  const rest = [output, ...ending].map((write) => ({ write }));
  await using run = await openGated(openaiWire, opening, [...rest, { end: "complete" }]);
  await pass(run.clock, 11_000);
  await run.client.until(heartbeat);
  expect(run.client.received).not.toContain("assistant");
  run.gate.resolve();
  await run.client.until("[DONE]");
  expect(bodyOf(run.client.received)).toBe([heartbeat, ...opening, output, ...ending].join(""));
});

test.each([
  { name: "a status", after: jsonReply({ error: { message: "slow down" } }, 429), code: "rate_limit_exceeded" },
  { name: "an error frame", after: sse([openaiWire.errorFrame]), code: "overloaded" },
  { name: "a truncation", after: sse(openaiWire.opening), code: "upstream_stream_truncated" },
])("after the commit a failure is a frame: $name", async ({ after, code }) => {
  await using run = await openGated(openaiWire, [], after);
  await pass(run.clock, 11_000);
  await run.client.until(heartbeat);
  run.gate.resolve();
  await run.client.until("[DONE]");
  const { text, error } = readStream(bodyOf(run.client.received));
  expect([text, error?.code]).toEqual(["", code]);
  expect((await run.gateway.settled(1))[0]).toMatchObject({ outcome: "error", status: 200 });
});

test("silence in the middle of a reply is filled with heartbeats too", async () => {
  const rest = openaiWire.ending.map((write) => ({ write }));
  const { opening, output } = openaiWire;
  await using run = await openGated(openaiWire, [...opening, output], [...rest, { end: "complete" }]);
  await run.client.until("Hello");
  await pass(run.clock, 31_000);
  run.gate.resolve();
  await run.client.until("[DONE]");
  expect(bodyOf(run.client.received)).toBe([...opening, output, heartbeat, heartbeat, ...openaiWire.ending].join(""));
});

test("what is held has a limit: comments without end are given up", async () => {
  const comment = { write: `: ${"x".repeat(64 * 1024)}\n\n` };
  const flood = Array.from({ length: 400 }, () => comment);
  await using host = await openModelHost([...sse([]).slice(0, 1), ...flood, { stall: true }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const { status, error } = await outcomeOf(await gateway.chat(question(openaiWire, true)));
  expect([status, error?.code]).toEqual([502, "upstream_malformed_response"]);
  expect(await host.calls[0]?.closed).toBe("by peer");
});

test("commit_after 0 holds nothing: the status goes out at once, and a failure is a frame", async () => {
  await using host = await openModelHost(jsonReply({ error: { message: "slow down" } }, 429));
  await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: ["--server-commit-after", "0s"] });
  const response = await gateway.chat(question(openaiWire, true));
  expect(response.status).toBe(200);
  expect(readStream(await response.text()).error?.code).toBe("rate_limit_exceeded");
});

test("a whole reply has no heartbeat and no commitment", async () => {
  const clock = openFakeClock();
  const gate = Promise.withResolvers<void>();
  await using host = await openModelHost([{ waitFor: gate.promise }, ...jsonReply(openaiWire.whole)]);
  await using gateway = await openGateway({ hosts: { OPENAI: host }, clock });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(openaiWire, false)));
  await host.call(0);
  await pass(clock, 60_000);
  expect(client.received).toBe("");
  gate.resolve();
  expect(await client.until("Hello")).toStartWith("HTTP/1.1 200 ");
});

test("a POST on a pooled connection that the provider has just closed is repeated, once", async () => {
  await using host = await openModelHost((_request, index) =>
    index === 1 ? [{ reset: true }] : jsonReply(openaiWire.whole),
  );
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const first = await gateway.chat(question(openaiWire, false));
  expect([first.status, first.headers.get("x-sluice-attempts")]).toEqual([200, "1"]);
  const second = await gateway.chat(question(openaiWire, false));
  expect([second.status, second.headers.get("x-sluice-attempts")]).toEqual([200, "2"]);
  const connections = host.calls.map(({ connection }) => connection);
  // The second call came on the connection of the first, its repetition on a new one.
  expect([connections[0] === connections[1], connections[1] === connections[2], connections.length]).toEqual([
    true,
    false,
    3,
  ]);
});

test("a connection cut within the headers is a bad gateway", async () => {
  await using host = await openModelHost([{ raw: "HTTP/1.1 200 OK\r\nContent-Le" }, { end: "cut" }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const { status, error } = await outcomeOf(await gateway.chat(question(openaiWire, false)));
  expect([status, error?.code]).toEqual([502, "upstream_malformed_response"]);
  expect(host.calls.length).toBe(1);
});
