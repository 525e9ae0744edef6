// Every recorded Chat Completions reply, read by us and by the official SDK or compared with the recorded JSON itself.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import { asArray, asObject, type JsonObject } from "../../../src/core/json.ts";
import type { Frame } from "../../../src/dialects/dialect.ts";
import { openReader } from "../../../src/dialects/openai-chat/read-reply.ts";
import { type Recording, readText, streams, wholeReplies, wireText } from "../../support/corpus.ts";
import { splitFrames } from "../../support/frames.ts";
import { blocksOf, callsOf, facts, replyOf, sdkReply, terminals, textOf, wholeEvents } from "./upstream-support.ts";

/** Recordings of hosts that count reasoning beside the completion: output tokens added up by hand. */
const outputByHand: { readonly [name: string]: number } = {
  "xai/xai-text.stream": 1 + 290,
  "xai/xai-tool-call.stream": 26 + 196,
  "openai-compatible/xai-text.stream": 2 + 340,
  "openai-compatible/xai-tool-call.stream": 26 + 227,
  "xai/xai-text.whole": 1 + 228,
  "xai/xai-tool-call.whole": 26 + 189,
  "openai-compatible/xai-text.whole": 2 + 320,
  "openai-compatible/xai-tool-call.whole": 26 + 255,
  "recorded-xai/chat_completion.whole": 35 + 375,
};

/** Recordings that the SDK cannot read: no role, no tool index, or an index that begins at 1. */
const byHand: { readonly [name: string]: { text: string; calls: object[]; usage: number[] | undefined } } = {
  "mistral/mistral-tool-call": {
    text: "",
    calls: [{ id: "gSIMJiOkT", name: "weather", argumentsText: '{"location": "San Francisco"}' }],
    usage: [124, 22, 0],
  },
  "mistral/mistral-incremental-tool-call": {
    text: "",
    calls: [
      {
        id: "chatcmpl-tool-9f149c74c42f265b",
        name: "webSearchTool",
        argumentsText: '{"query": "current Berlin weather"}',
      },
    ],
    usage: [171, 14, 128],
  },
  "openai-compatible/anthropic-fallback-tool-call": {
    text: "Reading it.",
    calls: [{ id: "toolu_sanitized", name: "read_file", argumentsText: '{"path": "a.txt"}' }],
    usage: undefined,
  },
};

const finishOf: { readonly [kind: string]: string } = { end: "stop", "tool-calls": "tool_calls" };

function framesOf(recording: Recording): Frame[] {
  return splitFrames(new TextEncoder().encode(wireText(recording))).flatMap(({ frame }) => frame ?? []);
}

