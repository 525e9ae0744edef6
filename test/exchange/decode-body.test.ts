// Compressed bodies of clients: decoded under the cap, cut early when they are bombs, and sent on as they were meant.
import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { GatewayError } from "../../src/core/errors.ts";
import { readJsonBody } from "../../src/exchange/read-body.ts";
import { Timers } from "../../src/exchange/timers.ts";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, geminiWire, openaiWire, question, type Wire } from "./wires.ts";

type Encode = (bytes: Uint8Array) => Uint8Array;

/** RFC 9110 8.4.1 and RFC 8878: what senders say, and what they then send. */
const codings: readonly { header: string; encode: Encode }[] = [
  { header: "gzip", encode: zlib.gzipSync },
  { header: "GZIP", encode: zlib.gzipSync },
  { header: "x-gzip", encode: zlib.gzipSync },
  { header: "deflate", encode: zlib.deflateSync },
  { header: "deflate", encode: zlib.deflateRawSync },
  { header: "br", encode: zlib.brotliCompressSync },
  { header: "zstd", encode: zlib.zstdCompressSync },
  // Applied in the order of the header: the last one comes off first.
  { header: "br, gzip", encode: (bytes) => zlib.gzipSync(zlib.brotliCompressSync(bytes)) },
  { header: "identity, zstd", encode: zlib.zstdCompressSync },
  { header: "gzip,gzip,gzip", encode: (bytes) => zlib.gzipSync(zlib.gzipSync(zlib.gzipSync(bytes))) },
];

async function read(body: Uint8Array, header: string, bytesMax = 1000): Promise<string | GatewayError> {
  const deadlines = new Timers(openFakeClock()).open();
  const request = new Request("http://localhost/", { method: "POST", headers: { "content-encoding": header }, body });
  try {
    return Buffer.from((await readJsonBody(request, { bytesMax, deadlines })).bytes).toString();
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

const text = '{ "model":"m" , "greeting":"Grüße" }';

describe("M47 a compressed body", () => {
  test.each(codings)("is decoded: $header", async ({ header, encode }) => {
    expect(await read(encode(Buffer.from(text)), header)).toBe(text);
  });

  test.each(codings.slice(2))("that is broken is a 400: $header", async ({ header, encode }) => {
    const whole = encode(Buffer.from(text));
    for (const broken of [Buffer.from("no such data"), whole.subarray(0, whole.length - 9), new Uint8Array()]) {
      const failure = (await read(broken, header)) as GatewayError;
      expect(failure).toBeInstanceOf(GatewayError);
      expect([failure.status, failure.code]).toEqual([400, "invalid_request"]);
    }
  });

  test.each(codings.slice(2))("may be as large as the limit when decoded, and no larger: $header", async (coding) => {
    const exactly = (bytes: number) => coding.encode(Buffer.from(`{"a":"${"x".repeat(bytes - 8)}"}`));
    expect(await read(exactly(1000), coding.header)).toHaveLength(1000);
    const failure = (await read(exactly(1001), coding.header)) as GatewayError;
    expect([failure.status, failure.code]).toEqual([413, "payload_too_large"]);
  });

  test("counts at every stage: what unpacks to a bomb is cut before the bomb is", async () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    expect(bomb.length).toBeLessThan(1000);
    expect(await read(bomb, "gzip, gzip")).toMatchObject({ status: 413 });
  });

  test("is counted as it came too", async () => {
    expect(await read(zlib.gzipSync(crypto.getRandomValues(new Uint8Array(2000))), "gzip")).toMatchObject({
      status: 413,
    });
  });
});

const routes: readonly { path: string; hosts: string; wire: Wire; body?: object }[] = [
  { path: "/v1/chat/completions", hosts: "OPENAI", wire: openaiWire },
  { path: "/v1/messages", hosts: "ANTHROPIC", wire: anthropicWire },
  {
    path: "/v1beta/models/gemini/model-1:generateContent",
    hosts: "GEMINI",
    wire: geminiWire,
    body: { contents: [{ role: "user", parts: [{ text: "Say hello" }] }] },
  },
];

describe("a compressed request", () => {
  test.each(routes)("reaches the provider decoded, its bytes otherwise as they came: $path", async (route) => {
    const host = await openModelHost(jsonReply(route.wire.whole));
    await using gateway = await openGateway({ hosts: { [route.hosts]: host } });
    const written = ` ${JSON.stringify({ ...(route.body ?? question(route.wire, false)), odd: "ü" }, null, 1)}\n`;
    const response = await fetch(gateway.url + route.path, {
      method: "POST",
      headers: { "content-encoding": "zstd", "content-type": "application/json" },
      body: zlib.zstdCompressSync(Buffer.from(written)),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-sluice-translation")).toMatch(/native|adjusted/);
    const call = await host.call(0);
    expect(call.header("content-encoding")).toBeUndefined();
    expect(call.header("content-length")).toBe(String(call.body.length));
    // The name of the model is the one edit.
    expect(call.text()).toBe(written.replace(/"(openai|anthropic)\//, '"'));
    host.close();
  });
});
