// What a Responses body means, and what of it is refused.
import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openaiResponsesClient as client } from "../../../src/dialects/openai-responses/client.ts";
import { clientRequests, readText } from "../../support/corpus.ts";

const read = (fields: JsonObject) => client.readRequest({ model: "m", input: "hello", ...fields });
const turnsOf = (input: JsonValue) => read({ input }).turns;

function paramOf(fields: JsonObject): unknown {
  try {
    read(fields);
  } catch (error) {
    return (error as { param?: unknown }).param;
  }
  return "accepted";
}

test.each(clientRequests("openai-responses").map((recording) => [recording.name, recording] as const))(
  "the recorded request %s is read with all of its text",
  (_name, recording) => {
    const body = JSON.parse(readText(recording)) as JsonObject;
    const written = JSON.stringify(body["input"]);
    const texts = client
      .readRequest(body)
      .turns.flatMap((turn) => turn.blocks)
      .flatMap((block) => (block.type === "text" ? block.text : []));
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts.slice(1)) expect(written).toContain(JSON.stringify(text).slice(1, -1));
  },
);

describe("input", () => {
  test("instructions come first, as a system turn", () => {
    expect(read({ instructions: "be brief" }).turns).toEqual([
      { role: "system", blocks: [{ type: "text", text: "be brief" }] },
      { role: "user", blocks: [{ type: "text", text: "hello" }] },
    ]);
  });

  test("M23 M24 items without a type or an id are messages", () => {
    expect(
      turnsOf([
        { role: "user", content: "hi" },
        { role: "assistant", content: [{ type: "output_text", text: "yes" }] },
      ]),
    ).toEqual([
      { role: "user", blocks: [{ type: "text", text: "hi" }] },
      { role: "assistant", blocks: [{ type: "text", text: "yes" }] },
    ]);
  });

  test("parallel calls make one turn of the assistant, their results one of the user", () => {
    const turns = turnsOf([
      { role: "assistant", content: "let me see" },
      { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
      { type: "custom_tool_call", call_id: "b", name: "g", input: "free" },
      { type: "function_call_output", call_id: "a", output: "1" },
      {
        type: "custom_tool_call_output",
        call_id: "b",
        output: [{ type: "input_image", image_url: "data:image/jpg;base64,AAAA" }],
      },
    ]);
    expect(turns).toEqual([
      {
        role: "assistant",
        blocks: [
          { type: "text", text: "let me see" },
          { type: "tool-call", id: "a", name: "f", argumentsText: "{}", argumentsKind: "json" },
          { type: "tool-call", id: "b", name: "g", argumentsText: "free", argumentsKind: "freeform" },
        ],
      },
      {
        role: "user",
        blocks: [
          { type: "tool-result", callId: "a", name: "f", blocks: [{ type: "text", text: "1" }] },
          {
            type: "tool-result",
            callId: "b",
            name: "g",
            blocks: [{ type: "image", source: { kind: "base64", mediaType: "image/jpeg", data: "AAAA" } }],
          },
        ],
      },
    ]);
  });

  test("R30 encrypted reasoning is its maker's, a carrier somebody else's", () => {
    const signature = Buffer.from(JSON.stringify("sig")).toString("base64url");
    const summary = [{ type: "summary_text", text: "thought" }];
    const states = turnsOf([
      { type: "reasoning", summary, encrypted_content: "gAAA" },
      { type: "reasoning", summary, encrypted_content: `sluice1:anthropic:signature:${signature}` },
    ]).flatMap((turn) => turn.blocks);
    expect(states).toEqual([
      { type: "reasoning", text: "thought", state: { origin: "openai", kind: "encrypted", value: "gAAA" } },
      { type: "reasoning", text: "thought", state: { origin: "anthropic", kind: "signature", value: "sig" } },
    ]);
  });

  test("M25 tools that stand between the items are tools, other items of Codex are kept", () => {
    const request = read({
      input: [
        { type: "additional_tools", tools: [{ type: "function", name: "late", parameters: {} }] },
        { type: "web_search_call", id: "ws", status: "completed" },
        { role: "user", content: "go" },
      ],
    });
    expect(request.tools.map((tool) => tool.kind)).toEqual(["function"]);
    expect(request.turns[0]!.blocks[0]).toMatchObject({ type: "opaque", dialect: "openai-responses" });
  });
});

describe("fields", () => {
  test("M28 unknown include values are nobody's fault, and what says more than the defaults is kept to be reported", () => {
    const said = { include: ["something.new"], store: true, truncation: "auto" };
    const request = read({ ...said, include: ["reasoning.encrypted_content", "something.new"] });
    expect(request.extra).toEqual({ "openai-responses": said });
    const silent = {
      include: ["reasoning.encrypted_content"],
      store: false,
      truncation: "disabled",
      background: false,
    };
    expect(read(silent).extra).toEqual({});
  });

  test("the flat format, the effort and the summary have their places", () => {
    const schema = { type: "object" };
    const request = read({
      text: { format: { type: "json_schema", name: "n", schema, strict: true }, verbosity: "low" },
      reasoning: { effort: "High", summary: "auto" },
      max_output_tokens: 20,
    });
    expect(request.output).toEqual({ kind: "schema", name: "n", schema, strict: true });
    expect(request.reasoning).toEqual({ effort: "high", summary: "auto", includeText: true });
    expect(request).toMatchObject({ verbosity: "low", maxOutputTokens: 20, wantsUsage: true });
  });

  test("T11 hosted tools are told from functions and custom tools", () => {
    const tools = [
      { type: "function", name: "f", parameters: {}, strict: true },
      { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: "x" } },
      { type: "web_search", user_location: { type: "approximate", country: "DE" } },
      { type: "file_search", vector_store_ids: [] },
    ];
    expect(read({ tools }).tools.map((tool) => tool.kind)).toEqual(["function", "custom", "web-search", "hosted"]);
  });

  test.each([
    [{ previous_response_id: "resp_1" }, "previous_response_id"],
    [{ conversation: "conv_1" }, "conversation"],
    [{ background: true }, "background"],
    [{ prompt: { id: "p" } }, "prompt"],
    [{ input: [{ type: "item_reference", id: "x" }] }, "input[0]"],
    [{ input: [{ type: "function_call", name: "f" }] }, "input[0].call_id"],
    [{ input: null }, "input"],
    [{ include: "all" }, "include"],
    [{ temperature: "hot" }, "temperature"],
    [{ background: false }, "accepted"],
  ] as [JsonObject, string][])("%j is judged by naming %s", (fields, param) => {
    expect(paramOf(fields)).toBe(param);
  });

  test("a body that passes as it is may name a stored response in place of input", () => {
    expect(() => client.checkRequest({ model: "m", previous_response_id: "resp_1" })).not.toThrow();
  });
});
