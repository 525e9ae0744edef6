// Google's own SDK against the gateway: an agent's turns over two providers, failures, streams that break off, models, paths.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiError, type Content, GoogleGenAI } from "@google/genai";
import { ending } from "../support/ending.ts";
import { jsonReply, openFakeUpstream, type SeenRequest, sse } from "../support/fake-upstream.ts";
import { failureOf, type MockGateway, openMockGateway } from "../support/mock-gateway.ts";

const masterKey = "own-key-of-the-gateway";
let gateway: MockGateway;
let google: GoogleGenAI;

const sdk = (origin: string, apiVersion?: string) =>
  new GoogleGenAI({ apiKey: masterKey, httpOptions: { baseUrl: origin, ...(apiVersion && { apiVersion }) } });

beforeAll(async () => {
  gateway = await openMockGateway({
    providers: ["openai", "anthropic", "gemini"],
    environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" },
  });
  google = sdk(gateway.origin);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const contents = "Hello";

async function collect(stream: AsyncGenerator<{ text?: string | undefined }>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.text ?? "";
  return text;
}

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** A Messages provider that thinks and then calls a tool, as Claude streams it; it answers once it has the result. */
function thinkAndCall(request: SeenRequest) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const start = (index: number, block: object) => event("content_block_start", { index, content_block: block });
  const delta = (index: number, fields: object) => event("content_block_delta", { index, delta: fields });
  const { messages } = request.json() as { messages: unknown[] };
  const isAnswered = messages.length > 1;
  const blocks = isAnswered
    ? [start(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Rain." })]
    : [
        start(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "I need " }),
        delta(0, { type: "thinking_delta", thinking: "the weather." }),
        delta(0, { type: "signature_delta", signature: "EuYBCkQ=" }),
        event("content_block_stop", { index: 0 }),
        start(1, { type: "tool_use", id: "toolu_1", name: "weather", input: {} }),
        delta(1, { type: "input_json_delta", partial_json: '{"city":' }),
        delta(1, { type: "input_json_delta", partial_json: '"Oslo"}' }),
      ];
  return sse([
    event("message_start", {
      message: { id: "msg_1", type: "message", role: "assistant", model: "m", content: [], stop_reason: null, usage },
    }),
    ...blocks,
    event("content_block_stop", { index: isAnswered ? 0 : 1 }),
    event("message_delta", { delta: { stop_reason: isAnswered ? "end_turn" : "tool_use" }, usage }),
    event("message_stop"),
  ]);
}

const geminiReply = { candidates: [{ content: { role: "model", parts: [{ text: "Rain." }] }, finishReason: "STOP" }] };

async function openAgentRig() {
  const upstream = await openFakeUpstream((request) => {
    if (request.method === "GET") return jsonReply({ data: [], models: [] });
    return request.target.includes("generateContent") ? jsonReply(geminiReply) : thinkAndCall(request);
  });
  const opened = await openMockGateway({ providers: ["anthropic", "gemini"], upstreamUrl: upstream.url });
  return {
    google: sdk(opened.origin),
    lastBody: () => upstream.requests.at(-1)?.json() as { [field: string]: unknown },
    ...ending(upstream, opened),
  };
}

const config = {
  tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: { type: "object", properties: {} } }] }],
  thinkingConfig: { thinkingBudget: 2000, includeThoughts: true },
};

