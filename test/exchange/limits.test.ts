// What never reaches a provider: bodies that are too large, too slow or broken, and requests without the right key.
import { describe, expect, test } from "bun:test";
import { ending } from "../support/ending.ts";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { type Gateway, type GatewayOptions, openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { openaiWire, question } from "./wires.ts";

const chatPath = "/v1/chat/completions";

async function openPair(options: GatewayOptions = {}) {
  const host = await openModelHost(jsonReply(openaiWire.whole), {
    listing: { data: [{ id: "model-1" }, { id: "vendor/model-2" }] },
  });
  const gateway = await openGateway({ ...options, hosts: { OPENAI: host } });
  return {
    host,
    gateway,
    ...ending(gateway, host),
  };
}

type Refusal = { status: number; kind: string; type: string; code: string | null; param: string | null };

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json()) as { error: Omit<Refusal, "status" | "kind">; error_kind: string };
  expect(Object.keys(body.error).sort()).toEqual(["code", "message", "param", "type"]);
  const { type, code, param } = body.error;
  return { status: response.status, kind: body.error_kind, type, code, param };
}

const invalid = (param: string | null = null): Refusal => ({
  status: 400,
  kind: "invalid_request",
  type: "invalid_request_error",
  code: null,
  param,
});

const bodyLimit = ["--server-body-limit", "1KiB"];
const large = { ...question(openaiWire, false), padding: "x".repeat(2000) };
const tooLarge: Refusal = {
  ...invalid(),
  status: 413,
  kind: "payload_too_large",
  code: "payload_too_large",
};

describe("a body", () => {
  test("over the limit is refused by its length, before it has come", async () => {
    await using pair = await openPair({ arguments: bodyLimit });
    expect(await refusalOf(await pair.gateway.chat(large))).toEqual(tooLarge);
    const client = await openRawClient(pair.gateway.port);
    client.write(`POST ${chatPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000000000\r\n\r\n{`);
    expect(await client.until('"payload_too_large"')).toStartWith("HTTP/1.1 413 ");
    expect(pair.host.calls).toEqual([]);
  });

  test("over the limit is refused by counting, when it comes in chunks", async () => {
    await using pair = await openPair({ arguments: bodyLimit });
    const client = await openRawClient(pair.gateway.port);
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    client.write(`POST ${chatPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`);
    expect(await client.until('"payload_too_large"')).toStartWith("HTTP/1.1 413 ");
    expect(pair.host.calls).toEqual([]);
  });

  test("that comes too slowly is refused", async () => {
    const clock = openFakeClock();
    await using pair = await openPair({ clock });
    const client = await openRawClient(pair.gateway.port);
    client.write(requestText(chatPath, question(openaiWire, false)).slice(0, -10));
    await (await pair.gateway.chat("{}")).text();
    await clock.advance(11_000);
    expect(await client.until('"request_timeout"')).toStartWith("HTTP/1.1 408 ");
    client.hangUp();
    expect(pair.host.calls).toEqual([]);
  });

  test("that is refused is no request of its own: what stands in it is not answered", async () => {
    await using pair = await openPair({ arguments: bodyLimit });
    const inner = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const body = "x".repeat(2000) + inner + inner;
    const client = await openRawClient(pair.gateway.port);
    client.write(requestText(chatPath, body));
    await client.until("payload_too_large");
    client.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const received = await client.until("\r\n\r\nOK");
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
    client.hangUp();
  });

  const messages = [{ role: "user", content: "hi" }];
  test.each([
    { name: "is empty", body: "", expected: invalid() },
    { name: "is no JSON", body: '{"model":', expected: invalid() },
    { name: "is no object", body: "[1]", expected: invalid() },
    { name: "nests without end", body: `{"model":"m","x":${"[".repeat(200_000)}`, expected: invalid() },
    { name: "has a key twice", body: '{"model":"a","messages":[],"model":"b"}', expected: invalid("model") },
    { name: "is no UTF-8", body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), expected: invalid() },
    { name: "names no model", body: { messages }, expected: invalid("model") },
    { name: "has a model that is no text", body: { model: 7, messages }, expected: invalid("model") },
    {
      name: "has a name of a model without end",
      body: { model: "m".repeat(300), messages },
      expected: invalid("model"),
    },
    { name: "has no messages", body: { model: "m" }, expected: invalid("messages") },
    { name: "has messages that are no list", body: { model: "m", messages: {} }, expected: invalid("messages") },
    { name: "has a message that is no object", body: { model: "m", messages: [1] }, expected: invalid("messages[0]") },
    {
      name: "has a temperature in words",
      body: { model: "m", messages, temperature: "warm" },
      expected: invalid("temperature"),
    },
    { name: "has stream in words", body: { model: "m", messages, stream: "yes" }, expected: invalid("stream") },
    {
      name: "names a provider that is not there",
      body: { model: "m", messages, provider: "x" },
      expected: invalid("provider"),
    },
  ])("that $name is refused, with the place where there is one", async ({ body, expected }) => {
    await using pair = await openPair();
    expect(await refusalOf(await pair.gateway.chat(body))).toEqual(expected);
    expect(pair.host.calls).toEqual([]);
  });
});

