// Every recorded Chat Completions reply through the gateway, as it is and translated, read by the official SDK.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { streams, wholeReplies, wireText } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";

let gateway: MockGateway;
/** The same SDK, reading straight from the recordings. */
let direct: OpenAI;

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["openai", "ollama", "mistral"] });
  direct = new OpenAI({ apiKey: "none", maxRetries: 0, baseURL: `${gateway.mockOrigin}/v1` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A 400 that was recorded as a body: under status 200 it is a failed reply, and the words are the provider's. */
const recordedError = "openai/reasoning-model-legacy-parameter-error";

/** Streams that the SDK itself cannot put together as their hosts sent them. */
const unreadable: { readonly [name: string]: RegExp } = {
  "mistral/mistral-incremental-tool-call": /missing role for choice 0/,
  "mistral/mistral-tool-call": /invalid tool call index/,
  "openai-compatible/anthropic-fallback-tool-call": /toolCall\.id/,
};

const recorded = streams("openai-chat").map(({ name }) => name);
const readable = recorded.filter((name) => !(name in unreadable));
const whole = wholeReplies("openai-chat")
  .map(({ name }) => name)
  .filter((name) => name !== recordedError);

describe("as it is", () => {
  test.each(readable)("the stream %s reads as it does at its host", async (name) => {
    const [through, source] = [await seenInStream(gateway.client, `openai/${name}`), await seenInStream(direct, name)];
    expect(through).toEqual(source);
    expect(through.seen.text + through.seen.calls.join()).not.toBe("");
  });

  test.each(recorded)("the stream %s keeps its bytes", async (name) => {
    const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        model: `openai/${name}`,
        stream: true,
        stream_options: { include_usage: true },
        messages: [{ role: "user", content: "hello" }],
      }),
    });
    // Some recordings lack the blank line behind their last frame: without it no client would read that frame.
    const wire = wireText(streams("openai-chat").find((found) => found.name === name)!).trimEnd();
    expect(await response.text()).toBe(`${wire}\n\n`);
    expect(response.headers.get("x-sluice-translation")).toBe("native");
  });

  test.each(whole)("the whole reply %s reads as it does at its host", async (name) => {
    const [through, source] = [await seenWhole(gateway.client, `openai/${name}`), await seenWhole(direct, name)];
    expect(through).toEqual(source);
  });

  test.each(Object.entries(unreadable))("the stream %s is left as its host writes it", async (name, words) => {
    await expect(seenInStream(direct, name)).rejects.toThrow(words);
    await expect(seenInStream(gateway.client, `openai/${name}`)).rejects.toThrow(words);
  });

  test("X34 an error under status 200 is the error that its host means", async () => {
    const words = /Unsupported parameter: 'max_tokens'/;
    await expect(seenWhole(gateway.client, `openai/${recordedError}`)).rejects.toThrow(words);
    await expect(seenWhole(gateway.client, `openai/${recordedError}`)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });
});

/** By hand, from the recordings: what the unreadable streams say. */
const byHand: { readonly [name: string]: Seen } = {
  "mistral/mistral-incremental-tool-call": {
    text: "",
    reasoning: "",
    refusal: null,
    calls: [
      {
        id: "chatcmpl-tool-9f149c74c42f265b",
        name: "webSearchTool",
        arguments: { query: "current Berlin weather" },
      },
    ],
    finish: "tool_calls",
    usage: { input: 171, output: 14, total: 185, cacheRead: 128, cacheWrite: 0, reasoning: 0 },
  },
  "mistral/mistral-tool-call": {
    text: "",
    reasoning: "",
    refusal: null,
    calls: [{ id: "gSIMJiOkT", name: "weather", arguments: { location: "San Francisco" } }],
    finish: "tool_calls",
    usage: { input: 124, output: 22, total: 146, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
  },
  "openai-compatible/anthropic-fallback-tool-call": {
    text: "Reading it.",
    reasoning: "",
    refusal: null,
    calls: [{ id: "toolu_sanitized", name: "read_file", arguments: { path: "a.txt" } }],
    finish: "tool_calls",
    usage: null,
  },
};

const rowOf = (name: string) => (name.startsWith("mistral/") ? "mistral" : "ollama");

describe("translated, since the row repairs replies", () => {
  test.each(readable)("the stream %s means what it means at its host", async (name) => {
    const { seen } = await seenInStream(gateway.client, `${rowOf(name)}/${name}`);
    expect(seen).toEqual((await seenInStream(direct, name)).seen);
  });

  test.each(Object.entries(byHand))("S24 the stream %s can be read by the SDK", async (name, expected) => {
    expect((await seenInStream(gateway.client, `${rowOf(name)}/${name}`)).seen).toEqual(expected);
  });

  test.each(whole)("the whole reply %s means what it means at its host", async (name) => {
    const { seen } = await seenWhole(gateway.client, `${rowOf(name)}/${name}`);
    expect(seen).toEqual((await seenWhole(direct, name)).seen);
  });
});
