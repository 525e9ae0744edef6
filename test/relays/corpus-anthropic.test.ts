// Every recorded Messages reply through the gateway, read by the official OpenAI SDK and compared with Anthropic's own SDK.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";

let gateway: MockGateway;
/** The maker's SDK, reading straight from the recordings. */
let direct: Anthropic;

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["anthropic"] });
  direct = new Anthropic({ apiKey: "none", maxRetries: 0, baseURL: gateway.mockOrigin, fetch: firstReply });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Some recordings hold the streams of a whole conversation, and some lack their last blank line: a reply ends with its message_stop. */
const firstReply: typeof fetch = Object.assign(
  async (...given: Parameters<typeof fetch>) => {
    const response = await fetch(...given);
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
    const text = await response.text();
    const [end] = /^event: message_stop\n.*$/m.exec(text) ?? [];
    if (end === undefined) throw new Error("a recording without message_stop");
    return new Response(`${text.slice(0, text.indexOf(end) + end.length)}\n\n`, response);
  },
  { preconnect: fetch.preconnect },
);

/** translation.md B6, column CC. */
const finishOf: { readonly [reason: string]: string } = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter",
  pause_turn: "stop",
};

/** What the message says, in the words of Chat Completions (translation.md B1.3, B7). */
function expected(message: Anthropic.Message): Seen {
  const calls = message.content
    .filter((block) => block.type === "tool_use")
    .map(({ id, name, input }) => ({ id, name, arguments: input }));
  const finish = finishOf[message.stop_reason ?? ""];
  if (finish === undefined) throw new Error(`no row for ${message.stop_reason}`);
  const { usage } = message;
  const cacheRead = usage.cache_read_input_tokens ?? 0;
  const cacheWrite = usage.cache_creation_input_tokens ?? 0;
  const input = usage.input_tokens + cacheRead + cacheWrite;
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: message.content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    refusal: message.stop_reason === "refusal" ? (message.stop_details?.explanation ?? null) : null,
    calls,
    // X03: a client that is given calls is told to answer them.
    finish: calls.length > 0 && finish === "stop" ? "tool_calls" : finish,
    usage: {
      input,
      output: usage.output_tokens,
      total: input + usage.output_tokens,
      cacheRead,
      cacheWrite,
      reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    },
  };
}

const ask = { max_tokens: 100, messages: [{ role: "user" as const, content: "The mock does not read this." }] };

/** Broken on purpose: a second message begins inside the first one's tool call. */
const spliced = "anthropic/spliced-message-start";

const readable = streams("anthropic-messages")
  .map(({ name }) => name)
  .filter((name) => name !== spliced);
const whole = wholeReplies("anthropic-messages").map(({ name }) => name);

describe("a Messages provider behind Chat Completions", () => {
  test.each(readable)("the stream %s means what it means to the maker's SDK", async (name) => {
    const { seen } = await seenInStream(gateway.client, `anthropic/${name}`);
    expect(seen).toEqual(expected(await direct.messages.stream({ model: name, ...ask }).finalMessage()));
  });

  test.each(whole)("the whole reply %s means what it means to the maker's SDK", async (name) => {
    const { seen } = await seenWhole(gateway.client, `anthropic/${name}`);
    expect(seen).toEqual(expected(await direct.messages.create({ model: name, ...ask })));
  });

  test("S30 a second message inside the first one is an error, and never a spliced call", async () => {
    const failure = await seenInStream(gateway.client, `anthropic/${spliced}`).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: "upstream_malformed_response", type: "provider_error" });
  });
});