function read(frames: readonly Frame[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const reader = openReader((event) => events.push(event), facts());
  for (const frame of frames) reader.read(frame);
  reader.end();
  return events;
}

function chunksOf(frames: readonly Frame[]): JsonObject[] {
  return frames.filter(({ data }) => !data.startsWith("[DONE]")).map(({ data }) => JSON.parse(data) as JsonObject);
}

/** The reasoning of a recording, straight from its deltas. */
function recordedReasoning(chunks: readonly JsonObject[]): string {
  return chunks
    .flatMap((chunk) => asArray(chunk["choices"]) ?? [])
    .map((choice) => asObject(asObject(choice)?.["delta"] ?? asObject(choice)?.["message"]) ?? {})
    .map((delta) => delta["reasoning_content"] ?? delta["reasoning"] ?? "")
    .join("");
}

function plainBlocks(blocks: readonly Block[]): string[] {
  return blocks.map((block) => block.type);
}

describe("recorded streams", () => {
  for (const recording of streams("openai-chat").filter(({ name }) => !(name in byHand))) {
    test(`${recording.name} is read as the official SDK reads it`, async () => {
      const frames = framesOf(recording);
      const chunks = chunksOf(frames);
      const reply = replyOf(read(frames));
      const sdk = await sdkReply(wireText(recording));
      const choice = sdk.choices[0];
      const blocks = reply.choices[0]?.blocks ?? [];
      expect(textOf(blocks, "text")).toBe(choice?.message.content ?? "");
      expect(textOf(blocks, "reasoning")).toBe(recordedReasoning(chunks));
      const sdkCalls = (choice?.message.tool_calls ?? []).map((call) =>
        call.type === "function"
          ? { id: call.id, name: call.function.name, argumentsText: call.function.arguments }
          : undefined,
      );
      expect(callsOf(blocks)).toEqual(sdkCalls as never);
      expect(finishOf[reply.choices[0]?.stop.kind ?? ""]).toBe(choice?.finish_reason as string);
      // Some hosts write each chunk's own time, of which the SDK keeps the last: the reply began with the first.
      expect([reply.id, reply.model, reply.createdAtSeconds]).toEqual([
        sdk.id,
        sdk.model,
        chunks[0]?.["created"] as number,
      ]);
      // Text never comes in two blocks, and no block is empty.
      expect(new Set(plainBlocks(blocks)).size).toBe(blocks.length);
      expect(reply.usage?.inputTokens).toBe(sdk.usage?.prompt_tokens);
      expect(reply.usage?.outputTokens).toBe(outputByHand[`${recording.name}.stream`] ?? sdk.usage?.completion_tokens);
      expect(reply.usage?.totalTokens).toBe(sdk.usage?.total_tokens);
    });
  }

  for (const [name, expected] of Object.entries(byHand)) {
    test(`${name} is read although the SDK cannot (T34, T35, T37, T40, S24)`, () => {
      const recording = streams("openai-chat").find((found) => found.name === name);
      const reply = replyOf(read(framesOf(recording as Recording)));
      const blocks = reply.choices[0]?.blocks ?? [];
      expect(textOf(blocks, "text")).toBe(expected.text);
      expect(callsOf(blocks)).toEqual(expected.calls as never);
      expect(reply.choices[0]?.stop).toEqual({ kind: "tool-calls", raw: "tool_calls" });
      const { usage } = reply;
      expect(usage && [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens]).toEqual(expected.usage);
    });
  }

  for (const recording of streams("openai-chat")) {
    test(`S01 S02 ${recording.name} cut after any frame ends once: as an error until its finish was seen`, () => {
      const frames = framesOf(recording);
      const finished = frames.findIndex(({ data }) => /"finish_reason":"/.test(data));
      // All cuts near the ends, and some between: one run of the reader per cut.
      const step = Math.max(1, Math.floor(frames.length / 12));
      const cuts = frames
        .map((_frame, index) => index)
        .filter((cut) => cut < 3 || cut > finished - 2 || cut % step === 0);
      for (const cut of cuts) {
        const ends = terminals(read(frames.slice(0, cut)));
        expect(ends).toHaveLength(1);
        expect(ends[0]?.type).toBe(cut > finished ? "end" : "error");
        if (ends[0]?.type === "error") expect(ends[0].error.code).toBe("upstream_truncated");
      }
    });
  }
});

/** Fields that are read into a canonical place, or that say nothing. */
const readMessage = ["role", "content", "refusal", "tool_calls", "annotations", "reasoning_content", "reasoning"];
const readChoice = ["index", "message", "finish_reason", "logprobs"];
const readTop = ["id", "object", "created", "model", "choices", "usage"];

function says(value: unknown): boolean {
  return value !== null && !(typeof value === "object" && Object.keys(value as object).length === 0);
}

describe("recorded whole replies", () => {
  const replies = wholeReplies("openai-chat").filter(({ name }) => !name.endsWith("-error"));
  for (const recording of replies) {
    test(`${recording.name} keeps content, calls, finish and usage`, () => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const choice = asObject(asArray(body["choices"])?.[0]) ?? {};
      const message = asObject(choice["message"]) ?? {};
      const events = wholeEvents(body);
      const reply = replyOf(events);
      const blocks = blocksOf(events);
      expect(textOf(blocks, "text")).toBe((message["content"] as string | null | undefined) ?? "");
      expect(textOf(blocks, "reasoning")).toBe(
        ((message["reasoning_content"] ?? message["reasoning"]) as string | undefined) ?? "",
      );
      const calls = (asArray(message["tool_calls"]) ?? []) as {
        id: string;
        function: { name: string; arguments: string };
      }[];
      expect(callsOf(blocks)).toEqual(
        calls.map((call) => ({ id: call.id, name: call.function.name, argumentsText: call.function.arguments })),
      );
      expect(finishOf[reply.choices[0]?.stop.kind ?? ""]).toBe(choice["finish_reason"] as string);
      const usage = asObject(body["usage"]) ?? {};
      expect(reply.usage?.inputTokens).toBe(usage["prompt_tokens"] as number);
      expect(reply.usage?.outputTokens).toBe(
        outputByHand[`${recording.name}.whole`] ?? (usage["completion_tokens"] as number),
      );
      expect(reply.usage?.totalTokens).toBe(usage["total_tokens"] as number);
      expect(reply.usage?.raw).toEqual(usage);
    });

    test(`${recording.name}: no field that is not understood vanishes`, () => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const reply = replyOf(wholeEvents(body));
      const choice = asObject(asArray(body["choices"])?.[0]) ?? {};
      for (const [key, value] of Object.entries(body)) {
        if (!readTop.includes(key) && says(value)) expect(reply.extra[key]).toEqual(value);
      }
      const expected = [
        ...Object.entries(asObject(choice["message"]) ?? {})
          .filter(([key, value]) => !readMessage.includes(key) && says(value))
          .map(([key]) => `message.${key}`),
        ...Object.entries(choice)
          .filter(([key, value]) => !readChoice.includes(key) && says(value))
          .map(([key]) => `choices.${key}`),
      ];
      expect(reply.lost).toEqual(expected);
    });
  }
});
