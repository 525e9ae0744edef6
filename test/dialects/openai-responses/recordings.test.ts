// Every recorded Responses reply: our reader against the official SDK's accumulator, our writer read by that SDK.
import { describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type { Response as OpenAIResponse } from "openai/resources/responses/responses";
import type { Block } from "../../../src/core/chat.ts";
import type { Reply, ReplyEvent } from "../../../src/core/events.ts";
import type { TargetFacts } from "../../../src/core/facts.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import type { ReplyContext } from "../../../src/dialects/dialect.ts";
import { openaiResponsesClient as client } from "../../../src/dialects/openai-responses/client.ts";
import { openaiResponsesUpstream as upstream } from "../../../src/dialects/openai-responses/upstream.ts";
import { frames as allFrames, type Recording, readText, streams, wholeReplies } from "../../support/corpus.ts";

const facts: TargetFacts = { provider: "openai", providerType: "openai", model: "m", origin: "openai", flags: {} };
const context: ReplyContext = { requestId: "r1", nowSeconds: 1, provider: "openai", model: "m", wantsUsage: true };

/** What a client learns from a reply. */
type Learned = {
  text: string;
  refusal: string;
  reasoning: string;
  encrypted: string[];
  calls: { id: string; name: string; arguments: string }[];
  usage: number[] | null;
  status: string;
};

function learnedFromSdk(response: OpenAIResponse): Learned {
  const { output, usage } = response;
  const parts = output.flatMap((item) => (item.type === "message" ? item.content : []));
  const reasoning = output.filter((item) => item.type === "reasoning");
  return {
    text: parts.map((part) => (part.type === "output_text" ? part.text : "")).join(""),
    refusal: parts.map((part) => (part.type === "refusal" ? part.refusal : "")).join(""),
    reasoning: reasoning
      .map((item) =>
        (item.summary.length > 0 ? item.summary : (item.content ?? [])).map((part) => part.text).join("\n\n"),
      )
      .join(""),
    encrypted: reasoning.flatMap((item) => item.encrypted_content || []),
    calls: output.flatMap((item) => {
      if (item.type === "function_call") return { id: item.call_id, name: item.name, arguments: item.arguments };
      return item.type === "custom_tool_call" ? { id: item.call_id, name: item.name, arguments: item.input } : [];
    }),
    usage: usage
      ? [
          usage.input_tokens,
          usage.input_tokens_details?.cached_tokens ?? 0,
          usage.output_tokens,
          usage.output_tokens_details?.reasoning_tokens ?? 0,
          usage.total_tokens,
        ]
      : null,
    status: response.status ?? "completed",
  };
}

function joined(blocks: readonly Block[], type: "text" | "refusal" | "reasoning"): string {
  return blocks.map((block) => (block.type === type ? block.text : "")).join("");
}

function learnedFromFold(reply: Reply): Learned {
  const { blocks, stop } = reply.choices[0]!;
  const { usage } = reply;
  return {
    text: joined(blocks, "text"),
    refusal: joined(blocks, "refusal"),
    reasoning: joined(blocks, "reasoning"),
    encrypted: blocks.flatMap((block) => (block.type === "reasoning" && block.state ? String(block.state.value) : [])),
    calls: blocks.flatMap((block) =>
      block.type === "tool-call" ? { id: block.id, name: block.name, arguments: block.argumentsText } : [],
    ),
    usage: usage
      ? [usage.inputTokens, usage.cacheReadTokens, usage.outputTokens, usage.reasoningTokens, usage.totalTokens]
      : null,
    status: stop.kind === "length" || stop.kind === "safety" ? "incomplete" : "completed",
  };
}

/**
 * The first response of a recording, some of which hold the answers of a whole tool loop, without the events of hosted
 * tools that the SDK's accumulator does not know.
 */
function frames(recording: Recording) {
  const known = allFrames(recording).filter(({ event }) => !event.startsWith("response.apply_patch_call"));
  const last = known.findIndex(({ event }) => event === "response.completed" || event === "response.incomplete");
  return known.slice(0, last < 0 ? undefined : last + 1);
}

function wireText(recording: Recording): string {
  return frames(recording)
    .map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`)
    .join("");
}

/** The official SDK, reading this text as the provider's answer. */
async function readBySdk(wire: string): Promise<OpenAIResponse> {
  const sdk = new OpenAI({
    apiKey: "none",
    maxRetries: 0,
    fetch: async () => new Response(wire, { headers: { "content-type": "text/event-stream" } }),
  });
  return await sdk.responses.stream({ model: "m", input: "?" }).finalResponse();
}

/** Encrypted reasoning is what `done` says: `added` and the final response of some recordings hold other texts (R32). */
async function source(recording: Recording): Promise<Learned> {
  const learned = learnedFromSdk(await readBySdk(wireText(recording)));
  const items = frames(recording)
    .filter(({ event }) => event === "response.output_item.done")
    .map(({ data }) => (JSON.parse(data) as { item: { type: string; encrypted_content?: string } }).item);
  const encrypted = items.flatMap((item) => (item.type === "reasoning" && item.encrypted_content) || []);
  return { ...learned, encrypted };
}

function eventsOf(recording: Recording): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const reader = upstream.openReader((event) => events.push(event), facts);
  for (const frame of frames(recording)) reader.read(frame);
  reader.end();
  return events;
}

function folded(events: readonly ReplyEvent[]): Reply {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  return fold.reply();
}

function written(events: readonly ReplyEvent[]): string {
  const writer = client.openWriter(context);
  return events.map((event) => writer.write(event)).join("");
}

const failed = "openai/openai-error.1";
const all = streams("openai-responses").filter(({ path }) => path.endsWith(".chunks.txt"));
/** A hand-made recording whose final response holds another text than its deltas, which are out and stay. */
const contradictory = ["openai/openai-shell-container.1"];
const good = all.filter(({ name }) => name !== failed && !contradictory.includes(name));
const named = (list: Recording[]) => list.map((recording) => [recording.name, recording] as const);

describe("streams", () => {
  test.each(named(good))("S47 T33 R32 %s folds to what the SDK accumulates", async (_name, recording) => {
    expect(learnedFromFold(folded(eventsOf(recording)))).toEqual(await source(recording));
  });

  test.each(named(good))("S38 S40 S42 %s as we write it is the same to the SDK", async (_name, recording) => {
    expect(learnedFromSdk(await readBySdk(written(eventsOf(recording))))).toEqual(await source(recording));
  });

  test.each(named(good))("S01 %s cut before its last event is an error", (_name, recording) => {
    const events: ReplyEvent[] = [];
    const reader = upstream.openReader((event) => events.push(event), facts);
    for (const frame of frames(recording).slice(0, -1)) reader.read(frame);
    reader.end();
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "upstream_truncated" } });
  });

  test.each(named(good))("S41 S45 %s as we write it counts from 0 and names its events", (_name, recording) => {
    const wire = written(eventsOf(recording)).trimEnd().split("\n\n");
    const events = wire.map((frame) => /^event: (.+)\ndata: (.+)$/.exec(frame)!);
    const bodies = events.map((match) => JSON.parse(match[2]!) as { type: string; sequence_number: number });
    expect(bodies.map((body) => body.sequence_number)).toEqual(bodies.map((_body, index) => index));
    expect(bodies.map((body) => body.type)).toEqual(events.map((match) => match[1]!));
    expect(bodies[0]!.type).toBe("response.created");
  });

  test("S03 the recorded failure is the provider's error", () => {
    const events = eventsOf(streams("openai-responses").find(({ name }) => name === failed)!);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "quota_exhausted" } });
  });
});

describe("whole replies", () => {
  const isReply = (recording: Recording) =>
    Array.isArray((JSON.parse(readText(recording)) as { output?: unknown }).output);
  test.each(named(wholeReplies("openai-responses").filter(isReply)))("%s keeps its meaning", (_name, recording) => {
    const body = JSON.parse(readText(recording)) as JsonValue;
    const events: ReplyEvent[] = [];
    upstream.readReply(body, (event) => events.push(event), facts);
    const expected = learnedFromSdk(body as unknown as OpenAIResponse);
    const reply = folded(events);
    expect(learnedFromFold(reply)).toEqual(expected);
    expect(learnedFromSdk(client.writeReply(reply, context) as unknown as OpenAIResponse)).toEqual(expected);
  });

  test.each(named(wholeReplies("openai-responses").filter((recording) => !isReply(recording))))(
    "X34 %s is an error",
    (_name, recording) => {
      const events: ReplyEvent[] = [];
      upstream.readReply(JSON.parse(readText(recording)) as JsonValue, (event) => events.push(event), facts);
      expect(events.at(-1)?.type).toBe("error");
    },
  );
});
