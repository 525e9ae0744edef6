// The end of a streamed reply, and silence in one: what counts as whole, as idle, and as gone.
import { describe, expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { anthropicWire, completeFrames, openaiWire, outcomeOf, question, type Wire, wires } from "./wires.ts";

const chatPath = "/v1/chat/completions";

/** The wire's frames with usage told before the terminal marker. */
function withUsage(wire: Wire): string[] {
  const frames = completeFrames(wire);
  if (wire !== openaiWire) return frames;
  return frames.toSpliced(-1, 0, 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n');
}

describe("behind the terminal marker", () => {
  test.each([openaiWire, anthropicWire])(
    "the end of the body is waited for a second, not for the idle timeout: $prefix",
    async (wire) => {
      const clock = openFakeClock();
      await using host = await openModelHost(sse(completeFrames(wire), { stall: true }));
      await using gateway = await openGateway({ hosts: { [wire.prefix]: host }, clock });
      const response = await gateway.chat(question(wire, true));
      const beforeMs = clock.nowMs();
      expect(await clock.passUntil(outcomeOf(response), { stepMs: 100 })).toEqual({ status: 200, text: "Hello" });
      expect(clock.nowMs() - beforeMs).toBeLessThan(10_000);
      expect(await host.calls[0]?.closed).toBe("by peer");
      expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
    },
  );

  test.each([openaiWire, anthropicWire])(
    "a client that hangs up has had a complete answer, and its usage is known: $prefix",
    async (wire) => {
      await using host = await openModelHost(sse(withUsage(wire), { stall: true }));
      await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
      const client = await openRawClient(gateway.port);
      client.write(requestText(chatPath, question(wire, true)));
      await client.until("[DONE]");
      client.hangUp();
      expect((await gateway.settled(1))[0]).toMatchObject({
        outcome: "complete",
        status: 200,
        input_tokens: 3,
        output_tokens: 2,
      });
      expect(await host.calls[0]?.closed).toBe("by peer");
    },
  );

  test.each(wires)("the connection to the provider is used again: $prefix", async (wire) => {
    await using host = await openModelHost(sse(completeFrames(wire)));
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    for (let round = 0; round < 3; round++) await outcomeOf(await gateway.chat(question(wire, true)));
    expect(new Set(host.calls.map(({ connection }) => connection)).size).toBe(1);
  });
});

test("U27 usage that came before the client went is kept", async () => {
  await using host = await openModelHost(sse([...anthropicWire.opening, anthropicWire.output], { stall: true }));
  await using gateway = await openGateway({ hosts: { ANTHROPIC: host } });
  const client = await openRawClient(gateway.port);
  client.write(requestText(chatPath, question(anthropicWire, true)));
  await client.until("Hello");
  client.hangUp();
  expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone", input_tokens: 3 });
});

test.each([openaiWire, anthropicWire])(
  "every letter comes as it was sent, whatever the pieces hold: $prefix",
  async (wire) => {
    // One-byte letters, those that a Latin-1 string holds, those that it does not, and pieces that no buffer takes whole.
    const texts = [
      "plain",
      "é",
      "Ünïcödé ",
      "日本語",
      "😀",
      "ß".repeat(100_000),
      "a",
      "漢".repeat(50_000),
      "\u0000\u2028",
      "é",
    ];
    const frames = texts.map((text) => wire.output.replace('"Hello"', JSON.stringify(text)));
    await using host = await openModelHost(sse([...wire.opening, ...frames, ...wire.ending]));
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    const outcome = await outcomeOf(await gateway.chat(question(wire, true)));
    expect(outcome).toEqual({ status: 200, text: texts.join("") });
  },
);

describe("silence", () => {
  const idle = ["--server-timeouts-idle", "5s"];

  test.each([false, true])(
    "is ended by any byte, so that blank lines keep a JSON reply alive: stream %p",
    async (stream) => {
      const clock = openFakeClock();
      const beats = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
      const steps: Step[] = [{ head: { headers: [["content-type", "application/json"]] } }];
      for (const { promise } of beats) steps.push({ write: "\n" }, { waitFor: promise });
      await using host = await openModelHost([
        ...steps,
        { write: JSON.stringify(openaiWire.whole) },
        { end: "complete" },
      ]);
      await using gateway = await openGateway({ hosts: { OPENAI: host }, clock, arguments: idle });
      const reading = gateway.chat(question(openaiWire, stream)).then(outcomeOf);
      await host.call(0);
      for (const { resolve } of beats) {
        await Bun.sleep(20);
        await clock.advance(4000);
        resolve();
      }
      expect(await reading).toEqual({ status: 200, text: "Hello" });
    },
  );

  test.each(wires)("has the limit of its provider, where that has one of its own: $prefix", async (wire) => {
    const clock = openFakeClock();
    const name = wire.prefix.toLowerCase();
    await using host = await openModelHost(sse([...wire.opening, wire.output], { stall: true }));
    await using gateway = await openGateway({
      hosts: { [wire.prefix]: host },
      arguments: ["--set", `providers.${name}.timeouts.idle=2s`],
      clock,
    });
    const response = await gateway.chat(question(wire, true));
    const beforeMs = clock.nowMs();
    const { error } = await clock.passUntil(outcomeOf(response), { stepMs: 100 });
    expect(error?.code).toBe("upstream_idle_timeout");
    expect(clock.nowMs() - beforeMs).toBeLessThan(10_000);
  });

  test("of a client that does not read is not the provider's", async () => {
    const clock = openFakeClock();
    const large = openaiWire.output.replace("Hello", "x".repeat(1024 * 1024));
    const frames = [...openaiWire.opening, ...Array.from({ length: 64 }, () => large), ...openaiWire.ending];
    await using host = await openModelHost(sse(frames));
    await using gateway = await openGateway({ hosts: { OPENAI: host }, clock, arguments: idle });
    const client = await openRawClient(gateway.port, { keep: false });
    client.write(requestText(chatPath, question(openaiWire, true)));
    client.pause();
    await host.call(0);
    await Bun.sleep(200);
    await clock.advance(20_000);
    client.resume();
    expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
    client.hangUp();
  });
});
