// What the official OpenAI SDK asks for, as it reaches providers of every dialect. Seen through the mock's list of requests.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";

let gateway: MockGateway;

beforeAll(async () => {
  gateway = await openMockGateway({
    mock: { caseName: "recorded-anthropic/messages" },
    providers: ["openai", "anthropic", "gemini", "groq", "deepseek", "openrouter", "xai", "mistral"],
    environment: { SLUICE_FETCH_MEDIA: "any" },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Params = Partial<ChatCompletionCreateParamsNonStreaming> & { model: string };

/** Sends it and tells what the provider got, and what the reply says was lost on the way. */
async function ask(params: Params) {
  const messages = params.messages ?? [{ role: "user" as const, content: "Hello" }];
  const { response } = await gateway.client.chat.completions.create({ ...params, messages }).withResponse();
  const { path, body, headers } = await gateway.lastSent();
  const lost = response.headers.get("x-sluice-lost")?.split(",") ?? [];
  return { path, body, headers, lost, translation: response.headers.get("x-sluice-translation") };
}

describe("a plain question", () => {
  const messages = [
    { role: "system" as const, content: "Be brief." },
    { role: "user" as const, content: "Hello" },
  ];

  test("reaches a Chat Completions provider with nothing changed but the model's name", async () => {
    const params = { messages, temperature: 0.5, max_completion_tokens: 50, stop: ["\n"], seed: 7, user: "u-1" };
    const sent = await ask({ model: "openai/gpt-4o", ...params });
    expect(sent.body).toEqual({ model: "gpt-4o", ...params });
    expect(sent.translation).toBe("native");
    expect(sent.path).toBe("/openai/v1/chat/completions");
    expect(sent.headers["authorization"]).toBe("Bearer ***");
  });

  test("reaches a Messages provider in its words", async () => {
    const sent = await ask({
      model: "anthropic/claude-sonnet-4-5",
      messages,
      max_completion_tokens: 50,
      stop: "END",
      user: "u-1",
    });
    expect(sent.path).toBe("/anthropic/v1/messages");
    expect(sent.body).toMatchObject({
      model: "claude-sonnet-4-5",
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
      max_tokens: 50,
      stop_sequences: ["END"],
      metadata: { user_id: "u-1" },
    });
    expect(JSON.stringify(sent.body["system"])).toContain("Be brief.");
    expect(sent.headers["x-api-key"]).toBe("***");
    expect(sent.headers["authorization"]).toBeUndefined();
    expect(sent.headers["anthropic-version"]).toBe("2023-06-01");
    expect(sent.translation).toBe("exact");
  });

  test("reaches a Gemini provider in its words", async () => {
    const sent = await ask({ model: "gemini/gemini-2.5-flash", messages, max_completion_tokens: 50, stop: "END" });
    expect(sent.path).toBe("/gemini/v1beta/models/gemini-2.5-flash:generateContent");
    expect(sent.body).toMatchObject({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [{ role: "user", parts: [{ text: "Hello" }] }],
      generationConfig: { maxOutputTokens: 50, stopSequences: ["END"] },
    });
    expect(sent.headers["x-goog-api-key"]).toBe("***");
    expect(sent.headers["authorization"]).toBeUndefined();
  });

  test.each(["anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"])(
    "what %s has no word for is told in the reply",
    async (model) => {
      const { lost, translation } = await ask({ model, logit_bias: { "50256": -100 }, store: true });
      expect(lost).toContain("logit_bias");
      expect(translation).toBe("lossy");
    },
  );
});

const parameters = { type: "object", properties: { location: { type: "string" } }, required: ["location"] };
const weather = { name: "weather", description: "The weather at a place.", parameters };

describe("tools", () => {
  const tools = [{ type: "function" as const, function: weather }];

  test("are declared to a Messages provider, a forced one included", async () => {
    const named = { type: "function" as const, function: { name: "weather" } };
    const model = "anthropic/claude-sonnet-4-5";
    const sent = await ask({ model, tools, tool_choice: named, parallel_tool_calls: false });
    expect(sent.body["tools"]).toEqual([
      { name: "weather", description: "The weather at a place.", input_schema: parameters },
    ]);
    expect(sent.body["tool_choice"]).toEqual({ type: "tool", name: "weather", disable_parallel_tool_use: true });
    expect((await ask({ model, tools, tool_choice: "required" })).body["tool_choice"]).toEqual({ type: "any" });
    expect((await ask({ model, tools, tool_choice: "none" })).body["tool_choice"]).toEqual({ type: "none" });
  });

  test("are declared to a Gemini provider", async () => {
    const sent = await ask({ model: "gemini/gemini-2.5-flash", tools, tool_choice: "required" });
    expect(sent.body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "ANY" } });
    const declared = (sent.body["tools"] as { functionDeclarations: unknown[] }[])[0]?.functionDeclarations;
    expect(declared).toEqual([
      { name: "weather", description: "The weather at a place.", parametersJsonSchema: parameters },
    ]);
  });

  const history = [
    { role: "user" as const, content: "Compare Rome and Oslo." },
    {
      role: "assistant" as const,
      content: null,
      tool_calls: ["Rome", "Oslo"].map((location, index) => ({
        id: `call_${index}`,
        type: "function" as const,
        function: { name: "weather", arguments: JSON.stringify({ location }) },
      })),
    },
    { role: "tool" as const, tool_call_id: "call_0", content: "25 degrees" },
    { role: "tool" as const, tool_call_id: "call_1", content: "5 degrees" },
  ];

  test("M01 parallel calls and their results become one turn each of a Messages provider", async () => {
    const { body } = await ask({ model: "anthropic/claude-sonnet-4-5", tools, messages: history });
    expect((body["messages"] as unknown[]).slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "call_0", name: "weather", input: { location: "Rome" } },
          { type: "tool_use", id: "call_1", name: "weather", input: { location: "Oslo" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_0" },
          { type: "tool_result", tool_use_id: "call_1" },
        ],
      },
    ]);
    expect(JSON.stringify(body["messages"])).toContain("25 degrees");
  });

  test("parallel calls and their results become one content each of a Gemini provider", async () => {
    const { body } = await ask({ model: "gemini/gemini-2.5-flash", tools, messages: history });
    expect((body["contents"] as unknown[]).slice(1)).toMatchObject([
      {
        role: "model",
        parts: [
          { functionCall: { name: "weather", args: { location: "Rome" } } },
          { functionCall: { name: "weather", args: { location: "Oslo" } } },
        ],
      },
      {
        role: "user",
        parts: [{ functionResponse: { name: "weather" } }, { functionResponse: { name: "weather" } }],
      },
    ]);
  });
});

