// Writing replies as Gemini's, whole and streamed: parts, signatures, finish reasons, counts, citations, log probabilities, errors.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { ReplyEvent, Stop } from "../../../src/core/events.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { emptyUsage } from "../../../src/core/usage.ts";
import { writeSignature } from "../../../src/dialects/gemini/carried-state.ts";
import { candidateOf, client, context, model, partsOf, readContents, streamed, user, whole } from "./client-support.ts";

const start: ReplyEvent = { type: "start", id: "r-1", model: "m-1" };
const end: ReplyEvent = { type: "end" };
const stop = (given: Stop): ReplyEvent => ({ type: "stop", stop: given });
const text = (block: number, ...pieces: string[]): ReplyEvent[] => blockOf(block, "text", pieces);
const thought = (block: number, ...pieces: string[]): ReplyEvent[] => blockOf(block, "reasoning", pieces);

function blockOf(block: number, kind: "text" | "reasoning" | "refusal", pieces: string[]): ReplyEvent[] {
  return [
    { type: "block-start", block, kind },
    ...pieces.map((piece): ReplyEvent => ({ type: "delta", block, text: piece })),
    { type: "block-stop", block },
  ];
}

function call(block: number, id: string, ...pieces: string[]): ReplyEvent[] {
  return [
    { type: "block-start", block, kind: "tool-call", id, name: "f", argumentsKind: "json" },
    ...pieces.map((piece): ReplyEvent => ({ type: "delta", block, text: piece })),
    { type: "block-stop", block },
  ];
}

/** The block's events with its state before the last of them. */
function withState(events: ReplyEvent[], state: (ReplyEvent & { type: "state" })["state"]): ReplyEvent[] {
  const last = events.at(-1) as ReplyEvent & { type: "block-stop" };
  return [...events.slice(0, -1), { type: "state", block: last.block, state }, last];
}

const claude = { origin: "anthropic", kind: "signature", value: "c2ln" } as const;
const own = { origin: "gemini", kind: "signature", value: "b3du" } as const;

test("a time of the reply that no calendar has is left away", () => {
  const told = (createdAtSeconds: number) =>
    whole([{ ...start, createdAtSeconds }, ...text(0, "a"), stop({ kind: "end" }), end]);
  expect(told(1_700_000_000)).toMatchObject({ createTime: "2023-11-14T22:13:20.000Z", modelVersion: "m-1" });
  expect(told(1e308)).not.toHaveProperty("createTime");
});

