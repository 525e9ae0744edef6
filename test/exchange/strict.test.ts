// Losses known beforehand: named in the reply, or refused with 400 where the client or the configuration is strict.
import { expect, test } from "bun:test";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, geminiWire, openaiWire } from "./wires.ts";

const hello = { role: "user", content: "Hi" };

/** A request of each dialect with one field that only its own providers know, and the name it is reported by. */
const clients = [
  {
    client: "OPENAI",
    lost: "logit_bias",
    path: () => "/v1/chat/completions",
    body: (model: string) => ({ model, messages: [hello], logit_bias: { "50256": -7 } }),
  },
  {
    client: "RESPONSES",
    lost: "truncation",
    path: () => "/v1/responses",
    body: (model: string) => ({ model, input: "Hi", truncation: "auto" }),
  },
  {
    client: "ANTHROPIC",
    lost: "inference_geo",
    path: () => "/v1/messages",
    body: (model: string) => ({ model, max_tokens: 9, messages: [hello], inference_geo: "eu" }),
  },
  {
    client: "GEMINI",
    lost: "safetySettings",
    path: (model: string) => `/v1beta/models/${model}:generateContent`,
    body: () => ({
      contents: [{ role: "user", parts: [{ text: "Hi" }] }],
      safetySettings: [{ category: "X", threshold: "OFF" }],
    }),
  },
];
const wires = [openaiWire, anthropicWire, geminiWire];

const pairs = clients.flatMap((each) =>
  wires.flatMap((wire) =>
    each.client === wire.prefix || (each.client === "RESPONSES" && wire.prefix === "OPENAI")
      ? []
      : [{ ...each, wire, provider: wire.prefix }],
  ),
);

test.each(pairs)("$client to $provider: $lost is named, or refused when strict", async ({ path, body, lost, wire }) => {
  const host = await openModelHost(jsonReply(wire.whole));
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  await using strict = await openGateway({ hosts: { [wire.prefix]: host }, file: JSON.stringify({ strict: true }) });
  const ask = (url: string, headers: { [name: string]: string } = {}) =>
    fetch(`${url}${path(wire.model)}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body(wire.model)),
    });
  const told = await ask(gateway.url);
  expect([told.status, told.headers.get("x-sluice-translation")]).toEqual([200, "lossy"]);
  expect(told.headers.get("x-sluice-lost")?.split(",")).toContain(lost);
  await told.bytes();
  for (const refused of [await ask(gateway.url, { "x-sluice-strict": "true" }), await ask(strict.url)]) {
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(lost);
  }
  expect(host.calls).toHaveLength(1);
  host.close();
});
