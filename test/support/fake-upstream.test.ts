// The fake upstream itself: what it records and how it ends, seen through Bun's fetch.
import { expect, test } from "bun:test";
import { selfSigned } from "./certificate.ts";
import { jsonReply, openFakeUpstream, sse } from "./fake-upstream.ts";

test("records method, target, headers in order and spelling, and the raw body", async () => {
  await using upstream = await openFakeUpstream(jsonReply({ ok: true }));
  const response = await fetch(`${upstream.url}/v1/x?y=1`, {
    method: "POST",
    headers: { "X-Custom": "a", "x-other": "b" },
    body: '{"é": 1}',
  });
  expect(await response.json()).toEqual({ ok: true });
  const request = upstream.requests[0]!;
  expect([request.method, request.target, request.text()]).toEqual(["POST", "/v1/x?y=1", '{"é": 1}']);
  const names = request.headers.map(([name]) => name);
  expect(names.indexOf("X-Custom")).toBeLessThan(names.indexOf("x-other"));
  expect(names.indexOf("X-Custom")).toBeGreaterThanOrEqual(0);
  expect(request.header("x-custom")).toBe("a");
});

test("reads a chunked request body and keeps the connection for the next request", async () => {
  await using upstream = await openFakeUpstream((_request, index) => jsonReply(index));
  async function* pieces() {
    yield "one ";
    yield "two";
  }
  const first = await fetch(upstream.url, { method: "POST", body: pieces() });
  expect(await first.json()).toBe(0);
  const second = await fetch(upstream.url, { method: "POST", body: "three" });
  expect(await second.json()).toBe(1);
  expect(upstream.requests.map((request) => request.text())).toEqual(["one two", "three"]);
  expect(upstream.connections).toBe(1);
});

test("sse frames arrive as written and a complete end is a clean one", async () => {
  await using upstream = await openFakeUpstream(sse(['{"a":1}', ": comment\n\n", "[DONE]"]));
  const response = await fetch(upstream.url);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(await response.text()).toBe('data: {"a":1}\n\n: comment\n\ndata: [DONE]\n\n');
});

test.each([{ reset: true } as const, { end: "cut" } as const])(
  "%j in the middle of a chunked body is an error at the reader",
  async (last) => {
    await using upstream = await openFakeUpstream(sse(["{}"], last));
    const reading = fetch(upstream.url).then((response) => response.text());
    await expect(reading).rejects.toMatchObject({ code: "ECONNRESET" });
  },
);

test("a reset before any byte is a failed request", async () => {
  await using upstream = await openFakeUpstream([{ reset: true }]);
  await expect(fetch(upstream.url, { method: "POST", body: "x" })).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("S66 a body that only its close ends looks clean when cut", async () => {
  await using upstream = await openFakeUpstream([{ head: { framing: "close" } }, { write: "half" }, { end: "cut" }]);
  expect(await (await fetch(upstream.url)).text()).toBe("half");
});

test("closed tells when the client has left a stalled reply", async () => {
  await using upstream = await openFakeUpstream(sse(["{}"], { stall: true }));
  const abort = new AbortController();
  const response = await fetch(upstream.url, { signal: abort.signal });
  await response.body!.getReader().read();
  abort.abort();
  expect(await upstream.requests[0]!.closed).toBe("by peer");
});

test("a large write goes through whole", async () => {
  const bytes = new Uint8Array(8_000_000).fill(97);
  await using upstream = await openFakeUpstream([{ write: bytes }, { end: "complete" }]);
  expect((await (await fetch(upstream.url)).bytes()).length).toBe(bytes.length);
});

test("request(index) waits for a request that has not come yet, and waitFor holds the answer", async () => {
  const gate = Promise.withResolvers<void>();
  await using upstream = await openFakeUpstream([{ waitFor: gate.promise }, ...jsonReply("late")]);
  const seen = upstream.request(0);
  const answer = fetch(upstream.url).then((response) => response.json());
  expect((await seen).method).toBe("GET");
  gate.resolve();
  expect(await answer).toBe("late");
});

test("speaks TLS with a certificate made for the test", async () => {
  const { key, certificate } = selfSigned(["upstream.test"]);
  await using upstream = await openFakeUpstream(jsonReply("secret"), { tls: { key, cert: certificate } });
  const response = await fetch(upstream.url, {
    headers: { Host: "upstream.test" },
    tls: { ca: certificate, serverName: "upstream.test" },
  });
  expect(await response.json()).toBe("secret");
  const unknown = fetch(upstream.url, { tls: { ca: certificate, serverName: "other.test" } });
  await expect(unknown).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
});
