// The way out: a real CONNECT proxy, a private authority, a certificate of our own, and addresses of single endpoints.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../support/certificate.ts";
import { jsonReply, openFakeUpstream } from "../support/fake-upstream.ts";
import { openGateway } from "../support/gateway.ts";

const name = "api.provider.test";
const { key, certificate } = selfSigned([name, "localhost"]);
const own = selfSigned(["sluice.test"]);

const reply = jsonReply({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

/** Opens a tunnel to `port` on loopback, whatever host is asked for. */
async function openProxyServer(port: number) {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on("error", () => {});
    client.once("data", (bytes) => {
      heads.push(bytes.toString("latin1"));
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      sockets.add(upstream);
      upstream.on("error", () => client.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    heads,
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function openFiles(files: { [name: string]: string }) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-trust-"));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return {
    path: (file: string) => join(folder, file),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const body = (provider: string) => ({ model: `${provider}/m`, messages: [{ role: "user", content: "Hi" }] });
const portOf = (url: string) => Number(new URL(url).port);

test("HTTPS_PROXY tunnels to the provider by its name, which the proxy resolves; the key stays inside TLS", async () => {
  await using host = await openFakeUpstream(reply, { tls: { key, cert: certificate } });
  await using proxy = await openProxyServer(portOf(host.url));
  using files = openFiles({ "ca.pem": certificate });
  const provider = { base_url: `https://${name}/v1`, api_key: "sk-secret-key", ca_file: files.path("ca.pem") };
  await using gateway = await openGateway({
    file: JSON.stringify({ providers: { openai: provider } }),
    environment: { HTTPS_PROXY: proxy.url },
    isReady: false,
  });
  const response = await gateway.chat(body("openai"));
  expect([response.status, response.status === 200 ? "" : await response.text()]).toEqual([200, ""]);
  expect(proxy.heads[0]).toStartWith(`CONNECT ${name}:443 HTTP/1.1\r\n`);
  expect(proxy.heads.join()).not.toContain("sk-secret-key");
  const call = host.requests.find(({ method }) => method === "POST");
  expect([call?.target, call?.header("authorization")]).toEqual(["/v1/chat/completions", "Bearer sk-secret-key"]);
});

test("a provider's own proxy is used where the environment has none, and `off` goes directly", async () => {
  await using host = await openFakeUpstream(reply);
  await using proxy = await openProxyServer(portOf(host.url));
  await using other = await openFakeUpstream(reply);
  const providers = {
    "openai-compatible-near": { base_url: `${host.url}/v1`, proxy: "off" },
    "openai-compatible-far": { base_url: `${other.url}/v1` },
  };
  await using gateway = await openGateway({
    file: JSON.stringify({ providers }),
    environment: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url },
  });
  expect((await gateway.chat(body("openai-compatible-near"))).status).toBe(200);
  // Loopback is never reached through the environment's proxy.
  expect((await gateway.chat(body("openai-compatible-far"))).status).toBe(200);
  expect(proxy.heads).toEqual([]);
});

test("without its authority a provider's certificate is refused, with it trusted, also for what it lists", async () => {
  await using host = await openFakeUpstream(reply, { tls: { key, cert: certificate } });
  using files = openFiles({ "ca.pem": certificate });
  const base_url = `https://localhost:${portOf(host.url)}/v1`;
  const providers = {
    "openai-compatible-stranger": { base_url },
    "openai-compatible-trusted": { base_url, ca_file: files.path("ca.pem") },
  };
  await using gateway = await openGateway({ file: JSON.stringify({ providers }) });
  const refused = await gateway.chat(body("openai-compatible-stranger"));
  expect(refused.status).toBe(502);
  expect(await refused.text()).toContain("failed the TLS handshake");
  expect((await gateway.chat(body("openai-compatible-trusted"))).status).toBe(200);
  expect(host.requests.some(({ method, target }) => method === "GET" && target === "/v1/models")).toBe(true);
});

test("a host that asks for a certificate gets ours", async () => {
  const tls = { key, cert: certificate, ca: own.certificate, requestCert: true, rejectUnauthorized: true };
  await using host = await openFakeUpstream(reply, { tls });
  using files = openFiles({ "ca.pem": certificate, "own.pem": own.certificate, "own.key": own.key });
  const base_url = `https://localhost:${portOf(host.url)}/v1`;
  const ca_file = files.path("ca.pem");
  const certified = { client_cert_file: files.path("own.pem"), client_key_file: files.path("own.key") };
  const providers = {
    "openai-compatible-bare": { base_url, ca_file },
    "openai-compatible-known": { base_url, ca_file, ...certified },
  };
  await using gateway = await openGateway({ file: JSON.stringify({ providers }) });
  expect((await gateway.chat(body("openai-compatible-bare"))).status).toBe(502);
  expect((await gateway.chat(body("openai-compatible-known"))).status).toBe(200);
});

test("an endpoint has an address of its own, also one in a dialect that the row does not have", async () => {
  await using host = await openFakeUpstream(reply);
  await using apart = await openFakeUpstream(reply);
  const format_urls = {
    openai: `${apart.url}/team/chat?tenant=7`,
    embeddings: `${apart.url}/vectors`,
    models: `${apart.url}/catalogue`,
  };
  const providers = { "openai-compatible-lab": { base_url: `${host.url}/v1`, format_urls } };
  await using gateway = await openGateway({ file: JSON.stringify({ providers }) });
  expect((await gateway.chat(body("openai-compatible-lab"))).status).toBe(200);
  await fetch(`${gateway.url}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "openai-compatible-lab/e", input: "Hi" }),
  });
  expect(apart.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /catalogue",
    "POST /team/chat?tenant=7",
    "POST /vectors",
  ]);
  expect(host.requests).toEqual([]);
});
