// Requests to a Converse endpoint, against bodies written by hand.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest, FunctionTool } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { assistant, call, refusal, request, result, system, user, write } from "./support.ts";

const ask = (more: Partial<ChatRequest> = {}, flags: TargetFlags = {}) => write(request([user("x")], more), flags);
const tool = (name: string, more: Partial<FunctionTool> = {}): FunctionTool => ({ kind: "function", name, ...more });
const emptySchema = { type: "object", properties: {} };
const spec = (name: string, description = name, json: JsonObject = emptySchema) => ({
  toolSpec: { name, description, inputSchema: { json } },
});

test("a whole agent's turn is written as Converse wants it", () => {
  const turns = [
    system("Be brief."),
    user("Look at a and b."),
    assistant("I look.", call("c1", '{"at":"a"}'), call("c2", '{"at":"b"}')),
    user(result("c2", "B"), result("c1", "A"), "And now?"),
  ];
  const schema = { type: "object", properties: { at: { type: "string" } }, required: ["at"] };
  const written = write(
    request(turns, {
      tools: [tool("look", { description: "Looks.", parameters: schema })],
      toolChoice: { mode: "auto" },
      sampling: { temperature: 0.5, stop: ["END"] },
      maxOutputTokens: 100,
      stream: true,
    }),
  );
  expect(written).toEqual({
    lost: [],
    body: {
      system: [{ text: "Be brief." }],
      messages: [
        { role: "user", content: [{ text: "Look at a and b." }] },
        {
          role: "assistant",
          content: [
            { text: "I look." },
            { toolUse: { toolUseId: "c1", name: "look", input: { at: "a" } } },
            { toolUse: { toolUseId: "c2", name: "look", input: { at: "b" } } },
          ],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "c1", content: [{ text: "A" }] } },
            { toolResult: { toolUseId: "c2", content: [{ text: "B" }] } },
            { text: "And now?" },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: { tools: [spec("look", "Looks.", schema)], toolChoice: { auto: {} } },
      additionalModelResponseFieldPaths: ["/stop_sequence", "/delta/stop_sequence"],
    },
  });
});

test("M46 neither the model nor the streaming flag stands in the body: both are in the path", () => {
  expect(Object.keys(ask({ stream: true }).body)).toEqual(["messages"]);
});

const conversation = (...turns: ChatRequest["turns"]) => write(request(turns)).body["messages"] as JsonObject[];

