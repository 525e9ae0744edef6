// Both halves of the dialect against each other: requests read and written again, replies read, written and read by the SDK.
import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/events.ts";
import { asArray, asObject, isObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import type { ReplyContext } from "../../../src/dialects/dialect.ts";
import { openaiChat } from "../../../src/dialects/openai-chat/index.ts";
import { clientRequests, type Recording, readText, streams, wholeReplies, wireText } from "../../support/corpus.ts";
import { splitFrames } from "../../support/frames.ts";
import { callsOf, facts, replyOf, sdkReply, textOf, wholeEvents } from "./upstream-support.ts";

const { client, upstream } = openaiChat;
if (!client || !upstream) throw new Error("the dialect has both halves");

/** Spellings of one and the same request: made alike before they are compared. */
function plain(body: JsonObject): JsonValue {
  const { functions, function_call: _legacyChoice, stream, model: _model, ...rest } = body;
  const tools = [
    ...(asArray(body["tools"]) ?? []),
    ...(asArray(functions) ?? []).map((tool) => ({ type: "function", function: tool })),
  ];
  return {
    ...rest,
    ...(tools.length > 0 ? { tools } : {}),
    ...(stream === true ? { stream } : {}),
    ...(typeof body["stop"] === "string" ? { stop: [body["stop"]] } : {}),
    messages: (asArray(body["messages"]) ?? []).map((message) => {
      const content = asObject(message)?.["content"];
      const [only] = asArray(content) ?? [];
      const single = asArray(content)?.length === 1 && asObject(only)?.["type"] === "text";
      return isObject(message) && single ? { ...message, content: asObject(only)?.["text"] ?? null } : message;
    }),
  };
}

describe("requests", () => {
  for (const recording of clientRequests("openai-chat")) {
    test(`${recording.name} comes out as it went in`, () => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const { body: written, lost } = upstream.writeRequest(client.readRequest(structuredClone(body)), facts());
      expect(plain(written)).toEqual(plain(body));
      expect([written["model"], lost]).toEqual(["model-1", []]);
    });
  }

  test("fields that nobody knows come out at their own level", () => {
    const body = {
      model: "m",
      logit_bias: { "1": 2 },
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://e.x/a.png", detail: "low", crop: 1 }, tag: "t" },
            { type: "hologram", x: 1 },
          ],
          mood: "fine",
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}", hint: 1 }, odd: true }],
        },
        { role: "tool", tool_call_id: "a", content: "x", extra_note: 1 },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" }, examples: [1] }, rank: 2 }],
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, hint: 1 } },
    };
    const { body: written, lost } = upstream.writeRequest(client.readRequest(structuredClone(body)), facts());
    expect(plain(written)).toEqual(plain(body));
    expect(lost).toEqual([]);
  });
});

const context: ReplyContext = { requestId: "r1", nowSeconds: 5, provider: "east", model: "model-1", wantsUsage: true };

/** What our writer makes of the events, as wire text. */
function rewritten(recording: Recording): string {
  const writer = client?.openWriter(context);
  let wire = "";
  const reader = upstream?.openReader((event: ReplyEvent) => {
    wire += writer?.write(event) ?? "";
  }, facts());
  for (const { frame } of splitFrames(new TextEncoder().encode(wireText(recording)))) if (frame) reader?.read(frame);
  reader?.end();
  return wire;
}

/** What the SDK reads from the recording itself; null where it cannot read it (no role, no or sparse tool indices). */
async function original(recording: Recording) {
  try {
    return await sdkReply(wireText(recording));
  } catch {
    return null;
  }
}

const unreadable = [
  "mistral/mistral-incremental-tool-call",
  "mistral/mistral-tool-call",
  "openai-compatible/anthropic-fallback-tool-call",
];

describe("streams, read and written again", () => {
  for (const recording of streams("openai-chat")) {
    test(`${recording.name}: the official SDK reads the same from ours`, async () => {
      const ours = await sdkReply(rewritten(recording));
      const theirs = await original(recording);
      expect(theirs === null).toBe(unreadable.includes(recording.name));
      if (!theirs) {
        expect(ours.choices[0]?.finish_reason).toBe("tool_calls");
        expect(ours.choices[0]?.message.tool_calls).toHaveLength(1);
        return;
      }
      const [mine, wanted] = [ours.choices[0], theirs.choices[0]];
      expect([ours.id, ours.model]).toEqual([theirs.id, theirs.model]);
      expect(mine?.message.content ?? "").toBe(wanted?.message.content ?? "");
      // The SDK adds its own parse results to calls, and hosts add an index.
      const calls = (message: typeof mine) =>
        (message?.message.tool_calls ?? []).map((call) => [
          call.id,
          call.type,
          call.type === "function" && call.function.name,
          call.type === "function" && call.function.arguments,
        ]);
      expect(calls(mine)).toEqual(calls(wanted));
      expect(mine?.finish_reason).toBe(wanted?.finish_reason as never);
      expect(ours.usage?.prompt_tokens).toBe(theirs.usage?.prompt_tokens as never);
      expect(ours.usage?.total_tokens).toBe(theirs.usage?.total_tokens as never);
    });
  }
});

describe("whole replies, read and written again", () => {
  for (const recording of wholeReplies("openai-chat").filter(({ name }) => !name.endsWith("-error"))) {
    test(`${recording.name} keeps its content, calls, finish and usage`, () => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const reply = replyOf(wholeEvents(body));
      const written = client.writeReply(reply, context);
      const recorded = asObject(asArray(body["choices"])?.[0]) ?? {};
      const choice = asObject(asArray(written["choices"])?.[0]) ?? {};
      const [message, wanted] = [asObject(choice["message"]) ?? {}, asObject(recorded["message"]) ?? {}];
      expect(message["content"] ?? "").toBe((wanted["content"] ?? "") as string);
      const names = (node: JsonObject) =>
        (asArray(node["tool_calls"]) ?? []).map((call) => [asObject(call)?.["id"], asObject(call)?.["function"]]);
      expect(names(message)).toEqual(names(wanted));
      expect(choice["finish_reason"]).toBe(recorded["finish_reason"] as string);
      expect(asObject(written["usage"])).toMatchObject({ raw_usage: body["usage"] ?? {} });
      expect(message["reasoning_content"] ?? "").toBe(
        (wanted["reasoning_content"] ?? wanted["reasoning"] ?? "") as string,
      );
      expect(callsOf(reply.choices[0]?.blocks ?? [])).toHaveLength(names(wanted).length);
      expect(textOf(reply.choices[0]?.blocks ?? [], "text")).toBe((wanted["content"] ?? "") as string);
    });
  }

  test("R28 reasoning_details of a reply come out as they went in, and go back upstream so", () => {
    const details = [
      { type: "reasoning.text", text: "a", signature: "S", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
    ];
    const body = {
      choices: [
        { index: 0, message: { role: "assistant", content: "x", reasoning_details: details }, finish_reason: "stop" },
      ],
    };
    const written = client.writeReply(replyOf(wholeEvents(body)), context);
    const message = asObject(asObject(asArray(written["choices"])?.[0])?.["message"]) ?? {};
    expect(message["reasoning_details"]).toEqual(details);
    const history = {
      model: "m",
      messages: [{ role: "user", content: "q" }, message, { role: "user", content: "go" }],
    };
    const replay = upstream.writeRequest(
      client.readRequest(history),
      facts({ flags: { reasoningReplay: "reasoning_details" } }),
    );
    expect(asObject(asArray(replay.body["messages"])?.[1])?.["reasoning_details"]).toEqual(details);
  });
});
