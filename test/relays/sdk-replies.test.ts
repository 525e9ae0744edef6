// Replies as the official OpenAI SDK sees them: streams and their usage, several choices, log probabilities, calls, models, and leaving early.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { ending } from "../support/ending.ts";
import { jsonReply, openFakeUpstream, type Script, sse } from "../support/fake-upstream.ts";
import { failureOf, type MockGateway, openMockGateway } from "../support/mock-gateway.ts";

const messages = [{ role: "user" as const, content: "Hello" }];
const allRows = ["openai", "ollama", "anthropic", "gemini"];

/** Streams of the same three words, and the row in front of them. */
const textStreams = {
  openai: "openai/openai/openai-text",
  ollama: "ollama/openai/openai-text",
  anthropic: "anthropic/anthropic/anthropic-clear-tool-uses.1",
  gemini: "gemini/google/google-reasoning",
} as const;

describe("streams", () => {
  let gateway: MockGateway;
  beforeAll(async () => {
    gateway = await openMockGateway({ providers: allRows });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function chunksOf(model: string, includeUsage?: boolean): Promise<ChatCompletionChunk[]> {
    const stream = await gateway.client.chat.completions.create({
      model,
      messages,
      stream: true,
      ...(includeUsage !== undefined && { stream_options: { include_usage: includeUsage } }),
    });
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  }

  describe.each(Object.entries(textStreams))("of %s", (_row, model) => {
    test.each([undefined, false])("U15 hold no usage when include_usage is %p", async (wish) => {
      const chunks = await chunksOf(model, wish);
      expect(chunks.filter((chunk) => chunk.usage)).toEqual([]);
      expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
    });

    test("U13 end with usage alone when it was asked for", async () => {
      const chunks = await chunksOf(model, true);
      expect(chunks.at(-1)?.choices).toEqual([]);
      expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
      expect(chunks.filter((chunk) => chunk.usage)).toHaveLength(1);
    });

    test("S24 S29 begin with the role and keep id, model and time", async () => {
      const chunks = await chunksOf(model);
      expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
      const heads = chunks.map(({ id, model: name, created, object }) => `${id} ${name} ${created} ${object}`);
      expect(new Set(heads).size).toBe(1);
      expect(chunks[0]?.object).toBe("chat.completion.chunk");
      expect(chunks[0]?.id).not.toBe("");
    });
  });

  test("U15 the provider is asked for usage that the client did not want", async () => {
    await chunksOf(textStreams.openai, false);
    expect((await gateway.lastSent()).body["stream_options"]).toEqual({ include_usage: true });
  });

  test("the helper's events tell the text as it grows", async () => {
    const stream = gateway.client.chat.completions.stream({ model: textStreams.anthropic, messages });
    let text = "";
    stream.on("content", (delta, snapshot) => {
      text += delta;
      expect(snapshot).toBe(text);
    });
    expect(await stream.finalContent()).toBe(text);
    expect(text).not.toBe("");
  });

  test("the helper's arguments events tell a call as it grows", async () => {
    const model = "anthropic/anthropic/anthropic-json-tool.2";
    const stream = gateway.client.chat.completions.stream({ model, messages });
    const deltas: string[] = [];
    stream.on("tool_calls.function.arguments.delta", ({ arguments_delta: delta }) => deltas.push(delta));
    const call = await stream.finalFunctionToolCall();
    expect(call?.name).toBe("json");
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join("")).toBe(call!.arguments);
  });
});

describe("models", () => {
  let gateway: MockGateway;
  beforeAll(async () => {
    gateway = await openMockGateway({ providers: ["openai", "anthropic"] });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("are listed under their provider's name", async () => {
    const ids: string[] = [];
    for await (const model of gateway.client.models.list()) {
      expect(model.object).toBe("model");
      ids.push(model.id);
    }
    expect(ids).toContain("openai/openai/openai-text");
    expect(ids).toContain("anthropic/anthropic/anthropic-refusal");
  });

  test("can be looked up by an id with slashes", async () => {
    const model = await gateway.client.models.retrieve("openai/openai/openai-text");
    expect(model).toMatchObject({ id: "openai/openai/openai-text", object: "model", owned_by: expect.any(String) });
  });

  test("that are not there are not found", async () => {
    const failure = await failureOf(gateway.client.models.retrieve("openai/none"));
    expect(failure).toBeInstanceOf(OpenAI.NotFoundError);
    expect(failure).toMatchObject({ code: "model_not_found", type: "not_found_error" });
  });
});

/** Opens a provider that answers by script and a gateway before it. */
async function behind(script: Script, providers = allRows) {
  const upstream = await openFakeUpstream(script);
  // The model lists are asked first and say nothing of use: they are no part of the script.
  const gateway = await openMockGateway({ providers, upstreamUrl: upstream.url });
  return {
    client: gateway.client,
    upstream,
    ...ending(upstream, gateway),
  };
}

/** Only chat calls are answered by the script. */
const onChat =
  (reply: ReturnType<typeof sse>): Script =>
  (request) =>
    request.method === "GET" ? jsonReply({ data: [], models: [] }) : reply;

const chunk = (choices: unknown[], more: object = {}) =>
  JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices, ...more });

const logprobs = {
  content: [{ token: "Yes", logprob: -0.1, bytes: [89, 101, 115], top_logprobs: [] }],
  refusal: null,
};
const twoChoices = ["Yes", "No"].map((content, index) => ({
  index,
  message: { role: "assistant", content, refusal: null },
  logprobs: index === 0 ? logprobs : null,
  finish_reason: index === 0 ? "stop" : "length",
}));

describe("several choices and log probabilities", () => {
  test.each(["openai", "ollama"])("of a whole reply by %s stay apart", async (row) => {
    const body = { id: "c-1", object: "chat.completion", created: 1, model: "m", choices: twoChoices };
    await using rig = await behind(onChat(jsonReply(body)));
    const reply = await rig.client.chat.completions.create({ model: `${row}/m`, messages, n: 2, logprobs: true });
    expect(reply.choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ["Yes", "stop"],
      ["No", "length"],
    ]);
    expect(reply.choices[0]?.logprobs).toEqual(logprobs);
    // Ollama has no `n`: a host that answers twice all the same is still understood.
    expect(rig.upstream.requests.at(-1)?.json()).toMatchObject(row === "openai" ? { n: 2, logprobs: true } : {});
  });

  test.each(["openai", "ollama"])("of a stream by %s stay apart", async (row) => {
    const frames = [
      chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]),
      chunk([{ index: 1, delta: { role: "assistant", content: "" }, finish_reason: null }]),
      chunk([{ index: 0, delta: { content: "Y" }, logprobs, finish_reason: null }]),
      chunk([{ index: 1, delta: { content: "N" }, finish_reason: null }]),
      chunk([{ index: 0, delta: { content: "es" }, finish_reason: null }]),
      chunk([{ index: 1, delta: { content: "o" }, finish_reason: null }]),
      chunk([{ index: 1, delta: {}, finish_reason: "length" }]),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      "[DONE]",
    ];
    await using rig = await behind(onChat(sse(frames)));
    const stream = rig.client.chat.completions.stream({ model: `${row}/m`, messages, n: 2, logprobs: true });
    const reply = await stream.finalChatCompletion();
    expect(reply.choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ["Yes", "stop"],
      ["No", "length"],
    ]);
    expect(reply.choices[0]?.logprobs?.content).toEqual(logprobs.content);
  });

  test("of Gemini's candidates become choices", async () => {
    const candidates = ["Yes", "No"].map((text, index) => ({
      index,
      content: { role: "model", parts: [{ text }] },
      finishReason: "STOP",
    }));
    await using rig = await behind(onChat(jsonReply({ candidates, modelVersion: "m" })));
    const reply = await rig.client.chat.completions.create({ model: "gemini/m", messages, n: 2 });
    expect(reply.choices.map((choice) => choice.message.content)).toEqual(["Yes", "No"]);
    expect(rig.upstream.requests.at(-1)?.json()).toMatchObject({ generationConfig: { candidateCount: 2 } });
  });

  test("are refused where a provider gives one choice only", async () => {
    await using rig = await behind(onChat(jsonReply({})));
    const failure = await failureOf(rig.client.chat.completions.create({ model: "anthropic/m", messages, n: 2 }));
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failure).toMatchObject({ param: "n" });
  });
});

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const messageStart = event("message_start", {
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 5, output_tokens: 1 },
  },
});
const toolUse = (index: number, location: string) => [
  event("content_block_start", {
    index,
    content_block: { type: "tool_use", id: `toolu_${index}`, name: "weather", input: {} },
  }),
  event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: '{"location":' } }),
  event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: `"${location}"}` } }),
  event("content_block_stop", { index }),
];

