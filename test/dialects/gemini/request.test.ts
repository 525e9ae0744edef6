// Canonical requests as generateContent bodies: settings, turns, media, history. Expected bodies are written by hand.
import { describe, expect, test } from "bun:test";
import type { Block, Turn } from "../../../src/core/chat.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import { writeRequest } from "../../../src/dialects/gemini/request.ts";
import { assistant, call, chat, png, result, target, text, user, written } from "./support.ts";

const system = (words: string): Turn => ({ role: "system", blocks: [text(words)] });

describe("settings", () => {
  test("M39 M42 every sampling field has its place, and stop is a list", () => {
    const { body, lost } = written({
      maxOutputTokens: 1000,
      sampling: {
        temperature: 0.7,
        topP: 0.9,
        topK: 40,
        n: 3,
        stop: ["\n\n", "END"],
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        seed: 42,
      },
      logprobs: { top: 5 },
    });
    expect(body).toEqual({
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
      generationConfig: {
        maxOutputTokens: 1000,
        temperature: 0.7,
        topP: 0.9,
        topK: 40,
        candidateCount: 3,
        stopSequences: ["\n\n", "END"],
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        seed: 42,
        responseLogprobs: true,
        logprobs: 5,
      },
    });
    expect(lost).toEqual([]);
  });

  test("M35 zeros are values and nothing is added that was not said", () => {
    const { body } = written({
      sampling: { temperature: 0, topP: 0, topK: 0, seed: 0, presencePenalty: 0 },
      maxOutputTokens: 0,
    });
    expect(body["generationConfig"]).toEqual({
      temperature: 0,
      topP: 0,
      topK: 0,
      seed: 0,
      presencePenalty: 0,
      maxOutputTokens: 0,
    });
    expect(written({}).body["generationConfig"]).toBeUndefined();
  });

  test("only five stop sequences go out and the rest is reported", () => {
    const { body, lost } = written({ sampling: { stop: ["a", "b", "c", "d", "e", "f"] } });
    expect(body["generationConfig"]).toEqual({ stopSequences: ["a", "b", "c", "d", "e"] });
    expect(lost).toEqual(["stop"]);
  });

  test("what Gemini cannot express is reported in the client's own words", () => {
    const { lost } = written({
      parallelToolCalls: false,
      userId: "u",
      metadata: { a: "b" },
      verbosity: "low",
      promptCacheKey: "k",
      serviceTier: "scale",
      extra: { "openai-chat": { logit_bias: { "1": 2 }, store: true, prediction: null } },
    });
    expect(lost.sort()).toEqual(
      [
        "parallel_tool_calls",
        "user",
        "metadata",
        "verbosity",
        "prompt_cache_key",
        "service_tier",
        "logit_bias",
        "store",
      ].sort(),
    );
    expect(written({ dialect: "anthropic-messages", parallelToolCalls: false }).lost).toEqual([
      "tool_choice.disable_parallel_tool_use",
    ]);
  });

  test("T57 Google's own settings come through from OpenAI's clients and from Gemini's, in camelCase", () => {
    const safety = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "OFF" }];
    const fromChat = written({
      extra: { "openai-chat": { safety_settings: safety, cached_content: "cachedContents/1" } },
    });
    expect(fromChat.body).toMatchObject({ safetySettings: safety, cachedContent: "cachedContents/1" });
    expect(fromChat.lost).toEqual([]);
    const fromGemini = written({
      dialect: "gemini",
      sampling: { temperature: 1 },
      extra: { gemini: { labels: { team: "x" }, generationConfig: { speechConfig: { a: 1 }, temperature: 2 } } },
    });
    expect(fromGemini.body).toMatchObject({
      labels: { team: "x" },
      generationConfig: { speechConfig: { a: 1 }, temperature: 1 },
    });
  });

  test("a tier that Google has is named as Google names it", () => {
    expect(written({ serviceTier: "default" }).body["serviceTier"]).toBe("standard");
    expect(written({ serviceTier: "auto" }).body["serviceTier"]).toBeUndefined();
  });

  test("modalities other than text alone are asked for", () => {
    expect(written({ modalities: ["text", "image"] }).body["generationConfig"]).toEqual({
      responseModalities: ["TEXT", "IMAGE"],
    });
    expect(written({ modalities: ["text"] }).body["generationConfig"]).toBeUndefined();
  });
});

