// The executable twice, as mock provider and as gateway, with the official SDK in front: the whole path as a user has it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { mockReady, type Running, start, startGateway } from "../support/binary.ts";
import { corpusRoot } from "../support/corpus.ts";

let mock: Running;
let gateway: Running;
let client: OpenAI;

beforeAll(async () => {
  mock = await start({ arguments: ["mock", "--dir", corpusRoot, "--port", "0"], ready: mockReady });
  gateway = await startGateway({
    OPENAI_API_KEY: "none",
    OPENAI_BASE_URL: `${mock.origin}/v1`,
    ANTHROPIC_API_KEY: "none",
    ANTHROPIC_BASE_URL: mock.origin,
    GEMINI_API_KEY: "none",
    GEMINI_BASE_URL: mock.origin,
  });
  client = new OpenAI({ apiKey: "none", maxRetries: 0, baseURL: `${gateway.origin}/v1` });
}, 60_000);

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await mock?.[Symbol.asyncDispose]();
});

const messages = [{ role: "user" as const, content: "What is the weather in San Francisco?" }];

describe("a recorded Anthropic tool-call stream", () => {
  test("gives the SDK's streaming helper the complete call, usage and finish_reason", async () => {
    const stream = client.chat.completions.stream({
      model: "anthropic/anthropic-json-other-tool.1",
      messages,
      stream_options: { include_usage: true },
    });
    const reply = await stream.finalChatCompletion();
    const [choice] = reply.choices;
    expect(choice?.message.tool_calls).toMatchObject([
      { id: "toolu_019Zvehfe1XQWweT1pm7okyt", type: "function", function: { name: "weather" } },
    ]);
    const call = await stream.finalFunctionToolCall();
    expect(JSON.parse(call!.arguments)).toEqual({ location: "San Francisco" });
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(reply.usage).toMatchObject({ prompt_tokens: 843, completion_tokens: 28, total_tokens: 871 });
  });

  test("gives the same to a request that does not stream", async () => {
    const reply = await client.chat.completions.create({ model: "anthropic/anthropic-json-other-tool.1", messages });
    expect(reply.choices[0]?.finish_reason).toBe("tool_calls");
    expect(reply.choices[0]?.message.tool_calls).toHaveLength(1);
  });
});

describe("the other dialects of the same gateway", () => {
  test("stream text as it is recorded", async () => {
    const ask = { model: "openai/openai-text", messages };
    const direct = new OpenAI({ apiKey: "none", baseURL: `${mock.origin}/v1` });
    const source = await direct.chat.completions.stream({ ...ask, model: "openai-text" }).finalContent();
    expect(await client.chat.completions.stream(ask).finalContent()).toBe(source);
  });

  test("give Gemini's calls ids and a finish of their own", async () => {
    const model = "gemini/google-stream-tool-call-arguments";
    const reply = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
    const calls = reply.choices[0]?.message.tool_calls ?? [];
    expect(calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments))).toEqual([
      { location: "Boston" },
      { location: "San Francisco" },
    ]);
    expect(reply.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("S01 turn a stream that breaks off into an error", async () => {
    const stream = client.chat.completions.stream({ model: "anthropic/anthropic-json-other-tool.1!reset@4", messages });
    expect(await stream.finalChatCompletion().catch((cause: unknown) => cause)).toBeInstanceOf(OpenAI.APIError);
  });

  test("list the recorded cases as models", async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toContain("anthropic/anthropic/anthropic-json-other-tool.1");
    expect(ids.some((id) => id.startsWith("gemini/google/"))).toBe(true);
  });
});
