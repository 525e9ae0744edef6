// Counting tokens: by the provider's own counter in its own words, else by ours, which the reply says.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { ending } from "../support/ending.ts";
import { jsonReply, type Script } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const prefixes = { anthropic: "ANTHROPIC", openai: "OPENAI", gemini: "GEMINI", groq: "GROQ" } as const;
type Provider = keyof typeof prefixes;

const answers: { readonly [provider in Provider]: unknown } = {
  anthropic: { input_tokens: 321 },
  openai: { object: "response.input_tokens", input_tokens: 321 },
  gemini: { totalTokens: 321, promptTokensDetails: [{ modality: "TEXT", tokenCount: 321 }] },
  groq: {},
};
const paths: { readonly [provider in Provider]: string } = {
  anthropic: "/v1/messages/count_tokens",
  openai: "/v1/responses/input_tokens",
  gemini: "/v1beta/models/model-1:countTokens",
  groq: "",
};

async function openPair(provider: Provider, script: Script = jsonReply(answers[provider])) {
  const host = await openModelHost(script);
  const gateway = await openGateway({ hosts: { [prefixes[provider]]: host } });
  return {
    host,
    gateway,
    post: (path: string, body: unknown, headers: { [name: string]: string } = {}) =>
      fetch(gateway.url + path, { method: "POST", body: JSON.stringify(body), headers }),
    ...ending(gateway, host),
  };
}

const words = "What is the weather in Paris?";
const asMessages = (model: string) => ({
  model,
  system: "Be brief.",
  messages: [{ role: "user" as const, content: words }],
  tools: [{ name: "weather", description: "Weather of a city.", input_schema: { type: "object" as const } }],
});

const clients = {
  messages: async (url: string, model: string) => {
    const client = new Anthropic({ baseURL: url, apiKey: "unused", maxRetries: 0 });
    return (await client.messages.countTokens(asMessages(model))).input_tokens;
  },
  responses: async (url: string, model: string) => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
    return (await client.responses.inputTokens.count({ model, input: words, instructions: "Be brief." })).input_tokens;
  },
  gemini: async (url: string, model: string) => {
    const client = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: url } });
    return (await client.models.countTokens({ model, contents: words })).totalTokens;
  },
} as const;

describe("the provider's own counter", () => {
  const pairs = (["anthropic", "openai", "gemini"] as const).flatMap((provider) =>
    (Object.keys(clients) as (keyof typeof clients)[]).map((client) => ({ provider, client })),
  );

  test.each(pairs)("of $provider answers the $client SDK", async ({ provider, client }) => {
    await using pair = await openPair(provider);
    expect(await clients[client](pair.gateway.url, `${provider}/model-1`)).toBe(321);
    const call = await pair.host.call(0);
    expect(call.target).toBe(paths[provider]);
    expect(call.text()).toContain(words);
  });

  test.each([
    ["small", ""],
    ["large", "word ".repeat(5000)],
  ])("gets a %s body of its own dialect as it came, with the beta headers", async (_size, unknown) => {
    await using pair = await openPair("anthropic");
    const body = { ...asMessages("anthropic/model-1"), unknown_field: [1.0, unknown] };
    const response = await pair.post("/v1/messages/count_tokens?beta=true", body, {
      "anthropic-beta": "token-counting-2024-11-01",
      "anthropic-version": "2023-06-01",
    });
    expect(await response.json()).toEqual({ input_tokens: 321 });
    expect(response.headers.get("x-sluice-estimated")).toBeNull();
    const call = await pair.host.call(0);
    expect(call.json()).toEqual({ ...body, model: "model-1" });
    expect(call.header("anthropic-beta")).toBe("token-counting-2024-11-01");
  });

  test("of Anthropic gets nothing that only a reply needs", async () => {
    await using pair = await openPair("anthropic");
    await clients.responses(pair.gateway.url, "anthropic/model-1");
    expect(Object.keys((await pair.host.call(0)).json() as object).sort()).toEqual(["messages", "model", "system"]);
  });

  test("of Gemini gets the whole request, with the model that it is asked of", async () => {
    await using pair = await openPair("gemini");
    const response = await pair.post("/v1/messages/count_tokens", asMessages("gemini/model-1"));
    expect(await response.json()).toEqual({ input_tokens: 321 });
    expect((await pair.host.call(0)).json()).toMatchObject({
      generateContentRequest: {
        model: "models/model-1",
        contents: [{ role: "user", parts: [{ text: words }] }],
        systemInstruction: { parts: [{ text: "Be brief." }] },
        tools: [{ functionDeclarations: [{ name: "weather" }] }],
      },
    });
    await pair.post("/v1beta/models/gemini/model-1:countTokens", {
      generateContentRequest: { model: "models/gemini/model-1", contents: [{ parts: [{ text: words }] }] },
    });
    expect((await pair.host.call(1)).json()).toEqual({
      generateContentRequest: { model: "models/model-1", contents: [{ parts: [{ text: words }] }] },
    });
  });

  test("that finds fault with the request is heard, in the caller's dialect", async () => {
    const refusing = jsonReply({ error: { code: 400, message: "no such role", status: "INVALID_ARGUMENT" } }, 400);
    await using pair = await openPair("gemini", refusing);
    const response = await pair.post("/v1/messages/count_tokens", asMessages("gemini/model-1"));
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error", message: expect.stringContaining("no such role") } },
    ]);
  });

  test.each([
    ["is not there", jsonReply({ error: { message: "not found" } }, 404)],
    ["is down", jsonReply({ error: { message: "overloaded" } }, 529)],
    ["says something else", jsonReply({ tokens: "many" })],
    ["says nothing", [{ end: "cut" }] as const],
  ])("that %s is replaced by ours", async (_name, script) => {
    await using pair = await openPair("anthropic", script as Script);
    const response = await pair.post("/v1/messages/count_tokens", asMessages("anthropic/model-1"));
    expect([response.status, response.headers.get("x-sluice-estimated")]).toEqual([200, "true"]);
  });
});

