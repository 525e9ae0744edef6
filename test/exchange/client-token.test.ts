// `auth: client`: the caller's own token reaches the provider, the gateway's key never does.
import { expect, test } from "bun:test";
import { ending } from "../support/ending.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const reply = jsonReply({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-5",
  content: [{ type: "text", text: "Hello" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});

const masterKey = "sluice-master-key";
const body = JSON.stringify({
  model: "anthropic/claude-opus-4-5",
  max_tokens: 10,
  messages: [{ role: "user", content: "Hi" }],
});

async function stage(environment: { [name: string]: string } = {}) {
  const host = await openModelHost(reply);
  const file = JSON.stringify({ providers: { anthropic: { auth: "client", base_url: host.url } } });
  // A key of the operator's that stands in the environment must not be used either.
  const gateway = await openGateway({ file, environment: { ANTHROPIC_API_KEY: "sk-ant-operator", ...environment } });
  const ask = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
  return {
    host,
    ask,
    ...ending(gateway, host),
  };
}

test("the caller's token passes in the headers that the provider reads, and in no other", async () => {
  await using stand = await stage();
  const response = await stand.ask({ authorization: "Bearer sk-ant-oat-mine", "x-goog-api-key": "" });
  expect(response.status).toBe(200);
  const call = await stand.host.call(0);
  expect([call.header("authorization"), call.header("x-api-key")]).toEqual(["Bearer sk-ant-oat-mine", undefined]);
  await stand.ask({ "x-api-key": "sk-ant-mine" });
  const second = await stand.host.call(1);
  expect([second.header("authorization"), second.header("x-api-key")]).toEqual([undefined, "sk-ant-mine"]);
});

test("without a token nothing is sent, and the answer says where it belongs", async () => {
  await using stand = await stage();
  const response = await stand.ask({});
  expect(response.status).toBe(401);
  expect(await response.text()).toContain("send it in authorization or x-api-key");
  expect(stand.host.calls).toEqual([]);
});

test("the gateway's own key does not leave; in a header of its own it lets the token pass", async () => {
  await using stand = await stage({ SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" });
  const refused = await stand.ask({ authorization: `Bearer ${masterKey}` });
  expect(refused.status).toBe(401);
  expect(await refused.text()).toContain("x-sluice-key");
  expect((await stand.ask({ authorization: "Bearer sk-ant-oat-mine" })).status).toBe(401);
  expect((await stand.ask({ "x-sluice-key": "wrong", authorization: "Bearer sk-ant-oat-mine" })).status).toBe(401);
  expect(stand.host.calls).toEqual([]);
  const passed = await stand.ask({ "x-sluice-key": masterKey, authorization: "Bearer sk-ant-oat-mine" });
  expect(passed.status).toBe(200);
  const call = await stand.host.call(0);
  expect(call.header("authorization")).toBe("Bearer sk-ant-oat-mine");
  expect(JSON.stringify(call.headers)).not.toContain(masterKey);
});
