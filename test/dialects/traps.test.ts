// Traps of translation between two dialects that no single dialect's tests can hold, each named after its id (translation.md E).
import { describe, expect, test } from "bun:test";
import type { DialectId } from "../../src/core/chat.ts";
import type { TargetFlags } from "../../src/core/facts.ts";
import { openFold } from "../../src/core/fold.ts";
import { asArray, asObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import type { Dialect, ReplyContext, UpstreamHalf } from "../../src/dialects/dialect.ts";
import { dialects } from "../../src/dialects/index.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import { providerRows } from "../../src/providers/rows.ts";
import { send } from "../losses/judge.ts";
import { plainTargets, targetOf } from "../losses/matrix.ts";

const dialectOf = (id: DialectId): Dialect => {
  const found = dialects[id];
  if (!found) throw new Error(id);
  return found;
};

const rowOf = (dialect: DialectId, flags: TargetFlags = {}) => {
  const plain = plainTargets().find((target) => target.dialect === dialect);
  if (!plain) throw new Error(dialect);
  return { ...plain.provider.row, flags };
};

type Written = { body: JsonObject; lost: string[]; text: string };

async function write(client: DialectId, to: DialectId, body: JsonObject, flags: TargetFlags = {}): Promise<Written> {
  const target = targetOf(rowOf(to, flags), to, "mimo-v2.5");
  const sent = await send({ client: dialectOf(client), target, models: new ModelFacts() }, body);
  if ("refused" in sent) throw sent.refused;
  return sent;
}

const context = { requestId: "r", nowSeconds: 1, provider: "p", model: "m", wantsUsage: true } as ReplyContext;

function reply(from: DialectId, client: DialectId, body: JsonValue): JsonObject {
  const target = targetOf(rowOf(from), from, "m");
  const half = dialectOf(from).upstream as UpstreamHalf;
  const fold = openFold();
  half.readReply(body, fold.emit, new ModelFacts().get(target.provider, "m", from).facts);
  return dialectOf(client).client?.writeReply(fold.reply(), context) ?? {};
}

const hello = { role: "user", content: "Hi" };
const chatBody = (more: JsonObject): JsonObject => ({ model: "m", messages: [hello], ...more });
const messagesBody = (more: JsonObject): JsonObject => ({ model: "m", max_tokens: 123, messages: [hello], ...more });

describe("requests", () => {
  test("M09 the client's cache key arrives as it was, each time", async () => {
    for (let round = 0; round < 2; round++) {
      const { body } = await write("openai-chat", "openai-responses", chatBody({ prompt_cache_key: "session-1" }));
      expect(body["prompt_cache_key"]).toBe("session-1");
    }
  });

  test("M40 M45 the limit of tokens and the dots of the model's id arrive", async () => {
    const { body } = await write("anthropic-messages", "openai-chat", messagesBody({}));
    expect(body).toMatchObject({ model: "mimo-v2.5", max_tokens: 123 });
  });

  test("T49 a free-text call is known by its call_id, not by the item's id", async () => {
    const input = [
      hello,
      { type: "custom_tool_call", id: "ctc_1", call_id: "call_9", name: "apply_patch", input: "x" },
      { type: "custom_tool_call_output", id: "out_1", call_id: "call_9", output: "done" },
    ];
    const { text } = await write("openai-responses", "anthropic-messages", { model: "m", input });
    expect(text).toContain('"id":"call_9"');
    expect(text).toContain('"tool_use_id":"call_9"');
    expect(text).not.toContain("ctc_1");
  });

  test("T50 a hosted search with all its fields is not sent to hosts without it, and reported", async () => {
    const tools = [{ type: "web_search", filters: { allowed_domains: ["a.example"] }, external_web_access: true }];
    const { text, lost } = await write("openai-responses", "openai-chat", { model: "m", input: "hi", tools });
    expect(text).not.toContain("allowed_domains");
    expect(lost).toEqual(["web_search"]);
  });

  test("T59 a failed tool is told in words, never as an incomplete item", async () => {
    const messages = [
      hello,
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "no such file", is_error: true }] },
    ];
    const { body } = await write("anthropic-messages", "openai-responses", messagesBody({ messages }));
    const output = asArray(body["input"])?.at(-1) as JsonObject;
    expect(output).not.toHaveProperty("status");
    expect(output["output"]).toMatch(/error.*no such file/i);
  });

  test("T61 a server's call and its result go together, and both are reported", async () => {
    const result = { type: "web_search_tool_result", tool_use_id: "s1", content: [] };
    const content = [
      { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
      result,
      { type: "text", text: "so" },
    ];
    const messages = [hello, { role: "assistant", content }, hello];
    const { text, lost } = await write("anthropic-messages", "openai-chat", messagesBody({ messages }));
    expect(text).not.toContain("s1");
    expect(lost).toEqual(["server_tool_use", "web_search_tool_result"]);
  });

  test("R08 R17 unsigned thinking goes back to hosts that want it, and to no other", async () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "" };
    const messages = [hello, { role: "assistant", content: [thinking, { type: "text", text: "so" }] }, hello];
    const input = [hello, { type: "reasoning", summary: [{ type: "summary_text", text: "hm" }] }, hello];
    const wanted = await write(
      "openai-responses",
      "anthropic-messages",
      { model: "m", input },
      { reasoningReplay: "reasoning_content" },
    );
    expect(wanted.text).toContain('{"type":"thinking","thinking":"hm","signature":""}');
    const other = await write("openai-responses", "anthropic-messages", { model: "m", input });
    expect(other.text).not.toContain('"thinking"');
    // Between Messages and a host that speaks it, what the client wrote passes as it is.
    expect(
      (await write("anthropic-messages", "anthropic-messages", messagesBody({ messages }))).body["messages"],
    ).toEqual(messages);
  });

  test("R29 former reasoning is never put into the text", async () => {
    const messages = [hello, { role: "assistant", content: "so", reasoning_content: "secret thought" }, hello];
    for (const to of ["openai-responses", "anthropic-messages", "gemini"] as const) {
      const { text, lost } = await write("openai-chat", to, chatBody({ messages }));
      expect(text).not.toContain("secret thought");
      expect(lost).not.toEqual([]);
    }
  });

  test("R33 xAI's encrypted reasoning passes between a Responses client and xAI", async () => {
    const row = providerRows.find(({ type }) => type === "xai");
    if (!row) throw new Error("no row");
    const input = [hello, { type: "reasoning", summary: [], encrypted_content: "gAAAx" }, hello];
    const target = targetOf(row, "openai-responses", "grok-4.6");
    const sent = await send(
      { client: dialectOf("openai-responses"), target, models: new ModelFacts() },
      { model: "m", input },
    );
    expect("body" in sent && sent.body["input"]).toEqual(input);
  });

  test("X18 an answer's schema adds no tool to the client's own", async () => {
    const tool = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };
    const format = { type: "json_schema", json_schema: { name: "n", schema: { type: "object", properties: {} } } };
    const request = chatBody({ tools: [tool], response_format: format });
    const { body } = await write("openai-chat", "anthropic-messages", request, { jsonSchema: false });
    expect(asArray(body["tools"])?.map((each) => asObject(each)?.["name"])).toEqual(["f"]);
    expect(body).not.toHaveProperty("tool_choice");
  });
});

