// Passthrough of streams, both ways, each side's end, and the usage that is read beside the bytes.
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { openGateway } from "../support/gateway.ts";
import { openRawClient } from "../support/raw-client.ts";
import { opened } from "./passthrough-rig.ts";

describe("streams", () => {
  test("each event leaves as it comes, untouched", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const head: Step = { head: { headers: [["Content-Type", "text/event-stream"]] } };
    await using rig = await opened([
      head,
      { write: "event: a\ndata: 1" },
      { waitFor: gates[0]?.promise as Promise<void> },
      { write: "\r\n\r\n: odd\n" },
      { waitFor: gates[1]?.promise as Promise<void> },
      { write: "data: \xff" },
      { end: "complete" },
    ]);
    const reply = await fetch(`${rig.gateway.url}/p/openai/any`, { method: "POST", body: "{}" });
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
    const text = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe("event: a\ndata: 1");
    gates[0]?.resolve();
    expect(await text()).toBe("\r\n\r\n: odd\n");
    gates[1]?.resolve();
    expect(await text()).toBe("data: \xff");
    expect((await reader.read()).done).toBe(true);
  });

  test("an upload reaches the provider before the client has sent its end", async () => {
    const early = Promise.withResolvers<void>();
    await using raw = await openByteHost((bytes) => bytes.includes("first-piece") && early.resolve());
    await using gateway = await openGateway({ hosts: { OPENAI: raw } });
    const client = await openRawClient(gateway.port);
    client.write("POST /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nfirst-piece");
    await early.promise;
    client.hangUp();
    // The upload's end is the provider's too.
    await raw.closed;
  });

  test("a client that leaves closes the provider's connection; a provider that breaks off cuts the client's", async () => {
    await using rig = await opened([{ write: "x" }, { stall: true }]);
    const client = await openRawClient(rig.gateway.port);
    client.write("GET /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await client.until("x\r\n");
    client.hangUp();
    expect(await rig.asked()[0]?.closed).toBe("by peer");
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone" });

    const seen = Promise.withResolvers<void>();
    await using broken = await opened([
      { head: { headers: [["Content-Length", "100"]], framing: "length" } },
      { write: "half" },
      { waitFor: seen.promise },
      { end: "cut" },
    ]);
    const reader = await openRawClient(broken.gateway.port);
    reader.write("GET /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await reader.until("half");
    seen.resolve();
    // Bun sends streams in chunks: without the last one, the body is known to be cut.
    expect(await reader.ended).toEndWith("half\r\n");
    expect((await broken.gateway.settled(1))[0]).toMatchObject({ outcome: "error", error: "upstream_truncated" });
  });

  test("a client that leaves while the provider is silent is noticed", async () => {
    await using rig = await opened([{ stall: true }]);
    const client = await openRawClient(rig.gateway.port);
    client.write("GET /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const request = await rig.host.request(1);
    client.hangUp();
    expect(await request.closed).toBe("by peer");
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "client_gone", status: 499 });
  });
});

describe("usage is read beside the bytes", () => {
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
  const reply = {
    id: "c1",
    object: "chat.completion",
    model: "gpt-x",
    choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
    usage,
  };
  const counted = { input_tokens: 11, output_tokens: 7, model: "gpt-x", outcome: "complete" };

  test("of a whole reply", async () => {
    await using rig = await opened(jsonReply(reply));
    await (await fetch(`${rig.gateway.url}/p/openai/chat/completions`, { method: "POST", body: "{}" })).text();
    expect((await rig.gateway.settled(1))[0]).toMatchObject(counted);
  });

  test("of a compressed one, which stays compressed", async () => {
    const bytes = gzipSync(JSON.stringify(reply));
    const steps: Step[] = [
      {
        head: {
          headers: [
            ["Content-Type", "application/json"],
            ["Content-Encoding", "gzip"],
          ],
          framing: "chunked",
        },
      },
      { write: bytes.subarray(0, 20) },
      { write: bytes.subarray(20) },
      { end: "complete" },
    ];
    await using rig = await opened(steps);
    const got = await fetch(`${rig.gateway.url}/p/openai/chat/completions`, {
      method: "POST",
      body: "{}",
      decompress: false,
    } as RequestInit);
    expect(Buffer.from(await got.bytes()).equals(bytes)).toBe(true);
    expect((await rig.gateway.settled(1))[0]).toMatchObject(counted);
  });

  test("of a stream", async () => {
    const chunk = (more: object) =>
      JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "gpt-x", choices: [], ...more });
    const frames = [
      chunk({ choices: [{ index: 0, delta: { content: "hi" }, finish_reason: null }] }),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
      chunk({ usage }),
      "[DONE]",
    ];
    await using rig = await opened(sse(frames));
    await (await fetch(`${rig.gateway.url}/p/openai/chat/completions`, { method: "POST", body: "{}" })).text();
    expect((await rig.gateway.settled(1))[0]).toMatchObject(counted);
  });

  test("what cannot be read is passed on all the same", async () => {
    const steps: Step[] = [
      {
        head: {
          headers: [
            ["Content-Type", "application/json"],
            ["Content-Encoding", "gzip"],
          ],
        },
      },
      { write: "not gzip" },
      { end: "complete" },
    ];
    await using rig = await opened(steps);
    const got = await fetch(`${rig.gateway.url}/p/openai/chat/completions`, {
      method: "POST",
      body: "{}",
      decompress: false,
    } as RequestInit);
    expect(await got.text()).toBe("not gzip");
    expect((await rig.gateway.settled(1))[0]).toMatchObject({ outcome: "complete", status: 200 });
  });
});

/** A host that never answers and shows every byte as it comes; it lists models like any other. */
async function openByteHost(see: (text: string) => unknown) {
  const closed = Promise.withResolvers<void>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        const text = bytes.toString("latin1");
        if (text.startsWith("GET"))
          socket.end(
            'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"data":[]}',
          );
        else {
          socket.data = undefined;
          see(text);
          if (text.startsWith("POST")) uploads.add(socket);
        }
      },
      close(socket) {
        if (uploads.has(socket)) closed.resolve();
      },
    },
  });
  const uploads = new Set<object>();
  return {
    url: `http://127.0.0.1:${listener.port}`,
    closed: closed.promise,
    [Symbol.asyncDispose]: async () => listener.stop(true),
  };
}