describe("turns", () => {
  test("alternate strictly, begin with the user, and hold no blank text", () => {
    expect(conversation(assistant("", "hi"), user("a"), user(" ", "b"), assistant(" "), user("c"))).toEqual([
      { role: "user", content: [{ text: "(no message)" }] },
      { role: "assistant", content: [{ text: "hi" }] },
      { role: "user", content: [{ text: "a" }, { text: "b" }, { text: "c" }] },
    ]);
  });

  test("a system message in mid-conversation stays where it is", () => {
    expect(conversation(user("a"), assistant("b"), system("c"))[2]).toEqual({
      role: "user",
      content: [{ text: "<system_note>\nc\n</system_note>" }],
    });
  });

  test("M12 tool results and a user's words share a turn, or are split for models that refuse it", () => {
    const chat = request([user("a"), assistant(call("c")), user(result("c", "r"), "b")], { tools: [tool("look")] });
    const tail = (flags: TargetFlags) => (write(chat, flags).body["messages"] as JsonObject[]).slice(2);
    const toolResult = { toolUseId: "c", content: [{ text: "r" }] };
    expect(tail({})).toEqual([{ role: "user", content: [{ toolResult }, { text: "b" }] }]);
    expect(tail({ textWithToolResults: false })).toEqual([
      { role: "user", content: [{ toolResult }] },
      { role: "assistant", content: [{ text: "(results received)" }] },
      { role: "user", content: [{ text: "b" }] },
    ]);
  });

  test("M13 a result without its call becomes text, a call without its result gets one, and both are reported", () => {
    const orphan = write(request([user(result("gone", "r"))]));
    expect(orphan.body["messages"]).toEqual([
      { role: "user", content: [{ text: "Result of an earlier tool call:" }, { text: "r" }] },
    ]);
    expect(orphan.lost).toEqual(["tool_call_id"]);
    const missing = write(request([user("a"), assistant(call("c"))], { tools: [tool("look")] }));
    expect((missing.body["messages"] as JsonObject[]).at(-1)).toEqual({
      role: "user",
      content: [
        {
          toolResult: {
            toolUseId: "c",
            content: [{ text: "No result was recorded for this tool call." }],
            status: "error",
          },
        },
      ],
    });
    expect(missing.lost).toEqual(["tool_calls"]);
  });

  test("a failed call is marked as one, and an empty result says that it is empty", () => {
    const failed: Block = { type: "tool-result", callId: "c", blocks: [], isError: true };
    const [, , last] = conversation(user("a"), assistant(call("c")), user(failed));
    expect(last?.["content"]).toEqual([
      { toolResult: { toolUseId: "c", content: [{ text: "(no output)" }], status: "error" } },
    ]);
  });

  test("B11 ids and names beyond the alphabet or 64 characters are changed alike everywhere", () => {
    const long = `${"n".repeat(70)}.x`;
    const written = write(
      request([user("a"), assistant(call("id!", "{}", long), call(`${"i".repeat(70)}`, "{}", long)), user("b")], {
        tools: [tool(long)],
        toolChoice: { mode: "named", name: long },
      }),
    );
    const text = JSON.stringify(written.body);
    const ids = [...text.matchAll(/"toolUseId":"([^"]*)"/g)].map((match) => match[1] as string);
    const names = [...text.matchAll(/"name":"([^"]*)"/g)].map((match) => match[1] as string);
    expect(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id))).toBe(true);
    expect([ids[0], ids[1]]).toEqual([ids[2], ids[3]]);
    expect(new Set(ids).size).toBe(2);
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect([...(written.toolAliases ?? [])]).toEqual([[names[0] as string, long]]);
  });

  test("T27 T28 T29 arguments are an object; what is none is kept as text and reported", () => {
    const written = write(
      request([user("a"), assistant(call("1", ""), call("2", "null"), call("3", "{bad"))], { tools: [tool("look")] }),
    );
    const [, turn] = written.body["messages"] as { content: { toolUse: { input: unknown } }[] }[];
    expect(turn?.content.map(({ toolUse }) => toolUse.input)).toEqual([{}, {}, { __raw: "{bad" }]);
    expect(written.lost).toContain("tool_calls.function.arguments");
  });

  test("R04 reasoning of the same maker goes back in its place, foreign reasoning is reported", () => {
    const own = (kind: "signature" | "redacted", value: string, text: string): Block => ({
      type: "reasoning",
      text,
      state: { origin: "maker", kind, value },
    });
    const foreign: Block = { type: "reasoning", text: "z", state: { origin: "other", kind: "signature", value: "F" } };
    const chat = request([
      user("a"),
      assistant(own("signature", "S", "t"), own("redacted", "R", ""), "b", foreign),
      user("c"),
    ]);
    const written = write(chat);
    expect((written.body["messages"] as JsonObject[])[1]?.["content"]).toEqual([
      { reasoningContent: { reasoningText: { text: "t", signature: "S" } } },
      { reasoningContent: { redactedContent: "R" } },
      { text: "b" },
    ]);
    expect(written.lost).toEqual(["messages.reasoning_content"]);
  });
});

