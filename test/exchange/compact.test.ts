// POST /v1/responses/compact: as it is to a provider that compacts, a clear refusal everywhere else.
import { describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

/** platform.openai.com/docs/api-reference/responses/compact, the reply of its example. */
const compacted = {
  id: "resp_001",
  object: "response.compaction",
  created_at: 1764967971,
  output: [
    {
      id: "msg_000",
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_text", text: "Hi" }],
    },
    { id: "cmp_001", type: "compaction", encrypted_content: "gAAAAABpM0Yj-...=" },
  ],
  usage: {
    input_tokens: 139,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 438,
    output_tokens_details: { reasoning_tokens: 64 },
    total_tokens: 577,
  },
};

describe("a conversation", () => {
  test("is compacted by its provider: both bodies pass as they are, and the tokens are counted", async () => {
    const host = await openModelHost(jsonReply(compacted));
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "unused", maxRetries: 0 });
    const reply = await client.responses.compact({
      model: "openai/gpt-5.1" as "gpt-5.1",
      input: [
        { role: "user", content: "Hi" },
        { id: "cmp_000", type: "compaction", encrypted_content: "opaque" },
      ],
    });
    expect(reply.output).toEqual(compacted.output as typeof reply.output);
    const call = await host.call(0);
    expect(call.target).toBe("/v1/responses/compact");
    expect(call.json()).toMatchObject({ model: "gpt-5.1", input: [{ role: "user" }, { encrypted_content: "opaque" }] });
    const [settled] = await gateway.settled(1);
    expect(settled).toMatchObject({ outcome: "complete", input_tokens: 139, output_tokens: 438, reasoning_tokens: 64 });
    host.close();
  });

  test("is refused with 501 where the provider cannot, and nobody is asked", async () => {
    const host = await openModelHost([]);
    await using gateway = await openGateway({ hosts: { XAI: host } });
    const body = JSON.stringify({ model: "xai/grok-4", input: "Hi" });
    const response = await fetch(`${gateway.url}/v1/responses/compact`, { method: "POST", body });
    expect([response.status, response.headers.get("x-should-retry"), await response.json()]).toMatchObject([
      501,
      "false",
      {
        error: {
          type: "invalid_request_error",
          code: "unsupported_operation",
          message: expect.stringContaining("xai"),
        },
      },
    ]);
    expect(host.calls).toEqual([]);
    host.close();
  });

  test("is told the provider's own failure", async () => {
    const failure = {
      error: { message: "input is too long", type: "invalid_request_error", param: "input", code: null },
    };
    const host = await openModelHost(jsonReply(failure, 400));
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const body = JSON.stringify({ model: "openai/gpt-5.1", input: "Hi" });
    const response = await fetch(`${gateway.url}/v1/responses/compact`, { method: "POST", body });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { message: "input is too long" } }]);
    host.close();
  });
});

test("reasoning that was carried for another maker does not reach OpenAI, which the reply says", async () => {
  const host = await openModelHost(jsonReply({ ...compacted, object: "response", status: "completed", output: [] }));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const reasoning = (encrypted_content: string) => ({ id: "rs_1", type: "reasoning", summary: [], encrypted_content });
  const body = JSON.stringify({
    model: "openai/gpt-5.1",
    input: [{ role: "user", content: "Hi" }, reasoning("sluice1:anthropic:signature:InMi"), reasoning("gAAAAA==")],
  });
  const response = await fetch(`${gateway.url}/v1/responses`, { method: "POST", body });
  expect(response.headers.get("x-sluice-lost")).toBe("input.reasoning");
  expect((await host.call(0)).json()).toEqual({
    model: "gpt-5.1",
    input: [{ role: "user", content: "Hi" }, reasoning("gAAAAA==")],
  });
  host.close();
});
