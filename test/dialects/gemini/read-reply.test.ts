// Replies that were never recorded: blocks, media, citations, failures, several candidates. Chunks and results by hand.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openReader, readReply } from "../../../src/dialects/gemini/read-reply.ts";
import { chunk, eventsOf, isTerminal, replyOf, target } from "./support.ts";

const stop = { finishReason: "STOP" };
const signature = (value: string) => ({ origin: "gemini", kind: "signature" as const, value });

function errorOf(chunks: JsonValue[]) {
  const events = eventsOf(chunks);
  expect(events.filter(isTerminal)).toHaveLength(1);
  const last = events.at(-1);
  return last?.type === "error" ? last.error : undefined;
}

describe("blocks", () => {
  test("R23 thoughts and text of one chunk are blocks of their own, in order", () => {
    const reply = replyOf([
      chunk([{ text: "thin", thought: true }]),
      chunk([{ text: "king", thought: true }, { text: "Ans" }]),
      chunk([{ text: "wer" }], stop),
    ]);
    expect(reply.choices[0]?.blocks).toEqual([
      { type: "reasoning", text: "thinking" },
      { type: "text", text: "Answer" },
    ]);
    expect(reply.choices[0]?.stop).toEqual({ kind: "end", raw: "STOP" });
  });

  test("R25 signed and unsigned parts are not merged", () => {
    const reply = replyOf([
      chunk([{ text: "a" }]),
      chunk([{ text: "b", thoughtSignature: "S" }]),
      chunk([{ text: "c" }], stop),
    ]);
    expect(reply.choices[0]?.blocks).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b", state: signature("S") },
      { type: "text", text: "c" },
    ]);
  });

  test("R26 a signature in a part with empty text belongs to the block before it", () => {
    const before = replyOf([chunk([{ text: "a" }]), chunk([{ text: "", thoughtSignature: "S" }], stop)]);
    expect(before.choices[0]?.blocks).toEqual([{ type: "text", text: "a", state: signature("S") }]);
    const alone = replyOf([chunk([{ text: "", thoughtSignature: "S" }], stop)]);
    expect(alone.choices[0]?.blocks).toEqual([{ type: "text", text: "", state: signature("S") }]);
    const afterCall = replyOf([
      chunk([{ functionCall: { name: "f", args: {} } }]),
      chunk([{ text: "", thoughtSignature: "S" }], stop),
    ]);
    expect(afterCall.choices[0]?.blocks[0]).toMatchObject({ type: "tool-call", state: signature("S") });
  });

  test("R24 S56 S57 text and several calls of one chunk all come, and a later STOP remembers them", () => {
    const reply = replyOf([
      chunk([
        { text: "look: " },
        { functionCall: { name: "f", args: { x: 1 } }, thoughtSignature: "S" },
        { functionCall: { id: "up", name: "g" } },
      ]),
      chunk([{ text: "" }], stop),
    ]);
    expect(reply.choices[0]?.blocks).toEqual([
      { type: "text", text: "look: " },
      {
        type: "tool-call",
        id: "call-1",
        name: "f",
        argumentsText: '{"x":1}',
        argumentsKind: "json",
        state: signature("S"),
      },
      { type: "tool-call", id: "up", name: "g", argumentsText: "{}", argumentsKind: "json" },
    ]);
    expect(reply.choices[0]?.stop).toEqual({ kind: "tool-calls", raw: "STOP" });
  });

  test("T06 T41 made-up ids differ, also from ids that a relay repeats", () => {
    const call = (name: string) => ({ functionCall: { id: "call_0", name, args: {} } });
    const reply = replyOf([chunk([call("f")]), chunk([call("g")]), chunk([{ functionCall: { name: "h" } }], stop)]);
    const ids = reply.choices[0]?.blocks.map((block) => block.type === "tool-call" && block.id);
    expect(ids).toEqual(["call_0", "call-1", "call-2"]);
    const events: ReplyEvent[] = [];
    for (let round = 0; round < 2; round++)
      readReply(chunk([{ functionCall: { name: "f" } }], stop), (event) => events.push(event), target());
    const made = events.flatMap((event) =>
      event.type === "block-start" && event.kind === "tool-call" ? event.id : [],
    );
    expect(new Set(made).size).toBe(2);
    expect(made[0]).toMatch(/^call_[0-9a-f]{32}$/);
  });

  test("numbers in arguments are written as they came", () => {
    const events: ReplyEvent[] = [];
    const reader = openReader((event) => events.push(event), target());
    reader.read({
      event: "",
      data: '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"id":12345678901234567890}}}]},"finishReason":"STOP"}]}',
    });
    reader.end();
    expect(events.find((event) => event.type === "delta")).toMatchObject({ text: '{"id":12345678901234567890}' });
  });

  test("S58 a call whose end mark never comes is closed by the finish", () => {
    const reply = replyOf([
      chunk([{ functionCall: { name: "f", willContinue: true } }]),
      chunk([
        {
          functionCall: {
            partialArgs: [
              { jsonPath: "$.list[0]['a b']", stringValue: "x", willContinue: true },
              { jsonPath: "$.list[0]['a b']", stringValue: "y" },
              { jsonPath: "$.n", numberValue: 1.5 },
              { jsonPath: "$.yes", boolValue: false },
              { jsonPath: "$.no", nullValue: "NULL_VALUE" },
              { jsonPath: "$.__proto__.polluted", boolValue: true },
            ],
            willContinue: true,
          },
        },
      ]),
      chunk([{ text: "" }], stop),
    ]);
    expect(reply.choices[0]?.blocks[0]).toMatchObject({
      argumentsText: '{"list":[{"a b":"xy"}],"n":1.5,"yes":false,"no":null,"__proto__":{"polluted":true}}',
    });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(reply.choices[0]?.stop.kind).toBe("tool-calls");
  });

  test("a call that the limit cut off stays unclosed and is not called a tool call", () => {
    const reply = replyOf([
      chunk([{ functionCall: { name: "f", willContinue: true } }]),
      chunk([
        {
          functionCall: {
            partialArgs: [{ jsonPath: "$.a.b", stringValue: "half", willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      chunk([], { finishReason: "MAX_TOKENS" }),
    ]);
    expect(reply.choices[0]?.blocks[0]).toMatchObject({ argumentsText: '{"a":{"b":"half' });
    expect(reply.choices[0]?.stop).toEqual({ kind: "length", raw: "MAX_TOKENS" });
  });

  test("pieces without a place are an error, not a guess", () => {
    for (const jsonPath of ["$.a..b", "a", "$", "$.a[999999999]", "$.a.b"]) {
      const pieces = [
        { jsonPath: "$.a", numberValue: 1 },
        { jsonPath, stringValue: "x" },
      ];
      expect(errorOf([chunk([{ functionCall: { name: "f", partialArgs: pieces } }], stop)])?.code).toBe(
        "upstream_malformed",
      );
    }
  });

  test("media come as parts, thoughts in pictures and code as what only Gemini knows", () => {
    const code = { executableCode: { language: "PYTHON", code: "1" } };
    const draft = { inlineData: { mimeType: "image/png", data: "BB" }, thought: true };
    const reply = replyOf([
      chunk([{ inlineData: { mimeType: "image/png", data: "AA" }, thoughtSignature: "S" }, code, draft]),
      chunk(
        [
          { inlineData: { mimeType: "audio/wav", data: "CC" } },
          { fileData: { mimeType: "video/mp4", fileUri: "gs://a" } },
        ],
        stop,
      ),
    ]);
    expect(reply.choices[0]?.blocks).toEqual([
      {
        type: "image",
        source: { kind: "base64", mediaType: "image/png", data: "AA" },
        extra: { gemini: { thoughtSignature: "S" } },
      },
      { type: "opaque", dialect: "gemini", raw: code },
      { type: "opaque", dialect: "gemini", raw: draft },
      { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "CC" } },
      { type: "video", source: { kind: "url", url: "gs://a", mediaType: "video/mp4" } },
    ]);
  });

  test("S12 a signature of half a megabyte comes through whole", () => {
    const value = "Aa0/".repeat(130_000);
    const reply = replyOf([chunk([{ functionCall: { name: "f" }, thoughtSignature: value }], stop)]);
    expect(reply.choices[0]?.blocks[0]).toMatchObject({ state: signature(value) });
  });
});

describe("the reply around the blocks", () => {
  test("several candidates are several choices", () => {
    const both = (parts: [string, string], rest: JsonObject = {}) => ({
      candidates: parts.map((text, index) => ({ index, content: { parts: [{ text }] }, ...rest })),
    });
    const reply = replyOf([both(["a", "x"]), both(["b", "y"], stop)]);
    expect(reply.choices.map((choice) => choice.blocks)).toEqual([
      [{ type: "text", text: "ab" }],
      [{ type: "text", text: "xy" }],
    ]);
    expect(errorOf([both(["a", "x"]), chunk([], stop)])?.code).toBe("upstream_truncated");
  });

  test("U11 U12 usage is the last snapshot, thoughts are output and tool prompts are input", () => {
    const usage = (candidatesTokenCount: number) => ({
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 40,
        toolUsePromptTokenCount: 7,
        candidatesTokenCount,
        thoughtsTokenCount: 30,
        totalTokenCount: 137 + candidatesTokenCount,
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 60 },
          { modality: "AUDIO", tokenCount: 15 },
          { modality: "IMAGE", tokenCount: 25 },
        ],
      },
    });
    const reply = replyOf([
      { ...chunk([{ text: "a" }]), ...usage(1) },
      { ...chunk([{ text: "b" }], stop), ...usage(5) },
      { usageMetadata: { trafficType: "ON_DEMAND" } },
    ]);
    expect(reply.usage).toEqual({
      inputTokens: 107,
      outputTokens: 35,
      totalTokens: 142,
      cacheReadTokens: 40,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      reasoningTokens: 30,
      inputAudioTokens: 15,
      outputAudioTokens: 0,
      inputTextTokens: 60,
      inputImageTokens: 25,
      raw: usage(5).usageMetadata,
    });
    expect(reply.extra).toEqual({ trafficType: "ON_DEMAND" });
  });

  test("X40 grounding becomes citations in UTF-16 units, and stays whole beside them", () => {
    const groundingMetadata = {
      webSearchQueries: ["q"],
      groundingChunks: [
        { web: { uri: "https://a.example", title: "A" } },
        { web: { uri: "https://b.example", title: "B" } },
      ],
      groundingSupports: [
        // "Ünï 🎈 " is 2+1+2+1+4+1 = 11 bytes and 7 units; "flies" follows.
        { segment: { startIndex: 11, endIndex: 16, text: "flies" }, groundingChunkIndices: [0, 1] },
      ],
    };
    const reply = replyOf([chunk([{ text: "Ünï 🎈 fl" }]), chunk([{ text: "ies" }], { ...stop, groundingMetadata })]);
    expect(reply.choices[0]?.blocks).toEqual([
      {
        type: "text",
        text: "Ünï 🎈 flies",
        citations: [
          {
            kind: "url",
            url: "https://a.example",
            title: "A",
            startIndex: 7,
            endIndex: 12,
            raw: groundingMetadata.groundingChunks[0]!,
          },
          {
            kind: "url",
            url: "https://b.example",
            title: "B",
            startIndex: 7,
            endIndex: 12,
            raw: groundingMetadata.groundingChunks[1]!,
          },
        ],
      },
    ]);
    expect(reply.extra["groundingMetadata"]).toEqual(groundingMetadata);
  });

  test("log probabilities are written as OpenAI's", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "é", tokenId: 1, logProbability: -0.5 }],
      topCandidates: [
        {
          candidates: [
            { token: "é", logProbability: -0.5 },
            { token: "e", logProbability: -1.5 },
          ],
        },
      ],
    };
    const reply = replyOf([chunk([{ text: "é" }], { ...stop, logprobsResult })]);
    expect(reply.choices[0]?.logprobs).toEqual({
      content: [
        {
          token: "é",
          token_id: 1,
          logprob: -0.5,
          bytes: [0xc3, 0xa9],
          top_logprobs: [
            { token: "é", logprob: -0.5, bytes: [0xc3, 0xa9] },
            { token: "e", logprob: -1.5, bytes: [0x65] },
          ],
        },
      ],
    });
  });

  test("the reply's own fields are kept, and its time of birth", () => {
    const reply = replyOf([
      {
        ...chunk([{ text: "a" }], { ...stop, safetyRatings: [{ category: "X" }], avgLogprobs: -0.1 }),
        modelVersion: "m",
        responseId: "r",
        createTime: "2026-04-07T16:49:58.333958Z",
      },
    ]);
    expect(reply).toMatchObject({ id: "r", model: "m", createdAtSeconds: 1775580598 });
    expect(reply.extra).toEqual({ safetyRatings: [{ category: "X" }], avgLogprobs: -0.1 });
  });
});
