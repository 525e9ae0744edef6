// WebSockets through passthrough: frames, protocols, codes and pace both ways, and what is settled.
import { describe, expect, test } from "bun:test";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { credential, type GatewayOptions, openGateway } from "../support/gateway.ts";

type Far = {
  url: string;
  /** Headers of the upgrades, in order. */
  upgrades: Headers[];
  targets: string[];
  received: (string | Uint8Array)[];
  pings: string[];
  closed: Promise<{ code: number; reason: string }>;
  socket: Promise<import("bun").ServerWebSocket<unknown>>;
  drained: () => void;
  close(): void;
};

/** A provider's end: echoes, obeys a few words, and refuses what is asked of it below /refuse/STATUS. */
function openFar(): Far {
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const opened = Promise.withResolvers<import("bun").ServerWebSocket<unknown>>();
  const far = {
    upgrades: [] as Headers[],
    targets: [] as string[],
    received: [] as (string | Uint8Array)[],
    pings: [] as string[],
  };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, own) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/v1/models") return Response.json({ data: [] });
      far.upgrades.push(new Headers(request.headers));
      far.targets.push(pathname + search);
      const status = Number(/refuse\/(\d+)/.exec(pathname)?.[1] ?? 0);
      if (status > 0) return new Response("refused", { status });
      const offered = request.headers.get("sec-websocket-protocol")?.split(", ") ?? [];
      const chosen = offered.at(-1);
      own.upgrade(request, {
        data: undefined,
        headers: chosen === undefined ? {} : { "sec-websocket-protocol": chosen },
      });
      return undefined;
    },
    websocket: {
      maxPayloadLength: 64 * 1024 * 1024,
      backpressureLimit: 256 * 1024 * 1024,
      open(socket) {
        opened.resolve(socket);
        socket.send("welcome");
      },
      message(socket, data) {
        far.received.push(typeof data === "string" ? data : new Uint8Array(data));
        const close = typeof data === "string" ? /^close (\d+) (.*)$/.exec(data) : null;
        if (close) socket.close(Number(close[1]), close[2]);
        else if (data === "drop") socket.terminate();
        else socket.send(data);
      },
      ping: (_socket, data) => void far.pings.push(data.toString()),
      close: (_socket, code, reason) => closed.resolve({ code, reason }),
    },
  });
  return {
    ...far,
    url: `http://127.0.0.1:${server.port}`,
    closed: closed.promise,
    socket: opened.promise,
    drained: () => {},
    close: () => void server.stop(true),
  };
}

type Near = {
  socket: WebSocket;
  received: (string | Uint8Array)[];
  opened: Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
  /** Resolves with message number `index`. */
  message(index: number): Promise<string | Uint8Array>;
};

function connect(url: string, options: { headers?: { [name: string]: string }; protocols?: string[] } = {}): Near {
  const socket = new WebSocket(url.replace(/^http/, "ws"), options);
  socket.binaryType = "nodebuffer";
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const received: (string | Uint8Array)[] = [];
  let arrived = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) => opened.reject(new Error((event as ErrorEvent).message));
  opened.promise.catch(() => {});
  socket.onmessage = ({ data }) => {
    received.push(data as string | Uint8Array);
    arrived.resolve();
    arrived = Promise.withResolvers();
  };
  socket.onclose = ({ code, reason }) => closed.resolve({ code, reason });
  return {
    socket,
    received,
    opened: opened.promise,
    closed: closed.promise,
    async message(index) {
      while (received.length <= index) await arrived.promise;
      return received[index] as string | Uint8Array;
    },
  };
}

