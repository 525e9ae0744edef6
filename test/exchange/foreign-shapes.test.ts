// Bodies in a neighbouring dialect's shape, sent to the chat endpoint: the provider must get its own dialect all the same.
import { expect, test } from "bun:test";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
};

async function whatHostGets(body: unknown): Promise<{ status: number; sent: { [field: string]: unknown } }> {
  await using host = await openModelHost(jsonReply(answer));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const response = await gateway.chat(body);
  await response.text();
  return { status: response.status, sent: host.calls[0]?.json() as { [field: string]: unknown } };
}

test("M26 a body of the Responses dialect reaches a chat provider as a chat body", async () => {
  const { status, sent } = await whatHostGets({ model: "openai/gpt-4o", instructions: "be brief", input: "hi" });
  expect(status).toBe(200);
  expect(sent["messages"]).toEqual([
    { role: "system", content: "be brief" },
    { role: "user", content: "hi" },
  ]);
  expect(sent["model"]).toBe("gpt-4o");
  expect(sent).not.toHaveProperty("input");
});

test("M26 a flat tool reaches a chat provider nested under its type", async () => {
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const { sent } = await whatHostGets({
    model: "openai/gpt-4o",
    messages: [{ role: "user", content: "hi" }],
    tools: [{ type: "function", name: "weather", parameters }],
  });
  expect(sent["tools"]).toEqual([{ type: "function", function: { name: "weather", parameters } }]);
});

test("tools of another vendor's kind pass as they are", async () => {
  const tools = [{ type: "builtin_function", name: "search" }];
  const { sent } = await whatHostGets({ model: "openai/gpt-4o", messages: [{ role: "user", content: "hi" }], tools });
  expect(sent["tools"]).toEqual(tools);
});
