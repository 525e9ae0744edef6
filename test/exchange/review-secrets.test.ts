// What belongs to the operator stays there: credentials in a provider's words, and headers that the operator has fixed.
import { expect, test } from "bun:test";
import { jsonReply, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { completeFrames, openaiWire, question } from "./wires.ts";

/** Like nobody's pattern for keys. */
const secret = "correct-horse-battery";

test.each([false, true])(
  "a credential that the provider repeats in its error goes nowhere, stream %p",
  async (stream) => {
    const words = { error: { message: `Token ${secret} may not do this`, type: "x", param: null, code: secret } };
    await using host = await openModelHost(jsonReply(words, 400));
    const environment = { OPENAI_API_KEY: secret, OPENAI_BASE_URL: host.url };
    await using gateway = await openGateway({ environment });
    const response = await gateway.chat(question(openaiWire, stream));
    expect([response.status, response.headers.get("x-sluice-provider")]).toEqual([400, "openai"]);
    expect(await response.text()).not.toContain(secret);
    await gateway.settled(1);
    expect(gateway.logged()).not.toContain(secret);
  },
);

test("a credential repeated in an error inside a stream goes nowhere", async () => {
  const failure = `data: ${JSON.stringify({ error: { message: `Token ${secret} has expired`, type: "x" } })}\n\n`;
  await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output, failure]));
  await using gateway = await openGateway({ environment: { OPENAI_API_KEY: secret, OPENAI_BASE_URL: host.url } });
  const text = await (await gateway.chat(question(openaiWire, true))).text();
  expect(text).toContain("has expired");
  expect(text).not.toContain(secret);
  await gateway.settled(1);
  expect(gateway.logged()).not.toContain(secret);
});

test("a header that the operator has fixed for a provider is not the client's to change", async () => {
  await using host = await openModelHost(sse(completeFrames(openaiWire)));
  const config = { providers: { openai: { headers: { "OpenAI-Project": "proj_operator" } } } };
  await using gateway = await openGateway({ hosts: { OPENAI: host }, file: JSON.stringify(config) });
  const headers = { "openai-project": "proj_client", "openai-beta": "assistants=v2" };
  await (await gateway.chat(question(openaiWire, true), { headers })).text();
  const call = await host.call(0);
  expect([call.header("openai-project"), call.header("openai-beta")]).toEqual(["proj_operator", "assistants=v2"]);
});
