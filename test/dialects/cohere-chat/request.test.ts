// Requests to Cohere's v2 chat endpoint, against bodies written by hand.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest, FunctionTool } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { assistant, call, refusal, request, result, system, user, write } from "./support.ts";

const ask = (more: Partial<ChatRequest> = {}, flags: TargetFlags = {}) => write(request([user("x")], more), flags);
const tool = (name: string, more: Partial<FunctionTool> = {}): FunctionTool => ({ kind: "function", name, ...more });
const wireTool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});

test("a whole agent's turn is written as Cohere wants it", () => {
  const schema = { type: "object", properties: { at: { type: "string" } } };
  const turns = [
    system("Be brief."),
    user("Look."),
    assistant({ type: "reasoning", text: "I plan." }, call("c1", '{"at":"a"}'), call("c2", "null")),
    user(result("c2", "B"), result("c1", "A"), "And now?"),
  ];
  const written = write(
    request(turns, {
      tools: [tool("look", { description: "Looks.", parameters: schema })],
      toolChoice: { mode: "required" },
      sampling: {
        temperature: 0,
        topP: 0.9,
        topK: 4,
        seed: 7,
        stop: ["END"],
        presencePenalty: 0.1,
        frequencyPenalty: 0,
      },
      maxOutputTokens: 100,
      stream: true,
    }),
  );
  expect(written).toEqual({
    lost: [],
    body: {
      model: "model-x",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Look." },
        {
          role: "assistant",
          tool_plan: "I plan.",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "look", arguments: '{"at":"a"}' } },
            { id: "c2", type: "function", function: { name: "look", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "A" },
        { role: "tool", tool_call_id: "c2", content: "B" },
        { role: "user", content: "And now?" },
      ],
      stream: true,
      max_tokens: 100,
      temperature: 0,
      p: 0.9,
      k: 4,
      seed: 7,
      presence_penalty: 0.1,
      frequency_penalty: 0,
      stop_sequences: ["END"],
      tools: [{ type: "function", function: { name: "look", description: "Looks.", parameters: schema } }],
      tool_choice: "REQUIRED",
    },
  });
});

describe("messages", () => {
  const messages = (...turns: ChatRequest["turns"]) => write(request(turns)).body["messages"] as unknown;

  test("images go as addresses or data URLs, text files as text", () => {
    expect(
      messages(
        user(
          "a",
          { type: "image", source: { kind: "url", url: "https://a.example/x.png" }, detail: "low" },
          { type: "image", source: { kind: "base64", mediaType: "image/jpg", data: "AA==" } },
          { type: "file", name: "n.txt", source: { kind: "base64", mediaType: "text/plain", data: "d29yZHM=" } },
        ),
      ),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "https://a.example/x.png", detail: "low" } },
          { type: "image_url", image_url: { url: "data:image/jpeg;base64,AA==" } },
          { type: "text", text: "n.txt\n\nwords" },
        ],
      },
    ]);
  });

  test("reasoning of a turn without calls goes back as thinking, foreign sealed reasoning is reported", () => {
    const foreign: Block = { type: "reasoning", text: "z", state: { origin: "other", kind: "signature", value: "F" } };
    const written = write(request([user("a"), assistant({ type: "reasoning", text: "hm" }, foreign, "b"), user("c")]));
    expect(written.body["messages"]).toEqual([
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "b" },
        ],
      },
      { role: "user", content: "c" },
    ]);
    expect(written.lost).toEqual(["messages.reasoning_content"]);
  });

  test("M13 orphans become text, missing results are made up, failed ones say so", () => {
    const failed: Block = { type: "tool-result", callId: "a", blocks: [{ type: "text", text: "no" }], isError: true };
    const written = write(request([user("x"), assistant(call("a"), call("b")), user(failed, result("gone", "r"))]));
    expect((written.body["messages"] as unknown[]).slice(2)).toEqual([
      { role: "tool", tool_call_id: "a", content: "Error: no" },
      { role: "tool", tool_call_id: "b", content: "No result was recorded for this tool call." },
      {
        role: "user",
        content: [
          { type: "text", text: "Result of an earlier tool call:" },
          { type: "text", text: "r" },
        ],
      },
    ]);
    expect(written.lost.toSorted()).toEqual(["tool_call_id", "tool_calls"]);
  });

  test("M01 empty assistant text beside calls makes no content", () => {
    expect(messages(user("a"), assistant("", call("c")), user(result("c", "r")))).toMatchObject([
      {},
      { role: "assistant", tool_calls: [{ id: "c" }] },
      {},
    ]);
    expect(JSON.stringify(messages(user("a"), assistant("", call("c"))))).not.toContain('"text":""');
  });

  test("what cannot be taken is refused by its place", () => {
    const rows: [Block, string][] = [
      [{ type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "A" } }, "input_audio"],
      [{ type: "video", source: { kind: "url", url: "https://a.example/v" } }, "video_url"],
      [{ type: "file", source: { kind: "base64", mediaType: "application/pdf", data: "A" } }, "file"],
    ];
    for (const [block, field] of rows) {
      expect(refusal(() => messages(user(block)))).toMatchObject({
        code: "unsupported",
        param: `messages[0].content[0].${field}`,
      });
    }
  });
});

