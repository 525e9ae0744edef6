// Every recorded Messages reply, read by us and by Anthropic's own SDK: both must see the same reply.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import type { Block } from "../../../src/core/chat.ts";
import type { Reply } from "../../../src/core/events.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { frames, payloads, type Recording, readText, streams, wholeReplies } from "../../support/corpus.ts";
import { fold, framesOf, readStream, readWhole, terminals } from "./support.ts";

type Message = JsonObject & { content: JsonObject[]; usage: JsonObject };

const spliced = "anthropic/spliced-message-start";

/** Some recordings hold several replies, one after the other. */
function messagesOf(recording: Recording): string[][] {
  const lines = recording.path.endsWith(".chunks.txt")
    ? payloads(recording)
    : [...readText(recording).matchAll(/^data: (.*)$/gm)].map((match) => match[1] as string);
  const messages: string[][] = [[]];
  for (const line of lines) {
    messages.at(-1)?.push(line);
    if ((JSON.parse(line) as JsonObject)["type"] === "message_stop") messages.push([]);
  }
  return messages.filter((message) => message.length > 0);
}

async function sdkReads(lines: readonly string[]): Promise<Message> {
  const text = lines
    .map((line) => `event: ${String((JSON.parse(line) as JsonObject)["type"])}\ndata: ${line}\n\n`)
    .join("");
  const client = new Anthropic({
    apiKey: "x",
    baseURL: "http://upstream.invalid",
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { "content-type": "text/event-stream" } }),
  });
  const stream = client.beta.messages.stream({ model: "m", max_tokens: 1, messages: [{ role: "user", content: "x" }] });
  return JSON.parse(JSON.stringify(await stream.finalMessage())) as Message;
}

/** The provider's blocks in the words of this test. */
function wireBlock(block: JsonObject): JsonValue {
  switch (block["type"]) {
    case "text":
      return { text: block["text"] ?? null, citations: block["citations"] ?? [] };
    case "thinking":
      return { thinking: block["thinking"] ?? null, signature: block["signature"] ?? null };
    case "tool_use":
      return { id: block["id"] ?? null, name: block["name"] ?? null, input: block["input"] ?? null };
    default:
      return { opaque: block };
  }
}

function ourBlock(block: Block): JsonValue {
  switch (block.type) {
    case "text":
      return { text: block.text, citations: (block.citations ?? []).map((citation) => citation.raw ?? null) };
    case "reasoning":
      return { thinking: block.text, signature: block.state?.value ?? null };
    case "tool-call":
      return { id: block.id, name: block.name, input: JSON.parse(block.argumentsText) as JsonValue };
    case "opaque":
      return { opaque: block.raw };
    default:
      throw new Error(`no such block in a Messages reply: ${block.type}`);
  }
}

function count(usage: JsonObject, name: string): number {
  const value = usage[name];
  return typeof value === "number" ? value : 0;
}

function expectSame(reply: Reply, message: Message): void {
  expect(reply.id).toBe(message["id"] as string);
  expect(reply.model).toBe(message["model"] as string);
  const choice = reply.choices[0];
  expect((choice?.blocks ?? []).map(ourBlock)).toEqual(message.content.map(wireBlock));
  expect(choice?.stop.raw).toBe(message["stop_reason"] as string);
  expect(choice?.stop.sequence ?? null).toBe((message["stop_sequence"] ?? null) as string | null);
  const calls = message.content.some((block) => block["type"] === "tool_use");
  expect(choice?.stop.kind === "tool-calls").toBe(calls);
  const { usage } = message;
  const written = count(usage, "cache_creation_input_tokens");
  const read = count(usage, "cache_read_input_tokens");
  expect(reply.usage).toMatchObject({
    inputTokens: count(usage, "input_tokens") + written + read,
    outputTokens: count(usage, "output_tokens"),
    cacheReadTokens: read,
    cacheWrite5mTokens: written,
    cacheWrite1hTokens: 0,
  });
}

describe("streamed recordings", () => {
  for (const recording of streams("anthropic-messages")) {
    if (recording.name === spliced) continue;
    test(`${recording.name} reads as the SDK reads it`, async () => {
      for (const lines of messagesOf(recording)) {
        const events = readStream(framesOf(lines));
        expect(terminals(events)).toEqual([{ type: "end" }]);
        expectSame(fold(events), await sdkReads(lines));
      }
    });

    test(`${recording.name} cut after any frame ends in exactly one terminal event (S01, S63)`, () => {
      const lines = messagesOf(recording)[0] ?? [];
      const reason = lines.findIndex((line) => /"stop_reason":\s*"/.test(line));
      for (let kept = 0; kept < lines.length; kept++) {
        const last = readStream(framesOf(lines.slice(0, kept)));
        const found = terminals(last);
        expect(found).toHaveLength(1);
        expect(last.at(-1)).toBe(found[0] as (typeof last)[number]);
        const cause = found[0]?.type === "error" ? found[0].error.code : "end";
        expect(cause).toBe(kept > reason ? "end" : "upstream_truncated");
      }
    });
  }

  test("S30 a second message inside an open one is an error, and nothing of it is emitted", () => {
    const recording = streams("anthropic-messages").find(({ name }) => name === spliced) as Recording;
    const events = readStream(frames(recording));
    const last = events.at(-1);
    expect(last?.type === "error" && last.error.code).toBe("upstream_malformed");
    expect(terminals(events)).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain("second");
  });

  test("what follows a message_stop is ignored", () => {
    const recording = streams("anthropic-messages").find(({ name }) => name.includes("deferred-bm25")) as Recording;
    const all = readStream(frames(recording));
    expect(all).toEqual(readStream(framesOf(messagesOf(recording)[0] ?? [])));
  });
});

describe("whole recordings", () => {
  for (const recording of wholeReplies("anthropic-messages")) {
    test(`${recording.name} reads as it is written`, () => {
      const message = JSON.parse(readText(recording)) as Message;
      const events = readWhole(message);
      expect(terminals(events)).toEqual([{ type: "end" }]);
      expectSame(fold(events), message);
    });
  }
});
