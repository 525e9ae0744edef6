// The stream that clients see, read back by the official SDK: chunks, their order, their ends, usage and failures.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { ReplyEvent, Stop } from "../../../src/core/events.ts";
import { emptyUsage, type Usage } from "../../../src/core/usage.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";
import {
  callBlock,
  callStart,
  chunks,
  context,
  deltas,
  end,
  final,
  sdk,
  start,
  stop,
  textBlock,
  written,
} from "./client-support.ts";

const usage: Usage = {
  ...emptyUsage(),
  inputTokens: 10,
  outputTokens: 5,
  totalTokens: 15,
  cacheReadTokens: 4,
  reasoningTokens: 2,
};

describe("the order of a stream", () => {
  test("S24 S29 the role comes first, and every chunk has the same id, object, time and model", async () => {
    const all = await chunks([start, ...textBlock(0, "He", "llo"), stop("end"), end]);
    expect(all.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: "assistant", content: "" },
      { content: "He" },
      { content: "llo" },
      {},
    ]);
    expect(all.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, "stop"]);
    for (const chunk of all) {
      expect(chunk).toMatchObject({
        id: "chatcmpl-7",
        object: "chat.completion.chunk",
        created: 1700000007,
        model: "model-2",
        provider: "east",
      } as object);
      expect("usage" in chunk).toBe(false);
    }
  });

  test("S29 id, model and time that the provider left out are made up", async () => {
    const [first] = await chunks([{ type: "start" }, ...textBlock(0, "x"), end]);
    expect(first).toMatchObject({ id: "chatcmpl-req-1", model: "model-1", created: 1700000000 });
  });

  test("S25 the stream is framed as OpenAI frames it and ends with [DONE]", () => {
    const { text } = written([start, ...textBlock(0, "a"), end]);
    const frames = text.split("\n\n");
    expect(frames.pop()).toBe("");
    expect(frames.pop()).toBe("data: [DONE]");
    for (const frame of frames) {
      expect(frame).toStartWith("data: {");
      expect(frame).not.toContain("\n");
      expect(JSON.parse(frame.slice(6))).toMatchObject({ object: "chat.completion.chunk" });
    }
  });

  test("text of any kind survives: quotes, line ends, separators, emoji, a lone surrogate", async () => {
    const odd = '"\\\n\r\n\u2028data: [DONE]\u0000😀é';
    expect((await final([start, ...textBlock(0, odd), stop("end"), end])).choices[0]?.message.content).toBe(odd);
    const { text } = written([start, ...textBlock(0, "\ud800"), end]);
    expect(text).toContain('"content":"\\ud800"');
  });

  test("T47 empty deltas are dropped", async () => {
    expect(await deltas([start, ...textBlock(0, "", "a", ""), end])).toEqual([
      { role: "assistant", content: "" },
      { content: "a" },
      {},
    ]);
  });

  test("S60 content that comes after the stop stands before the finish chunk", async () => {
    const all = await chunks([start, ...textBlock(0, "a"), stop("length"), ...textBlock(1, "b"), end]);
    expect(all.map((chunk) => [chunk.choices[0]?.delta.content, chunk.choices[0]?.finish_reason])).toEqual([
      ["", null],
      ["a", null],
      ["b", null],
      [undefined, "length"],
    ]);
  });

  test("an empty reply still has its choice, role and finish", async () => {
    const reply = await final([start, end]);
    expect(reply.choices).toHaveLength(1);
    expect(reply.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: null } });
  });

  test("nothing follows the terminal event", () => {
    const writer = openaiChatClient.openWriter(context);
    writer.write(start);
    writer.write(end);
    for (const event of [...textBlock(0, "x"), stop("end"), end]) expect(writer.write(event)).toBe("");
  });

  test("several choices each have their own index, role and finish", async () => {
    const reply = await final([
      start,
      { type: "block-start", block: 0, kind: "text", choice: 0 },
      { type: "block-start", block: 1, kind: "text", choice: 1 },
      { type: "delta", block: 1, text: "B" },
      { type: "delta", block: 0, text: "A" },
      { type: "stop", stop: { kind: "length" }, choice: 1 },
      { type: "stop", stop: { kind: "end" }, choice: 0 },
      end,
    ]);
    expect(reply.choices.map((choice) => [choice.index, choice.message.content, choice.finish_reason])).toEqual([
      [0, "A", "stop"],
      [1, "B", "length"],
    ]);
  });
});
describe("usage", () => {
  const events: ReplyEvent[] = [
    start,
    { type: "usage", usage: { ...usage, inputTokens: 1 } },
    ...textBlock(0, "a"),
    stop("end"),
    { type: "usage", usage },
    end,
  ];

  test("U12 U13 U14 S26 the last snapshot stands alone, with empty choices, before [DONE]", async () => {
    const all = await chunks(events, { wantsUsage: true });
    const last = all.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toEqual({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 2,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    });
    for (const chunk of all.slice(0, -1)) expect(chunk.usage).toBeNull();
    expect(written(events, { wantsUsage: true }).text).toEndWith("}\n\ndata: [DONE]\n\n");
  });

  test("U15 nobody who did not ask sees usage or empty choices", async () => {
    for (const chunk of await chunks(events)) {
      expect("usage" in chunk).toBe(false);
      expect(chunk.choices).toHaveLength(1);
    }
  });

  test("the SDK's helper gives usage to the reply", async () => {
    expect((await final(events, { wantsUsage: true })).usage).toMatchObject({ prompt_tokens: 10, total_tokens: 15 });
  });

  test("U10 details are numbers, and the provider's own object and an estimate are told", async () => {
    const full: Usage = {
      ...usage,
      cacheWrite5mTokens: 3,
      cacheWrite1hTokens: 4,
      inputTextTokens: 6,
      inputImageTokens: 1,
      estimated: true,
      raw: { input_tokens: 3 },
    };
    const all = await chunks([start, ...textBlock(0, "a"), { type: "usage", usage: full }, end], { wantsUsage: true });
    expect(all.at(-1)?.usage).toMatchObject({
      prompt_tokens_details: {
        cached_tokens: 4,
        cache_write_tokens: 7,
        audio_tokens: 0,
        text_tokens: 6,
        image_tokens: 1,
      },
      estimated: true,
      raw_usage: { input_tokens: 3 },
    } as object);
  });
});
describe("the end of a choice", () => {
  const finishes: [stop: Stop, calls: boolean, finish: object][] = [
    [{ kind: "end", raw: "end_turn" }, false, { finish_reason: "stop" }],
    [{ kind: "stop-sequence", sequence: "END" }, false, { finish_reason: "stop", stop_sequence: "END" }],
    [{ kind: "tool-calls", raw: "tool_use" }, true, { finish_reason: "tool_calls" }],
    [{ kind: "length", raw: "MAX_TOKENS" }, false, { finish_reason: "length" }],
    [{ kind: "context-full", raw: "full" }, false, { finish_reason: "length", native_finish_reason: "full" }],
    [{ kind: "safety", raw: "SPII" }, false, { finish_reason: "content_filter", native_finish_reason: "SPII" }],
    [
      { kind: "recitation", raw: "RECITATION" },
      false,
      { finish_reason: "content_filter", native_finish_reason: "RECITATION" },
    ],
    [{ kind: "paused", raw: "pause_turn" }, false, { finish_reason: "stop", native_finish_reason: "pause_turn" }],
    [{ kind: "other", raw: "LANGUAGE" }, false, { finish_reason: "stop", native_finish_reason: "LANGUAGE" }],
    [{ kind: "end" }, true, { finish_reason: "tool_calls" }],
    [{ kind: "stop-sequence", sequence: "END" }, true, { finish_reason: "tool_calls", stop_sequence: "END" }],
    [{ kind: "tool-calls" }, false, { finish_reason: "stop" }],
    [{ kind: "length" }, true, { finish_reason: "length" }],
    [{ kind: "safety" }, true, { finish_reason: "content_filter" }],
  ];
  for (const [reason, calls, finish] of finishes) {
    test(`X03 X04 X06 X07 ${reason.kind} with${calls ? "" : "out"} calls`, async () => {
      const body = calls ? callBlock(0, "a", "f", "{}") : textBlock(0, "x");
      const all = await chunks([start, ...body, { type: "stop", stop: reason }, end]);
      const {
        index: _index,
        delta,
        logprobs: _logprobs,
        ...rest
      } = all.at(-1)?.choices[0] ?? { index: 0, delta: null, logprobs: null };
      expect(delta).toEqual({});
      expect(rest).toEqual(finish);
    });
  }

  test("X05 X08 a refusal without content says why in `refusal`, beside content null", async () => {
    const reply = await final([start, stop("safety", { raw: "refusal", explanation: "not allowed" }), end]);
    expect(reply.choices[0]).toMatchObject({
      finish_reason: "content_filter",
      message: { content: null, refusal: "not allowed" },
    });
  });

  test("a streamed refusal is not said twice", async () => {
    const events: ReplyEvent[] = [
      start,
      { type: "block-start", block: 0, kind: "refusal" },
      { type: "delta", block: 0, text: "I " },
      { type: "delta", block: 0, text: "won't" },
      stop("safety", { explanation: "policy" }),
      end,
    ];
    expect((await final(events)).choices[0]?.message.refusal).toBe("I won't");
    expect(written(events).lost).toEqual(["stop_details"]);
  });
});
describe("failures and heartbeats", () => {
  const error = new GatewayError("overloaded", "try later", { param: "x" });

  test("S06 S07 a failure in a stream is an error frame with all keys and [DONE], and no finish", async () => {
    const { text } = written([start, ...textBlock(0, "a"), { type: "error", error }]);
    expect(text).not.toContain('"finish_reason":"');
    const tail =
      'data: {"error":{"message":"try later","type":"provider_error","param":"x","code":"overloaded","error_kind":"provider_error"}}\n\ndata: [DONE]\n\n';
    expect(text).toEndWith(tail);
    expect(openaiChatClient.writeErrorFrames(error, "req-1")).toBe(tail);
    await expect(
      (async () => {
        for await (const _chunk of await sdk(text).chat.completions.create({
          model: "m",
          messages: [],
          stream: true,
        })) {
          // The SDK throws when it comes to the error.
        }
      })(),
    ).rejects.toThrow("try later");
  });

  test("a failure right after a call began leaves the call's beginning before the error", () => {
    const { text } = written([start, callStart(0, "a", "f"), { type: "error", error }]);
    expect(text.indexOf('"name":"f"')).toBeGreaterThan(0);
    expect(text.indexOf('"name":"f"')).toBeLessThan(text.indexOf('"error"'));
  });

  test("an error body has the four keys and the kind beside them", () => {
    expect(openaiChatClient.writeError(new GatewayError("invalid_request", "bad"), "req-1")).toEqual({
      error: { message: "bad", type: "invalid_request_error", param: null, code: null },
      error_kind: "invalid_request",
    });
  });

  test("heartbeats are comments, which the SDK does not see", async () => {
    const { text } = written([start, ...textBlock(0, "a"), stop("end"), end]);
    const beat = openaiChatClient.heartbeat(true);
    expect(beat).toBe(": keep-alive\n\n");
    expect(openaiChatClient.heartbeat(false)).toBe(beat);
    const noisy = beat + text.replaceAll("\n\n", `\n\n${beat}`);
    const reply = await sdk(noisy).chat.completions.stream({ model: "m", messages: [] }).finalChatCompletion();
    expect(reply.choices[0]?.message.content).toBe("a");
  });
});
