// How requests beside chat end early: the client goes, a provider is silent, a sender is slow.
import { describe, expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import type { Step } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient } from "../support/raw-client.ts";

const speech = JSON.stringify({ model: "openai/tts-1", input: "a", voice: "alloy" });
const audio = (...rest: Step[]): Step[] => [
  { head: { headers: [["content-type", "audio/mpeg"]] } },
  { write: "ID3" },
  ...rest,
];

describe("a client that goes", () => {
  test.each([
    ["before the reply begins", [{ stall: true }] as Step[], undefined],
    ["in the middle of it", audio({ stall: true }), "ID3"],
  ])("%s takes the provider's connection with it", async (_when, steps, seen) => {
    await using host = await openModelHost(steps);
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const client = await openRawClient(gateway.port);
    client.write(
      `POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${speech.length}\r\n\r\n${speech}`,
    );
    const call = await host.call(0);
    if (seen) await client.until(seen);
    client.hangUp();
    expect(await call.closed).toBe("by peer");
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone", attempts: 1 });
  });

  test("while its upload is still being kept has called nobody", async () => {
    await using host = await openModelHost([{ stall: true }]);
    await using gateway = await openGateway({ hosts: { OPENAI: host, GROQ: host } });
    const client = await openRawClient(gateway.port);
    const head =
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n";
    client.write(`${head}--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`);
    client.write(new Uint8Array(400_000));
    client.hangUp();
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone", attempts: 0 });
    expect(host.calls).toEqual([]);
  });
});

describe("silence", () => {
  test.each([
    ["before its headers", [{ stall: true }] as Step[], "--server-timeouts-headers", 504],
    ["before its first byte", [{ head: {} }, { stall: true }] as Step[], "--server-timeouts-first-output", 504],
  ])("of a provider %s is a failure with a status", async (_when, steps, flag, status) => {
    const clock = openFakeClock();
    await using host = await openModelHost(steps);
    const retries = ["--resilience-retry-max-retries", "0"];
    await using gateway = await openGateway({ hosts: { OPENAI: host }, clock, arguments: [flag, "5s", ...retries] });
    const asking = fetch(`${gateway.url}/v1/audio/speech`, { method: "POST", body: speech });
    await host.call(0);
    expect((await clock.passUntil(asking)).status).toBe(status);
  });

  test("of a provider in the middle of its reply cuts the client's, too", async () => {
    const clock = openFakeClock();
    await using host = await openModelHost(audio({ stall: true }));
    await using gateway = await openGateway({
      hosts: { OPENAI: host },
      clock,
      arguments: ["--server-timeouts-idle", "5s"],
    });
    const response = await fetch(`${gateway.url}/v1/audio/speech`, { method: "POST", body: speech });
    const reading = response.text().catch((cause: unknown) => cause);
    expect(await clock.passUntil(reading)).toBeInstanceOf(Error);
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "error", error: "upstream_timeout" });
  });

  test("of a sender ends its upload", async () => {
    const clock = openFakeClock();
    await using host = await openModelHost([{ stall: true }]);
    await using gateway = await openGateway({ hosts: { OPENAI: host, GROQ: host }, clock });
    const client = await openRawClient(gateway.port);
    client.write(
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n--b\r\n",
    );
    expect(await clock.passUntil(client.until("\r\n\r\n"))).toContain("HTTP/1.1 408");
    client.hangUp();
  });
});
