// Reading what clients send back of former answers: reasoning in its order, and bodies of the Responses dialect.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";
import { assistant, call, callBlock, paramOf, turns } from "./client-message-support.ts";

describe("what else an assistant message carries", () => {
  test("refusals, sound, images and annotations of an answer that is sent back", () => {
    const annotation = {
      type: "url_citation",
      url_citation: { start_index: 0, end_index: 2, url: "https://e.com", title: "E" },
    };
    expect(
      assistant({
        content: "hi",
        refusal: "no",
        audio: { id: "audio_1" },
        annotations: [annotation],
        images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
      }),
    ).toEqual([
      {
        type: "text",
        text: "hi",
        citations: [{ kind: "url", url: "https://e.com", title: "E", startIndex: 0, endIndex: 2, raw: annotation }],
      },
      { type: "refusal", text: "no" },
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } },
      { type: "audio", id: "audio_1", source: { kind: "file-id", id: "audio_1", origin: "openai-chat" } },
    ]);
    expect(assistant({ content: [{ type: "refusal", refusal: "no" }] })).toEqual([{ type: "refusal", text: "no" }]);
  });

  test("null and empty fields that SDKs send back leave nothing behind", () => {
    const turn = turns({
      role: "assistant",
      content: "hi",
      refusal: null,
      audio: null,
      function_call: null,
      tool_calls: null,
      annotations: [],
      reasoning_content: null,
      reasoning_details: null,
    })[0];
    expect(turn).toEqual({ role: "assistant", blocks: [{ type: "text", text: "hi" }] });
  });

  test("R24 R25 Gemini's thought signature is read from the call it stands on", () => {
    const signed = { ...call("a", "f"), extra_content: { google: { thought_signature: "SIG", zzz: 1 } } };
    expect(assistant({ tool_calls: [signed, call("b", "g")] })).toEqual([
      {
        ...callBlock("a", "f"),
        state: { origin: "gemini", kind: "signature", value: "SIG" },
        extra: { "openai-chat": { extra_content: { google: { zzz: 1 } } } },
      } as Block,
      callBlock("b", "g"),
    ]);
  });
});