async function opened(options: GatewayOptions = {}) {
  const far = openFar();
  const gateway = await openGateway({ hosts: { OPENAI: far }, ...options });
  return {
    far,
    gateway,
    url: `${gateway.url}/p/openai/realtime?model=gpt-realtime&x=%20`,
    [Symbol.asyncDispose]: async () => {
      far.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

test("frames pass both ways as they are, the provider's first words too, with its credential and without the client's", async () => {
  await using rig = await opened({ environment: { SLUICE_MASTER_KEY: "sluice-master-key", HOST: "127.0.0.1" } });
  const near = connect(rig.url, {
    headers: { authorization: "Bearer sluice-master-key", cookie: "a=1", "openai-beta": "realtime=v1" },
    protocols: ["openai-insecure-api-key.sluice-master-key", "realtime", "beta.v1"],
  });
  await near.opened;
  expect(await near.message(0)).toBe("welcome");
  near.socket.send("h\u00e9llo \u{1f600}");
  near.socket.send(new Uint8Array([0, 255, 128]));
  near.socket.send("");
  expect(await near.message(1)).toBe("h\u00e9llo \u{1f600}");
  expect([...((await near.message(2)) as Uint8Array)]).toEqual([0, 255, 128]);
  expect(await near.message(3)).toBe("");
  const [headers] = rig.far.upgrades;
  expect(headers?.get("authorization")).toBe(`Bearer ${credential}`);
  expect(headers?.get("cookie")).toBeNull();
  expect(headers?.get("openai-beta")).toBe("realtime=v1");
  expect(headers?.get("sec-websocket-protocol")).toBe("realtime, beta.v1");
  expect(JSON.stringify([...(headers ?? [])])).not.toContain("sluice-master-key");
  expect(near.socket.protocol).toBe("beta.v1");
  expect(rig.far.targets[0]).toBe("/v1/realtime?model=gpt-realtime&x=%20");
  near.socket.close(1000);
  await near.closed;
});

describe("an end is the other side's too", () => {
  test("the client's, with its code and reason", async () => {
    await using rig = await opened();
    const near = connect(rig.url);
    await near.message(0);
    near.socket.close(4321, "enough");
    expect(await rig.far.closed).toEqual({ code: 4321, reason: "enough" });
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "complete", status: 101, provider: "openai" });
  });

  test("the provider's, with its code and reason", async () => {
    await using rig = await opened();
    const near = connect(rig.url);
    await near.message(0);
    near.socket.send("close 3999 too long");
    expect(await near.closed).toEqual({ code: 3999, reason: "too long" });
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "complete", status: 101 });
  });

  test("a client that is gone without a word", async () => {
    await using rig = await opened();
    const near = connect(rig.url);
    await near.message(0);
    near.socket.terminate();
    expect((await rig.far.closed).code).toBe(1006);
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });
  });

  test("a provider that is gone without a word, and one that says it failed", async () => {
    await using rig = await opened();
    const near = connect(rig.url);
    await near.message(0);
    near.socket.send("drop");
    expect((await near.closed).code).toBe(1006);
    const other = connect(rig.url);
    await other.message(0);
    other.socket.send("close 1011 broken");
    expect(await other.closed).toEqual({ code: 1011, reason: "broken" });
    const [first, second] = await rig.gateway.settled(2);
    expect(first).toMatchObject({ outcome: "error", error: "upstream_truncated" });
    expect(second).toMatchObject({ outcome: "error", error: "upstream_truncated" });
  });

  test("a client that leaves before the provider has answered", async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          if (bytes.toString().includes("/models"))
            socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":[]}');
          else asked.resolve();
        },
        close() {
          asked.promise.then(gone.resolve);
        },
      },
    });
    await using gateway = await openGateway({ hosts: { OPENAI: { url: `http://127.0.0.1:${listener.port}` } } });
    const near = connect(`${gateway.url}/p/openai/realtime`);
    await asked.promise;
    near.socket.terminate();
    await gone.promise;
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });
    held.resolve();
    listener.stop(true);
  });

  test("a shutdown tells both that it goes away", async () => {
    await using rig = await opened({ arguments: ["--server-drain-timeout", "0s"] });
    const near = connect(rig.url);
    await near.message(0);
    const closing = rig.gateway.app.close();
    expect((await near.closed).code).toBe(1001);
    expect((await rig.far.closed).code).toBe(1001);
    await closing;
  });
});

