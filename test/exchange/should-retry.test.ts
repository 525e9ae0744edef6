// Who repeats a request: Sluice or the client's SDK, never both. Official SDKs, left at their two repeats, and the calls that a provider sees.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { jsonReply } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";

type Failure = { status: number | undefined; headers: Headers | undefined };

const asFailure = (cause: unknown): Failure => {
  if (cause instanceof OpenAI.APIError || cause instanceof Anthropic.APIError) return cause as Failure;
  throw cause;
};
const gone = () => {
  throw new Error("it was answered");
};

const messages = [{ role: "user" as const, content: "Say hello" }];
const openai = ({ url }: Gateway) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused" });
const anthropic = ({ url }: Gateway) => new Anthropic({ baseURL: url, apiKey: "unused" });

const sdks: { name: string; ask: (gateway: Gateway, stream: boolean) => Promise<Failure> }[] = [
  {
    name: "OpenAI, Chat",
    ask: (gateway, stream) =>
      openai(gateway).chat.completions.create({ model: "mistral/model-1", messages, stream }).then(gone, asFailure),
  },
  {
    name: "OpenAI, Responses",
    ask: (gateway, stream) =>
      openai(gateway).responses.create({ model: "mistral/model-1", input: "Say hello", stream }).then(gone, asFailure),
  },
  {
    name: "OpenAI, embeddings",
    ask: (gateway) =>
      openai(gateway).embeddings.create({ model: "mistral/model-1", input: "hello" }).then(gone, asFailure),
  },
  {
    name: "Anthropic, Messages",
    ask: (gateway, stream) =>
      anthropic(gateway)
        .messages.create({ model: "mistral/model-1", max_tokens: 9, messages, stream })
        .then(gone, asFailure),
  },
];

const failing = (status: number, headers: { [name: string]: string } = {}) =>
  jsonReply({ error: { message: "it broke", type: "some_error" } }, status, Object.entries(headers));

async function ask(given: {
  sdk: (typeof sdks)[number];
  upstream: ReturnType<typeof failing>;
  repeats?: number;
  budget?: number;
  stream?: boolean;
}) {
  const { sdk, upstream, repeats = 0, budget = 100, stream = false } = given;
  await using host = await openModelHost(upstream);
  await using gateway = await openGateway({
    hosts: { MISTRAL: host },
    environment: {
      SLUICE_RETRY_MAX_RETRIES: String(repeats),
      SLUICE_RETRY_INITIAL_BACKOFF: "1ms",
      SLUICE_RETRY_BUDGET_PERCENT: String(budget),
    },
  });
  const { status, headers } = await sdk.ask(gateway, stream);
  return { status, advice: headers?.get("x-should-retry"), calls: host.calls.length };
}

for (const sdk of sdks) {
  describe(`${sdk.name} SDK`, () => {
    for (const stream of sdk.name.endsWith("embeddings") ? [false] : [false, true]) {
      test(`does not repeat what Sluice has repeated, ${stream ? "stream" : "whole"}`, async () => {
        const answer = await ask({ sdk, upstream: failing(500), repeats: 2, stream });
        expect(answer).toEqual({ status: 502, advice: "false", calls: 3 });
      });
    }

    test("does not repeat what the retry budget forbids", async () => {
      expect(await ask({ sdk, upstream: failing(503), repeats: 2, budget: 0 })).toMatchObject({
        advice: "false",
        calls: 1,
      });
    });

    test("repeats where Sluice may not: nobody else would", async () => {
      expect(await ask({ sdk, upstream: failing(500, { "retry-after": "0" }) })).toEqual({
        status: 502,
        advice: null,
        calls: 3,
      });
    });

    test("is not told to wait for longer than it would", async () => {
      const upstream = failing(429, { "retry-after": "61" });
      expect(await ask({ sdk, upstream, repeats: 2 })).toEqual({ status: 429, advice: "false", calls: 1 });
    });

    test("hears what the provider advises, and so does Sluice", async () => {
      const upstream = failing(503, { "x-should-retry": "false" });
      expect(await ask({ sdk, upstream, repeats: 2 })).toEqual({ status: 503, advice: "false", calls: 1 });
    });
  });
}

const [chat] = sdks as [(typeof sdks)[number]];

test("a key that is refused is not sent again: Claude Code would do so for minutes", async () => {
  await using gateway = await openGateway({ environment: { SLUICE_MASTER_KEY: "sk-another" } });
  for (const { ask } of sdks) {
    const { status, headers } = await ask(gateway, false);
    expect([status, headers?.get("x-should-retry")]).toEqual([401, "false"]);
  }
});

test("a 422 that the provider advises to repeat is repeated by the SDK, and no other one", async () => {
  const advised = failing(422, { "x-should-retry": "true", "retry-after": "0" });
  expect(await ask({ sdk: chat, upstream: advised })).toEqual({ status: 422, advice: "true", calls: 3 });
  expect(await ask({ sdk: chat, upstream: failing(422) })).toEqual({ status: 422, advice: null, calls: 1 });
});

test("a target that rests says when to come back, and calls nobody", async () => {
  await using host = await openModelHost(failing(429, { "retry-after": "7" }));
  await using gateway = await openGateway({ hosts: { MISTRAL: host } });
  const client = openai(gateway).withOptions({ maxRetries: 0 });
  const once = () => client.chat.completions.create({ model: "mistral/model-1", messages }).then(gone, asFailure);
  await once();
  const { status, headers } = await once();
  expect([status, headers?.get("x-should-retry"), host.calls.length]).toEqual([429, null, 1]);
  expect(Number(headers?.get("retry-after"))).toBeWithin(1, 8);
});
