// Requests of other dialects as a Responses body.
import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { openaiResponsesUpstream as upstream } from "../../../src/dialects/openai-responses/upstream.ts";
import { chatRequest } from "../../support/chat-request.ts";

function write(fields: Partial<ChatRequest>, flags: TargetFlags = {}) {
  const request = chatRequest({ model: "m", ...fields });
  return upstream.writeRequest(request, {
    provider: "openai",
    providerType: "openai",
    model: "gpt",
    origin: "openai",
    flags,
  });
}

describe("fields", () => {
  test("S48 R31 nothing is stored, reasoning comes along, include_usage stays away", () => {
    const extra = { "openai-chat": { stream_options: { include_obfuscation: false } } };
    expect(write({ stream: true, wantsUsage: true, extra })).toEqual({
      body: {
        model: "gpt",
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }],
        store: false,
        include: ["reasoning.encrypted_content"],
        stream: true,
        stream_options: { include_obfuscation: false },
      },
      lost: [],
    });
  });

  test("M43 what the wire has no field for is reported", () => {
    const sampling = { stop: ["x"], seed: 0, topK: 3, presencePenalty: 1, temperature: 0 };
    const { body, lost } = write({ sampling });
    expect(lost).toEqual(["stop", "top_k", "seed", "presence_penalty"]);
    expect(body["temperature"]).toBe(0);
  });

  test("R41 a summary is asked for when the client wants to see thinking", () => {
    expect(write({ reasoning: { mode: "on", budgetTokens: 4000 } }).body["reasoning"]).toEqual({
      effort: "medium",
      summary: "auto",
    });
    expect(write({ reasoning: { effort: "low" } }).body["reasoning"]).toEqual({ effort: "low" });
  });

  test("the output limit is at least 16", () => {
    expect(write({ maxOutputTokens: 1 }).body["max_output_tokens"]).toBe(16);
  });

  test("X20 the format is flat and its strictness copied", () => {
    expect(write({ output: { kind: "schema", schema: {}, strict: false } }).body["text"]).toEqual({
      format: { type: "json_schema", name: "response", schema: {}, strict: false },
    });
  });
});

describe("tools", () => {
  test("T24 T25 strict is written beside the schema, false when absent", () => {
    expect(write({ tools: [{ kind: "function", name: "f" }] }).body["tools"]).toEqual([
      { type: "function", name: "f", parameters: { type: "object", properties: {} }, strict: false },
    ]);
  });

  test("a name that the wire refuses gets an alias that leads back", () => {
    const { body, toolAliases } = write({ tools: [{ kind: "function", name: "a.b" }] });
    const [tool] = body["tools"] as { name: string }[];
    expect(tool!.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(toolAliases?.get(tool!.name)).toBe("a.b");
  });

  test("T11 a hosted tool of another wire is dropped and reported, and refused when forced", () => {
    const tools = [{ kind: "hosted", dialect: "gemini", raw: { type: "codeExecution" } }] as const;
    expect(write({ tools: [...tools] }).lost).toEqual(["codeExecution"]);
    expect(() => write({ tools: [...tools], toolChoice: { mode: "required" } })).toThrow(/none of the tools/);
  });
});

describe("history", () => {
  test("T04 a call id of more than 64 characters is shortened the same way for call and result", () => {
    const id = "x".repeat(100);
    const { body } = write({
      turns: [
        {
          role: "assistant",
          blocks: [{ type: "tool-call", id, name: "f", argumentsText: "", argumentsKind: "json" }],
        },
        { role: "user", blocks: [{ type: "tool-result", callId: id, blocks: [{ type: "text", text: "1" }] }] },
      ],
    });
    const [call, result] = body["input"] as { call_id: string; arguments?: string; output?: string }[];
    expect(call!.call_id.length).toBeLessThanOrEqual(64);
    expect(result).toEqual({ type: "function_call_output", call_id: call!.call_id, output: "1" } as never);
    expect(call!.arguments).toBe("{}");
  });

  test("M17 M27 blocks stay in order, and images of results are parts", () => {
    const image = { type: "image", source: { kind: "url", url: "https://x.test/a.png" } } as const;
    const { body, lost } = write({
      turns: [
        {
          role: "assistant",
          blocks: [
            { type: "reasoning", text: "t", state: { origin: "openai", kind: "encrypted", value: "enc" } },
            { type: "reasoning", text: "u", state: { origin: "anthropic", kind: "signature", value: "s" } },
            { type: "tool-call", id: "a", name: "f", argumentsText: "free", argumentsKind: "freeform" },
            { type: "text", text: "after" },
          ],
        },
        { role: "user", blocks: [{ type: "tool-result", callId: "a", blocks: [image], isError: true }] },
      ],
    });
    expect(body["input"]).toEqual([
      { type: "reasoning", summary: [{ type: "summary_text", text: "t" }], encrypted_content: "enc" },
      { type: "custom_tool_call", call_id: "a", name: "f", input: "free" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "after", annotations: [] }] },
      {
        type: "custom_tool_call_output",
        call_id: "a",
        output: [
          { type: "input_text", text: "[tool error] " },
          { type: "input_image", image_url: "https://x.test/a.png", detail: "auto" },
        ],
      },
    ]);
    expect(lost).toEqual(["reasoning_content"]);
  });
});
