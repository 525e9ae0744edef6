// Passthrough over real sockets: credentials, headers, limits, failures, and what is settled.
import { describe, expect, test } from "bun:test";
import { jsonReply, openFakeUpstream, type Step } from "../support/fake-upstream.ts";
import { credential, type GatewayOptions, openGateway } from "../support/gateway.ts";
import { openRawClient } from "../support/raw-client.ts";
import { opened } from "./passthrough-rig.ts";

const masterKey = "sluice-master-key";

test("the provider's credential is added; the client's, its cookies and what is between two hops are taken away", async () => {
  await using rig = await opened(jsonReply({ ok: true }), {
    environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" },
  });
  const client = await openRawClient(rig.gateway.port);
  client.write(
    [
      `GET /p/openai/files?key=${masterKey}&a=1 HTTP/1.1`,
      "Host: 127.0.0.1",
      `Authorization: Bearer ${masterKey}`,
      `x-api-key: ${masterKey}`,
      `api-key: ${masterKey}`,
      `x-goog-api-key: ${masterKey}`,
      "Cookie: session=1",
      "Connection: keep-alive, X-Hop",
      "X-Hop: 1",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Proxy-Authorization: Basic eA==",
      "X-Forwarded-For: 10.1.2.3",
      "Forwarded: for=10.1.2.3",
      "X-Sluice-Strict: true",
      "OpenAI-Beta: assistants=v2",
      "Range: bytes=0-9",
      'If-None-Match: "x"',
      "Accept-Encoding: br",
      "User-Agent: mine/1",
      "",
      "",
    ].join("\r\n"),
  );
  await client.until("}");
  const [request] = rig.asked();
  expect(request?.target).toBe("/v1/files?a=1");
  expect(request?.header("authorization")).toBe(`Bearer ${credential}`);
  const names = request?.headers.map(([name]) => name.toLowerCase()).sort();
  expect(names).toEqual(
    [
      "accept",
      "accept-encoding",
      "authorization",
      "connection",
      "host",
      "if-none-match",
      "openai-beta",
      "range",
      "user-agent",
    ].sort(),
  );
  expect(request?.header("accept-encoding")).toBe("br");
  expect(request?.header("user-agent")).toBe("mine/1");
  expect(JSON.stringify(request?.headers)).not.toContain(masterKey);
  client.hangUp();
});

