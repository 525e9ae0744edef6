// Namespace tools: flat for dialects that do not know them, whole for Responses, and back in the reply (translation.md B3.2).
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import type { UpstreamHalf } from "../../../src/dialects/dialect.ts";
import { dialects } from "../../../src/dialects/index.ts";
import { openaiResponses } from "../../../src/dialects/openai-responses/index.ts";
import { ModelFacts } from "../../../src/providers/facts.ts";
import { sendText } from "../../losses/judge.ts";
import { plainTargets } from "../../losses/matrix.ts";
import { jsonReply, sse } from "../../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../../support/gateway.ts";

const parameters = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
const crm = {
  type: "namespace",
  name: "crm",
  description: "Our customers.",
  tools: [
    { type: "function", name: "find", description: "Finds one.", parameters },
    { type: "custom", name: "note" },
  ],
};
const plain = { type: "function", name: "clock", parameters: { type: "object", properties: {} } };
const request = {
  tools: [crm, plain],
  tool_choice: { type: "function", name: "find" },
  input: [
    { role: "user", content: "Who is 7?" },
    { type: "function_call", call_id: "call_1", name: "find", namespace: "crm", arguments: '{"id":"6"}' },
    { type: "function_call_output", call_id: "call_1", output: "nobody" },
  ],
};

const client = openaiResponses;
const models = new ModelFacts();

describe.each(plainTargets())("to $dialect", (target) => {
  test("the tools, the choice and the calls of before go under one name", async () => {
    const sent = await sendText({ client, target, models }, JSON.stringify({ model: "m", ...request }));
    if ("refused" in sent) throw sent.refused;
    expect(sent.lost).not.toContain("tools.namespace");
    expect(sent.lost).not.toContain("namespace");
    if (target.dialect === "openai-responses") {
      expect(sent.body["tools"]).toEqual(request.tools);
      return;
    }
    expect(sent.text).not.toContain('"namespace"');
    // Offered and called before.
    expect(sent.text.split('"crm__find"').length).toBeGreaterThanOrEqual(3);
    // Cohere is offered the chosen tool alone: it can be told that one must be called, not which.
    if (target.dialect !== "cohere-chat") expect(sent.text).toContain('"crm__note"');
    expect(sent.text).toContain("Our customers.\\n\\nFinds one.");
    expect(sent.text).not.toContain('"find"');
  });
});

test("written again for Responses, groups, calls and the choice are as they were", () => {
  const target = plainTargets().find(({ dialect }) => dialect === "openai-responses");
  if (!target) throw new Error("no such target");
  const { facts } = models.get(target.provider, "m", "openai-responses");
  const read = client.client?.readRequest(structuredClone({ model: "m", ...request }) as JsonObject);
  if (!read) throw new Error("nothing read");
  const half = dialects["openai-responses"]?.upstream as UpstreamHalf;
  const { body, lost } = half.writeRequest(read, facts);
  expect(body["tools"]).toEqual(request.tools);
  expect(body["tool_choice"]).toEqual(request.tool_choice);
  expect((body["input"] as JsonObject[])[1]).toEqual(request.input[1] as JsonObject);
  expect(lost).toEqual([]);
});

test("two tools of one flat name are refused", async () => {
  const [target] = plainTargets();
  if (!target) throw new Error("no target");
  const twin = { ...plain, name: "crm__find" };
  const sent = await sendText(
    { client, target, models },
    JSON.stringify({ model: "m", input: "Hi", tools: [crm, twin] }),
  );
  expect("refused" in sent && [sent.refused.status, sent.refused.param]).toEqual([400, "tools"]);
});

const call = (name: string, args: string) => ({ id: "call_2", type: "function", function: { name, arguments: args } });
const chatReply = (name: string, args: string) => ({
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: null, tool_calls: [call(name, args)] },
      finish_reason: "tool_calls",
    },
  ],
});
const chatStream = (name: string, args: string) => [
  { id: "c", choices: [{ index: 0, delta: { role: "assistant", tool_calls: [{ index: 0, ...call(name, args) }] } }] },
  { id: "c", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
];

type Item = { type: string; name?: string; namespace?: string };
const replies = [
  { name: "crm__find", args: '{"id":"7"}', item: { type: "function_call", name: "find", namespace: "crm" } },
  { name: "crm__note", args: '{"input":"hi"}', item: { type: "custom_tool_call", name: "note", namespace: "crm" } },
  { name: "clock", args: "{}", item: { type: "function_call", name: "clock", namespace: undefined } },
];
const told = ({ type, name, namespace }: Item) => ({ type, name, namespace });

test.each(replies)("a call of $name comes back as the client knows it", async ({ name, args, item }) => {
  const frames = [...chatStream(name, args).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"];
  await using host = await openModelHost((seen) =>
    (seen.json() as { stream?: boolean }).stream ? sse(frames) : jsonReply(chatReply(name, args)),
  );
  await using gateway = await openGateway({ hosts: { OPENAI_COMPATIBLE: host } });
  const ask = (stream: boolean) =>
    fetch(`${gateway.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "openai-compatible/m", stream, ...request, tool_choice: "auto" }),
    });
  const whole = (await (await ask(false)).json()) as { output: Item[] };
  expect(whole.output.map(told)).toEqual([item]);
  const text = await (await ask(true)).text();
  const items = text.split("\n").flatMap((line): Item[] => {
    const event = line.startsWith("data: {") ? (JSON.parse(line.slice(6)) as { item?: Item }) : {};
    return event.item ? [event.item] : [];
  });
  // Added, and done.
  expect(items.map(told)).toEqual([item, item]);
});

test("a provider's own call within a namespace is read and written with it", async () => {
  const wire = { type: "function_call", id: "fc", call_id: "call_3", name: "find", namespace: "crm", arguments: "{}" };
  const target = plainTargets().find(({ dialect }) => dialect === "openai-responses");
  if (!target) throw new Error("no such target");
  const { facts } = models.get(target.provider, "m", "openai-responses");
  const half = dialects["openai-responses"]?.upstream as UpstreamHalf;
  const seen: unknown[] = [];
  half.readReply({ id: "r", status: "completed", output: [wire] }, (event) => seen.push(event), facts);
  expect(seen).toContainEqual({
    type: "block-start",
    block: 0,
    kind: "tool-call",
    id: "call_3",
    name: "crm__find",
    namespace: "crm",
    argumentsKind: "json",
  });
});
