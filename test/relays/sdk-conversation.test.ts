// A tool conversation of several turns with reasoning: what the SDK's client sends back must reach its maker, and nobody else.
import { describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { ending } from "../support/ending.ts";
import { jsonReply, openFakeUpstream, type Step, sse } from "../support/fake-upstream.ts";
import { openMockGateway } from "../support/mock-gateway.ts";

const question = { role: "user" as const, content: "How warm is Rome?" };
const tools = [
  {
    type: "function" as const,
    function: { name: "weather", parameters: { type: "object", properties: { location: { type: "string" } } } },
  },
];

/** A provider that answers its calls in order and keeps what it was sent. */
async function conversation(replies: readonly (readonly Step[])[]) {
  let turn = 0;
  const upstream = await openFakeUpstream((request) =>
    request.method === "GET" ? jsonReply({ data: [], models: [] }) : replies[turn++]!,
  );
  const gateway = await openMockGateway({ providers: ["anthropic", "gemini", "openai"], upstreamUrl: upstream.url });
  return {
    client: gateway.client,
    lastBody: () => upstream.requests.at(-1)?.json() as { [field: string]: unknown },
    ...ending(upstream, gateway),
  };
}

type Ask = { client: OpenAI; model: string; messages: ChatCompletionMessageParam[] };

/** The assistant's message as a client keeps it: from the chunks of a stream, or whole. */
const askings: readonly (readonly [string, (ask: Ask) => Promise<ChatCompletionMessageParam>])[] = [
  [
    "streamed",
    async ({ client, ...params }) => {
      const stream = client.chat.completions.stream({ ...params, tools, reasoning_effort: "high" });
      const details: unknown[] = [];
      for await (const chunk of stream) {
        const delta = (chunk.choices[0]?.delta ?? {}) as { reasoning_details?: unknown[] };
        details.push(...(delta.reasoning_details ?? []));
      }
      const [choice] = (await stream.finalChatCompletion()).choices;
      // The SDK's accumulator keeps the last of several deltas that it does not know: clients collect them.
      const kept = { ...choice?.message, ...(details.length > 0 && { reasoning_details: details }) };
      return kept as ChatCompletionMessageParam;
    },
  ],
  [
    "whole",
    async ({ client, ...params }) => {
      const reply = await client.chat.completions.create({ ...params, tools, reasoning_effort: "high" });
      return reply.choices[0]!.message;
    },
  ],
];

const answerOf = (message: ChatCompletionMessageParam): ChatCompletionMessageParam => {
  if (message.role !== "assistant") throw new Error("not the assistant's");
  return { role: "tool", tool_call_id: message.tool_calls![0]!.id, content: "25 degrees" };
};

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

describe.each(askings)("a conversation with Claude, %s", (form, ask) => {
  const content = [
    { type: "thinking", thinking: "Rome is a city.", signature: "c2lnbmVkIGJ5IGNsYXVkZQ==" },
    { type: "redacted_thinking", data: "aGlkZGVu" },
    { type: "text", text: "I will look." },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { location: "Rome" } },
  ];
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    usage: { input_tokens: 5, output_tokens: 9 },
  };
  const streamed = sse([
    event("message_start", { message: { ...message, content: [], stop_reason: null } }),
    event("content_block_start", { index: 0, content_block: { type: "thinking", thinking: "", signature: "" } }),
    event("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "Rome is " } }),
    event("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "a city." } }),
    event("content_block_delta", { index: 0, delta: { type: "signature_delta", signature: content[0]!.signature } }),
    event("content_block_stop", { index: 0 }),
    event("content_block_start", { index: 1, content_block: content[1] }),
    event("content_block_stop", { index: 1 }),
    event("content_block_start", { index: 2, content_block: { type: "text", text: "" } }),
    event("content_block_delta", { index: 2, delta: { type: "text_delta", text: "I will look." } }),
    event("content_block_stop", { index: 2 }),
    event("content_block_start", { index: 3, content_block: { ...content[3], input: {} } }),
    event("content_block_delta", {
      index: 3,
      delta: { type: "input_json_delta", partial_json: '{"location":"Rome"}' },
    }),
    event("content_block_stop", { index: 3 }),
    event("message_delta", { delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } }),
    event("message_stop"),
  ]);
  const first = form === "streamed" ? streamed : jsonReply({ ...message, content, stop_reason: "tool_use" });
  const last = jsonReply({ ...message, content: [{ type: "text", text: "25 degrees." }], stop_reason: "end_turn" });
  const model = "anthropic/claude-sonnet-4-5";

  test("R02 R05 sends its thinking back with the signature, first and unchanged", async () => {
    await using rig = await conversation([first, last]);
    const reply = await ask({ client: rig.client, model, messages: [question] });
    const messages = [question, reply, answerOf(reply)];
    const end = await rig.client.chat.completions.create({ model, messages, tools, reasoning_effort: "high" });
    expect(end.choices[0]?.message.content).toBe("25 degrees.");
    const sent = rig.lastBody()["messages"] as { role: string; content: unknown }[];
    expect(sent[1]).toEqual({ role: "assistant", content });
    expect(sent[2]?.content).toMatchObject([{ type: "tool_result", tool_use_id: "toolu_1" }]);
    expect(rig.lastBody()["thinking"]).toMatchObject({ type: "enabled" });
  });

  test("R27 shows none of it to another maker", async () => {
    const done = { candidates: [{ content: { parts: [{ text: "25 degrees." }] }, finishReason: "STOP" }] };
    await using rig = await conversation([first, jsonReply(done)]);
    const reply = await ask({ client: rig.client, model, messages: [question] });
    const messages = [question, reply, answerOf(reply)];
    const { response } = await rig.client.chat.completions
      .create({ model: "gemini/gemini-2.5-flash", messages, tools })
      .withResponse();
    const sent = JSON.stringify(rig.lastBody());
    expect(sent).not.toContain("c2lnbmVkIGJ5IGNsYXVkZQ==");
    expect(sent).not.toContain("aGlkZGVu");
    expect(sent).toContain("I will look.");
    expect(response.headers.get("x-sluice-translation")).toBe("lossy");
  });
});