describe("tools", () => {
  const tools = [tool("look"), tool("hear")];
  const choose = (toolChoice: NonNullable<ChatRequest["toolChoice"]>) => {
    const { body, lost } = ask({ tools, toolChoice });
    return { tools: body["tools"], choice: body["tool_choice"], lost };
  };

  test("T18 none is a word of the wire and keeps the tools", () => {
    expect(choose({ mode: "none" })).toEqual({ tools: [wireTool("look"), wireTool("hear")], choice: "NONE", lost: [] });
  });

  test("a named choice is that tool alone, required; a subset is the subset", () => {
    expect(choose({ mode: "named", name: "hear" })).toEqual({
      tools: [wireTool("hear")],
      choice: "REQUIRED",
      lost: [],
    });
    const allowed = choose({ mode: "allowed", names: ["look"], required: false });
    expect(allowed).toEqual({ tools: [wireTool("look")], choice: undefined, lost: [] });
    expect(choose({ mode: "auto" }).choice).toBeUndefined();
  });

  test("T13 an empty name is refused, one beyond the alphabet is mapped back", () => {
    expect(refusal(() => ask({ tools: [tool(" ")] }))).toMatchObject({ param: "tools[0].function.name" });
    const [alias] = ask({ tools: [tool("a.b")] }).toolAliases ?? [];
    expect(alias?.[0]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(alias?.[1]).toBe("a.b");
  });

  test("strictness and one call at a time cannot be promised", () => {
    const written = ask({ tools: [tool("look", { strict: true })], parallelToolCalls: false });
    expect(written.lost.toSorted()).toEqual(["parallel_tool_calls", "tools.function.strict"]);
  });
});

describe("settings", () => {
  test("B9 thinking is a switch and a budget; the strength of an effort is reported", () => {
    const thinking = (reasoning: NonNullable<ChatRequest["reasoning"]>, flags: TargetFlags = {}) => {
      const { body, lost } = ask({ reasoning }, flags);
      return [body["thinking"], lost];
    };
    expect(thinking({ budgetTokens: 500 })).toEqual([{ type: "enabled", token_budget: 500 }, []]);
    expect(thinking({ effort: "high" })).toEqual([{ type: "enabled" }, ["reasoning_effort"]]);
    expect(thinking({ effort: "none" })).toEqual([{ type: "disabled" }, []]);
    expect(thinking({ effort: "low" }, { efforts: [] })).toEqual([undefined, ["reasoning_effort"]]);
    expect(thinking({ includeText: false })).toEqual([undefined, []]);
  });

  test("B8 JSON output is native, with or without a schema", () => {
    expect(ask({ output: { kind: "json" } }).body["response_format"]).toEqual({ type: "json_object" });
    const schema = { type: "object" };
    expect(ask({ output: { kind: "schema", schema } }).body["response_format"]).toEqual({
      type: "json_object",
      json_schema: schema,
    });
  });

  test("limits are kept and what is cut is reported", () => {
    const written = ask(
      { maxOutputTokens: 100, sampling: { stop: ["1", "2", "3", "4", "5", "6"] } },
      { maxOutputTokens: 50 },
    );
    expect(written.body["max_tokens"]).toBe(50);
    expect(written.body["stop_sequences"]).toEqual(["1", "2", "3", "4", "5"]);
    expect(written.lost.toSorted()).toEqual(["max_tokens", "stop"]);
  });

  test("what cannot be said is reported; what a client builds on is refused", () => {
    const written = ask({
      metadata: { a: "b" },
      userId: "u",
      serviceTier: "flex",
      verbosity: "low",
      extra: { "openai-chat": { prediction: {} } },
    });
    expect(written.lost.toSorted()).toEqual(["metadata", "prediction", "service_tier", "user", "verbosity"]);
    for (const more of [{ sampling: { n: 2 } }, { logprobs: {} }, { modalities: ["audio"] }]) {
      expect(refusal(() => ask(more))).toMatchObject({ code: "unsupported" });
    }
  });
});