describe("structured output", () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  const response_format = { type: "json_schema" as const, json_schema: { name: "place", strict: true, schema } };

  test("X19 keeps its nesting on a Chat Completions provider", async () => {
    expect((await ask({ model: "openai/gpt-4o", response_format })).body["response_format"]).toEqual(response_format);
  });

  test("is the output format of a Messages model that has one", async () => {
    const { body } = await ask({ model: "anthropic/claude-sonnet-4-5", response_format });
    expect(body["output_config"]).toMatchObject({ format: { type: "json_schema", schema } });
  });

  test("is the response schema of a Gemini model", async () => {
    const { body } = await ask({ model: "gemini/gemini-2.5-flash", response_format });
    const { responseMimeType, ...config } = body["generationConfig"] as { [field: string]: unknown };
    expect(responseMimeType).toBe("application/json");
    expect(config["responseJsonSchema"]).toEqual(schema);
  });
});

/** A picture of one pixel. */
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("images", () => {
  let pictures: ReturnType<typeof Bun.serve>;
  beforeAll(() => {
    const bytes = Buffer.from(pixel, "base64");
    pictures = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(bytes) });
  });
  afterAll(() => pictures.stop(true));

  const withImage = (model: string, image_url: { url: string; media_type?: string }): Params => ({
    model,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url },
        ],
      },
    ],
  });
  const dataUrl = `data:image/png;base64,${pixel}`;

  test("as data URLs pass to a Chat Completions provider", async () => {
    const params = withImage("openai/gpt-4o", { url: dataUrl });
    expect((await ask(params)).body["messages"]).toEqual(params.messages as unknown[]);
  });

  test("as data URLs become bytes of a Messages and of a Gemini provider", async () => {
    const messages = await ask(withImage("anthropic/claude-sonnet-4-5", { url: dataUrl }));
    expect(messages.body["messages"]).toMatchObject([
      {
        content: [
          { type: "text" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: pixel } },
        ],
      },
    ]);
    const gemini = await ask(withImage("gemini/gemini-2.5-flash", { url: dataUrl }));
    expect(gemini.body["contents"]).toMatchObject([
      { parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: pixel } }] },
    ]);
  });

  test("by address are told with a media type that only the gateway reads", async () => {
    const link = { url: "https://example.com/picture", media_type: "image/png" };
    const chat = await ask(withImage("openai/gpt-4o", link));
    expect(JSON.stringify(chat.body)).not.toContain("media_type");
    expect(chat.translation).toBe("adjusted");
    const messages = await ask(withImage("anthropic/claude-sonnet-4-5", link));
    expect(messages.body["messages"]).toMatchObject([
      { content: [{ type: "text" }, { type: "image", source: { type: "url", url: link.url } }] },
    ]);
  });

  test("by address are fetched for a provider that cannot, and the media type is believed", async () => {
    const url = `${pictures.url.origin}/picture`;
    const { body } = await ask(withImage("gemini/gemini-2.5-flash", { url, media_type: "image/png" }));
    expect(body["contents"]).toMatchObject([
      { parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: pixel } }] },
    ]);
  });
});

