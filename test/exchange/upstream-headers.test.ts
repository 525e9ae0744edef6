// Headers that a credential brings, beside those that the client and the row bring.
import { expect, test } from "bun:test";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [{ type: "text", text: "Hello" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

test("the beta of a Claude subscription joins the client's own betas", async () => {
  await using host = await openModelHost(jsonReply(message));
  const token = "sk-ant-oat01-0123456789";
  await using gateway = await openGateway({
    environment: { ANTHROPIC_API_KEY: token, ANTHROPIC_BASE_URL: host.url },
  });
  const ask = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        model: "anthropic/claude-sonnet-4-5",
        max_tokens: 5,
        messages: [{ role: "user", content: "hi" }],
      }),
    });
  expect((await ask({ "anthropic-beta": "context-1m-2025-08-07" })).status).toBe(200);
  expect((await ask({})).status).toBe(200);
  expect(host.calls.map((call) => call.header("anthropic-beta"))).toEqual([
    "context-1m-2025-08-07,oauth-2025-04-20",
    "oauth-2025-04-20",
  ]);
  expect(host.calls.map((call) => [call.header("authorization"), call.header("x-api-key")])).toEqual([
    [`Bearer ${token}`, undefined],
    [`Bearer ${token}`, undefined],
  ]);
});
