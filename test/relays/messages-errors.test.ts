// Failures of every class as the official Anthropic SDK reports them, in a message's stead and in the midst of one; and leaving early.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic, { type APIError } from "@anthropic-ai/sdk";
import { sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { failureOf, type MockGateway, openMockGateway, operatorKey } from "../support/mock-gateway.ts";

const masterKey = "own-key-of-the-gateway";
const messages = [{ role: "user" as const, content: "Hello" }];
const rows = ["openai", "anthropic", "gemini"];

let gateway: MockGateway;
let client: Anthropic;

beforeAll(async () => {
  gateway = await openMockGateway({
    providers: rows,
    environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1" },
  });
  client = new Anthropic({ apiKey: masterKey, maxRetries: 0, baseURL: gateway.origin });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Streamed and whole requests must fail alike, with the real status. */
async function failures(model: string): Promise<APIError[]> {
  const found: unknown[] = [];
  for (const stream of [false, true]) {
    found.push(await failureOf(client.messages.create({ model, messages, max_tokens: 100, stream })));
  }
  return found as APIError[];
}

/** translation.md B13, column AM. */
const statuses: readonly (readonly [number, number, string])[] = [
  [400, 400, "invalid_request_error"],
  [401, 502, "api_error"],
  [404, 404, "not_found_error"],
  [413, 413, "request_too_large"],
  [429, 429, "rate_limit_error"],
  [500, 502, "api_error"],
  [529, 503, "overloaded_error"],
];

describe.each(rows)("a provider of the row %s", (row) => {
  test.each(statuses)("X29 that answers %i is reported as %i", async (given, status, type) => {
    for (const failure of await failures(`${row}/!status-${given}`)) {
      expect(failure).toBeInstanceOf(Anthropic.APIError);
      expect(failure.status).toBe(status);
      expect(failure.error).toMatchObject({ type: "error", error: { type } });
      expect(JSON.stringify(failure.error)).not.toContain(operatorKey);
    }
  });
});

test("X29 a wrong key, an unknown model and a bad field are told in this dialect's envelope", async () => {
  const stranger = new Anthropic({ apiKey: "wrong", maxRetries: 0, baseURL: gateway.origin });
  const ask = { model: "openai/openai/openai-text", messages, max_tokens: 100 };
  expect(await failureOf(stranger.messages.create(ask))).toBeInstanceOf(Anthropic.AuthenticationError);
  const unknown = await failureOf(client.messages.create({ ...ask, model: "nobody/nothing" }));
  expect((unknown as APIError).error).toMatchObject({ type: "error" });
  const bad = (await failureOf(client.messages.create({ ...ask, max_tokens: "many" as never }))) as APIError;
  expect(bad).toBeInstanceOf(Anthropic.BadRequestError);
  expect(bad.message).toContain("max_tokens");
});

function chunk(delta: object): string {
  const body = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
  return `data: ${JSON.stringify({ ...body, choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
}

const half = chunk({ role: "assistant", content: "Half a" });
const ask = { model: "openai/m", messages, max_tokens: 10 };

test("S05 a stream that breaks off is an error event, and never a finished message", async () => {
  await using host = await openModelHost(sse([half]));
  await using own = await openGateway({ hosts: { OPENAI: host } });
  const response = await fetch(`${own.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ ...ask, stream: true }),
  });
  const text = await response.text();
  expect(text).toContain("event: error\ndata: ");
  expect(text).not.toContain("message_stop");
  expect(text).not.toContain("message_delta");
  const local = new Anthropic({ apiKey: "any", maxRetries: 0, baseURL: own.url });
  const failure = (await failureOf(local.messages.stream(ask).finalMessage())) as APIError;
  expect(failure.error).toMatchObject({ type: "error", error: { type: "api_error" } });
});

test("S51 a client that leaves takes the provider's call with it", async () => {
  await using host = await openModelHost(sse([half], { stall: true }));
  await using own = await openGateway({ hosts: { OPENAI: host } });
  const local = new Anthropic({ apiKey: "any", maxRetries: 0, baseURL: own.url });
  const stream = local.messages.stream(ask);
  for await (const event of stream) if (event.type === "content_block_delta") break;
  stream.abort();
  expect(await (await host.call(0)).closed).toBe("by peer");
});