describe("a master key", () => {
  const key = "sluice-master";
  const withKey = { environment: { SLUICE_MASTER_KEY: key }, arguments: ["--host", "127.0.0.1"] };
  const refused: Refusal = {
    status: 401,
    kind: "auth_failed",
    type: "authentication_error",
    code: "invalid_api_key",
    param: null,
  };

  test.each([
    { name: "missing", headers: {} },
    { name: "wrong", headers: { authorization: "Bearer other" } },
    { name: "wrong in another header", headers: { "x-api-key": "other" } },
    { name: "empty", headers: { authorization: "Bearer " } },
    { name: "the beginning of it", headers: { authorization: "Bearer sluice" } },
  ])("that is $name is refused, before the body is read", async ({ headers }) => {
    await using pair = await openPair(withKey);
    expect(await refusalOf(await pair.gateway.chat("no JSON", { headers }))).toEqual(refused);
    const models = await fetch(`${pair.gateway.url}/v1/models`, { headers });
    expect(await refusalOf(models)).toEqual(refused);
    expect(pair.host.calls).toEqual([]);
  });

  test.each([
    { authorization: `Bearer ${key}` },
    { authorization: `bearer  ${key}` },
    { "x-api-key": key },
    { "api-key": key },
    { "x-goog-api-key": key },
    { authorization: `Bearer ${key}`, "x-api-key": key },
  ])("is read from %j", async (headers) => {
    await using pair = await openPair(withKey);
    const response = await pair.gateway.chat(question(openaiWire, false), {
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(200);
    await response.text();
    expect(pair.host.calls[0]?.header("authorization")).not.toContain(key);
  });

  test("beside another one is refused, as one of them could be checked and the other used", async () => {
    await using pair = await openPair(withKey);
    const headers = { authorization: `Bearer ${key}`, "x-api-key": "other" };
    expect((await refusalOf(await pair.gateway.chat({}, { headers }))).status).toBe(400);
  });

  test("is asked for by no health endpoint", async () => {
    await using pair = await openPair(withKey);
    for (const path of ["/", "/health", "/health/ready", "/healthz"]) {
      expect((await fetch(pair.gateway.url + path)).status).toBe(200);
    }
  });
});

describe("without a route", () => {
  const ask = (gateway: Gateway, method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(gateway.url + path, { method, headers });

  test("an unknown path is 404, in the envelope of the caller's dialect", async () => {
    await using pair = await openPair();
    expect(await refusalOf(await ask(pair.gateway, "POST", "/v1/nothing"))).toMatchObject({ status: 404, code: null });
    const claude = await ask(pair.gateway, "POST", "/v1/nothing", { "anthropic-version": "2023-06-01" });
    expect([claude.status, await claude.json()]).toMatchObject([
      404,
      { type: "error", error: { type: "not_found_error", message: expect.any(String) } },
    ]);
    const gemini = await ask(pair.gateway, "GET", "/v1beta/nothing");
    expect([gemini.status, await gemini.json()]).toMatchObject([404, { error: { code: 404, status: "NOT_FOUND" } }]);
  });

  test("a WebSocket is told to use HTTP, in the envelope of the caller's dialect", async () => {
    await using pair = await openPair();
    const response = await ask(pair.gateway, "GET", "/v1/responses", {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    });
    expect(response.headers.get("upgrade")).toBe("HTTP/1.1");
    expect(await refusalOf(response)).toMatchObject({ status: 426, code: "upgrade_required" });
    const socket = new WebSocket(`${pair.gateway.url.replace("http", "ws")}/v1/responses`);
    const closed = await new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    expect(closed.wasClean).toBe(false);
  });

  test.each([
    ["GET", chatPath, "POST"],
    ["DELETE", chatPath, "POST"],
    ["POST", "/v1/models", "GET, HEAD"],
    ["DELETE", "/v1/models/a/b", "GET, HEAD, POST"],
    ["POST", "/health", "GET, HEAD"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    await using pair = await openPair();
    const response = await ask(pair.gateway, method, path);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await refusalOf(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  });
});

describe("what is to be read", () => {
  test("HEAD answers as GET does, without a body", async () => {
    await using pair = await openPair();
    for (const path of ["/", "/health", "/health/ready", "/healthz", "/v1/models", "/v1/models/model-1"]) {
      const response = await fetch(pair.gateway.url + path, { method: "HEAD" });
      expect([path, response.status, await response.text()]).toEqual([path, 200, ""]);
    }
  });

  test.each([
    "model-1",
    "openai/model-1",
    "openai%2Fmodel-1",
    "vendor/model-2",
    "openai/vendor/model-2",
    "openai%2Fvendor%2Fmodel-2",
    "model-1/",
  ])("/v1/models/%s is described, slashes raw or encoded", async (path) => {
    await using pair = await openPair();
    const response = await fetch(`${pair.gateway.url}/v1/models/${path}`);
    const id = decodeURIComponent(path).replace(/\/$/, "");
    expect(await response.json()).toMatchObject({ id, object: "model", owned_by: expect.any(String) });
  });

  test("an unknown model is 404, a badly encoded one 400", async () => {
    await using pair = await openPair();
    const unknown = await fetch(`${pair.gateway.url}/v1/models/nothing`);
    expect(await refusalOf(unknown)).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    const client = await openRawClient(pair.gateway.port);
    client.write("GET /v1/models/%E0%A4 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    expect(await client.until('"param":"model"')).toStartWith("HTTP/1.1 400 ");
    client.hangUp();
  });
});