describe("U24 our own count", () => {
  test.each(Object.keys(clients) as (keyof typeof clients)[])("answers the %s SDK", async (client) => {
    await using pair = await openPair("groq");
    const tokens = await clients[client](pair.gateway.url, "groq/gpt-oss-20b");
    // The words alone are seven tokens.
    expect(tokens).toBeWithin(8, 60);
    expect(pair.host.calls).toEqual([]);
  });

  test("is marked, and sees system prompt, tools, calls and results (U25)", async () => {
    await using pair = await openPair("groq");
    const count = async (body: object) => {
      const response = await pair.post("/v1/messages/count_tokens", { model: "groq/gpt-oss-20b", ...body });
      expect(response.headers.get("x-sluice-estimated")).toBe("true");
      return ((await response.json()) as { input_tokens: number }).input_tokens;
    };
    const long = "one two three four five six seven eight nine ten ".repeat(10);
    const plain = { messages: [{ role: "user", content: "hi" }] };
    const least = await count(plain);
    const call = { type: "tool_use", id: "t1", name: "f", input: { text: long } };
    const result = { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: long }] };
    for (const body of [
      { ...plain, system: long },
      { ...plain, tools: [{ name: "f", description: long, input_schema: { type: "object" } }] },
      { messages: [...plain.messages, { role: "assistant", content: [call] }] },
      { messages: [{ role: "user", content: [result] }] },
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "https://x/y.png" } }] }] },
    ]) {
      expect(await count(body)).toBeGreaterThan(least + 90);
    }
  });

  test.each([
    ["/v1/messages/count_tokens", { model: "groq/m", messages: "hi" }, "anthropic"],
    ["/v1/messages/count_tokens", { messages: [] }, "anthropic"],
    ["/v1/responses/input_tokens", { model: "groq/m", input: 7 }, "openai"],
    ["/v1/responses/input_tokens", { model: "groq/m", input: "hi", previous_response_id: "r" }, "openai"],
    ["/v1beta/models/groq/m:countTokens", { contents: "hi" }, "gemini"],
  ])("refuses what cannot be meant, in the caller's dialect: %s %p", async (path, body, dialect) => {
    await using pair = await openPair("groq");
    const response = await pair.post(path, body);
    const told = (await response.json()) as { type?: string; error: { status?: string; type?: string } };
    expect(response.status).toBe(400);
    if (dialect === "anthropic") expect(told).toMatchObject({ type: "error" });
    else if (dialect === "gemini") expect(told.error.status).toBe("INVALID_ARGUMENT");
    else expect(told.error.type).toBe("invalid_request_error");
  });
});
