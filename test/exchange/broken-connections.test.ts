// Providers that cannot be reached, hang up, fall silent, redirect, or never stop: each ends the exchange and is let go.
import { describe, expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, openFakeUpstream, type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, completeFrames, openaiWire, outcomeOf, question, type Wire, wires } from "./wires.ts";

const modes = wires.flatMap((wire) => [false, true].map((stream) => ({ name: wire.prefix, wire, stream })));

describe("a provider", () => {
  test.each(modes)("that refuses the connection is a bad gateway: $name, stream $stream", async ({ wire, stream }) => {
    const host = await openFakeUpstream([]);
    host.close();
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    expect(await outcomeOf(await gateway.chat(question(wire, stream)))).toEqual({
      status: 502,
      text: "",
      error: { code: "upstream_unreachable", kind: "network_error" },
    });
  });

  test.each(modes)(
    "that always resets before its headers is asked twice and no more: $name, stream $stream",
    async ({ wire, stream }) => {
      await using host = await openModelHost([{ reset: true }]);
      await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
      const response = await gateway.chat(question(wire, stream));
      expect(response.headers.get("x-sluice-attempts")).toBe("2");
      expect(await outcomeOf(response)).toEqual({
        status: 502,
        text: "",
        error: { code: "upstream_connection_reset", kind: "network_error" },
      });
      expect(host.calls.length).toBe(2);
    },
  );

  test.each(wires)("that resets in the middle of a stream ends it with an error: $prefix", async (wire) => {
    const seen = Promise.withResolvers<void>();
    await using host = await openModelHost(
      sse([...wire.opening, wire.output], { waitFor: seen.promise }).concat({ reset: true }),
    );
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
    const response = await gateway.chat(question(wire, true));
    seen.resolve();
    expect(await outcomeOf(response)).toEqual({
      status: 200,
      text: "Hello",
      error: { code: "upstream_stream_truncated", kind: "network_error" },
    });
    expect(host.calls.length).toBe(1);
  });

  test.each(modes)(
    "that redirects is not followed, and no key leaves: $name, stream $stream",
    async ({ wire, stream }) => {
      await using elsewhere = await openFakeUpstream(jsonReply(wire.whole));
      await using host = await openModelHost([
        { head: { status: 302, headers: [["Location", `${elsewhere.url}/v1/x`]] } },
        { end: "complete" },
      ]);
      await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
      expect(await outcomeOf(await gateway.chat(question(wire, stream)))).toEqual({
        status: 502,
        text: "",
        error: { code: "upstream_error", kind: "provider_error" },
      });
      expect([elsewhere.connections, elsewhere.requests]).toEqual([0, []]);
    },
  );
});

const shortTimers = [
  ...["--server-timeouts-connect", "2s", "--server-timeouts-headers", "3s"],
  ...["--server-timeouts-first-output", "4s", "--server-timeouts-idle", "5s"],
];

type Silence = {
  name: string;
  steps: (wire: Wire) => Step[];
  streams: readonly boolean[];
  status: number;
  code: string;
  text?: string;
};

const silences: readonly Silence[] = [
  {
    name: "before its headers",
    steps: () => [{ stall: true }],
    streams: [false, true],
    status: 504,
    code: "upstream_headers_timeout",
  },
  {
    name: "before its first output",
    steps: (wire) => sse(wire.opening, { stall: true }),
    streams: [true],
    status: 504,
    code: "upstream_first_output_timeout",
  },
  {
    name: "after pings alone",
    steps: (wire) => sse([wire.ping, wire.ping], { stall: true }),
    streams: [true],
    status: 504,
    code: "upstream_first_output_timeout",
  },
  {
    name: "in the middle of its reply",
    steps: (wire) => sse([...wire.opening, wire.output], { stall: true }),
    streams: [true],
    status: 200,
    code: "upstream_idle_timeout",
    text: "Hello",
  },
  {
    name: "in the middle of its JSON",
    steps: () => [{ head: { headers: [["content-type", "application/json"]] } }, { write: '{"id":' }, { stall: true }],
    streams: [false, true],
    status: 504,
    code: "upstream_first_output_timeout",
  },
];

for (const { name, steps, streams, status, code, text = "" } of silences) {
  const rows = modes.filter(({ stream }) => streams.includes(stream));
  test.each(rows)(`silence ${name} ends the exchange in time: $name, stream $stream`, async ({ wire, stream }) => {
    const clock = openFakeClock();
    await using host = await openModelHost(steps(wire));
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host }, arguments: shortTimers, clock });
    const reading = gateway.chat(question(wire, stream)).then(outcomeOf);
    const call = await host.call(0);
    expect(await clock.passUntil(reading)).toEqual({ status, text, error: { code, kind: "provider_timeout" } });
    expect(await call.closed).toBe("by peer");
  });
}

test("a whole reply that comes as a stream is complete where the provider falls silent behind its finish", async () => {
  const clock = openFakeClock();
  const finished = completeFrames(openaiWire).slice(0, -1);
  await using host = await openModelHost(sse(finished, { stall: true }));
  await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: shortTimers, clock });
  const reading = gateway.chat(question(openaiWire, false)).then(outcomeOf);
  const call = await host.call(0);
  expect(await clock.passUntil(reading)).toEqual({ status: 200, text: "Hello" });
  expect(await call.closed).toBe("by peer");
});

test("the total timeout ends a reply that goes on and on", async () => {
  const clock = openFakeClock();
  const { opening, output } = openaiWire;
  await using host = await openModelHost(sse([...opening, output, output], { stall: true }));
  const given = ["--server-timeouts-total", "4s", "--server-timeouts-idle", "1h"];
  await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: given, clock });
  const response = await gateway.chat(question(openaiWire, true));
  await clock.advance(5000);
  const { error } = await outcomeOf(response);
  expect(error).toEqual({ code: "upstream_total_timeout", kind: "provider_timeout" });
});

test("S50 comments of the provider keep a stream alive past the idle timeout", async () => {
  const clock = openFakeClock();
  const beats = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const frames = completeFrames(openaiWire);
  const steps = sse(frames.slice(0, 2), { waitMs: 0 });
  for (const { promise } of beats) steps.push({ waitFor: promise }, { write: ": still here\n\n" });
  for (const write of frames.slice(2)) steps.push({ write });
  await using host = await openModelHost([...steps, { end: "complete" }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: shortTimers, clock });
  const response = await gateway.chat(question(openaiWire, true));
  const reader = response.body!.getReader();
  let received = "";
  const readUntil = async (wanted: string, times: number) => {
    while (received.split(wanted).length <= times) received += new TextDecoder().decode((await reader.read()).value);
  };
  await readUntil("Hello", 1);
  for (const [index, beat] of beats.entries()) {
    await clock.advance(4000);
    beat.resolve();
    await readUntil(": still here", index + 1);
  }
  await readUntil("[DONE]", 1);
  expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
});

// Both relays have a limit of their own: bytes without a blank line, and characters without a line end.
test.each([openaiWire, anthropicWire])("a line without end is cut off at the limit: $prefix", async (wire) => {
  const megabyte = new Uint8Array(1024 * 1024).fill(0x61);
  const endless = Array.from({ length: 72 }, () => ({ write: megabyte }));
  await using host = await openModelHost([
    ...sse([wire.opening.join(""), wire.output], { write: "data: " }),
    ...endless,
  ]);
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  expect(await outcomeOf(await gateway.chat(question(wire, true)))).toEqual({
    status: 200,
    text: "Hello",
    error: { code: "upstream_malformed_response", kind: "provider_error" },
  });
  expect(await host.calls[0]?.closed).toBe("by peer");
});