describe("media", () => {
  const content = (...blocks: Block[]) => conversation(user(...blocks))[0]?.["content"];

  test("images, documents and videos carry a format word and bytes", () => {
    expect(
      content(
        { type: "image", source: { kind: "base64", mediaType: "image/jpg", data: "AA==" } },
        { type: "image", source: { kind: "url", url: "data:image/png;base64,BB==" } },
        { type: "image", source: { kind: "url", url: "s3://bucket/a.webp" } },
        { type: "file", name: "a_b.pdf", source: { kind: "base64", mediaType: "application/pdf", data: "CC==" } },
        { type: "file", source: { kind: "text", text: "words" } },
        { type: "video", source: { kind: "base64", mediaType: "video/mp4", data: "DD==" } },
      ),
    ).toEqual([
      { image: { format: "jpeg", source: { bytes: "AA==" } } },
      { image: { format: "png", source: { bytes: "BB==" } } },
      { image: { format: "webp", source: { s3Location: { uri: "s3://bucket/a.webp" } } } },
      { document: { format: "pdf", name: "a b pdf 1-4", source: { bytes: "CC==" } } },
      { document: { format: "txt", name: "document 1-5", source: { text: "words" } } },
      { video: { format: "mp4", source: { bytes: "DD==" } } },
    ]);
  });

  test("what cannot be taken is refused by its place", () => {
    const rows: [Block, string][] = [
      [{ type: "image", source: { kind: "url", url: "https://a.example/x.png" } }, "image_url"],
      [{ type: "image", source: { kind: "base64", mediaType: "image/tiff", data: "A" } }, "image_url"],
      [{ type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "A" } }, "input_audio"],
      [{ type: "file", source: { kind: "base64", mediaType: "application/zip", data: "A" } }, "file"],
    ];
    for (const [block, field] of rows) {
      expect(refusal(() => conversation(user("a", block)))).toMatchObject({
        code: "unsupported",
        param: `messages[0].content[1].${field}`,
      });
    }
  });
});

describe("cache points", () => {
  const cached = (text: string): Block => ({ type: "text", text, cache: {} });

  test("T16 U21 a mark is an element of its own behind what it marks: system, tools, text, results", () => {
    const answered: Block = { type: "tool-result", callId: "c", blocks: [cached("r")] };
    const written = write(
      request(
        [
          system(cached("s")),
          user({ type: "text", text: "a", cache: { ttl: "1h" } }),
          assistant(call("c")),
          user(answered),
        ],
        {
          tools: [tool("look", { cache: {} }), tool("hear")],
        },
      ),
    );
    const point = { cachePoint: { type: "default" } };
    expect(written.body["system"]).toEqual([{ text: "s" }, point]);
    expect(written.body["toolConfig"]).toEqual({ tools: [spec("look"), point, spec("hear")] });
    const messages = written.body["messages"] as JsonObject[];
    expect(messages[0]?.["content"]).toEqual([{ text: "a" }, { cachePoint: { type: "default", ttl: "1h" } }]);
    expect(messages[2]?.["content"]).toEqual([{ toolResult: { toolUseId: "c", content: [{ text: "r" }] } }, point]);
    expect(written.lost).toEqual([]);
  });

  test("at most four stay, the earliest of the messages go first, and a model without caching gets none", () => {
    const chat = request([system(cached("s")), user(cached("1"), cached("2"), cached("3"), cached("4"))]);
    const point = { cachePoint: { type: "default" } };
    const written = write(chat);
    expect(written.body["messages"]).toEqual([
      { role: "user", content: [{ text: "1" }, { text: "2" }, point, { text: "3" }, point, { text: "4" }, point] },
    ]);
    expect(written.lost).toEqual(["cache_control"]);
    const plain = write(chat, { cacheControl: false });
    expect(JSON.stringify(plain.body)).not.toContain("cachePoint");
    expect(plain.lost).toEqual(["cache_control"]);
  });
});

