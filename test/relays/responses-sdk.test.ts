// The official SDK's Responses client against the gateway: every provider's recordings, translated and as they are.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type { Response as OpenAIResponse } from "openai/resources/responses/responses";
import { streams, wireText } from "../support/corpus.ts";
import { openFakeUpstream, type Script, sse } from "../support/fake-upstream.ts";
import { failureOf, type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { seenInStream } from "../support/seen.ts";

let gateway: MockGateway;
beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["mistral", "anthropic", "gemini"] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (model: string) => ({ model, input: "hello" });

function learned(response: OpenAIResponse) {
  return {
    text: response.output_text,
    calls: response.output.flatMap((item) =>
      item.type === "function_call"
        ? { id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }
        : [],
    ),
    usage: [response.usage?.input_tokens, response.usage?.output_tokens, response.usage?.total_tokens],
  };
}

/** A text, calls and reasoning of each dialect. */
const recorded = [
  "mistral/openai/openai-text",
  "mistral/groq/groq-tool-call",
  "mistral/deepseek/deepseek-reasoning",
  "anthropic/anthropic/anthropic-json-tool.2",
  "anthropic/anthropic/anthropic-clear-tool-uses.1",
  "gemini/google/google-reasoning",
  "gemini/google/google-tool-call",
];

describe.each(recorded)("the stream %s", (model) => {
  test("says what it says to a client of Chat Completions", async () => {
    const response = await gateway.client.responses.stream(ask(model)).finalResponse();
    const { seen } = await seenInStream(gateway.client, model);
    expect(learned(response)).toEqual({
      text: seen.text,
      calls: seen.calls,
      usage: [seen.usage?.input, seen.usage?.output, seen.usage?.total],
    });
    expect(response.status).toBe("completed");
  });

  test("S41 S45 counts its events, ends with the items that were done, and keeps its id", async () => {
    const events = [];
    for await (const event of await gateway.client.responses.create({ ...ask(model), stream: true }))
      events.push(event);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
    const first = events[0]!;
    const last = events.at(-1)!;
    if (first.type !== "response.created" || last.type !== "response.completed") throw new Error(last.type);
    expect(last.response.id).toBe(first.response.id);
    const done = events.flatMap((event) => (event.type === "response.output_item.done" ? event.item : []));
    expect(last.response.output).toEqual(done);
  });
});

test("R30 thinking of another maker comes back to it with its signature", async () => {
  const name = streams("anthropic-messages")
    .filter((recording) => wireText(recording).includes("signature_delta"))
    .map((recording) => recording.name)[0]!;
  const model = `anthropic/${name}`;
  const { output } = await gateway.client.responses.stream(ask(model)).finalResponse();
  const carried = output.flatMap((item) => (item.type === "reasoning" && item.encrypted_content ? item : []));
  expect(carried).not.toBeEmpty();
  await gateway.client.responses
    .stream({ model, input: [{ role: "user", content: "hello" }, ...carried, { role: "user", content: "go on" }] })
    .finalResponse();
  const { body } = await gateway.lastSent();
  const sent = JSON.stringify(body["messages"]);
  expect(sent).toMatch(/"signature":"[^"]{20,}"/);
  expect(sent).not.toContain("sluice1:");
});

test("a request that needs a store is refused by its field's name", async () => {
  const failure = await failureOf(
    gateway.client.responses.create({ ...ask(recorded[0]!), previous_response_id: "resp_1" }),
  );
  expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
  expect(failure).toMatchObject({ param: "previous_response_id" });
});

/** A provider that answers by script, behind the row of a host that speaks Responses itself. */
async function withUpstream<T>(row: string, script: Script, use: (gateway: MockGateway) => Promise<T>): Promise<T> {
  await using upstream = await openFakeUpstream((request, index) => {
    if (request.target.endsWith("/models")) return [{ head: { status: 404 } }, { end: "complete" }];
    return typeof script === "function" ? script(request, index) : script;
  });
  await using own = await openMockGateway({ providers: [row], upstreamUrl: upstream.url });
  return await use(own);
}

const wireOf = (name: string) => wireText(streams("openai-responses").find((found) => found.name === name)!);

test("a host that speaks Responses is called so, and its bytes pass", async () => {
  const wire = wireOf("azure/azure-text.1");
  let target = "";
  const script: Script = (request) => {
    target = request.target;
    return sse([wire]);
  };
  const text = await withUpstream("openai", script, async ({ origin }) => {
    const reply = await fetch(`${origin}/v1/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "openai/gpt-5", input: "hello", stream: true, previous_response_id: "resp_1" }),
    });
    expect(reply.headers.get("x-sluice-translation")).toBe("native");
    return reply.text();
  });
  expect(target).toEndWith("/responses");
  expect(text).toBe(wire);
});

test("S04 a stream that fails after output ends with error and response.failed under one id", async () => {
  const chunk = (text: string) => ({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content: text }, finish_reason: null }],
  });
  const script: Script = () => sse([`data: ${JSON.stringify(chunk("partial"))}\n\n`]);
  const text = await withUpstream("mistral", script, async ({ origin }) => {
    const reply = await fetch(`${origin}/v1/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "mistral/m", input: "hello", stream: true }),
    });
    return reply.text();
  });
  const events = [...text.matchAll(/^data: (.+)$/gm)].map(
    (match) =>
      JSON.parse(match[1]!) as { type: string; sequence_number: number; response?: { id: string; status: string } },
  );
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  expect(events.slice(-2).map((event) => event.type)).toEqual(["error", "response.failed"]);
  expect(events.at(-1)?.response).toMatchObject({ id: events[0]!.response!.id, status: "failed" });
});