describe.each(askings)("a conversation with Gemini, %s", (form, ask) => {
  const parts = [
    { text: "Rome is a city.", thought: true },
    { functionCall: { name: "weather", args: { location: "Rome" } }, thoughtSignature: "c2lnbmVkIGJ5IGdlbWluaQ==" },
  ];
  const whole = { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }], modelVersion: "m" };
  const first =
    form === "streamed"
      ? sse([
          JSON.stringify({ candidates: [{ content: { role: "model", parts: [parts[0]] } }] }),
          JSON.stringify({ candidates: [{ content: { role: "model", parts: [parts[1]] }, finishReason: "STOP" }] }),
        ])
      : jsonReply(whole);
  const last = jsonReply({ candidates: [{ content: { parts: [{ text: "25 degrees." }] }, finishReason: "STOP" }] });
  const model = "gemini/gemini-3-pro";

  test("R24 R25 sends the thought signature back on the call that it was on", async () => {
    await using rig = await conversation([first, last]);
    const reply = await ask({ client: rig.client, model, messages: [question] });
    await rig.client.chat.completions.create({ model, messages: [question, reply, answerOf(reply)], tools });
    const contents = rig.lastBody()["contents"] as { role: string; parts: { [field: string]: unknown }[] }[];
    const call = contents[1]?.parts.find((part) => part["functionCall"]);
    expect(call).toMatchObject({
      functionCall: { name: "weather", args: { location: "Rome" } },
      thoughtSignature: "c2lnbmVkIGJ5IGdlbWluaQ==",
    });
    expect(contents[2]?.parts).toMatchObject([{ functionResponse: { name: "weather" } }]);
  });

  test("shows the signature to no Claude", async () => {
    const done = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "25 degrees." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    await using rig = await conversation([first, jsonReply(done)]);
    const reply = await ask({ client: rig.client, model, messages: [question] });
    const messages = [question, reply, answerOf(reply)];
    await rig.client.chat.completions.create({ model: "anthropic/claude-sonnet-4-5", messages, tools });
    expect(JSON.stringify(rig.lastBody())).not.toContain("c2lnbmVkIGJ5IGdlbWluaQ==");
    expect(JSON.stringify(rig.lastBody())).toContain('"tool_use"');
  });
});

describe("the SDK's tool runner", () => {
  const call = (location: string) => ({
    id: `msg_${location}`,
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "tool_use", id: `toolu_${location}`, name: "weather", input: { location } }],
    stop_reason: "tool_use",
    usage: { input_tokens: 1, output_tokens: 1 },
  });
  const done = { ...call("end"), content: [{ type: "text", text: "Rome is warmer." }], stop_reason: "end_turn" };

  test("loops over a Claude until it has its answer", async () => {
    await using rig = await conversation([jsonReply(call("Rome")), jsonReply(call("Oslo")), jsonReply(done)]);
    const asked: string[] = [];
    const runner = rig.client.chat.completions.runTools({
      model: "anthropic/claude-sonnet-4-5",
      messages: [question],
      tools: [
        {
          type: "function",
          function: {
            name: "weather",
            description: "The weather at a place.",
            parameters: { type: "object", properties: { location: { type: "string" } } },
            parse: (text: string) => JSON.parse(text) as { location: string },
            function: ({ location }: { location: string }) => {
              asked.push(location);
              return `${location} has weather`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("Rome is warmer.");
    expect(asked).toEqual(["Rome", "Oslo"]);
    expect(rig.lastBody()["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_Rome" }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_Rome" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_Oslo" }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_Oslo" }] },
    ]);
  });
});