describe("former reasoning", () => {
  const signed = (text: string, signature: string): Block => ({
    type: "reasoning",
    text,
    state: { origin: "anthropic", kind: "signature", value: signature },
  });

  test("R09 R13 R14 plain reasoning in each of its spellings becomes a block before the text", () => {
    const spellings: JsonObject[] = [
      { reasoning_content: "why" },
      { reasoning: "why" },
      { reasoning_content: { text: "why" } },
      { reasoning_content: "why", reasoning: "why" },
    ];
    for (const spelling of spellings) {
      expect(assistant({ content: "x", ...spelling })).toEqual([
        { type: "reasoning", text: "why" },
        { type: "text", text: "x" },
      ]);
    }
  });

  test("R15 an empty reasoning_content is a value", () => {
    expect(assistant({ content: null, reasoning_content: "", tool_calls: [call("a", "f")] })).toEqual([
      { type: "reasoning", text: "" },
      callBlock("a", "f"),
    ]);
  });

  test("R01 R05 thinking_blocks come back with their signatures, byte for byte and in order", () => {
    expect(
      assistant({
        content: "x",
        reasoning_content: "ab",
        thinking_blocks: [
          { type: "thinking", thinking: " a\n", signature: "S1" },
          { type: "redacted_thinking", data: "R" },
          { type: "thinking", thinking: "b", signature: "" },
        ],
      }),
    ).toEqual([
      signed(" a\n", "S1"),
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
      { type: "reasoning", text: "b" },
      { type: "text", text: "x" },
    ]);
  });

  test("R28 reasoning_details are read with their state, and their pieces of one index are one block", () => {
    expect(
      assistant({
        content: "x",
        reasoning: "abc",
        reasoning_details: [
          { type: "reasoning.text", text: "a", format: "anthropic-claude-v1", index: 0 },
          { type: "reasoning.text", text: "b", format: "anthropic-claude-v1", index: 0 },
          { type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0 },
          { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
          { type: "reasoning.summary", summary: "s", format: "openai-responses-v1", index: 2, id: "rs_1" },
          { type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 2, id: "rs_1" },
          { type: "reasoning.encrypted", data: "X", format: "xai-responses-v1", index: 3 },
        ],
      }).slice(0, -1),
    ).toEqual([
      signed("ab", "S"),
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
      {
        type: "reasoning",
        text: "s",
        state: { origin: "openai", kind: "encrypted", value: "E" },
        extra: { "openai-chat": { id: "rs_1" } },
      },
      { type: "reasoning", text: "", state: { origin: "xai-responses-v1", kind: "encrypted", value: "X" } },
    ]);
  });

  test("R25 R26 Gemini state in reasoning_details goes to the call it names, or to the text", () => {
    const gemini = { type: "reasoning.encrypted", format: "google-gemini-v1" };
    expect(
      assistant({
        content: "x",
        tool_calls: [call("call_1", "f")],
        reasoning_details: [
          { ...gemini, data: "S1", id: "call_1", index: 0 },
          { ...gemini, data: "S2", index: 1 },
        ],
      }),
    ).toEqual([
      { type: "text", text: "x", state: { origin: "gemini", kind: "signature", value: "S2" } },
      { ...callBlock("call_1", "f"), state: { origin: "gemini", kind: "signature", value: "S1" } } as Block,
    ]);
  });

  test("R22 entries without OpenRouter's type names are read for their text, others are kept whole", () => {
    const odd = { type: "vendor.memory", blob: [1] };
    expect(assistant({ content: null, reasoning_details: [{ text: "why" }, odd] })).toEqual([
      { type: "reasoning", text: "why" },
      { type: "reasoning", text: "", state: { origin: "unknown", kind: "details", value: odd } },
    ]);
  });

  test("encrypted details get the text that stands beside them", () => {
    expect(
      assistant({
        content: null,
        reasoning_content: "why",
        reasoning_details: [{ type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 0 }],
      }),
    ).toEqual([{ type: "reasoning", text: "why", state: { origin: "openai", kind: "encrypted", value: "E" } }]);
  });

  test("R04 an index is a place among all blocks: what lies between thoughts stays between them", () => {
    const detail = (text: string, index: number): JsonObject => ({
      type: "reasoning.text",
      text,
      signature: `S${index}`,
      format: "anthropic-claude-v1",
      index,
    });
    const blocks = assistant({
      content: "x",
      reasoning_details: [detail("a", 0), detail("b", 2), detail("c", 4)],
      tool_calls: [call("1", "f"), call("2", "g")],
    });
    expect(blocks).toEqual([
      signed("a", "S0"),
      { type: "text", text: "x" },
      signed("b", "S2"),
      callBlock("1", "f"),
      signed("c", "S4"),
      callBlock("2", "g"),
    ]);
  });
});

describe("M26 bodies of the Responses dialect", () => {
  const read = (fields: JsonObject) => openaiChatClient.readRequest({ model: "m", ...fields });

  test("M26 a string input with instructions", () => {
    const request = read({ input: "hi", instructions: "be kind", max_output_tokens: 0, store: false });
    expect(request.turns).toEqual([
      { role: "system", blocks: [{ type: "text", text: "be kind" }] },
      { role: "user", blocks: [{ type: "text", text: "hi" }] },
    ]);
    expect(request.maxOutputTokens).toBe(0);
    expect(request.extra).toEqual({ "openai-chat": { store: false } });
  });

  test("M23 M24 M26 messages without a type, calls with their results, reasoning and parts of that dialect", () => {
    const request = read({
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "q" },
            { type: "input_image", image_url: "https://e.com/a.png", detail: "low" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "why" }], encrypted_content: "E" },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          content: [{ type: "output_text", text: "a", annotations: [] }],
        },
        { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "{}" },
        { type: "custom_tool_call", call_id: "c2", name: "patch", input: "x" },
        { type: "function_call_output", call_id: "c1", output: "r1" },
        { type: "custom_tool_call_output", call_id: "c2", output: [{ type: "input_text", text: "r2" }] },
      ],
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: { type: "function", name: "f" },
      reasoning: { effort: "low", summary: "auto" },
      text: { format: { type: "json_schema", name: "n", schema: {}, strict: true }, verbosity: "low" },
    });
    expect(request.turns).toEqual([
      {
        role: "user",
        blocks: [
          { type: "text", text: "q" },
          { type: "image", source: { kind: "url", url: "https://e.com/a.png" }, detail: "low" },
        ],
      },
      {
        role: "assistant",
        blocks: [
          {
            type: "reasoning",
            text: "why",
            state: { origin: "openai", kind: "encrypted", value: "E" },
            extra: { "openai-chat": { id: "rs_1" } },
          },
          { type: "text", text: "a" },
          callBlock("c1", "f"),
          { type: "tool-call", id: "c2", name: "patch", argumentsText: "x", argumentsKind: "freeform" },
        ],
      },
      { role: "user", blocks: [{ type: "tool-result", callId: "c1", blocks: [{ type: "text", text: "r1" }] }] },
      { role: "user", blocks: [{ type: "tool-result", callId: "c2", blocks: [{ type: "text", text: "r2" }] }] },
    ]);
    expect(request.tools).toEqual([{ kind: "function", name: "f", parameters: {} }]);
    expect(request.toolChoice).toEqual({ mode: "named", name: "f", kind: "function" });
    expect(request.reasoning).toEqual({ effort: "low", summary: "auto" });
    expect(request.output).toEqual({ kind: "schema", name: "n", schema: {}, strict: true });
    expect(request.verbosity).toBe("low");
  });

  test("M26 an item that only that dialect can send is refused with its path", () => {
    expect(
      paramOf(() =>
        read({
          input: [
            { role: "user", content: "a" },
            { type: "item_reference", id: "x" },
          ],
        }),
      ),
    ).toBe("input[1].type");
  });
});
