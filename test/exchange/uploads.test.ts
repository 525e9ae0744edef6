// Forms on their way to a provider: straight through or kept, their bytes untouched, their room bounded and given back.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spool } from "../../src/exchange/spool.ts";
import { jsonReply, type Step } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";
import { openRawClient } from "../support/raw-client.ts";

const boundary = "xYzZY";
const type = `multipart/form-data; boundary=${boundary}`;
const file = (bytes: number) => new Uint8Array(bytes).map((_, index) => (index * 31) % 251);

type Field = [name: string, value: string | Uint8Array];

/** Written by hand (RFC 7578 4), so that the bytes on both sides can be compared. */
function form(...fields: Field[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"`),
    Buffer.from(typeof value === "string" ? "\r\n\r\n" : '; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

const path = "/v1/audio/transcriptions";
const done = jsonReply({ text: "done" });

function send(gateway: Gateway, body: Uint8Array, options: { query?: string; headers?: Record<string, string> } = {}) {
  const headers = { "content-type": type, ...options.headers };
  return fetch(`${gateway.url}${path}${options.query ?? ""}`, { method: "POST", headers, body });
}

const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error;

describe("a form", () => {
  const small = file(1000);
  const large = file(900_000);

  test.each([
    ["small, the file first", form(["file", small], ["model", "groq/whisper"], ["language", "en"])],
    ["large, the file first: it is kept", form(["file", large], ["model", "groq/whisper"], ["language", "en"])],
    ["large, the model first: it goes straight through", form(["model", "groq/whisper"], ["file", large])],
  ])("%s, reaches its provider byte for byte, but for its model", async (_what, body) => {
    await using openai = await openModelHost(done);
    await using groq = await openModelHost(done);
    await using gateway = await openGateway({ hosts: { OPENAI: openai, GROQ: groq } });
    const response = await send(gateway, body);
    expect([response.status, await response.json()]).toEqual([200, { text: "done" }]);
    const [call] = groq.calls;
    expect(openai.calls).toEqual([]);
    const wanted = Buffer.from(body.toString("latin1").replace("groq/whisper", "whisper"), "latin1");
    expect(Buffer.compare(call?.body as Uint8Array, wanted)).toBe(0);
    expect(call?.header("content-type")).toBe(type);
    // The model was known before the first byte left: so was the length.
    expect(call?.header("content-length")).toBe(String(wanted.length));
  });

  test("at the only provider goes straight through, and its model is replaced on the way", async () => {
    await using host = await openModelHost(done);
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const body = form(["file", large], ["model", "openai/whisper-1"], ["provider", "openai"]);
    expect((await send(gateway, body)).status).toBe(200);
    const wanted = form(["file", large], ["model", "whisper-1"]);
    expect(Buffer.compare(host.calls[0]?.body as Uint8Array, wanted)).toBe(0);
    const [settled] = await gateway.settled(1);
    expect(settled).toMatchObject({ requested_model: "openai/whisper-1", model: "whisper-1", attempts: 1 });
  });

  test("whose model turns up too late to be another provider's is refused, and says what to do", async () => {
    await using host = await openModelHost([{ stall: true }]);
    await using gateway = await openGateway({ hosts: { OPENAI: host }, environment: { ANTHROPIC_API_KEY: "k" } });
    const response = await send(gateway, form(["file", large], ["model", "anthropic/claude"]));
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ param: "model" });
  });

  test.each([
    ["a query", { query: "?model=groq/other" }],
    ["a header", { headers: { "x-sluice-model": "groq/other" } }],
  ])("whose model is named in %s goes straight there, with that model", async (_what, options) => {
    await using openai = await openModelHost(done);
    await using groq = await openModelHost(done);
    await using gateway = await openGateway({ hosts: { OPENAI: openai, GROQ: groq } });
    expect((await send(gateway, form(["file", large], ["model", "whatever"]), options)).status).toBe(200);
    expect((await send(gateway, form(["file", large]), options)).status).toBe(200);
    const wanted = form(["file", large], ["model", "other"]);
    for (const call of groq.calls) expect(Buffer.compare(call.body, wanted)).toBe(0);
    expect(groq.calls).toHaveLength(2);
  });

  test("that is kept is sent to the next provider when one fails; one that streams is not", async () => {
    const failing: Step[] = [{ head: { status: 503 } }, { write: "{}" }, { end: "complete" }];
    const listing = { data: [{ id: "whisper" }] };
    await using first = await openModelHost(failing, { listing });
    await using second = await openModelHost(done, { listing });
    await using gateway = await openGateway({ hosts: { OPENAI: first, GROQ: second } });
    const kept = form(["file", large], ["model", "whisper"]);
    const response = await send(gateway, kept);
    expect([response.status, response.headers.get("x-sluice-provider")]).toEqual([200, "groq"]);
    expect(Buffer.compare(second.calls[0]?.body as Uint8Array, kept)).toBe(0);
    const streamed = await send(gateway, form(["model", "whisper"], ["file", large]));
    expect(streamed.status).toBe(503);
    expect([first.calls.length, second.calls.length]).toEqual([2, 1]);
  });

  test.each([
    ["without a boundary", "multipart/form-data", form(["file", small]), 400, null],
    ["that ends early", type, form(["model", "openai/m"], ["file", small]).subarray(0, -9), 400, null],
    ["with two models", type, form(["model", "a"], ["file", small], ["model", "b"]), 400, "model"],
    ["without a file", type, form(["model", "openai/m"]), 400, "file"],
    ["of another kind", "audio/wav", Buffer.from(small), 415, null],
  ])("%s is refused", async (_what, contentType, body, status, param) => {
    await using host = await openModelHost(done);
    await using gateway = await openGateway({ hosts: { OPENAI: host, GROQ: host } });
    const response = await send(gateway, body, { headers: { "content-type": contentType } });
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toMatchObject({ param });
    expect(host.calls).toEqual([]);
  });

  test("with a second model behind the file is refused on the way, whatever either says", async () => {
    await using host = await openModelHost([{ stall: true }]);
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const response = await send(gateway, form(["file", large], ["model", "a"], ["model", "b"]));
    expect([response.status, (await errorOf(response)).param]).toEqual([400, "model"]);
  });

  test("whose model could begin another field is refused", async () => {
    await using host = await openModelHost(done);
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const query = `?model=${encodeURIComponent(`a\r\n--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nb`)}`;
    const response = await send(gateway, form(["file", large]), { query });
    expect([response.status, (await errorOf(response)).message]).toEqual([400, "model holds control characters"]);
    expect(host.calls).toEqual([]);
  });

  test("larger than the limit is refused, announced or not", async () => {
    await using host = await openModelHost([{ stall: true }]);
    await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: ["--uploads-limit", "500KB"] });
    const body = form(["model", "openai/m"], ["file", large]);
    expect((await send(gateway, body)).status).toBe(413);
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < body.length; at += 50_000) controller.enqueue(body.subarray(at, at + 50_000));
        controller.close();
      },
    });
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": type },
      body: chunks,
    });
    expect(response.status).toBe(413);
  });
});

