// The spread of one provider's requests over TLS contexts, and the words for connections that fail.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { canConnect, connectionError, Upstream } from "../../src/exchange/upstream.ts";
import { noCredential, type Provider } from "../../src/providers/provider.ts";
import { providerRows } from "../../src/providers/rows.ts";
import { openSilentPort } from "../support/silent-port.ts";

function providerAt(baseUrl: string): Provider {
  const row = providerRows.find(({ type }) => type === "openai-compatible");
  if (!row) throw new Error("the row is gone");
  const common = { name: "lab", row, baseUrl, headers: {}, listedModels: [] };
  return { ...common, credentials: [noCredential], transport: { kind: "http" } };
}

test("sixty-four requests share a TLS context, the next one opens another", () => {
  const upstream = new Upstream();
  const provider = providerAt("https://lab.example.com/v1");
  const leases = Array.from({ length: 129 }, () => upstream.enter(provider));
  const contexts = leases.map((lease) => lease?.tls.sessionTimeout);
  expect(new Set(contexts.slice(0, 64)).size).toBe(1);
  expect(new Set(contexts).size).toBe(3);
  expect(contexts[128]).not.toBe(contexts[64]);
});

test("a place that is left is taken again before a further context is opened, and leaving twice counts once", () => {
  const upstream = new Upstream();
  const provider = providerAt("https://lab.example.com/v1");
  const leases = Array.from({ length: 64 }, () => upstream.enter(provider));
  const [first] = leases;
  first?.leave();
  first?.leave();
  expect(upstream.enter(provider)?.tls).toBe(first?.tls as NonNullable<typeof first>["tls"]);
  expect(upstream.enter(provider)?.tls).not.toBe(first?.tls as NonNullable<typeof first>["tls"]);
});

test("hosts do not take one another's places, and plain HTTP needs none", () => {
  const upstream = new Upstream();
  const one = Array.from({ length: 64 }, () => upstream.enter(providerAt("https://one.example.com/v1")));
  expect(upstream.enter(providerAt("https://two.example.com/v1"))?.tls).toEqual(
    one[0]?.tls as { sessionTimeout: number },
  );
  expect(upstream.enter(providerAt("http://127.0.0.1:8000/v1"))).toBeUndefined();
});

test.each([
  ["ECONNREFUSED", "upstream_unreachable", "refused the connection"],
  ["ENOTFOUND", "upstream_unreachable", "does not resolve"],
  ["ECONNRESET", "upstream_unreachable", "closed the connection before it answered"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "upstream_unreachable", "TLS handshake"],
  ["Malformed_HTTP_Response", "upstream_malformed", "not HTTP"],
])("a connection that fails with %s is said in words", (code, wanted, words) => {
  const error = connectionError(Object.assign(new TypeError("x"), { code }), "lab");
  expect(error.code).toBe(wanted as typeof error.code);
  expect(error.message).toContain(words);
  expect(error.status).toBe(502);
});

/** Connections of this machine to the port that are still being made: state 02 of /proc/net/tcp, addresses in hexadecimal (proc(5)). */
function beingMade(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")} 02 `;
  return readFileSync("/proc/net/tcp", "utf8").split(remote).length - 1;
}

test("a connection that is never made is given up, and nothing of it stays", async () => {
  const silent = await openSilentPort();
  const before = beingMade(silent.port);
  const provider = providerAt(`http://127.0.0.1:${silent.port}/v1`);
  // Long enough for all twenty to be seen under way on a busy machine.
  const trying = Promise.all(Array.from({ length: 20 }, () => canConnect(provider, 1500)));
  while (beingMade(silent.port) < before + 20) await Bun.sleep(1);
  expect(new Set(await trying)).toEqual(new Set([false]));
  while (beingMade(silent.port) > before) await Bun.sleep(5);
  silent.close();
});

test("a host that listens can be connected to by its name, and no longer when it has gone", async () => {
  const listener = Bun.listen({ hostname: "localhost", port: 0, socket: { data() {} } });
  const provider = providerAt(`http://localhost:${listener.port}/v1`);
  expect(await canConnect(provider, 5000)).toBe(true);
  listener.stop(true);
  expect(await canConnect(provider, 5000)).toBe(false);
});
