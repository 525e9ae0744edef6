// The client half of Messages: what a body becomes, and that nothing of it is lost on the way back to this dialect.
import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "../../../src/core/chat.ts";
import type { GatewayError } from "../../../src/core/errors.ts";
import type { TargetFacts, TargetFlags } from "../../../src/core/facts.ts";
import { asArray, isObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import { tagState, untagState } from "../../../src/dialects/anthropic-messages/carrier.ts";
import { anthropicMessages } from "../../../src/dialects/anthropic-messages/index.ts";
import type { ClientHalf, UpstreamHalf } from "../../../src/dialects/dialect.ts";
import { gemini } from "../../../src/dialects/gemini/index.ts";
import { openaiChat } from "../../../src/dialects/openai-chat/index.ts";
import { clientRequests, readText } from "../../support/corpus.ts";

const client = anthropicMessages.client as ClientHalf;
const toMessages = anthropicMessages.upstream as UpstreamHalf;
const toChat = openaiChat.upstream as UpstreamHalf;
const toGemini = gemini.upstream as UpstreamHalf;

function factsOf(origin: string, flags: TargetFlags = {}): TargetFacts {
  return { provider: origin, providerType: origin, model: "m", origin, flags };
}

const hello = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

function read(more: JsonObject): ChatRequest {
  return client.readRequest({ ...hello, ...more } as JsonObject);
}

function faultOf(more: JsonObject): GatewayError {
  try {
    client.checkRequest({ ...hello, ...more } as JsonObject);
  } catch (cause) {
    return cause as GatewayError;
  }
  throw new Error("it was taken");
}

/** Text content has two spellings that mean the same; compared in the long one. */
function longForm(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === "string" ? [{ type: "text", text: value }] : value;
}

function normal(body: JsonObject): JsonObject {
  const long: JsonObject = { ...body, model: "" };
  if (body["system"] !== undefined) long["system"] = longForm(body["system"]) as JsonValue;
  long["messages"] = (asArray(body["messages"]) ?? []).filter(isObject).map((message) => ({
    ...message,
    content: (asArray(longForm(message["content"])) ?? []).filter(isObject).map((block): JsonObject => {
      const content = longForm(block["content"]);
      return content === undefined ? block : { ...block, content };
    }),
  }));
  return long;
}

describe("a recorded body comes back whole from this dialect", () => {
  const flags: TargetFlags = { thinking: "adaptive", systemAnywhere: true, temperatureWithTopP: true };
  // A first turn of the assistant is refused by the API, so one of the user goes before it; a degree of thinking
  // switches it on and a forced tool off, and both decide what else may stand beside.
  const changed = /tool_history_without_tools|structured-output|responses_agent_subset/;

  test.each(clientRequests("anthropic-messages").filter(({ name }) => !changed.test(name)))("$name", (recording) => {
    const body = JSON.parse(readText(recording)) as JsonObject;
    const written = toMessages.writeRequest(client.readRequest(body), factsOf("anthropic", flags));
    expect(normal(written.body)).toEqual(normal(body));
    expect(written.lost).toEqual([]);
  });

  test.each(clientRequests("anthropic-messages").filter(({ name }) => changed.test(name)))(
    "$name, but for what its API refuses",
    (recording) => {
      const body = JSON.parse(readText(recording)) as JsonObject;
      const { body: written } = toMessages.writeRequest(client.readRequest(body), factsOf("anthropic", flags));
      for (const field of ["tools", "tool_choice", "metadata", "output_config", "max_tokens"]) {
        expect(written[field] as JsonValue).toEqual(body[field] as JsonValue);
      }
    },
  );
});

describe("a recorded body can be said elsewhere", () => {
  test.each(clientRequests("anthropic-messages").filter(({ name }) => name !== "responses_agent_subset"))(
    "$name",
    (recording) => {
      const chat = client.readRequest(JSON.parse(readText(recording)) as JsonObject);
      expect(asArray(toChat.writeRequest(chat, factsOf("openai")).body["messages"])?.length).toBeGreaterThan(0);
      expect(asArray(toGemini.writeRequest(chat, factsOf("gemini")).body["contents"])?.length).toBeGreaterThan(0);
    },
  );
});

test("M06 a system message in mid-conversation keeps its place", () => {
  const { turns } = read({
    messages: [
      { role: "user", content: "a" },
      { role: "system", content: "b" },
    ],
  });
  expect(turns.map(({ role }) => role)).toEqual(["user", "system"]);
});

test("M07 system blocks stay blocks and keep their cache marks", () => {
  const { turns } = read({
    system: [
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
  });
  expect(turns[0]?.blocks).toEqual([
    { type: "text", text: "a" },
    { type: "text", text: "b", cache: { ttl: "1h" } },
  ]);
});

test("M08 the volatile billing header goes to Anthropic alone, and others report it", () => {
  const header = { type: "text", text: "x-anthropic-billing-header: cc_version=2; cch=1234;" };
  const chat = read({ system: [header, { type: "text", text: "Be brief." }] });
  const sent = toMessages.writeRequest(chat, factsOf("anthropic"));
  expect(sent.body["system"] as JsonValue).toEqual([header, { type: "text", text: "Be brief." }]);
  expect(sent.lost).toEqual([]);
  for (const written of [
    toChat.writeRequest(chat, factsOf("openai")),
    toGemini.writeRequest(chat, factsOf("gemini")),
  ]) {
    expect(JSON.stringify(written.body)).not.toContain("billing");
    expect(written.lost).toContain("billing_header");
  }
});

test("M19 a document becomes a file for Chat Completions", () => {
  const source = { type: "base64", media_type: "application/pdf", data: "JVBERg==" };
  const chat = read({ messages: [{ role: "user", content: [{ type: "document", source, title: "a.pdf" }] }] });
  const { body } = toChat.writeRequest(chat, factsOf("openai"));
  expect(body["messages"] as JsonValue).toEqual([
    {
      role: "user",
      content: [{ type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" } }],
    },
  ]);
});

test("M30 blocks of unknown and of server types are taken, and kept for their maker", () => {
  const blocks = [
    { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
    { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
    { type: "of_tomorrow", field: { deep: [1] } },
  ];
  const chat = read({ messages: [...hello.messages, { role: "assistant", content: blocks }, ...hello.messages] });
  const sent = toMessages.writeRequest(chat, factsOf("anthropic"));
  expect((sent.body["messages"] as JsonObject[])[1]?.["content"] as JsonValue).toEqual(blocks);
  expect(toChat.writeRequest(chat, factsOf("openai")).lost).toContain("of_tomorrow");
});

test("T10 a tool without a type is a function, and one with a server's type is not", () => {
  const { tools } = read({
    tools: [
      { name: "look", input_schema: { type: "object" } },
      { type: "bash_20250124", name: "bash" },
    ],
  });
  expect(tools).toEqual([
    { kind: "function", name: "look", parameters: { type: "object" } },
    { kind: "hosted", dialect: "anthropic-messages", raw: { type: "bash_20250124", name: "bash" } },
  ]);
});

test("the choice of a tool and the ban on several at once are read apart", () => {
  const named = read({ tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true } });
  expect(named.toolChoice).toEqual({ mode: "named", name: "look" });
  expect(named.parallelToolCalls).toBe(false);
  expect(read({ tool_choice: { type: "any" } }).toolChoice).toEqual({ mode: "required" });
});

test("thinking is read as switch, budget and wish to see it", () => {
  expect(read({ thinking: { type: "enabled", budget_tokens: 2048 } }).reasoning).toEqual({
    mode: "on",
    budgetTokens: 2048,
  });
  expect(read({ thinking: { type: "adaptive", display: "omitted" } }).reasoning).toEqual({
    mode: "adaptive",
    includeText: false,
  });
  expect(read({ thinking: { type: "disabled" } }).reasoning).toEqual({ mode: "off" });
});

test("fields that only Anthropic has are kept, and reported lost elsewhere", () => {
  const chat = read({ container: "c1", context_management: { edits: [] }, inference_geo: "eu" });
  expect(toMessages.writeRequest(chat, factsOf("anthropic")).body).toMatchObject({
    container: "c1",
    inference_geo: "eu",
  });
  for (const half of [toChat, toGemini]) {
    const { lost } = half.writeRequest(chat, factsOf("elsewhere"));
    expect(lost).toEqual(expect.arrayContaining(["container", "context_management", "inference_geo"]));
  }
});

describe("state in a signature", () => {
  test("of Claude stays untagged", () => {
    const state = { origin: "anthropic", kind: "signature", value: "EqQBCg==" } as const;
    expect(tagState(state, "self")).toBe("EqQBCg==");
    expect(untagState("EqQBCg==")).toEqual({ state, bearer: "self" });
  });

  test("of another maker comes back as it was", () => {
    const state = { origin: "gemini", kind: "signature", value: "ä:b" } as const;
    const tag = tagState(state, "next");
    expect(tag).toMatch(/^sluice1:gemini:next-signature:[\w-]+$/);
    expect(untagState(tag)).toEqual({ state, bearer: "next" });
  });

  test("that was damaged on its way is none", () => {
    expect(untagState("sluice1:gemini:signature:bm90IGpzb24")).toBeUndefined();
    expect(untagState("sluice1:gemini")).toBeUndefined();
  });

  test("of a call is put back on the call, and its carrier is no thought", () => {
    const state = { origin: "gemini", kind: "signature", value: "sig" } as const;
    const content = [
      { type: "thinking", thinking: "", signature: tagState(state, "next") },
      { type: "tool_use", id: "t1", name: "look", input: { a: 1 } },
    ];
    const { turns } = read({ messages: [...hello.messages, { role: "assistant", content }] });
    expect(turns[1]?.blocks).toEqual([
      { type: "tool-call", id: "t1", name: "look", argumentsText: '{"a":1}', argumentsKind: "json", state },
    ]);
  });

  test("of another maker is taken out of a body that passes to Anthropic as it is", () => {
    const signature = tagState({ origin: "gemini", kind: "signature", value: "sig" }, "self");
    const foreign = { type: "thinking", thinking: "Hm", signature };
    const genuine = { type: "thinking", thinking: "Hm", signature: "EqQBCg==" };
    const body = {
      ...hello,
      messages: [
        { role: "assistant", content: [genuine, foreign, { type: "text", text: "a" }] },
        { role: "assistant", content: [foreign] },
      ],
    } as unknown as JsonObject;
    expect(toMessages.nativeEdits(body, { model: "m", askUsage: false })).toEqual([
      { path: ["messages", 0, "content", 1], op: "remove", lost: "messages.thinking" },
      { path: ["messages", 1], op: "remove", lost: "messages.thinking" },
    ]);
  });
});

const faults: readonly (readonly [string, JsonObject])[] = [
  ["messages", { messages: "Hi" }],
  ["messages[0].role", { messages: [{ role: "tool", content: "x" }] }],
  ["messages[0].content", { messages: [{ role: "user" }] }],
  ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
  ["messages[0].content[0].source", { messages: [{ role: "user", content: [{ type: "image" }] }] }],
  ["tools[0].name", { tools: [{ input_schema: {} }] }],
  ["max_tokens", { max_tokens: "10" }],
  ["system", { system: 5 }],
  ["thinking.type", { thinking: {} }],
];

test.each(faults)("a body with a bad %s is refused by that name", (param, more) => {
  expect(faultOf(more)).toMatchObject({ status: 400, param });
});

test("null stands for an absent field", () => {
  expect(() =>
    client.checkRequest({ ...hello, system: null, tools: null, thinking: null } as JsonObject),
  ).not.toThrow();
});
