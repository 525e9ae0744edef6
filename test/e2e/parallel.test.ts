// The executable under more streams than Bun's own limit of 256 requests, and its end by signals.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { completeFrames, openaiWire, question, readStream } from "../exchange/wires.ts";
import { startGateway } from "../support/binary.ts";
import { type Step, sse } from "../support/fake-upstream.ts";
import { openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";

const request = requestText("/v1/chat/completions", question(openaiWire, true));
const frames = completeFrames(openaiWire);
const withHost = (url: string) => ({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: url });

/** Frames until the gate opens, then the rest. */
const gated = (gate: Promise<void>): Step[] => [
  ...sse(frames.slice(0, 2), { waitFor: gate }),
  ...frames.slice(2).map((write) => ({ write })),
  { end: "complete" },
];

test("three hundred streams at a time are all answered", async () => {
  const count = 300;
  const all = Promise.withResolvers<void>();
  await using host = await openModelHost((_request, index) => {
    // No stream ends before every one has begun.
    if (index === count - 1) all.resolve();
    return gated(all.promise);
  });
  await using binary = await startGateway(withHost(host.url));
  const received = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await openRawClient(binary.port);
      client.write(request);
      const text = await client.until("data: [DONE]\n\n");
      client.hangUp();
      return text;
    }),
  );
  const bodies = received.map((text) => text.slice(text.indexOf("data: ")).replaceAll(/\r\n[0-9a-f]+\r\n/g, ""));
  for (const body of bodies) {
    expect(readStream(body.slice(0, body.indexOf("[DONE]") + "[DONE]\n\n".length))).toEqual({ text: "Hello" });
  }
  expect(bodies.length).toBe(count);
});

test("starting itself anew keeps the process: the pid that was started is the one that listens and ends", async () => {
  await using binary = await startGateway({});
  // Only on Linux can the environment of a process be read from outside.
  const path = `/proc/${binary.pid}/environ`;
  if (existsSync(path)) {
    expect(readFileSync(path, "utf8").split("\0")).toContain("BUN_CONFIG_MAX_HTTP_REQUESTS=65535");
  }
  expect((await fetch(`${binary.origin}/health`)).status).toBe(200);
  process.kill(binary.pid, "SIGTERM");
  expect(await binary.exited).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s lets a running stream end, then the process exits with 0",
  async (signal) => {
    const gate = Promise.withResolvers<void>();
    await using host = await openModelHost(gated(gate.promise));
    await using binary = await startGateway(withHost(host.url));
    const client = await openRawClient(binary.port);
    client.write(request);
    await client.until("Hello");
    binary.signal(signal);
    await binary.says('"message":"stopping"');
    gate.resolve();
    expect(await client.ended).toContain("data: [DONE]\n\n");
    expect(await binary.exited).toBe(0);
  },
);

test("a second signal ends the process at once", async () => {
  const gate = Promise.withResolvers<void>();
  await using host = await openModelHost(gated(gate.promise));
  await using binary = await startGateway(withHost(host.url));
  const client = await openRawClient(binary.port);
  client.write(request);
  await client.until("Hello");
  binary.signal("SIGTERM");
  await binary.says('"message":"stopping"');
  binary.signal("SIGTERM");
  expect(await binary.exited).not.toBe(0);
  gate.resolve();
});

test("at the end of drain_timeout a stream ends with a typed error, and the process exits with 0", async () => {
  await using host = await openModelHost(sse(frames.slice(0, 2), { stall: true }));
  await using binary = await startGateway({ ...withHost(host.url), SLUICE_DRAIN_TIMEOUT: "100ms" });
  const client = await openRawClient(binary.port);
  client.write(request);
  await client.until("Hello");
  binary.signal("SIGTERM");
  expect(await client.ended).toContain('"code":"shutting_down"');
  expect(await binary.exited).toBe(0);
});
