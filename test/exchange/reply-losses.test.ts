// What a reply says and its client's dialect cannot: in the header of a whole reply, in the last comment of a stream, in log and counter.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { jsonReply, sse } from "../support/fake-upstream.ts";
import { type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";

let host: ModelHost;
let gateway: Gateway;

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "one, two" }],
  stop_reason: "stop_sequence",
  stop_sequence: "three",
  usage: { input_tokens: 3, output_tokens: 2 },
};

const events = [
  { type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "one, two" } },
  { type: "content_block_stop", index: 0 },
  {
    type: "message_delta",
    delta: { stop_reason: message.stop_reason, stop_sequence: message.stop_sequence },
    usage: message.usage,
  },
  { type: "message_stop" },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

beforeAll(async () => {
  host = await openModelHost((request) =>
    (request.json() as { stream?: boolean }).stream ? sse(events) : jsonReply(message),
  );
  gateway = await openGateway({ hosts: { ANTHROPIC: host } });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

function ask(stream: boolean): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "anthropic/claude", input: "count", stream }),
  });
}

async function counted(): Promise<number> {
  const { lost } = (await (await fetch(`${gateway.url}/statsz`)).json()) as { lost: { [field: string]: number } };
  return lost["stop_sequence"] ?? 0;
}

test("a whole reply names it in its header", async () => {
  const before = await counted();
  const response = await ask(false);
  expect(response.headers.get("x-sluice-translation")).toBe("lossy");
  expect(response.headers.get("x-sluice-lost")).toBe("stop_sequence");
  expect(JSON.stringify(await response.json())).not.toContain("three");
  expect(await counted()).toBe(before + 1);
});

test("a stream names it in its last comment", async () => {
  const before = await counted();
  const response = await ask(true);
  expect(response.headers.has("x-sluice-lost")).toBe(false);
  const text = await response.text();
  expect(text).toEndWith("\n\n: sluice-lost=stop_sequence\n\n");
  expect(await counted()).toBe(before + 1);
  expect((await gateway.settled(2)).map(({ lost }) => lost)).toEqual([["stop_sequence"], ["stop_sequence"]]);
});
