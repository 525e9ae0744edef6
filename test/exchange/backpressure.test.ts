// A client that reads slowly slows its provider down; it fills nobody's memory, and nobody else waits for it.
import { expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { anthropicWire, completeFrames, openaiWire, outcomeOf, question, type Wire } from "./wires.ts";

const chatPath = "/v1/chat/completions";
const megabyte = 1024 * 1024;
const frameLength = 64 * 1024;

/** A stream of many large frames, which counts the bytes that it could get rid of. */
function openFlood(wire: Wire, totalBytes: number) {
  const large = new TextEncoder().encode(wire.output.replace("Hello", "x".repeat(frameLength)));
  const sent = { bytes: 0 };
  const step: Step = {
    // Read when the step before has been taken by the socket.
    get write() {
      sent.bytes += large.length;
      return large;
    },
  };
  const ending = wire.ending.map((write): Step => ({ write }));
  const flood = Array.from({ length: Math.ceil(totalBytes / large.length) }, () => step);
  const steps = [...sse(wire.opening, step), ...flood.slice(1), ...ending, { end: "complete" } as const];
  return { steps, sent };
}

/** Resolves when the count has stopped growing. */
async function standingStill(sent: { bytes: number }): Promise<void> {
  for (let still = 0, before = -1; still < 10; ) {
    still = sent.bytes === before ? still + 1 : 0;
    before = sent.bytes;
    await Bun.sleep(20);
  }
}

test.each([openaiWire, anthropicWire])(
  "a client that stops reading stops its provider, others are served meanwhile, and nothing is lost: $prefix",
  async (wire) => {
    const { steps, sent } = openFlood(wire, 96 * megabyte);
    const rest = completeFrames(wire);
    await using host = await openModelHost((_request, index) => (index === 0 ? steps : sse(rest)));
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    const client = await openRawClient(gateway.port, { keep: false });
    const residentBytes = process.memoryUsage.rss();
    client.write(requestText(chatPath, question(wire, true)));
    client.pause();
    await host.call(0);
    await standingStill(sent);
    // Socket buffers of the system and of Bun on four ends; the rest of the 96 MiB is still at the provider.
    expect(sent.bytes).toBeLessThan(48 * megabyte);
    expect(process.memoryUsage.rss() - residentBytes).toBeLessThan(160 * megabyte);
    expect(await outcomeOf(await gateway.chat(question(wire, true)))).toEqual({ status: 200, text: "Hello" });
    client.resume();
    const settlements = await gateway.settled(2);
    expect(settlements.map(({ outcome }) => outcome)).toEqual(["complete", "complete"]);
    while (client.bytes < 96 * megabyte) await Bun.sleep(5);
    client.hangUp();
  },
);

test("a client that takes nothing for thirty seconds is given up, and its provider let go", async () => {
  const clock = openFakeClock();
  const { steps, sent } = openFlood(openaiWire, 96 * megabyte);
  await using host = await openModelHost(steps);
  await using gateway = await openGateway({ hosts: { OPENAI: host }, clock });
  const client = await openRawClient(gateway.port, { keep: false });
  client.write(requestText(chatPath, question(openaiWire, true)));
  client.pause();
  const call = await host.call(0);
  await standingStill(sent);
  await clock.advance(31_000);
  expect(await call.closed).toBe("by peer");
  expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });
  client.hangUp();
});
