// What a Chat Completions body may look like, and which field an error names.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";
import { clientRequests, readText } from "../../support/corpus.ts";

const minimal: JsonObject = { model: "m", messages: [{ role: "user", content: "hi" }] };

function refusalOf(body: JsonObject): GatewayError {
  try {
    openaiChatClient.checkRequest(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(body)}`);
}

const user = (...content: JsonValue[]): JsonObject => ({ model: "m", messages: [{ role: "user", content }] });

describe("bodies that are accepted", () => {
  const accepted: { [name: string]: JsonObject } = {
    "a minimal body": minimal,
    "an empty list of messages, which the provider judges": { model: "m", messages: [] },
    "null where OpenAI allows it": {
      ...minimal,
      temperature: null,
      stop: null,
      stream: null,
      stream_options: null,
      n: null,
    },
    "falsy values": { ...minimal, temperature: 0, max_tokens: 0, user: "", stop: "", stream: false },
    "content that is absent": { model: "m", messages: [{ role: "assistant", tool_calls: [] }] },
    "content that is null": {
      model: "m",
      messages: [{ role: "assistant", content: null, refusal: null, audio: null }],
    },
    "an unknown part type": user({ type: "hologram", hologram: 1 }),
    "unknown fields everywhere": { ...minimal, zzz: { a: 1 }, messages: [{ role: "user", content: "x", zzz: 1 }] },
    "arguments as an object": {
      model: "m",
      messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: { a: 1 } } }] }],
    },
    "a flat tool": { ...minimal, tools: [{ type: "function", name: "f", parameters: {} }] },
    "a tool of an unknown type": { ...minimal, tools: [{ type: "web_search_preview" }] },
    "a provider object": { ...minimal, provider: { order: ["a"] } },
    "an image address as plain text": user({ type: "image_url", image_url: "https://example.com/a.png" }),
    "a body of the Responses dialect": { model: "m", input: "hi" },
  };
  for (const [name, body] of Object.entries(accepted)) {
    test(name, () => {
      expect(() => openaiChatClient.checkRequest(body)).not.toThrow();
    });
  }

  for (const recording of clientRequests("openai-chat")) {
    test(`recorded request ${recording.name}`, () => {
      expect(() => openaiChatClient.checkRequest(JSON.parse(readText(recording)))).not.toThrow();
    });
  }
});

describe("bodies that are refused name the field", () => {
  const refused: [param: string, body: JsonObject][] = [
    ["model", { messages: [] }],
    ["model", { model: "", messages: [] }],
    ["model", { model: 7, messages: [] }],
    ["messages", { model: "m" }],
    ["messages", { model: "m", messages: null }],
    ["messages", { model: "m", messages: "hi" }],
    ["messages", { model: "m", messages: {} }],
    ["messages[0]", { model: "m", messages: ["hi"] }],
    ["messages[1]", { model: "m", messages: [{ role: "user", content: "a" }, null] }],
    ["messages[0].role", { model: "m", messages: [{ content: "a" }] }],
    ["messages[0].role", { model: "m", messages: [{ role: 1, content: "a" }] }],
    ["messages[0].content", { model: "m", messages: [{ role: "user", content: 5 }] }],
    ["messages[0].content", { model: "m", messages: [{ role: "user", content: { text: "a" } }] }],
    ["messages[0].content[0]", user("plain")],
    ["messages[0].content[1].type", user({ type: "text", text: "a" }, { text: "b" })],
    ["messages[0].content[0].text", user({ type: "text" })],
    ["messages[0].content[0].image_url", user({ type: "image_url" })],
    ["messages[0].content[0].image_url.url", user({ type: "image_url", image_url: {} })],
    ["messages[0].content[0].input_audio.data", user({ type: "input_audio", input_audio: { format: "wav" } })],
    ["messages[0].tool_calls", { model: "m", messages: [{ role: "assistant", tool_calls: {} }] }],
    [
      "messages[0].tool_calls[0].function.name",
      { model: "m", messages: [{ role: "assistant", tool_calls: [{ function: {} }] }] },
    ],
    [
      "messages[0].tool_calls[0].function.arguments",
      { model: "m", messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: 3 } }] }] },
    ],
    ["temperature", { ...minimal, temperature: "0.5" }],
    ["max_tokens", { ...minimal, max_tokens: 1.5 }],
    ["n", { ...minimal, n: "2" }],
    ["stream", { ...minimal, stream: "true" }],
    ["stream_options", { ...minimal, stream_options: true }],
    ["stream_options.include_usage", { ...minimal, stream_options: { include_usage: "yes" } }],
    ["stop", { ...minimal, stop: 3 }],
    ["stop[1]", { ...minimal, stop: ["a", 3] }],
    ["tools", { ...minimal, tools: {} }],
    ["tools[0]", { ...minimal, tools: ["f"] }],
    ["tools[0].type", { ...minimal, tools: [{}] }],
    ["tools[0].function", { ...minimal, tools: [{ type: "function" }] }],
    ["tools[0].function.name", { ...minimal, tools: [{ type: "function", function: { name: "" } }] }],
    [
      "tools[0].function.parameters",
      { ...minimal, tools: [{ type: "function", function: { name: "f", parameters: "{}" } }] },
    ],
    ["tool_choice", { ...minimal, tool_choice: true }],
    ["response_format", { ...minimal, response_format: "json" }],
    ["response_format.type", { ...minimal, response_format: {} }],
    ["response_format.json_schema", { ...minimal, response_format: { type: "json_schema" } }],
    ["logit_bias", { ...minimal, logit_bias: [] }],
    ["reasoning.effort", { ...minimal, reasoning: { effort: 3 } }],
    ["parallel_tool_calls", { ...minimal, parallel_tool_calls: 1 }],
    ["input[0]", { model: "m", input: ["hi"] }],
  ];
  for (const [param, body] of refused) {
    test(`${param} in ${JSON.stringify(body).slice(0, 90)}`, () => {
      const error = refusalOf(body);
      expect(error.param).toBe(param);
      expect(error.code).toBe("invalid_request");
      expect(error.status).toBe(400);
      expect(error.message).toStartWith(param);
    });
  }

  test("a long text in the wrong place is not repeated in the message", () => {
    const error = refusalOf({ ...minimal, temperature: "x".repeat(1000) });
    expect(error.message).toBe("temperature must be a number, not a string");
  });

  test("a field that a prototype has is not taken for one of the body's", () => {
    const body = JSON.parse(
      '{"model":"m","messages":[{"role":"user","content":[{"type":"constructor"}]}],"__proto__":{"n":"x"}}',
    );
    expect(() => openaiChatClient.checkRequest(body)).not.toThrow();
  });
});