describe("parallel calls", () => {
  const expected = [
    ["toolu_0", '{"location":"Rome"}'],
    ["toolu_1", '{"location":"Oslo"}'],
  ];

  test("T31 of a Messages provider are counted from 0 and keep their arguments apart", async () => {
    const frames = [
      messageStart,
      ...toolUse(0, "Rome"),
      ...toolUse(1, "Oslo"),
      event("message_delta", { delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } }),
      event("message_stop", {}),
    ];
    await using rig = await behind(onChat(sse(frames)));
    const reply = await rig.client.chat.completions.stream({ model: "anthropic/m", messages }).finalChatCompletion();
    const calls = reply.choices[0]?.message.tool_calls ?? [];
    expect(calls.map((call) => call.type === "function" && [call.id, call.function.arguments])).toEqual(expected);
    expect(reply.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("S56 of a host that numbers every call 0 are told apart by their ids", async () => {
    const call = (id: string, location: string) =>
      chunk([
        {
          index: 0,
          delta: {
            role: "assistant",
            content: "",
            tool_calls: [
              {
                index: 0,
                id,
                type: "function",
                function: { name: "weather", arguments: JSON.stringify({ location }) },
              },
            ],
          },
          finish_reason: null,
        },
      ]);
    const end = chunk([{ index: 0, delta: {}, finish_reason: "stop" }]);
    await using rig = await behind(onChat(sse([call("toolu_0", "Rome"), call("toolu_1", "Oslo"), end, "[DONE]"])));
    const reply = await rig.client.chat.completions.stream({ model: "ollama/m", messages }).finalChatCompletion();
    const calls = reply.choices[0]?.message.tool_calls ?? [];
    expect(calls.map((found) => found.type === "function" && [found.id, found.function.arguments])).toEqual(expected);
    expect(reply.choices[0]?.finish_reason).toBe("tool_calls");
  });
});

describe("a client that leaves", () => {
  const endings: readonly (readonly [string, string, string[]])[] = [
    ["openai", "a Chat Completions", [chunk([{ index: 0, delta: { role: "assistant", content: "Yes" } }])]],
    [
      "anthropic",
      "a Messages",
      [
        messageStart,
        event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
        event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Yes" } }),
      ],
    ],
  ];

  test.each(endings)("S51 in the middle of a stream of %s takes %s provider with it", async (row, _words, frames) => {
    await using rig = await behind(onChat(sse(frames, { stall: true })));
    const stream = await rig.client.chat.completions.create({ model: `${row}/m`, messages, stream: true });
    for await (const piece of stream) {
      if (piece.choices[0]?.delta.content) break;
    }
    expect(await rig.upstream.requests.at(-1)?.closed).toBe("by peer");
  });

  test.each(["openai", "anthropic"])("S51 before the first byte takes %s with it", async (row) => {
    await using rig = await behind(onChat([{ stall: true }]));
    const abort = new AbortController();
    const listings = rig.upstream.requests.length;
    const asking = failureOf(
      rig.client.chat.completions.create({ model: `${row}/m`, messages, stream: true }, { signal: abort.signal }),
    );
    const seen = await rig.upstream.request(listings);
    abort.abort();
    expect(await asking).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(await seen.closed).toBe("by peer");
  });
});
