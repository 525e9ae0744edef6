// What each kind of block becomes in a stream: calls, reasoning with its state, annotations, media.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import {
  type Chunk,
  callBlock,
  callStart,
  chunks,
  deltas,
  end,
  final,
  start,
  stop,
  textBlock,
  written,
} from "./client-support.ts";

describe("tool calls", () => {
  test("T31 T38 T62 the first delta alone has id, type and name, and no arguments yet", async () => {
    expect(await deltas([start, ...callBlock(0, "call_1", "f", '{"a"', ":1}"), stop("tool-calls"), end])).toEqual([
      { role: "assistant", content: null },
      { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] },
      {},
    ]);
  });

  test("T27 a call without arguments ends with empty arguments, as the provider said", async () => {
    const reply = await final([start, ...callBlock(0, "call_1", "f"), stop("tool-calls"), end]);
    expect(reply.choices[0]?.message.tool_calls).toMatchObject([
      { id: "call_1", function: { name: "f", arguments: "" } },
    ]);
  });

  test("T40 T41 T43 calls are numbered densely from 0, whatever blocks stand before them", async () => {
    const reply = await final([
      start,
      ...textBlock(0, "hi"),
      ...callBlock(1, "a", "f", "1"),
      ...textBlock(2, "!"),
      ...callBlock(3, "b", "g", "2"),
      stop("end"),
      end,
    ]);
    expect(reply.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "hi!",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "1" } },
          { id: "b", type: "function", function: { name: "g", arguments: "2" } },
        ],
      },
    });
  });

  test("T42 interleaved calls keep their arguments apart", async () => {
    const reply = await final([
      start,
      callStart(0, "a", "f"),
      callStart(1, "b", "g"),
      { type: "delta", block: 0, text: "[1" },
      { type: "delta", block: 1, text: "[2" },
      { type: "delta", block: 0, text: "]" },
      { type: "delta", block: 1, text: "]" },
      stop("tool-calls"),
      end,
    ]);
    expect(reply.choices[0]?.message.tool_calls).toMatchObject([
      { function: { arguments: "[1]" } },
      { function: { arguments: "[2]" } },
    ]);
  });

  test("T48 a custom call streams its input", async () => {
    const events: ReplyEvent[] = [
      start,
      { type: "block-start", block: 0, kind: "tool-call", id: "c", name: "patch", argumentsKind: "freeform" },
      { type: "delta", block: 0, text: "*** Begin" },
      stop("tool-calls"),
      end,
    ];
    expect((await deltas(events)).slice(1, 3) as unknown[]).toEqual([
      { tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "patch", input: "" } }] },
      { tool_calls: [{ index: 0, custom: { input: "*** Begin" } }] },
    ]);
  });

  const state: ReplyEvent = { type: "state", block: 0, state: { origin: "gemini", kind: "signature", value: "SIG" } };
  const content = { google: { thought_signature: "SIG" } };

  test("R24 R25 a thought signature stands on its call's first delta when it is known by then", async () => {
    const events = [start, callStart(0, "a", "f"), state, { type: "delta", block: 0, text: "{}" } as ReplyEvent, end];
    expect((await deltas(events))[1]?.tool_calls as unknown).toEqual([
      { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" }, extra_content: content },
    ]);
  });

  test("R24 a late thought signature comes in a delta of that call alone", async () => {
    const events: ReplyEvent[] = [start, callStart(0, "a", "f"), { type: "delta", block: 0, text: "{}" }, state, end];
    expect((await deltas(events))[3]?.tool_calls as unknown).toEqual([{ index: 0, extra_content: content }]);
    const reply = await final(events);
    expect(reply.choices[0]?.message.tool_calls).toMatchObject([
      { function: { arguments: "{}" }, extra_content: content } as object,
    ]);
  });

  test("state of a call that is not Gemini's is an entry that names the call", async () => {
    const other: ReplyEvent = { type: "state", block: 0, state: { origin: "openai", kind: "encrypted", value: "E" } };
    expect((await deltas([start, callStart(0, "a", "f"), other, end]))[2]?.reasoning_details).toEqual([
      { type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 0, id: "a" },
    ]);
  });
});
describe("reasoning", () => {
  test("R13 R23 reasoning is never content", async () => {
    const events: ReplyEvent[] = [
      start,
      { type: "block-start", block: 0, kind: "reasoning" },
      { type: "delta", block: 0, text: "hm" },
      { type: "block-stop", block: 0 },
      ...textBlock(1, "x"),
      stop("end"),
      end,
    ];
    expect(await deltas(events)).toEqual([
      { role: "assistant", content: "" },
      { reasoning_content: "hm" },
      { content: "x" },
      {},
    ]);
    expect((await final(events)).choices[0]?.message.content).toBe("x");
  });

  test("R02 R12 R04 signatures come with their text and place at the end of the block, also after content", async () => {
    const thought = (block: number, text: string): ReplyEvent[] => [
      { type: "block-start", block, kind: "reasoning" },
      { type: "delta", block, text },
      { type: "state", block, state: { origin: "anthropic", kind: "signature", value: `S${block}` } },
      { type: "block-stop", block },
    ];
    const all = await deltas([start, ...thought(0, "a"), ...textBlock(1, "x"), ...thought(2, "b"), end]);
    expect(all.flatMap((delta) => delta.reasoning_details ?? [])).toEqual([
      { type: "reasoning.text", text: "a", signature: "S0", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.text", text: "b", signature: "S2", format: "anthropic-claude-v1", index: 2 },
    ]);
    expect(all.map((delta) => delta.reasoning_content ?? "").join("")).toBe("ab");
  });

  test("redacted, encrypted and vendor-made state each have their form", async () => {
    const block = (number: number, text: string, state: (ReplyEvent & { type: "state" })["state"]): ReplyEvent[] => [
      { type: "block-start", block: number, kind: "reasoning" },
      { type: "delta", block: number, text },
      { type: "state", block: number, state },
      { type: "block-stop", block: number },
    ];
    const all = await deltas([
      start,
      ...block(0, "", { origin: "anthropic", kind: "redacted", value: "R" }),
      ...block(1, "sum", { origin: "openai", kind: "encrypted", value: "E" }),
      ...block(2, "", { origin: "minimax", kind: "details", value: { type: "vendor.memory", blob: 1 } }),
      ...block(3, "t", { origin: "gemini", kind: "signature", value: "G" }),
      end,
    ]);
    expect(all.flatMap((delta) => delta.reasoning_details ?? [])).toEqual([
      { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.summary", summary: "sum", format: "openai-responses-v1", index: 1 },
      { type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 1 },
      { type: "vendor.memory", blob: 1 },
      { type: "reasoning.text", text: "t", signature: "G", format: "google-gemini-v1", index: 3 },
    ]);
  });

  test("R26 a signature of the text, also one that comes after it, is an entry of its own", async () => {
    const signature: ReplyEvent = {
      type: "state",
      block: 0,
      state: { origin: "gemini", kind: "signature", value: "G" },
    };
    const all = await deltas([start, ...textBlock(0, "x"), signature, end]);
    expect(all.flatMap((delta) => delta.reasoning_details ?? [])).toEqual([
      { type: "reasoning.encrypted", data: "G", format: "google-gemini-v1", index: 0 },
    ]);
  });
});
describe("what else a reply holds", () => {
  test("X39 annotations have all four fields and offsets into the whole content", async () => {
    const events: ReplyEvent[] = [
      start,
      ...textBlock(0, "😀 "),
      { type: "block-start", block: 1, kind: "text" },
      { type: "delta", block: 1, text: "abc" },
      {
        type: "citation",
        block: 1,
        citation: { kind: "url", url: "https://a.test", title: "A", startIndex: 1, endIndex: 2 },
      },
      { type: "citation", block: 1, citation: { kind: "url", url: "https://b.test" } },
      { type: "delta", block: 1, text: "def" },
      { type: "block-stop", block: 1 },
      { type: "citation", block: 1, citation: { kind: "document", citedText: "x" } },
      end,
    ];
    const cite = (start_index: number, end_index: number, url: string, title: string) => ({
      type: "url_citation",
      url_citation: { start_index, end_index, url, title },
    });
    expect((await deltas(events)).flatMap((delta) => delta.annotations ?? [])).toEqual([
      cite(4, 5, "https://a.test", "A"),
      cite(3, 9, "https://b.test", "https://b.test"),
    ]);
    expect(written(events).lost).toEqual(["citations"]);
  });

  test("images and sound that come whole", async () => {
    const events: ReplyEvent[] = [
      start,
      {
        type: "part",
        block: 0,
        part: { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } },
      },
      {
        type: "part",
        block: 1,
        part: {
          type: "audio",
          id: "audio_1",
          transcript: "hi",
          source: { kind: "base64", mediaType: "audio/wav", data: "BBBB" },
        },
      },
      end,
    ];
    const all = await deltas(events);
    expect(all[1]?.images).toEqual([{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }]);
    expect(all[2]?.audio).toEqual({ id: "audio_1", data: "BBBB", transcript: "hi" });
  });

  test("whole parts of the streamed kinds become the same deltas", async () => {
    const events: ReplyEvent[] = [
      start,
      {
        type: "part",
        block: 0,
        part: { type: "reasoning", text: "why", state: { origin: "anthropic", kind: "signature", value: "S" } },
      },
      {
        type: "part",
        block: 1,
        part: { type: "text", text: "x", citations: [{ kind: "url", url: "https://a.test", title: "A" }] },
      },
      {
        type: "part",
        block: 2,
        part: { type: "tool-call", id: "a", name: "f", argumentsText: "{}", argumentsKind: "json" },
      },
      end,
    ];
    const all = await deltas(events);
    expect(all.find((delta) => delta.reasoning_details)?.reasoning_details).toEqual([
      { type: "reasoning.text", text: "why", signature: "S", format: "anthropic-claude-v1", index: 0 },
    ]);
    expect((await final(events)).choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: "x", tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] },
    });
  });

  test("what this dialect cannot carry is reported once, by its own name", () => {
    const opaque = (raw: { [key: string]: string }): ReplyEvent => ({
      type: "part",
      block: 0,
      part: { type: "opaque", dialect: "anthropic-messages", raw },
    });
    const events: ReplyEvent[] = [
      { ...start, extra: { object: "x" } } as ReplyEvent,
      opaque({ type: "server_tool_use" }),
      opaque({ type: "server_tool_use" }),
      opaque({ executableCode: "x" }),
      { type: "part", block: 1, part: { type: "video", source: { kind: "url", url: "https://a.test/v" } } },
      { type: "lost", field: "container" },
      { type: "extra", extra: { error: "x", choices: [] } },
      end,
    ];
    const { text, lost } = written(events);
    expect(lost).toEqual(["object", "server_tool_use", "executableCode", "video", "container", "error", "choices"]);
    expect(text).not.toContain('"error"');
  });

  test("reply-level fields stand on every chunk when known at the start, and once when they come late", async () => {
    const all = (await chunks([
      { ...start, extra: { system_fingerprint: "fp", service_tier: "flex" } } as ReplyEvent,
      ...textBlock(0, "a"),
      { type: "extra", extra: { citations: ["https://a.test"] } },
      { type: "extra", extra: { citations: ["https://a.test", "https://b.test"] } },
      end,
    ])) as (Chunk & { citations?: string[] })[];
    for (const chunk of all) expect(chunk).toMatchObject({ system_fingerprint: "fp", service_tier: "flex" });
    expect(all.map((chunk) => chunk.citations)).toEqual([undefined, undefined, ["https://a.test", "https://b.test"]]);
  });

  test("log probabilities reach the SDK's reply", async () => {
    const token = { token: "a", logprob: -1, bytes: [97], top_logprobs: [] };
    const reply = await final([
      start,
      { type: "logprobs", logprobs: { content: [token], refusal: null } },
      ...textBlock(0, "a"),
      { type: "logprobs", logprobs: { content: [token], refusal: null } },
      stop("end"),
      end,
    ]);
    expect(reply.choices[0]?.logprobs?.content).toEqual([token, token]);
  });
});
