// Claude Code takes signed thinking out of its history where a reply names another model than the one it asks for: Messages
// clients read the name by which they asked.
import { describe, expect, test } from "bun:test";
import { jsonReply, type Script, sse } from "../support/fake-upstream.ts";
import { type GatewayOptions, openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, completeFrames, openaiWire, question, type Wire } from "./wires.ts";

type Asked = { wire?: Wire; model?: string; stream?: boolean; gateway?: GatewayOptions };

/** What a Messages client reads of the host's reply. */
async function received(script: Script, asked: Asked = {}): Promise<string> {
  const { wire = anthropicWire, stream = true } = asked;
  await using host = await openModelHost(script);
  const environment = { [`${wire.prefix}_MODELS`]: "model-1" };
  await using gateway = await openGateway({ environment, ...asked.gateway, hosts: { [wire.prefix]: host } });
  const model = asked.model ?? wire.model;
  const body = { model, max_tokens: 9, stream, messages: [{ role: "user", content: "hi" }] };
  const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sluice-model")).toBe("model-1");
  return await response.text();
}

const renamed = (text: string, name: string) => text.replace('"model":"model-1"', `"model":"${name}"`);

describe("a Messages stream that passes as it is", () => {
  const sent = completeFrames(anthropicWire);

  test("names the model as it was asked for, and is otherwise as it came", async () => {
    expect(await received(sse(sent))).toBe(renamed(sent.join(""), "anthropic/model-1"));
  });

  test("keeps its line ends, its spaces, its further lines and its further fields", async () => {
    const opening =
      'event: message_start\r\nid: 7\r\ndata:  { "type": "message_start", "message": {"model" : "model-1","usage":{"input_tokens":3},"x":1.0} }\r\n\r\n';
    const behind = sent.slice(1).map((frame) => frame.replaceAll("\n", "\r\n"));
    const expected = opening.replace('"model-1"', '"anthropic/model-1"');
    expect(await received(sse([opening, ...behind]))).toBe([expected, ...behind].join(""));
  });

  test("keeps its event where its data stand on several lines", async () => {
    const opening =
      'event: message_start\ndata: {"type":"message_start",\ndata: "message":{"model":"model-1","usage":{"input_tokens":3}}}\n\n';
    const expected =
      'event: message_start\ndata: {"type":"message_start", "message":{"model":"anthropic/model-1","usage":{"input_tokens":3}}}\n\n';
    expect(await received(sse([opening, ...sent.slice(1)]))).toBe([expected, ...sent.slice(1)].join(""));
  });

  test("keeps every byte where the provider was asked by the client's own name for it", async () => {
    const dated = sent.join("").replace('"model":"model-1"', '"model":"model-1-20260101"');
    expect(await received(sse([dated]), { model: "model-1" })).toBe(dated);
  });

  test("names a model by a name of the operator's", async () => {
    const file = JSON.stringify({ virtual_models: { swift: { target: "anthropic/model-1" } } });
    expect(await received(sse(sent), { model: "swift", gateway: { file } })).toBe(renamed(sent.join(""), "swift"));
  });

  test("keeps the names of its events when replies.annotate is on: SDKs go by them", async () => {
    const gateway = { arguments: ["--replies-annotate"] };
    expect(await received(sse(sent), { gateway })).toBe(renamed(sent.join(""), "anthropic/model-1"));
  });
});

test("a whole message names the model as it was asked for, and is otherwise as it came", async () => {
  const sent = JSON.stringify(anthropicWire.whole);
  expect(await received(jsonReply(anthropicWire.whole), { stream: false })).toBe(renamed(sent, "anthropic/model-1"));
});

test("a translated reply does so, too", async () => {
  const streamed = await received(sse(completeFrames(openaiWire)), { wire: openaiWire });
  expect(streamed).toContain('"model":"openai/model-1"');
  const whole = await received(jsonReply(openaiWire.whole), { wire: openaiWire, stream: false });
  expect(JSON.parse(whole)).toMatchObject({ model: "openai/model-1" });
});

test("Chat clients read the provider's name, as it came", async () => {
  await using host = await openModelHost(jsonReply(openaiWire.whole));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const reply = await (await gateway.chat(question(openaiWire, false))).text();
  expect(reply).toBe(JSON.stringify(openaiWire.whole));
});