describe("reasoning effort", () => {
  const rows: readonly (readonly [string, Params["reasoning_effort"], { [field: string]: unknown }])[] = [
    ["openai/o3", "high", { reasoning_effort: "high" }],
    ["openai/o3", "xhigh", { reasoning_effort: "high" }],
    ["openai/o3", "none", { reasoning_effort: "low" }],
    ["openai/gpt-5", "minimal", { reasoning_effort: "minimal" }],
    ["openai/gpt-5", "none", { reasoning_effort: "minimal" }],
    ["openai/gpt-5.2", "none", { reasoning_effort: "none" }],
    ["openai/gpt-4o", "high", { reasoning_effort: undefined }],
    ["groq/openai/gpt-oss-120b", "high", { reasoning_effort: "high" }],
    ["groq/llama-3.3-70b-versatile", "high", { reasoning_effort: undefined }],
    ["deepseek/deepseek-v4", "low", { reasoning_effort: "high", thinking: { type: "enabled" } }],
    ["deepseek/deepseek-v4", "xhigh", { reasoning_effort: "max", thinking: { type: "enabled" } }],
    ["deepseek/deepseek-v4", "none", { reasoning_effort: undefined, thinking: { type: "disabled" } }],
    ["openrouter/x-ai/grok-4", "low", { reasoning_effort: undefined, reasoning: { effort: "low" } }],
    ["xai/grok-3-mini", "medium", { reasoning_effort: "low" }],
    ["anthropic/claude-opus-4-7", "xhigh", { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } }],
    ["anthropic/claude-opus-4-7", "minimal", { thinking: { type: "adaptive" }, output_config: { effort: "low" } }],
    ["anthropic/claude-3-5-haiku-20241022", "high", { thinking: undefined, output_config: undefined }],
    ["gemini/gemini-3-flash", "low", { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } }],
    ["gemini/gemini-3-pro", "medium", { generationConfig: { thinkingConfig: { thinkingLevel: "high" } } }],
    ["gemini/gemini-2.5-flash", "none", { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }],
    ["gemini/gemini-2.5-pro", "none", { generationConfig: { thinkingConfig: { thinkingBudget: 128 } } }],
  ];

  test.each(rows)("%s is asked for %s in words of its own", async (model, effort, expected) => {
    const { body } = await ask({ model, reasoning_effort: effort ?? null });
    for (const [field, value] of Object.entries(expected)) {
      if (value === undefined) expect(body).not.toHaveProperty(field);
      else if (typeof value === "object") expect(body[field]).toMatchObject(value as object);
      else expect(body[field]).toBe(value);
    }
  });

  test("a budget is a part of the output of an older Claude", async () => {
    const { body } = await ask({
      model: "anthropic/claude-sonnet-4-5",
      reasoning_effort: "high",
      max_completion_tokens: 20_000,
    });
    const { type, budget_tokens: budget } = body["thinking"] as { type: string; budget_tokens: number };
    expect(type).toBe("enabled");
    expect(budget).toBeGreaterThanOrEqual(1024);
    expect(budget).toBeLessThan(body["max_tokens"] as number);
  });

  test("a model that reasons gets its limit under the name it reads", async () => {
    const { body } = await ask({ model: "openai/o3", max_tokens: 40, temperature: 0.2 });
    expect(body).toMatchObject({ max_completion_tokens: 40 });
    expect(body).not.toHaveProperty("max_tokens");
    expect(body).not.toHaveProperty("temperature");
  });
});