const responsesReply = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "gpt-x-2026-01-01",
  output: [
    {
      type: "message",
      id: "m1",
      role: "assistant",
      status: "completed",
      content: [
        {
          type: "output_text",
          text: "See a.",
          annotations: [{ type: "url_citation", url: "https://a.example", title: "A", start_index: 4, end_index: 5 }],
        },
      ],
    },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}", status: "completed" },
  ],
};

describe("replies", () => {
  test("T44 T45 X33 X41 text, call, citation and the provider's model reach a chat client", () => {
    expect(reply("openai-responses", "openai-chat", responsesReply)).toMatchObject({
      model: "gpt-x-2026-01-01",
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            content: "See a.",
            tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }],
            annotations: [{ type: "url_citation", url_citation: { url: "https://a.example", title: "A" } }],
          },
        },
      ],
    });
  });

  test("T45 a call is an item of its own for a Responses client", () => {
    const chat = {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }],
          },
        },
      ],
    };
    const { output } = reply("openai-chat", "openai-responses", chat) as { output: JsonObject[] };
    expect(output).toMatchObject([{ type: "function_call", call_id: "call_1", name: "f", arguments: "{}" }]);
  });

  test("T60 JSON that looks like a call is the text that the model wrote", () => {
    const content = '{"name":"f","arguments":{}}';
    const chat = {
      id: "c",
      created: 1,
      model: "m",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
    };
    expect(reply("openai-chat", "anthropic-messages", chat)).toMatchObject({
      content: [{ type: "text", text: content }],
      stop_reason: "end_turn",
    });
  });

  test("R40 an answer that was all thinking says that the limit cut it", () => {
    const message = { role: "assistant", content: "", reasoning_content: "hm" };
    const chat = { id: "c", created: 1, model: "m", choices: [{ index: 0, finish_reason: "length", message }] };
    expect(reply("openai-chat", "anthropic-messages", chat)).toMatchObject({
      content: [{ type: "thinking", thinking: "hm" }],
      stop_reason: "max_tokens",
    });
  });

  test("X09 a paused turn is no end that a client would mistake: it stops, and the provider's own word stands beside it", () => {
    const content = [{ type: "text", text: "a" }];
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = {
      id: "msg",
      type: "message",
      role: "assistant",
      model: "m",
      content,
      stop_reason: "pause_turn",
      usage,
    };
    const choice = asObject(asArray(reply("anthropic-messages", "openai-chat", message)["choices"])?.[0]);
    expect(choice).toMatchObject({ finish_reason: "stop", native_finish_reason: "pause_turn" });
  });

  test("U01 cached tokens are part of a chat client's prompt tokens and of the total", () => {
    const usage = { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 5 };
    const content = [{ type: "text", text: "a" }];
    const message = {
      id: "msg",
      type: "message",
      role: "assistant",
      model: "m",
      content,
      stop_reason: "end_turn",
      usage,
    };
    expect(reply("anthropic-messages", "openai-chat", message)["usage"]).toMatchObject({
      prompt_tokens: 130,
      completion_tokens: 5,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 100 },
    });
  });

  test("U02 cached tokens are counted once for a Messages client", () => {
    const usage = {
      prompt_tokens: 130,
      completion_tokens: 5,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 100 },
    };
    const message = { role: "assistant", content: "a" };
    const chat = { id: "c", created: 1, model: "m", choices: [{ index: 0, finish_reason: "stop", message }], usage };
    expect(reply("openai-chat", "anthropic-messages", chat)["usage"]).toMatchObject({
      input_tokens: 30,
      cache_read_input_tokens: 100,
      output_tokens: 5,
    });
  });
});
