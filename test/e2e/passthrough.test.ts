// The executable's passthrough: no byte changes on the way, and either side's end is the other's.
import { expect, test } from "bun:test";
import { startGateway } from "../support/binary.ts";
import { jsonReply, openFakeUpstream } from "../support/fake-upstream.ts";
import { openRounds } from "../support/passthrough-rounds.ts";
import { openRawClient } from "../support/raw-client.ts";

test("random rounds arrive as they were sent, both ways", async () => {
  const rounds = await openRounds(4);
  await using host = rounds.host;
  await using binary = await startGateway({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: host.url });
  expect(await rounds.run(binary.origin, 400)).toEqual([]);
}, 60_000);

test("a client that leaves in the middle of a reply closes the provider's connection", async () => {
  await using host = await openFakeUpstream(({ target }) =>
    target === "/v1/models" ? jsonReply({ data: [] }) : [{ write: "x" }, { stall: true }],
  );
  await using binary = await startGateway({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: host.url });
  const client = await openRawClient(binary.port);
  client.write("GET /p/openai/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await client.until("x\r\n");
  client.hangUp();
  expect(await host.requests.find(({ target }) => target === "/v1/x")?.closed).toBe("by peer");
});

test("a WebSocket passes", async () => {
  await using far = openEcho();
  await using binary = await startGateway({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: far.url });
  const socket = new WebSocket(`${binary.origin.replace("http", "ws")}/p/openai/realtime?model=m`);
  const answer = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<number>();
  socket.onmessage = ({ data }) => answer.resolve(data);
  socket.onclose = ({ code }) => closed.resolve(code);
  socket.onopen = () => socket.send("hello");
  expect(await answer.promise).toBe("hello");
  socket.close(1000);
  expect(await closed.promise).toBe(1000);
});

function openEcho() {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, own) => (own.upgrade(request, { data: undefined }) ? undefined : Response.json({ data: [] })),
    websocket: { message: (socket, data) => void socket.send(data) },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: async () => server.stop(true) };
}
