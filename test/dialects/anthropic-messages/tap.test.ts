// What the as-is relay learns from a Messages reply without changing it.
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { frames, readText, streams, wholeReplies } from "../../support/corpus.ts";
import { fold, readStream, readWhole, upstream } from "./support.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const whole = streams("anthropic-messages").filter(
  ({ path }) => path.endsWith(".chunks.txt") && !path.includes("spliced"),
);

describe("streams", () => {
  for (const recording of whole) {
    test(`${recording.name}: the tap's last usage and its end are the reader's`, () => {
      const tap = upstream.openTap();
      const all = frames(recording);
      const last = all.findIndex(({ event }) => event === "message_stop");
      const sightings = all.slice(0, last + 1).map((frame) => tap.inspect(frame));
      expect(sightings.findLast(({ usage }) => usage)?.usage).toEqual(fold(readStream(all)).usage as never);
      expect(sightings.findIndex(({ terminal }) => terminal)).toBe(last);
      expect(sightings.find(({ id }) => id)?.id).toBe(fold(readStream(all)).id as string);
    });

    test(`${recording.name}: a frame that says more than output is never overlooked`, () => {
      const tap = upstream.openTap();
      for (const frame of frames(recording)) {
        const { output: _output, ...rest } = upstream.openTap().inspect(frame);
        if (Object.keys(rest).length > 0)
          expect(tap.mayMatter(encode(`event: ${frame.event}\ndata: ${frame.data}\n\n`))).toBe(true);
      }
    });
  }
});

describe("single frames", () => {
  const see = (event: JsonObject) => upstream.openTap().inspect({ event: "", data: JSON.stringify(event) });

  test("the opening of a text or thinking block is no output, the opening of a call is", () => {
    expect(see({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } })).toEqual({});
    expect(see({ type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } })).toEqual(
      {},
    );
    expect(
      see({ type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "a", name: "f" } }),
    ).toEqual({ output: true });
    expect(see({ type: "ping" })).toEqual({});
  });

  test("an error is an error and matters", () => {
    const event = { type: "error", error: { type: "overloaded_error", message: "m" } };
    expect(see(event).error?.code).toBe("overloaded");
    expect(upstream.openTap().mayMatter(encode(JSON.stringify(event)))).toBe(true);
    expect(upstream.openTap().inspect({ event: "", data: "{" }).error?.code).toBe("upstream_malformed");
  });

  test("text needs no second look", () => {
    const event = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } };
    expect(upstream.openTap().mayMatter(encode(`event: content_block_delta\ndata: ${JSON.stringify(event)}\n\n`))).toBe(
      false,
    );
  });
});

describe("whole replies", () => {
  for (const recording of wholeReplies("anthropic-messages")) {
    test(`${recording.name} is complete, with its usage`, () => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const sighting = upstream.openTap().inspectReply(body);
      expect(sighting).toMatchObject({ output: true, finished: true, terminal: true });
      expect(sighting.usage).toEqual(fold(readWhole(body)).usage as never);
    });
  }

  test("an error or a body without content is an error", () => {
    expect(
      upstream.openTap().inspectReply({ type: "error", error: { type: "api_error", message: "m" } }).error?.code,
    ).toBe("upstream_failed");
    expect(upstream.openTap().inspectReply({}).error?.code).toBe("upstream_malformed");
  });
});

describe("edits of a client's own body", () => {
  test("only the model and the gateway's routing hint change", () => {
    const edits = upstream.nativeEdits({ model: "a", provider: "p", max_tokens: 1 }, { model: "b", askUsage: true });
    expect(edits).toEqual([
      { path: ["model"], op: "set", value: "b" },
      { path: ["provider"], op: "remove" },
    ]);
    expect(upstream.nativeEdits({ model: "b", provider: { order: [] } }, { model: "b", askUsage: false })).toEqual([]);
  });
});