test("without the master key nothing is asked of the provider, not even whether it exists", async () => {
  await using rig = await opened(jsonReply({}), { environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" } });
  for (const path of ["/p/openai/files", "/proxy/nobody/x", "/p/openai/../x"]) {
    expect((await fetch(rig.gateway.url + path)).status).toBe(401);
  }
  expect(rig.asked()).toEqual([]);
});

test("what the operator has fixed stays; a version that the row suggests is the client's to choose", async () => {
  await using host = await openFakeUpstream(jsonReply({ data: [] }));
  await using gateway = await openGateway({
    hosts: { ANTHROPIC: host },
    file: JSON.stringify({ providers: { anthropic: { headers: { "x-team": "research" } } } }),
  });
  const headers = { "anthropic-version": "2030-01-01", "x-team": "mine" };
  await fetch(`${gateway.url}/p/anthropic/v1/files`, { headers });
  await fetch(`${gateway.url}/p/anthropic/v1/files`);
  const [chosen, silent] = host.requests.slice(-2);
  expect(chosen?.header("anthropic-version")).toBe("2030-01-01");
  expect(chosen?.header("x-team")).toBe("research");
  expect(silent?.header("anthropic-version")).toBe("2023-06-01");
});

test("errors and redirects are the provider's own; cookies and what speaks for its host stay behind", async () => {
  const told: Step[] = jsonReply({ error: { message: "no such file" } }, 404, [
    ["X-Request-Id", "req_theirs"],
    ["Retry-After", "3"],
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
    ["Strict-Transport-Security", "max-age=1"],
    ["Alt-Svc", 'h3=":443"'],
    ["Access-Control-Allow-Origin", "*"],
    ["Connection", "X-Hop"],
    ["X-Hop", "1"],
    ["Link", "<a>; rel=next"],
    ["Link", "<b>; rel=prev"],
  ]);
  const moved: Step[] = [
    {
      head: {
        status: 302,
        headers: [
          ["Location", "https://elsewhere.example/x"],
          ["Content-Length", "0"],
        ],
        framing: "length",
      },
    },
  ];
  await using rig = await opened(({ target }) => (target.endsWith("/moved") ? moved : told));
  const reply = await fetch(`${rig.gateway.url}/p/openai/files/x`);
  expect(reply.status).toBe(404);
  expect(await reply.json()).toEqual({ error: { message: "no such file" } });
  expect(reply.headers.get("x-request-id")).toBe("req_theirs");
  expect(reply.headers.get("retry-after")).toBe("3");
  expect(reply.headers.get("link")).toBe("<a>; rel=next, <b>; rel=prev");
  for (const name of ["set-cookie", "strict-transport-security", "alt-svc", "access-control-allow-origin", "x-hop"]) {
    expect(reply.headers.get(name)).toBeNull();
  }
  const redirect = await fetch(`${rig.gateway.url}/p/openai/moved`, { redirect: "manual" });
  expect(redirect.status).toBe(302);
  expect(redirect.headers.get("location")).toBe("https://elsewhere.example/x");
  const [first, second] = await rig.gateway.settled(2);
  expect(first).toMatchObject({
    outcome: "error",
    status: 404,
    provider: "openai",
    upstream_request_id: "req_theirs",
    endpoint: "GET /p/openai",
  });
  expect(second).toMatchObject({ outcome: "complete", status: 302 });
});

test("with `auth: client` the caller's own token passes, and Sluice's key does not", async () => {
  await using host = await openFakeUpstream(jsonReply({ data: [] }));
  await using gateway = await openGateway({
    environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" },
    file: JSON.stringify({ providers: { anthropic: { auth: "client", base_url: host.url } } }),
  });
  const url = `${gateway.url}/p/anthropic/v1/files`;
  const mine = await fetch(url, { headers: { authorization: "Bearer sk-ant-oat-mine", "x-sluice-key": masterKey } });
  expect(mine.status).toBe(200);
  expect(host.requests.at(-1)?.header("authorization")).toBe("Bearer sk-ant-oat-mine");
  expect(JSON.stringify(host.requests.at(-1)?.headers)).not.toContain(masterKey);
  const before = host.requests.length;
  expect((await fetch(url, { headers: { authorization: `Bearer ${masterKey}` } })).status).toBe(401);
  expect(host.requests.length).toBe(before);
});

describe("refused by Sluice itself", () => {
  const refused: readonly (readonly [
    string,
    RequestInit & { path: string },
    number,
    GatewayOptions["environment"]?,
  ])[] = [
    ["an unknown provider", { path: "/p/nobody/x" }, 404],
    ["a provider of the table that is not configured", { path: "/p/groq/models" }, 503],
    ["no path", { path: "/proxy/openai/" }, 400],
    ["an encoded slash", { path: "/p/openai/a%2fb" }, 400],
    ["hidden dot segments", { path: "/p/openai/%252e%252e/x" }, 400],
    ["a method that nobody knows", { path: "/p/openai/x", method: "PROPFIND" }, 405],
    [
      "a body that is too large",
      { path: "/p/openai/x", method: "POST", body: "x".repeat(2000) },
      413,
      { SLUICE_PASSTHROUGH_BODY_LIMIT: "1KB" },
    ],
    ["a provider that is not on the list", { path: "/p/openai/x" }, 403, { SLUICE_PASSTHROUGH_PROVIDERS: "groq,vllm" }],
    ["everything, when it is off", { path: "/p/openai/x" }, 404, { SLUICE_PASSTHROUGH: "false" }],
  ];
  for (const [what, { path, ...init }, status, environment] of refused) {
    test(what, async () => {
      await using rig = await opened(jsonReply({}), environment && { environment });
      const reply = await fetch(rig.gateway.url + path, init);
      expect(reply.status).toBe(status);
      expect(((await reply.json()) as { error: { message: string } }).error.message).not.toBe("");
      expect(rig.asked()).toEqual([]);
    });
  }

  test("a chunked body that grows too large, while it is sent", async () => {
    await using rig = await opened(jsonReply({}), { environment: { SLUICE_PASSTHROUGH_BODY_LIMIT: "64KiB" } });
    const client = await openRawClient(rig.gateway.port);
    client.write("POST /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let index = 0; index < 5; index++) client.write(`4000\r\n${"x".repeat(0x4000)}\r\n`);
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 413");
    client.hangUp();
  });

  test("a GET with a body, which Bun would leave out without a word", async () => {
    await using rig = await opened(jsonReply({}));
    const client = await openRawClient(rig.gateway.port);
    client.write("GET /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello");
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 400");
    client.hangUp();
  });

  test("a provider that cannot be reached, in the provider's own dialect", async () => {
    await using gateway = await openGateway({
      environment: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" },
    });
    const reply = await fetch(`${gateway.url}/p/anthropic/v1/messages`, { method: "POST", body: "{}" });
    expect(reply.status).toBe(502);
    expect(await reply.json()).toMatchObject({ type: "error", error: { type: expect.any(String) } });
  });
});

test("a type stands for its first instance", async () => {
  await using host = await openFakeUpstream(jsonReply({ data: [], ok: 1 }));
  await using gateway = await openGateway({ hosts: { OPENAI_EAST: host } });
  expect((await fetch(`${gateway.url}/p/openai/files`)).headers.get("x-sluice-provider")).toBe("openai-east");
});
