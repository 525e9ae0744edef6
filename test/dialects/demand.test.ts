// What bodies ask of a model, and which session they belong to, in every language that is served.
import { describe, expect, test } from "bun:test";
import { plainDemand } from "../../src/core/demand.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { ClientHalf } from "../../src/dialects/dialect.ts";
import { geminiCall } from "../../src/dialects/gemini/index.ts";
import { dialects } from "../../src/dialects/index.ts";

const client = (id: "openai-chat" | "openai-responses" | "anthropic-messages") => dialects[id]?.client as ClientHalf;
const chat = client("openai-chat");
const responses = client("openai-responses");
const messages = client("anthropic-messages");
const gemini = geminiCall({ model: "m", stream: false }).client as ClientHalf;

describe("a demand", () => {
  test("is plain where a body has text alone", () => {
    const text = { messages: [{ role: "user", content: "image_url" }] };
    expect(chat.readDemand(text)).toEqual(plainDemand);
    expect(messages.readDemand({ ...text, max_tokens: 5 })).toEqual({ ...plainDemand, outputTokens: 5 });
    expect(responses.readDemand({ input: "hello" })).toEqual(plainDemand);
    expect(gemini.readDemand({ contents: [{ parts: [{ text: "x" }] }] })).toEqual(plainDemand);
  });

  test("is read from the parts of each language", () => {
    const parts = (types: string[]) => types.map((type) => ({ type }));
    expect(
      chat.readDemand({
        messages: [{ role: "user", content: parts(["text", "image_url", "input_audio", "file"]) }],
        tools: [{}],
        reasoning_effort: "high",
        max_tokens: 10,
        max_completion_tokens: 20,
      }),
    ).toEqual({ tools: true, image: true, audio: true, video: false, file: true, reasoning: true, outputTokens: 20 });
    expect(
      responses.readDemand({
        input: [
          { role: "user", content: parts(["input_text", "input_image"]) },
          { type: "function_call_output", output: parts(["input_file"]) },
        ],
        reasoning: { effort: "none" },
        max_output_tokens: 30,
      }),
    ).toEqual({ ...plainDemand, image: true, file: true, outputTokens: 30 });
    expect(
      messages.readDemand({
        messages: [
          { role: "user", content: [{ type: "tool_result", content: parts(["image"]) }] },
          { role: "user", content: [{ type: "document", source: { type: "base64" } }] },
        ],
        thinking: { type: "enabled", budget_tokens: 1024 },
        max_tokens: 4096,
      }),
    ).toEqual({ ...plainDemand, image: true, file: true, reasoning: true, outputTokens: 4096 });
    expect(
      messages.readDemand({ messages: [{ content: [{ type: "document", source: { type: "text" } }] }] }).file,
    ).toBe(false);
    const data = (mimeType: string) => ({ inlineData: { mimeType, data: "" } });
    expect(
      gemini.readDemand({
        contents: [
          {
            parts: [
              data("image/png"),
              data("video/mp4"),
              data("application/pdf"),
              { file_data: { mime_type: "audio/wav" } },
            ],
          },
        ],
        generation_config: { max_output_tokens: 7, thinking_config: { thinking_budget: 100 } },
      }),
    ).toEqual({ tools: false, image: true, audio: true, video: true, file: true, reasoning: true, outputTokens: 7 });
  });
});

describe("a session", () => {
  const uuid = "0d9c9f6e-1111-4222-8333-123456789abc";
  const idOf = (body: JsonObject) => messages.readSession({ messages: [], ...body }).id;

  test("is named by the fields that clients use", () => {
    expect(idOf({ metadata: { user_id: `user_5f_account_${uuid}_session_${uuid}` } })).toBe(uuid);
    expect(idOf({ metadata: { user_id: JSON.stringify({ device_id: "d", session_id: uuid }) } })).toBe(uuid);
    expect(idOf({ metadata: { user_id: "just a user" } })).toBeUndefined();
    expect(idOf({ session_id: "a", litellm_session_id: "b" })).toBe("a");
    expect(idOf({ litellm_session_id: "b" })).toBe("b");
    expect(responses.readSession({ input: "x", prompt_cache_key: "k" }).id).toBe("k");
    expect(responses.readSession({ input: "x", conversation: "conv_1" }).id).toBe("conv_1");
    expect(responses.readSession({ input: "x", conversation: { id: "conv_2" } }).id).toBe("conv_2");
  });

  test("is known by its opening from the second turn on, and by nothing that comes later", () => {
    const chatTurns = (...more: [string, string][]) => ({
      messages: [["system", "s"], ["user", "first"], ...more].map(([role, content]) => ({
        role,
        content,
      })) as JsonObject[],
    });
    expect(chat.readSession(chatTurns())).toEqual({});
    const { opening } = chat.readSession(chatTurns(["assistant", "a"], ["user", "b"]));
    expect(opening).toBeString();
    expect(chat.readSession(chatTurns(["assistant", "other"], ["user", "c"], ["assistant", "d"])).opening).toBe(
      opening as string,
    );
    const changed = {
      messages: [{ role: "system", content: "t" }, ...chatTurns(["assistant", "a"]).messages.slice(1)],
    };
    expect(chat.readSession(changed).opening).not.toBe(opening as string);
  });

  test("has an opening in every language", () => {
    const turns = (role: string) => [
      { role: "user", content: "first", parts: [{ text: "first" }] },
      { role, content: "a", parts: [{ text: "a" }] },
    ];
    expect(messages.readSession({ system: "s", messages: turns("assistant") }).opening).toBeString();
    expect(responses.readSession({ instructions: "s", input: turns("assistant") }).opening).toBeString();
    expect(
      responses.readSession({ input: [{ role: "user", content: "x" }, { type: "function_call" }] }).opening,
    ).toBeString();
    expect(gemini.readSession({ contents: turns("model") }).opening).toBeString();
    const one = messages.readSession({ system: "s", messages: turns("assistant") }).opening as string;
    expect(messages.readSession({ system: "other", messages: turns("assistant") }).opening).not.toBe(one);
  });
});