describe("a stream", () => {
  test("sends each delta at once, and ends in a chunk that a chat helper takes for an answer", () => {
    const chunks = streamed([start, ...text(0, "Hel", "lo"), stop({ kind: "end" }), end]);
    expect(chunks).toEqual([
      { candidates: [{ content: model({ text: "Hel" }), index: 0 }], modelVersion: "m-1", responseId: "r-1" },
      { candidates: [{ content: model({ text: "lo" }), index: 0 }], modelVersion: "m-1", responseId: "r-1" },
      {
        candidates: [{ content: model({ text: "" }), finishReason: "STOP", index: 0 }],
        modelVersion: "m-1",
        responseId: "r-1",
      },
    ]);
  });

  test("R23 marks thoughts as such", () => {
    expect(partsOf(streamed([start, ...thought(0, "Hm."), ...text(1, "Yes."), end]))).toEqual([
      { text: "Hm.", thought: true },
      { text: "Yes." },
      { text: "" },
    ]);
  });

  test("C2.4 a call leaves whole, however its arguments came, and interleaved calls stay apart", () => {
    const [first, second] = [call(0, "a", '{"x":', "1}"), call(1, "b", '{"y"', ":2}")];
    const events = [first[0]!, second[0]!, first[1]!, second[1]!, first[2]!, second[2]!, first[3]!, second[3]!];
    expect(partsOf(streamed([start, ...events, end]))).toEqual([
      { functionCall: { id: "a", name: "f", args: { x: 1 } } },
      { functionCall: { id: "b", name: "f", args: { y: 2 } } },
      { text: "" },
    ]);
  });

  test("R25 a signature of Gemini's stands on its call", () => {
    expect(partsOf(streamed([start, ...withState(call(0, "a", "{}"), own), end]))[0]).toEqual({
      functionCall: { id: "a", name: "f", args: {} },
      thoughtSignature: "b3du",
    });
  });

  test("R24 R26 the signature of a thought follows it, and the client's history is the maker's block again", () => {
    const events = [start, ...withState(thought(0, "Let me ", "see."), claude), ...call(1, "a", "{}"), end];
    const chunks = streamed(events);
    expect(partsOf(chunks)[2]).toEqual({ text: "", thought: true, thoughtSignature: writeSignature(claude) });
    // As Google's chat helper keeps it: each chunk a content of its own.
    const turns = readContents(user({ text: "?" }), ...chunks.map((chunk) => candidateOf(chunk).content as JsonObject));
    expect(turns[1]?.blocks).toEqual([
      { type: "reasoning", text: "Let me see.", state: claude },
      { type: "tool-call", id: "a", name: "f", argumentsText: "{}", argumentsKind: "json" },
    ]);
  });

  test("usage stands in every chunk from where it is known, as the snapshot it is", () => {
    const usage = { ...emptyUsage(), inputTokens: 10, outputTokens: 7, reasoningTokens: 3, totalTokens: 17 };
    const chunks = streamed([start, { type: "usage", usage }, ...text(0, "a"), end]);
    const counts = { promptTokenCount: 10, candidatesTokenCount: 4, thoughtsTokenCount: 3, totalTokenCount: 17 };
    expect(chunks.map((chunk) => chunk["usageMetadata"])).toEqual([counts, counts]);
  });

  test("nothing follows its end", () => {
    const writer = client.openWriter(context);
    for (const event of [start, ...text(0, "a"), end]) writer.write(event);
    expect(writer.write({ type: "delta", block: 0, text: "late" })).toBe("");
    expect(writer.write(end)).toBe("");
  });

  test("several candidates keep their places", () => {
    const chunks = streamed([
      start,
      { type: "block-start", block: 0, kind: "text", choice: 1 },
      { type: "delta", block: 0, text: "second" },
      { type: "stop", stop: { kind: "length" }, choice: 1 },
      end,
    ]);
    expect(chunks[0]).toMatchObject({ candidates: [{ index: 1, content: { parts: [{ text: "second" }] } }] });
    expect(chunks[1]).toMatchObject({ candidates: [{ index: 0 }, { index: 1, finishReason: "MAX_TOKENS" }] });
  });
});

const forms = [
  ["streamed", (events: ReplyEvent[]) => streamed(events).at(-1)!],
  ["whole", whole],
] as const;

describe.each(forms)("a reply that is %s", (_form, write) => {
  test.each([
    [{ kind: "end" }, "STOP"],
    [{ kind: "stop-sequence" }, "STOP"],
    [{ kind: "tool-calls" }, "STOP"],
    [{ kind: "length" }, "MAX_TOKENS"],
    [{ kind: "context-full" }, "MAX_TOKENS"],
    [{ kind: "safety" }, "SAFETY"],
    [{ kind: "safety", raw: "PROHIBITED_CONTENT" }, "PROHIBITED_CONTENT"],
    [{ kind: "safety", raw: "content_filter" }, "SAFETY"],
    [{ kind: "recitation" }, "RECITATION"],
    [{ kind: "paused" }, "OTHER"],
    [{ kind: "other", raw: "LANGUAGE" }, "LANGUAGE"],
    [{ kind: "other", raw: "constructor" }, "OTHER"],
  ] as [Stop, string][])("X07 that stopped with %j finishes with %s", (given, reason) => {
    expect(candidateOf(write([start, ...text(0, "a"), stop(given), end])).finishReason).toBe(reason);
  });

  test("that is a refusal says so", () => {
    const reply = write([start, ...blockOf(0, "refusal", ["No."]), stop({ kind: "end" }), end]);
    expect(candidateOf(reply).finishReason).toBe("SAFETY");
  });

  test("of a blocked answer tells why", () => {
    const reply = write([start, stop({ kind: "safety", explanation: "because" }), end]);
    expect(candidateOf(reply)).toMatchObject({ finishMessage: "because", content: model({ text: "" }) });
  });

  test("X40 tells the places of citations in bytes", () => {
    const events = text(0, "Žluť 🎉 done");
    events.splice(2, 0, {
      type: "citation",
      block: 0,
      citation: { kind: "url", url: "https://a.example", title: "A", startIndex: 5, endIndex: 7 },
    });
    expect(candidateOf(write([start, ...events, end])).groundingMetadata).toEqual({
      groundingChunks: [{ web: { uri: "https://a.example", title: "A" } }],
      // Ž and ť take two bytes each, l and u one, the space one: the four bytes of the emoji begin at the seventh.
      groundingSupports: [{ segment: { startIndex: 7, endIndex: 11, text: "🎉" }, groundingChunkIndices: [0] }],
    });
  });

  test("names a source once, and lets a citation without a place stand on its whole block", () => {
    const citation: ReplyEvent = { type: "citation", block: 0, citation: { kind: "document", title: "D" } };
    const events = [...text(0, "one", "two")];
    events.splice(2, 0, citation, citation);
    const segment = { startIndex: 0, endIndex: 6, text: "onetwo" };
    expect(candidateOf(write([start, ...events, end])).groundingMetadata).toEqual({
      groundingChunks: [{ retrievedContext: { title: "D" } }],
      groundingSupports: [
        { segment, groundingChunkIndices: [0] },
        { segment, groundingChunkIndices: [0] },
      ],
    });
  });

  test("keeps what only Google says in its places, and Google's own counts", () => {
    const raw = { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4, toolUsePromptTokenCount: 1 };
    const extra = {
      safetyRatings: [{ category: "c" }],
      promptFeedback: { safetyRatings: [] },
      trafficType: "ON_DEMAND",
    };
    const reply = write([
      start,
      ...text(0, "a"),
      { type: "usage", usage: { ...emptyUsage(), raw } },
      { type: "extra", extra },
      end,
    ]);
    expect(reply["usageMetadata"]).toEqual({ ...raw, trafficType: "ON_DEMAND" });
    expect(reply["promptFeedback"]).toEqual({ safetyRatings: [] });
    expect(candidateOf(reply)["safetyRatings"]).toEqual([{ category: "c" }]);
  });

  test("lets no foreign field take the place of its own", () => {
    const reply = write([
      start,
      ...text(0, "a"),
      { type: "extra", extra: { candidates: 1, service_tier: "flex" } },
      end,
    ]);
    expect(reply).toMatchObject({ candidates: [{ index: 0 }], service_tier: "flex" });
  });
});

