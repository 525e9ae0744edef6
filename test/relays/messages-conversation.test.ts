// Conversations of an official Anthropic SDK with providers of other dialects: what each of them receives, turn by turn.
import { afterAll, beforeAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";

let gateway: MockGateway;
let client: Anthropic;

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["openai", "anthropic", "gemini"] });
  client = new Anthropic({ apiKey: "any key will do", maxRetries: 0, baseURL: gateway.origin });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const question = { role: "user" as const, content: "Weather?" };
const tools: Anthropic.Tool[] = [{ name: "weather", description: "Tells it", input_schema: { type: "object" } }];

test("a tool's result goes to Chat Completions beside the call that asked for it", async () => {
  const model = "openai/groq/groq-tool-call";
  const ask = { model, max_tokens: 50, tools, system: "Be brief." };
  const first = await client.messages.stream({ ...ask, messages: [question] }).finalMessage();
  expect(first.stop_reason).toBe("tool_use");
  const calls = first.content.filter((block) => block.type === "tool_use");
  const results = calls.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "Rain" }));
  const history = [question, { role: "assistant" as const, content: first.content }];
  await client.messages.create({ ...ask, messages: [...history, { role: "user", content: results }] });
  const { body, headers, path } = await gateway.lastSent();
  expect(path).toEndWith("/chat/completions");
  expect(headers["x-api-key"]).toBeUndefined();
  expect(headers["anthropic-version"]).toBeUndefined();
  expect(body["max_tokens"] ?? body["max_completion_tokens"]).toBe(50);
  expect(body["messages"]).toMatchObject([
    { content: "Be brief." },
    { role: "user", content: "Weather?" },
    { role: "assistant", tool_calls: calls.map(({ id, name }) => ({ id, type: "function", function: { name } })) },
    ...calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "Rain" })),
  ]);
});

test("R05 thoughts that Gemini signed are taken out before a body passes to Anthropic as it is", async () => {
  const thought = await client.messages
    .stream({ model: "gemini/google/google-reasoning-gemini3", max_tokens: 50, messages: [question] })
    .finalMessage();
  const history = [question, { role: "assistant" as const, content: thought.content }, question];
  const asking = client.messages
    .create({ model: "anthropic/anthropic/anthropic-clear-thinking.1", max_tokens: 50, messages: history })
    .withResponse();
  const { response } = await asking;
  expect(response.headers.get("x-sluice-lost")).toContain("messages.thinking");
  const sent = JSON.stringify((await gateway.lastSent()).body);
  expect(sent).not.toContain("sluice1:");
  for (const block of thought.content) if (block.type === "text") expect(sent).toContain(JSON.stringify(block.text));
});

test("fields that only Anthropic has are reported to a client of another provider", async () => {
  const { response } = await client.messages
    .create({
      model: "openai/openai/openai-text",
      max_tokens: 50,
      // Known to the API, and no more to the SDK's types.
      ...({ top_k: 5 } as object),
      messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
    })
    .withResponse();
  const lost = response.headers.get("x-sluice-lost") ?? "";
  expect(lost.split(/[,\s]+/)).toEqual(expect.arrayContaining(["top_k", "cache_control"]));
});

test("what has only Anthropic's own place passes to it untouched", async () => {
  const own = { context_management: { edits: [] }, metadata: { user_id: "u" }, system: [{ type: "text", text: "a" }] };
  await fetch(`${gateway.origin}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "anthropic-beta": "some-beta", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({
      model: "anthropic/anthropic/anthropic-clear-thinking.1",
      max_tokens: 50,
      messages: [question],
      ...own,
    }),
  });
  const { body, headers } = await gateway.lastSent();
  expect(body).toMatchObject({ ...own, messages: [question] });
  expect(headers["anthropic-beta"]).toBe("some-beta");
});