describe("an agent's turns with Claude, kept by Google's chat helper", () => {
  test("R24 R25 give Claude its signed thought and its call back as it wrote them", async () => {
    await using rig = await openAgentRig();
    const chat = rig.google.chats.create({ model: "anthropic/m", config });
    for await (const _chunk of await chat.sendMessageStream({ message: "Weather?" }));
    const response = { functionResponse: { name: "weather", response: { output: "rain" } } };
    expect(await collect(await chat.sendMessageStream({ message: [response] }))).toBe("Rain.");
    expect(rig.lastBody()["messages"]).toMatchObject([
      { role: "user", content: [{ type: "text", text: "Weather?" }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "I need the weather.", signature: "EuYBCkQ=" },
          { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Oslo" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
    ]);
  });

  test("R27 never give Gemini what Claude signed", async () => {
    await using rig = await openAgentRig();
    const chat = rig.google.chats.create({ model: "anthropic/m", config });
    for await (const _chunk of await chat.sendMessageStream({ message: "Weather?" }));
    const history: Content[] = [
      ...chat.getHistory(),
      { role: "user", parts: [{ functionResponse: { id: "toolu_1", name: "weather", response: { output: "rain" } } }] },
    ];
    const reply = await rig.google.models.generateContent({ model: "gemini/gemini-3-pro-preview", contents: history });
    expect(reply.text).toBe("Rain.");
    const sent = rig.lastBody()["contents"] as Content[];
    expect(sent.map(({ role }) => role)).toEqual(["user", "model", "user"]);
    expect(sent[1]?.parts).toEqual([
      {
        functionCall: { id: "toolu_1", name: "weather", args: { city: "Oslo" } },
        thoughtSignature: "skip_thought_signature_validator",
      },
    ]);
  });
});

describe.each(["openai", "anthropic", "gemini"])("failures of the row %s", (row) => {
  test.each([
    [400, 400, "INVALID_ARGUMENT"],
    [401, 502, "INTERNAL"],
    [404, 404, "NOT_FOUND"],
    [429, 429, "RESOURCE_EXHAUSTED"],
    [500, 502, "INTERNAL"],
    [503, 503, "UNAVAILABLE"],
  ])("a provider's %i is %i with the word %s, whole and streamed", async (given, status, word) => {
    const model = `${row}/!status-${given}`;
    for (const failure of [
      await failureOf(google.models.generateContent({ model, contents })),
      await failureOf(google.models.generateContentStream({ model, contents })),
    ]) {
      expect(failure).toBeInstanceOf(ApiError);
      expect((failure as ApiError).status).toBe(status);
      expect(JSON.parse((failure as ApiError).message)).toMatchObject({ error: { code: status, status: word } });
    }
  });

  const recorded = {
    openai: "openai/openai/openai-text",
    anthropic: "anthropic/anthropic/anthropic-clear-tool-uses.1",
    gemini: "gemini/google/google-reasoning",
  }[row]!;
  /** Good frames before the fault: a Messages stream begins with two that hold no output yet. */
  const good = row === "anthropic" ? 5 : 2;

  test.each(["truncate", "error-later"])("S01 S03 a stream with the fault %s throws", async (fault) => {
    const stream = await google.models.generateContentStream({ model: `${recorded}!${fault}@${good}`, contents });
    expect(await failureOf(collect(stream))).toBeInstanceOf(ApiError);
  });

  test.each(["truncate", "error-later"])("S01 S03 as an array, the fault %s is its last element", async (fault) => {
    const path = `/v1beta/models/${recorded}!${fault}@${good}:streamGenerateContent?key=${masterKey}`;
    const response = await fetch(gateway.origin + path, {
      method: "POST",
      body: JSON.stringify({ contents: [{ parts: [{ text: "hi" }] }] }),
    });
    const chunks = (await response.json()) as { error?: { code: number } }[];
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map(({ error }) => error !== undefined)).toEqual([...chunks.slice(1).map(() => false), true]);
  });
});

describe("requests", () => {
  test("B2.3 reach a Chat Completions provider in its words", async () => {
    await google.models.generateContent({
      model: "openai/openai/openai-text",
      contents: [
        { role: "user", parts: [{ text: "Weather?" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
        { role: "model", parts: [{ functionCall: { name: "weather", args: { city: "Oslo" } } }] },
        { role: "user", parts: [{ functionResponse: { name: "weather", response: { output: "rain" } } }] },
      ],
      config: {
        ...config,
        systemInstruction: "Be brief.",
        temperature: 0,
        maxOutputTokens: 50,
        stopSequences: ["END"],
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT" as never, properties: { sky: { type: "STRING" as never } } },
      },
    });
    const { body } = await gateway.lastSent();
    const [call] = (body["messages"] as { tool_calls?: { id: string }[] }[])[2]?.tool_calls ?? [];
    expect(body).toMatchObject({
      messages: [
        { content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Weather?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          tool_calls: [{ type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
        },
        { role: "tool", tool_call_id: call!.id, content: "rain" },
      ],
      tools: [{ type: "function", function: { name: "weather" } }],
      temperature: 0,
      stop: ["END"],
      response_format: {
        type: "json_schema",
        json_schema: { schema: { type: "object", properties: { sky: { type: "string" } } } },
      },
    });
    expect(call!.id).not.toBe("");
  });

  test.each(["openai", "anthropic"])("with a cache of Google's are refused for %s", async (row) => {
    const asking = google.models.generateContent({
      model: `${row}/m`,
      contents,
      config: { cachedContent: "cachedContents/1" },
    });
    const failure = (await failureOf(asking)) as ApiError;
    expect(failure.status).toBe(400);
    expect(failure.message).toContain("cachedContent");
  });

  test("name in the reply what the provider does not see", async () => {
    const response = await fetch(`${gateway.origin}/v1beta/models/openai/openai/openai-text:generateContent`, {
      method: "POST",
      headers: { "x-goog-api-key": masterKey },
      body: JSON.stringify({ contents: [{ parts: [{ text: "hi" }] }], safety_settings: [{ category: "c" }] }),
    });
    expect(response.headers.get("x-sluice-lost")).toBe("safetySettings");
  });

  test.each([undefined, "v1beta"])("are taken under the API version %p, raw or encoded", async (version) => {
    const reply = await sdk(gateway.origin, version).models.generateContent({
      model: "openai/openai/openai-text",
      contents,
    });
    expect(reply.text).not.toBe("");
    const encoded = `/${version ?? "v1"}/models/openai%2Fopenai%2Fopenai-text%3AgenerateContent?key=${masterKey}`;
    const body = JSON.stringify({ contents: [{ parts: [{ text: "hi" }] }] });
    expect((await fetch(gateway.origin + encoded, { method: "POST", body })).status).toBe(200);
  });

  test("keep the colons of a model's name", async () => {
    const failure = await failureOf(google.models.generateContent({ model: "none/llama3:8b", contents }));
    expect((failure as ApiError).message).toContain("none/llama3:8b");
  });

  test.each([
    ["openai/m:countTokens", 400, "INVALID_ARGUMENT"],
    ["openai/m:embedContent", 400, "INVALID_ARGUMENT"],
    ["openai/m:batchGenerateContent", 501, "UNIMPLEMENTED"],
    ["openai/m:generate", 404, "NOT_FOUND"],
    ["openai/m", 404, "NOT_FOUND"],
    [":generateContent", 404, "NOT_FOUND"],
  ])("to %s are refused with %i", async (path, status, word) => {
    const response = await fetch(`${gateway.origin}/v1beta/models/${path}`, {
      method: "POST",
      headers: { "x-goog-api-key": masterKey },
      body: "{}",
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: status, status: word } });
  });

  test("of strangers and broken ones are refused in Google's envelope", async () => {
    const path = `${gateway.origin}/v1beta/models/openai/m:generateContent`;
    const stranger = await fetch(path, { method: "POST", body: "{}" });
    expect([stranger.status, await stranger.json()]).toMatchObject([401, { error: { status: "UNAUTHENTICATED" } }]);
    const broken = await fetch(`${path}?key=${masterKey}`, { method: "POST", body: '{"contents":1}' });
    expect([broken.status, await broken.json()]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
    const method = await fetch(`${path}?key=${masterKey}`, { method: "DELETE" });
    expect([method.status, method.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    expect(await method.json()).toMatchObject({ error: { code: 405 } });
  });
});

describe("models", () => {
  test.each([undefined, "v1beta"])("are listed by the SDK under the API version %p", async (version) => {
    const found: (string | undefined)[] = [];
    for await (const model of await sdk(gateway.origin, version).models.list()) found.push(model.name);
    expect(found).toContain("models/openai/openai/openai-text");
    expect(found).toContain("models/gemini/google/google-reasoning");
  });

  test("can be looked up, and those that are not there are not found", async () => {
    const model = await google.models.get({ model: "openai/openai/openai-text" });
    expect(model).toMatchObject({ name: "models/openai/openai/openai-text" });
    expect(await failureOf(google.models.get({ model: "openai/none" }))).toMatchObject({ status: 404 });
  });

  test("are still listed in OpenAI's shape for everybody else", async () => {
    const headers = { authorization: `Bearer ${masterKey}` };
    expect(await (await fetch(`${gateway.origin}/v1/models`, { headers })).json()).toMatchObject({ object: "list" });
  });
});