test("a whole reply keeps its parts in order, each with its own signature", () => {
  const events = [
    start,
    ...withState(thought(0, "Hm."), claude),
    ...text(1, "So:"),
    ...withState(call(2, "a", '{"x":1}'), own),
    {
      type: "part",
      block: 3,
      part: { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" } },
    },
    end,
  ] as ReplyEvent[];
  expect(candidateOf(whole(events)).content.parts).toEqual([
    { text: "Hm.", thought: true, thoughtSignature: writeSignature(claude) },
    { text: "So:" },
    { functionCall: { id: "a", name: "f", args: { x: 1 } }, thoughtSignature: "b3du" },
    { inlineData: { mimeType: "image/png", data: "AA==" } },
  ]);
});

test("T29 arguments that were cut off are kept as text, and the finish says that they were", () => {
  const reply = whole([start, ...call(0, "a", '{"x": "unfin'), stop({ kind: "length" }), end]);
  expect(candidateOf(reply)).toMatchObject({
    content: model({ functionCall: { id: "a", name: "f", args: { __raw: '{"x": "unfin' } } }),
    finishReason: "MAX_TOKENS",
  });
});

test("log probabilities become two lists", () => {
  const token = { token: "a", logprob: -0.5, bytes: [97], top_logprobs: [{ token: "b", logprob: -1, bytes: [98] }] };
  const reply = whole([start, ...text(0, "a"), { type: "logprobs", logprobs: { content: [token] } }, end]);
  expect(candidateOf(reply)["logprobsResult"]).toEqual({
    chosenCandidates: [{ token: "a", logProbability: -0.5 }],
    topCandidates: [{ candidates: [{ token: "b", logProbability: -1 }] }],
  });
});

test("what this dialect cannot carry is named", () => {
  const part: ReplyEvent = {
    type: "part",
    block: 0,
    part: { type: "opaque", dialect: "anthropic-messages", raw: { type: "container_upload" } },
  };
  const writer = client.openWriter(context);
  for (const event of [start, part, end]) writer.write(event);
  expect(writer.lost).toEqual(["container_upload"]);
});

test("an error ends a stream in Google's envelope, and a heartbeat is a comment", () => {
  const frames = client.writeErrorFrames(new GatewayError("overloaded", "busy"), "req-1");
  expect(JSON.parse(frames.replace(/^data: /, ""))).toMatchObject({
    error: { code: 503, message: "busy", status: "UNAVAILABLE" },
  });
  expect(client.heartbeat(true)).toStartWith(":");
});
