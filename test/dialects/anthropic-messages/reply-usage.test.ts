// Token counts of Messages replies: hand-made streams, each for one rule.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { finish, read, start, stop, text } from "./wire.ts";

describe("usage", () => {
  const usageOf = (events: ReplyEvent[]) =>
    events.flatMap((event) => (event.type === "usage" ? [event.usage] : [])).at(-1);
  const reply = (first: JsonObject | null, last: JsonObject) =>
    usageOf(read(start(first), finish("end_turn", {}, last), stop));

  test("U04 the caches are part of the input", () => {
    const usage = { input_tokens: 10, cache_read_input_tokens: 200, cache_creation_input_tokens: 30, output_tokens: 4 };
    expect(reply(usage, { output_tokens: 4 })).toMatchObject({
      inputTokens: 240,
      outputTokens: 4,
      totalTokens: 244,
      cacheReadTokens: 200,
    });
  });

  test("U05 a later count replaces an earlier one", () => {
    expect(reply({ input_tokens: 10, output_tokens: 5 }, { input_tokens: 12, output_tokens: 7 })).toMatchObject({
      inputTokens: 12,
      outputTokens: 7,
    });
  });

  test("U06 a zero at the end does not take the input back", () => {
    expect(reply({ input_tokens: 10, output_tokens: 0 }, { input_tokens: 0, output_tokens: 7 })).toMatchObject({
      inputTokens: 10,
    });
  });

  test("U07 cache counts that come only at the end count", () => {
    expect(reply({ input_tokens: 10 }, { cache_read_input_tokens: 90, output_tokens: 7 })).toMatchObject({
      inputTokens: 100,
      cacheReadTokens: 90,
    });
  });

  test("U08 the counts of message_start are told at once and the last ones at the end", () => {
    const events = read(start({ input_tokens: 50, output_tokens: 1 }), ...text(0, "x"), finish("end_turn"), stop);
    const seen = events.flatMap((event) => (event.type === "usage" ? [event.usage.outputTokens] : []));
    expect(seen).toEqual([1, 9]);
    expect(events[1]?.type).toBe("usage");
  });

  test("U09 a start without usage is no error", () => {
    expect(reply(null, { input_tokens: 3, output_tokens: 2 })).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  test("cache writes are split by lifetime, and the total of the end outweighs the split of the start", () => {
    const first = {
      input_tokens: 1,
      cache_creation_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
      output_tokens: 1,
    };
    expect(reply(first, { output_tokens: 2 })).toMatchObject({ cacheWrite5mTokens: 60, cacheWrite1hTokens: 40 });
    expect(reply(first, { cache_creation_input_tokens: 150, output_tokens: 2 })).toMatchObject({
      inputTokens: 151,
      cacheWrite5mTokens: 110,
      cacheWrite1hTokens: 40,
    });
  });

  test("thinking is a part of the output, and the raw object is the merged one", () => {
    const usage = reply(
      { input_tokens: 1, service_tier: "standard" },
      { output_tokens: 8, output_tokens_details: { thinking_tokens: 6 } },
    );
    expect(usage).toMatchObject({ outputTokens: 8, reasoningTokens: 6 });
    expect(usage?.raw).toEqual({
      input_tokens: 1,
      service_tier: "standard",
      output_tokens: 8,
      output_tokens_details: { thinking_tokens: 6 },
    });
  });

  test("a compaction's own call is counted, an advisor's is not", () => {
    const iteration = (type: string, input_tokens: number, output_tokens: number) => ({
      type,
      input_tokens,
      output_tokens,
    });
    const iterations = [
      iteration("compaction", 1000, 100),
      iteration("advisor_message", 7, 7),
      iteration("message", 20, 5),
    ];
    expect(reply({ input_tokens: 20 }, { output_tokens: 5, iterations })).toMatchObject({
      inputTokens: 1020,
      outputTokens: 105,
    });
    expect(reply({ input_tokens: 20 }, { output_tokens: 5, iterations: iterations.slice(1) })).toMatchObject({
      inputTokens: 20,
      outputTokens: 5,
    });
  });
});