describe("the room for uploads", () => {
  test("is shared by all, and full for those that find none", async () => {
    await using host = await openModelHost(done);
    const hosts = { OPENAI: host, GROQ: host };
    await using gateway = await openGateway({ hosts, arguments: ["--uploads-spool-limit", "500KB"] });
    const response = await send(gateway, form(["file", file(900_000)], ["model", "openai/m"]));
    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ code: "spool_full" });
    expect(response.headers.get("retry-after")).toBe("1");
    // What it had taken has been given back.
    for (let round = 0; round < 3; round++) {
      expect((await send(gateway, form(["file", file(400_000)], ["model", "openai/m"]))).status).toBe(200);
    }
  });

  test("leaves no file behind, neither of requests that run nor of a process that is gone", async () => {
    const directory = join(mkdtempSync(join(tmpdir(), "sluice-spool-test-")), "made");
    const gone = Bun.spawnSync(["true"]).pid;
    mkdirSync(directory);
    const leftover = join(directory, `sluice-spool-${gone}-0123abcd`);
    const foreign = join(directory, "not-ours");
    writeFileSync(leftover, "left");
    writeFileSync(foreign, "kept");
    const asked = Promise.withResolvers<void>();
    await using host = await openModelHost(async () => {
      asked.resolve();
      return [{ stall: true }];
    });
    await using gateway = await openGateway({
      hosts: { OPENAI: host, GROQ: host },
      arguments: ["--uploads-spool-directory", directory],
    });
    expect([existsSync(leftover), existsSync(foreign)]).toEqual([false, true]);
    const controller = new AbortController();
    const sending = fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": type },
      body: form(["file", file(900_000)], ["model", "openai/m"]),
      signal: controller.signal,
    }).catch(() => undefined);
    await asked.promise;
    // It is open, and has no name.
    expect(readdirSync(directory)).toEqual(["not-ours"]);
    controller.abort();
    await sending;
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });
    rmSync(directory, { recursive: true });
  });

  test("counts what is written, refuses more, and takes back what is closed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-spool-test-"));
    const spool = new Spool({ directory, bytesMax: 10 });
    const one = await spool.open();
    const two = await spool.open();
    await one.append(Buffer.from("hello "));
    await one.append(Buffer.from("you"));
    expect(Buffer.from(await one.read(6, 9)).toString()).toBe("you");
    await expect(two.append(Buffer.from("ab"))).rejects.toMatchObject({ code: "overloaded", publicCode: "spool_full" });
    expect(spool.usedBytes).toBe(9);
    await one.close();
    await one.close();
    expect(spool.usedBytes).toBe(0);
    await two.append(Buffer.from("0123456789"));
    await two.close();
    await expect(two.append(Buffer.from("x"))).rejects.toMatchObject({ code: "unavailable" });
    expect(spool.usedBytes).toBe(0);
    rmSync(directory, { recursive: true });
  });
});

describe("who leaves", () => {
  const head = form(["model", "openai/m"], ["file", file(300_000)]).subarray(0, -20);
  const start = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 900000\r\n\r\n`;

  test("a client in the middle of its upload closes the provider's connection", async () => {
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    using provider = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (_socket, bytes) => {
          if (bytes.toString("latin1").includes("a.wav")) arrived.resolve();
        },
        close: () => closed.resolve(),
      },
    });
    await using gateway = await openGateway({
      hosts: { OPENAI: { url: `http://127.0.0.1:${provider.port}` } },
      isReady: false,
    });
    const client = await openRawClient(gateway.port);
    client.write(start);
    client.write(head);
    await arrived.promise;
    client.hangUp();
    await closed.promise;
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });
  });

  test("a provider that answers or cuts in the middle of an upload is heard at once", async () => {
    for (const answer of ["HTTP/1.1 413 Payload Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}", ""]) {
      using provider = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          data: (socket, bytes) => {
            if (!bytes.toString("latin1").includes("a.wav")) return;
            socket.write(answer);
            socket.end();
          },
        },
      });
      await using gateway = await openGateway({
        hosts: { OPENAI: { url: `http://127.0.0.1:${provider.port}` } },
        isReady: false,
      });
      const client = await openRawClient(gateway.port);
      client.write(start);
      client.write(head);
      // The rest of the body never comes.
      expect(await client.until("\r\n\r\n")).toContain(answer === "" ? "HTTP/1.1 502" : "HTTP/1.1 413");
      client.hangUp();
    }
  });
});