describe("tools", () => {
  const config = (more: Partial<ChatRequest>) => ask(more).body["toolConfig"];

  test("T13 a description is made up, an empty name is refused", () => {
    expect(config({ tools: [tool("look", { description: " " })] })).toEqual({ tools: [spec("look")] });
    expect(refusal(() => config({ tools: [tool("")] }))).toMatchObject({ param: "tools[0].function.name" });
  });

  test("choices have Converse's words", () => {
    const tools = [tool("look"), tool("hear")];
    const choice = (toolChoice: NonNullable<ChatRequest["toolChoice"]>) =>
      (config({ tools, toolChoice }) as JsonObject)["toolChoice"];
    expect(choice({ mode: "auto" })).toEqual({ auto: {} });
    expect(choice({ mode: "required" })).toEqual({ any: {} });
    expect(choice({ mode: "named", name: "hear" })).toEqual({ tool: { name: "hear" } });
    expect(config({ tools, toolChoice: { mode: "allowed", names: ["hear"], required: true } })).toEqual({
      tools: [spec("hear")],
      toolChoice: { any: {} },
    });
  });

  test("T18 a choice of none takes the tools away, but not from a history that calls them", () => {
    const none = { tools: [tool("look")], toolChoice: { mode: "none" } } as const;
    const bare = ask({ ...none, tools: [...none.tools] });
    expect([bare.body["toolConfig"], bare.lost]).toEqual([undefined, []]);
    const turns = [user("a"), assistant(call("c")), user(result("c", "r"))];
    const written = write(request(turns, { ...none, tools: [...none.tools] }));
    expect([written.body["toolConfig"], written.lost]).toEqual([{ tools: [spec("look")] }, ["tool_choice"]]);
  });

  test("M14 a history with calls gets stubs when the request offers no tools", () => {
    const written = write(request([user("a"), assistant(call("c")), user(result("c", "r"))]));
    const stub = "Was called earlier in this conversation. It is no longer offered: do not call it.";
    expect(written.body["toolConfig"]).toEqual({ tools: [spec("look", stub)] });
  });

  test("T11 hosted tools are left out and reported, a free-text tool is a function of one string", () => {
    const written = ask({
      tools: [
        { kind: "hosted", dialect: "openai-responses", raw: { type: "code_interpreter" } },
        { kind: "custom", name: "patch", raw: {} },
      ],
    });
    const schema = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };
    expect(written.body["toolConfig"]).toEqual({ tools: [spec("patch", "patch", schema)] });
    expect(written.lost).toEqual(["tools.code_interpreter"]);
    expect([...(written.freeformTools ?? [])]).toEqual(["patch"]);
  });
});

describe("settings", () => {
  test("B9 a model with a thinking budget gets Claude's own fields, an effort becomes its share", () => {
    const flags: TargetFlags = { thinking: "budget", maxOutputTokens: 10_000 };
    expect(ask({ reasoning: { effort: "medium" }, sampling: { temperature: 0.2 } }, flags)).toMatchObject({
      body: {
        inferenceConfig: { maxTokens: 10_000 },
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 3000 } },
      },
      lost: ["temperature"],
    });
    expect(ask({ reasoning: { effort: "high" } }, { thinking: "adaptive" }).body).toMatchObject({
      additionalModelRequestFields: { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
    });
  });

  test("B9 other models take no thinking and no top_k: both are reported", () => {
    const written = ask({ reasoning: { effort: "low" }, sampling: { topK: 5, topP: 0.5, temperature: 0.4 } });
    expect(written.body).toEqual({
      messages: [{ role: "user", content: [{ text: "x" }] }],
      inferenceConfig: { temperature: 0.4, topP: 0.5 },
    });
    expect(written.lost).toEqual(["reasoning_effort", "top_k"]);
  });

  test("one call at a time is Claude's to promise", () => {
    const more = { tools: [tool("look")], parallelToolCalls: false };
    expect(ask(more, { thinking: "budget" }).body["additionalModelRequestFields"]).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(ask(more).lost).toEqual(["parallel_tool_calls"]);
  });

  test("B8 a schema is native where the model has it, else an instruction", () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const output = { kind: "schema", name: "n", schema } as const;
    const native = ask({ output }, { jsonSchema: true }).body["outputConfig"] as JsonObject;
    expect(native).toMatchObject({ textFormat: { type: "json_schema", structure: { jsonSchema: { name: "n" } } } });
    const told = ask({ output });
    expect(JSON.stringify(told.body["system"])).toContain("JSON Schema");
    expect(told.lost).toEqual(["response_format"]);
  });

  test("what cannot be said is reported; what a client builds on is refused", () => {
    const written = ask({
      sampling: { seed: 1, presencePenalty: 0.5, frequencyPenalty: 0 },
      metadata: { a: "b" },
      userId: "u",
      serviceTier: "scale",
      extra: { "openai-chat": { prediction: {} } },
    });
    expect(written.lost.toSorted()).toEqual(
      ["seed", "presence_penalty", "metadata", "user", "service_tier", "prediction"].toSorted(),
    );
    expect(ask({ serviceTier: "priority" }).body["serviceTier"]).toEqual({ type: "priority" });
    for (const more of [{ sampling: { n: 2 } }, { logprobs: {} }, { modalities: ["audio"] }]) {
      expect(refusal(() => ask(more))).toMatchObject({ code: "unsupported" });
    }
  });
});
