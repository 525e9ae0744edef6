// Every recorded reply through the gateway, read by the official Anthropic SDK and compared with the maker's own SDK.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";
import { readEvents, type WireEvent } from "./messages-events.ts";

let gateway: MockGateway;
let client: Anthropic;
/** The makers' SDKs, reading straight from the recordings. */
let directOpenai: OpenAI;
let directAnthropic: Anthropic;

const sdk = { apiKey: "any key will do", maxRetries: 0 };
const messages = [{ role: "user" as const, content: "The mock does not read this." }];

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["openai", "anthropic", "gemini"] });
  client = new Anthropic({ ...sdk, baseURL: gateway.origin });
  directAnthropic = new Anthropic({ ...sdk, baseURL: gateway.mockOrigin });
  directOpenai = new OpenAI({ ...sdk, baseURL: `${gateway.mockOrigin}/v1` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** translation.md B6, from the column CC to the column AM. */
const reasonOf: { readonly [finish: string]: string } = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
};

/** What the provider's own SDK saw, in the words of Messages (translation.md B1.4, B7). */
function expected(seen: Seen, estimate: number) {
  const { usage } = seen;
  return {
    text: seen.text,
    calls: seen.calls,
    // X03: a client that is given calls is told to answer them.
    reason: seen.calls.length > 0 && seen.finish === "stop" ? "tool_use" : reasonOf[seen.finish],
    // Where nobody counts, the estimate that the stream began with stays.
    input: usage ? usage.input - usage.cacheRead - usage.cacheWrite : estimate,
    cacheRead: usage?.cacheRead ?? 0,
  };
}

function told(message: Anthropic.Message): ReturnType<typeof expected> {
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    calls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    reason: message.stop_reason ?? undefined,
    input: message.usage.input_tokens,
    cacheRead: message.usage.cache_read_input_tokens ?? 0,
  } as ReturnType<typeof expected>;
}

function ask(model: string) {
  return { model, messages, max_tokens: 1000 };
}

async function wireOf(model: string): Promise<WireEvent[]> {
  const response = await fetch(`${gateway.origin}/v1/messages?beta=true`, {
    method: "POST",
    body: JSON.stringify({ ...ask(model), stream: true }),
  });
  return readEvents(await response.text());
}

/** Recordings that the OpenAI SDK cannot put together itself, and that of an error. */
const unfit = /mistral-incremental-tool-call|mistral-tool-call|anthropic-fallback-tool-call|legacy-parameter-error/;
const chatHosts = /^(?:openai|recorded-openai|groq|recorded-groq|azure)\//;

describe("a stream of Chat Completions", () => {
  const recorded = streams("openai-chat").map(({ name }) => name);
  const comparable = recorded.filter((name) => chatHosts.test(name) && !unfit.test(name));

  test.each(comparable)("%s tells the Anthropic SDK what it tells OpenAI's", async (name) => {
    const message = await client.messages.stream(ask(`openai/${name}`)).finalMessage();
    const source = await seenInStream(directOpenai, name);
    const estimate = message.usage.input_tokens;
    expect(estimate).toBeGreaterThan(0);
    expect(told(message)).toEqual(expected(source.seen, estimate));
  });

  test.each(recorded)("S30 S32 S36 %s is a stream in order", async (name) => {
    const events = await wireOf(`openai/${name}`);
    expect(events[0]?.type).toBe("message_start");
    expect(events[1]?.type).toBe("ping");
    expect(events.at(-1)?.type).toBe("message_stop");
    expect(events.at(-2)?.type).toBe("message_delta");
  });
});

describe("a whole reply of Chat Completions", () => {
  const recorded = wholeReplies("openai-chat").map(({ name }) => name);

  test.each(recorded.filter((name) => chatHosts.test(name) && !unfit.test(name)))("%s is a message", async (name) => {
    const message = await client.messages.create(ask(`openai/${name}`));
    const source = await seenWhole(directOpenai, name);
    expect(told(message)).toEqual(expected(source.seen, 0));
    expect(message).toMatchObject({ type: "message", role: "assistant" });
  });
});

describe("a stream of Messages passes as it is", () => {
  const recorded = streams("anthropic-messages")
    .map(({ name }) => name)
    .filter((name) => /clear-thinking|clear-tool-uses|json-tool\.2|refusal|tool-no-args/.test(name));

  test.each(recorded)("%s reads as it does at its host, but for the name that it was asked by", async (name) => {
    const through = await client.messages.stream(ask(`anthropic/${name}`)).finalMessage();
    const source = await directAnthropic.messages.stream(ask(name)).finalMessage();
    expect({ ...through, _request_id: null }).toEqual({ ...source, model: `anthropic/${name}`, _request_id: null });
  });
});

describe("a stream of Gemini", () => {
  const recorded = streams("gemini").map(({ name }) => name);

  test.each(recorded)("S30 S32 S36 %s is a stream in order", async (name) => {
    const events = await wireOf(`gemini/${name}`);
    expect(events[0]?.type).toBe("message_start");
    expect(events.at(-1)?.type).toBe("message_stop");
  });

  test("R26 keeps thoughts, text and the signature, which comes back to Gemini", async () => {
    const message = await client.messages.stream(ask("gemini/google/google-reasoning-gemini3")).finalMessage();
    const signed = message.content.filter((block) => block.type === "thinking" && block.signature !== "");
    expect(signed.length).toBeGreaterThan(0);
    await client.messages.create({
      ...ask("gemini/google/google-reasoning-gemini3"),
      messages: [...messages, { role: "assistant", content: message.content }, ...messages],
    });
    const sent = JSON.stringify((await gateway.lastSent()).body);
    expect(sent).toContain('"thoughtSignature"');
    expect(sent).not.toContain("sluice1:");
  });
});