test("a refused upgrade keeps its status", async () => {
  await using rig = await opened();
  for (const status of [401, 403, 404, 429, 503]) {
    const reply = await fetch(`${rig.gateway.url}/p/openai/refuse/${status}`, {
      headers: {
        upgrade: "websocket",
        connection: "Upgrade",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
    expect(reply.status).toBe(status);
  }
  expect((await rig.gateway.settled(5)).map(({ outcome }) => outcome)).toEqual(Array(5).fill("error"));
});

test("pings of the client reach the provider", async () => {
  await using rig = await opened();
  const near = connect(rig.url);
  await near.message(0);
  near.socket.ping("are you there");
  near.socket.send("x");
  await near.message(1);
  expect(rig.far.pings).toContain("are you there");
  near.socket.close();
});

test("neither side is sent more than it takes; nothing is lost on the way", async () => {
  await using rig = await opened();
  const near = connect(rig.url);
  await near.message(0);
  // The client stops reading: what the provider sends must wait with the provider, and come whole afterwards.
  const far = await rig.far.socket;
  near.socket.pause();
  const piece = "x".repeat(1024 * 1024);
  const before = process.memoryUsage().rss;
  for (let index = 0; index < 60; index++) far.send(String(index).padStart(2, "0") + piece);
  await Bun.sleep(300);
  const grown = process.memoryUsage().rss - before;
  near.socket.resume();
  for (let index = 0; index < 60; index++) {
    expect(((await near.message(index + 1)) as string).slice(0, 2)).toBe(String(index).padStart(2, "0"));
  }
  expect(grown).toBeLessThan(200 * 1024 * 1024);
  // And the other way round.
  far.pause();
  for (let index = 0; index < 40; index++) near.socket.send(String(index).padStart(2, "0") + piece);
  await Bun.sleep(100);
  far.resume();
  while (rig.far.received.length < 40) await Bun.sleep(5);
  expect(rig.far.received.map((data) => (data as string).slice(0, 2))).toEqual(
    Array.from({ length: 40 }, (_, index) => String(index).padStart(2, "0")),
  );
  near.socket.close();
}, 30_000);

test("usage of the Realtime API is summed up over its responses", async () => {
  await using rig = await opened();
  const near = connect(rig.url);
  await near.message(0);
  // platform.openai.com/docs/api-reference/realtime-server-events/response/done
  const done = {
    type: "response.done",
    response: {
      object: "realtime.response",
      status: "completed",
      usage: {
        total_tokens: 275,
        input_tokens: 127,
        output_tokens: 148,
        input_token_details: { cached_tokens: 64, text_tokens: 119, audio_tokens: 8 },
        output_token_details: { text_tokens: 36, audio_tokens: 112 },
      },
    },
  };
  near.socket.send(JSON.stringify(done));
  near.socket.send(JSON.stringify(done));
  await near.message(2);
  near.socket.close(1000);
  expect((await rig.gateway.settled(1))[0]).toMatchObject({
    input_tokens: 254,
    output_tokens: 296,
    cache_read_tokens: 128,
  });
});

test("where a provider has a proxy, its WebSockets go through that", async () => {
  const asked: string[] = [];
  const proxy = createServer((client) => {
    client.on("error", () => {});
    client.once("data", (head) => {
      const [, host = "", port = ""] = /^CONNECT ([^:]+):(\d+)/.exec(head.toString("latin1")) ?? [];
      asked.push(`${host}:${port}`);
      const far = connectTcp({ host, port: Number(port) }, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(far).pipe(client);
      });
      far.on("error", () => client.destroy());
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const far = openFar();
  const { port } = proxy.address() as AddressInfo;
  await using gateway = await openGateway({
    hosts: { OPENAI: far },
    file: JSON.stringify({ providers: { openai: { proxy: `http://127.0.0.1:${port}` } } }),
    isReady: false,
  });
  const near = connect(`${gateway.url}/p/openai/realtime`);
  expect(await near.message(0)).toBe("welcome");
  expect(asked).toContain(new URL(far.url).host);
  near.socket.close(1000);
  await near.closed;
  far.close();
  proxy.close();
});
