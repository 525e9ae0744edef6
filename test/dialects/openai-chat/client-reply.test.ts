// Whole replies: every field that the official SDK's types promise, and that what clients send back rebuilds the blocks.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { Reply, ReplyChoice } from "../../../src/core/events.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { emptyUsage } from "../../../src/core/usage.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";
import { context, deltas, end, start } from "./client-support.ts";

type Message = JsonObject & { tool_calls?: JsonObject[] };
type Choice = JsonObject & { message: Message };

function write(blocks: Block[], changes: Partial<ReplyChoice> = {}): { choice: Choice; lost: string[] } {
  const reply: Reply = { choices: [{ blocks, stop: { kind: "end" }, ...changes }], extra: {}, lost: [] };
  const body = openaiChatClient.writeReply(reply, context);
  return { choice: (body["choices"] as Choice[])[0] as Choice, lost: reply.lost };
}

const message = (...blocks: Block[]): Message => write(blocks).choice.message;

/** What a client that keeps every field of the message sends back in the next request. */
function replayed(sent: JsonObject): Block[] {
  return openaiChatClient.readRequest({ model: "m", messages: [sent] }).turns[0]?.blocks ?? [];
}

const signed = (text: string, value: string): Block => ({
  type: "reasoning",
  text,
  state: { origin: "anthropic", kind: "signature", value },
});
const call = (id: string): Block => ({ type: "tool-call", id, name: "f", argumentsText: "{}", argumentsKind: "json" });

describe("the envelope", () => {
  test("a plain answer has every field that clients read", () => {
    const reply: Reply = {
      id: "msg_1",
      model: "model-2",
      createdAtSeconds: 1700000007,
      choices: [{ blocks: [{ type: "text", text: "hi" }], stop: { kind: "end", raw: "end_turn" } }],
      usage: { ...emptyUsage(), inputTokens: 3, outputTokens: 1, totalTokens: 4, raw: { in: 3 } },
      extra: { service_tier: "default", system_fingerprint: "fp" },
      lost: [],
    };
    expect(openaiChatClient.writeReply(reply, context)).toEqual({
      id: "msg_1",
      object: "chat.completion",
      created: 1700000007,
      model: "model-2",
      provider: "east",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "hi", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 1,
        total_tokens: 4,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
        raw_usage: { in: 3 },
      },
      service_tier: "default",
      system_fingerprint: "fp",
    });
    expect(reply.lost).toEqual([]);
  });

  test("S29 X13 a reply without id, model or choices gets all of them", () => {
    expect(openaiChatClient.writeReply({ choices: [], extra: {}, lost: [] }, context)).toEqual({
      id: "chatcmpl-req-1",
      object: "chat.completion",
      created: 1700000000,
      model: "model-1",
      provider: "east",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: null, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
    });
  });

  test("fields of the upstream's that would replace ours are reported as lost", () => {
    const reply: Reply = { choices: [], extra: { id: "x", provider: "y", citations: [] }, lost: ["seed"] };
    const body = openaiChatClient.writeReply(reply, context);
    expect(body).toMatchObject({ id: "chatcmpl-req-1", provider: "east", citations: [] });
    expect(reply.lost).toEqual(["seed", "id", "provider"]);
  });
});

describe("messages", () => {
  test("M29 content is there and null beside calls, which decide the finish", () => {
    const { choice } = write([call("a"), { ...call("b"), argumentsText: "" } as Block]);
    expect(choice).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: null,
        refusal: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
          { id: "b", type: "function", function: { name: "f", arguments: "" } },
        ],
      },
      logprobs: null,
      finish_reason: "tool_calls",
    });
  });

  test("T48 a custom call keeps its free text", () => {
    expect(
      message({ type: "tool-call", id: "a", name: "patch", argumentsText: "*** Begin", argumentsKind: "freeform" })
        .tool_calls,
    ).toEqual([{ id: "a", type: "custom", custom: { name: "patch", input: "*** Begin" } }]);
  });

  test("X39 text blocks are joined without a separator, and citations move with their block", () => {
    const { choice, lost } = write([
      { type: "text", text: "😀" },
      {
        type: "text",
        text: "abc",
        citations: [
          { kind: "url", url: "https://a.test", title: "A", startIndex: 0, endIndex: 1 },
          { kind: "document", title: "doc" },
        ],
      },
    ]);
    expect(choice.message).toMatchObject({
      content: "😀abc",
      annotations: [
        { type: "url_citation", url_citation: { start_index: 2, end_index: 3, url: "https://a.test", title: "A" } },
      ],
    });
    expect(lost).toEqual(["citations"]);
  });

  test("an annotation that this dialect made itself goes back as it was", () => {
    const raw = { type: "file", file: { hash: "x", content: [] } };
    expect(message({ type: "text", text: "a", citations: [{ kind: "document", raw }] })["annotations"]).toEqual([raw]);
  });

  test("X08 a refusal that only the stop tells, and one that was written", () => {
    const stop = { kind: "safety", explanation: "policy" } as const;
    expect(write([], { stop }).choice).toMatchObject({
      message: { content: null, refusal: "policy" },
      finish_reason: "content_filter",
    });
    const both = write([{ type: "refusal", text: "no" }], { stop });
    expect(both.choice.message).toMatchObject({ refusal: "no" });
    expect(both.lost).toEqual(["stop_details"]);
  });

  test("images, sound, log probabilities, and what has no place", () => {
    const { choice, lost } = write(
      [
        { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } },
        { type: "audio", id: "audio_1", source: { kind: "base64", mediaType: "audio/wav", data: "BBBB" } },
        { type: "image", source: { kind: "file-id", id: "x", origin: "gemini" } },
        { type: "opaque", dialect: "anthropic-messages", raw: { type: "web_search_tool_result" } },
        { type: "video", source: { kind: "url", url: "https://a.test/v" } },
      ],
      { logprobs: { content: [] } },
    );
    expect(choice.message).toMatchObject({
      images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
      audio: { id: "audio_1", data: "BBBB", transcript: "" },
    });
    expect(choice["logprobs"]).toEqual({ content: [] });
    expect(lost).toEqual(["image", "web_search_tool_result", "video"]);
  });
});