describe("turns", () => {
  test("M04 all leading system messages become the system instruction, in order", () => {
    const { body } = written({ turns: [system("one"), system("two"), user(text("hi"))] });
    expect(body["systemInstruction"]).toEqual({ parts: [{ text: "one" }, { text: "two" }] });
    expect(body["contents"]).toEqual([{ role: "user", parts: [{ text: "hi" }] }]);
  });

  test("M05 a system message in mid-conversation keeps its place as a note of the user", () => {
    const { body } = written({ turns: [user(text("a")), assistant(text("b")), system("be brief"), user(text("c"))] });
    expect(body["systemInstruction"]).toBeUndefined();
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "a" }] },
      { role: "model", parts: [{ text: "b" }] },
      { role: "user", parts: [{ text: "System note: be brief" }, { text: "c" }] },
    ]);
  });

  test("M32 without systemInstruction the system text opens the first user turn", () => {
    const { body } = written({ turns: [system("s"), user(text("hi"))] }, { systemInstruction: false });
    expect(body).toEqual({ contents: [{ role: "user", parts: [{ text: "s" }, { text: "hi" }] }] });
  });

  test("M10 all text parts of a user message are kept, and turns of one role are one content", () => {
    const { body } = written({
      turns: [user(text("a"), text("b")), user(text("c")), assistant(text("d")), assistant(text("e"))],
    });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "a" }, { text: "b" }, { text: "c" }] },
      { role: "model", parts: [{ text: "d" }, { text: "e" }] },
    ]);
  });

  test("M31 an empty history and one that begins with the model get a user turn in front", () => {
    expect(written({ turns: [] }).body["contents"]).toEqual([{ role: "user", parts: [{ text: " " }] }]);
    expect(written({ turns: [assistant(text("hello"))] }).body["contents"]).toEqual([
      { role: "user", parts: [{ text: " " }] },
      { role: "model", parts: [{ text: "hello" }] },
    ]);
  });

  test("M34 the canonical request is left as it was", () => {
    const request = chat({
      turns: [system("s"), user(png()), assistant(call("a", "f", '{"x":1}')), user(result("a", "r"))],
      tools: [{ kind: "function", name: "f", parameters: { type: "object", properties: { x: { const: "1" } } } }],
      output: {
        kind: "schema",
        schema: { $ref: "#/$defs/a", $defs: { a: { type: "object", properties: { b: { type: "string" } } } } },
      },
      extra: { gemini: { generationConfig: { a: 1 } } },
    });
    const before = JSON.stringify(request);
    const first = JSON.stringify(
      writeRequest(request, target({ systemInstruction: false, thoughtSignatures: "required" })),
    );
    expect(JSON.stringify(request)).toBe(before);
    expect(
      JSON.stringify(writeRequest(request, target({ systemInstruction: false, thoughtSignatures: "required" }))),
    ).toBe(first);
  });
});

describe("media", () => {
  test("M21 media types are spelled as registered", () => {
    const image: Block = { type: "image", source: { kind: "base64", mediaType: "Image/JPG", data: "AAAA" } };
    expect(written({ turns: [user(text("x"), image)] }).body["contents"]).toEqual([
      { role: "user", parts: [{ text: "x" }, { inlineData: { mimeType: "image/jpeg", data: "AAAA" } }] },
    ]);
  });

  test("M22 a user turn of images alone gets a text beside them", () => {
    expect(written({ turns: [user(png())] }).body["contents"]).toEqual([
      { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }, { text: " " }] },
    ]);
  });

  test("M20 gs, Files API and YouTube addresses go as fileData", () => {
    const at = (url: string, type: "image" | "video"): Block => ({ type, source: { kind: "url", url } });
    const { body } = written({
      turns: [
        user(
          text("x"),
          at("gs://bucket/cat.png", "image"),
          at("https://generativelanguage.googleapis.com/v1beta/files/abc", "image"),
          at("https://www.youtube.com/watch?v=1", "video"),
        ),
      ],
    });
    expect(body["contents"]).toEqual([
      {
        role: "user",
        parts: [
          { text: "x" },
          { fileData: { fileUri: "gs://bucket/cat.png", mimeType: "image/png" } },
          {
            fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc", mimeType: "image/jpeg" },
          },
          { fileData: { fileUri: "https://www.youtube.com/watch?v=1", mimeType: "video/mp4" } },
        ],
      },
    ]);
  });

  test("another http address is refused, naming the part", () => {
    const image: Block = { type: "image", source: { kind: "url", url: "https://example.com/a.png" } };
    let error: unknown;
    try {
      written({ turns: [user(text("x"), image)] });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: "unsupported", param: "messages[0].content[1]" });
  });

  test("documents, sounds and films are inline, a text document is text", () => {
    const { body } = written({
      turns: [
        user(
          { type: "file", source: { kind: "base64", mediaType: "application/pdf", data: "UERG" } },
          { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "UklG" } },
          { type: "file", source: { kind: "text", text: "plain" } },
        ),
      ],
    });
    expect(body["contents"]).toEqual([
      {
        role: "user",
        parts: [
          { inlineData: { mimeType: "application/pdf", data: "UERG" } },
          { inlineData: { mimeType: "audio/wav", data: "UklG" } },
          { text: "plain" },
        ],
      },
    ]);
  });
});