describe("reasoning that clients send back", () => {
  test("R13 R23 unsigned reasoning is reasoning_content alone", () => {
    expect(message({ type: "reasoning", text: "why" }, { type: "text", text: "x" })).toEqual({
      role: "assistant",
      content: "x",
      refusal: null,
      reasoning_content: "why",
    });
  });

  test("signed reasoning is listed with its text, its format and its place", () => {
    expect(message(signed("a", "S"), { type: "text", text: "x" })).toMatchObject({
      reasoning_content: "a",
      reasoning_details: [
        { type: "reasoning.text", text: "a", signature: "S", format: "anthropic-claude-v1", index: 0 },
      ],
    });
  });

  const histories: { [name: string]: Block[] } = {
    "R01 thinking before a call": [signed("a", "S"), call("1")],
    "R04 interleaved thinking": [
      signed("a", "S1"),
      { type: "text", text: "x" },
      signed("b", "S2"),
      call("1"),
      signed("c", "S3"),
      call("2"),
    ],
    "a redacted thought between signed ones": [
      signed("a", "S1"),
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
      { type: "text", text: "x" },
    ],
    "unsigned reasoning beside signed": [
      { type: "reasoning", text: "u" },
      signed("a", "S1"),
      { type: "text", text: "x" },
    ],
    "encrypted reasoning with its summary": [
      { type: "reasoning", text: "sum", state: { origin: "openai", kind: "encrypted", value: "E" } },
      { type: "text", text: "x" },
    ],
    "encrypted reasoning of a vendor": [
      { type: "reasoning", text: "", state: { origin: "xai", kind: "encrypted", value: "E" } },
      { type: "text", text: "x" },
    ],
    "R24 R25 Gemini's signature on the first of two calls": [
      { ...call("1"), state: { origin: "gemini", kind: "signature", value: "G" } } as Block,
      call("2"),
    ],
    "R26 Gemini's signature on the text": [
      { type: "text", text: "x", state: { origin: "gemini", kind: "signature", value: "G" } },
    ],
    "state of a call that is not Gemini's": [
      { type: "text", text: "x" },
      { ...call("1"), state: { origin: "openai", kind: "signature", value: "E" } } as Block,
    ],
    "R22 vendor JSON": [
      {
        type: "reasoning",
        text: "",
        state: { origin: "unknown", kind: "details", value: { type: "vendor.memory", blob: 1 } },
      },
      { type: "text", text: "x" },
    ],
  };
  for (const [name, blocks] of Object.entries(histories)) {
    test(`${name} comes back as it was`, () => {
      expect(replayed(message(...blocks))).toEqual(blocks);
    });
  }

  test("R02 what a client gathers from a stream comes back as it was", async () => {
    const all = await deltas([
      start,
      { type: "part", block: 0, part: signed("a", "S1") },
      { type: "part", block: 1, part: { type: "text", text: "x" } },
      { type: "part", block: 2, part: signed("b", "S2") },
      { type: "part", block: 3, part: call("1") },
      end,
    ]);
    const gathered: JsonObject = {
      role: "assistant",
      content: all.map((delta) => delta.content ?? "").join(""),
      reasoning_content: all.map((delta) => delta.reasoning_content ?? "").join(""),
      reasoning_details: all.flatMap((delta) => delta.reasoning_details ?? []) as JsonObject[],
      tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
    };
    expect(replayed(gathered)).toEqual([signed("a", "S1"), { type: "text", text: "x" }, signed("b", "S2"), call("1")]);
  });
});
