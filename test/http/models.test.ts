// The list of models as each SDK reads it, page by page where its maker has pages.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";

const ids = Array.from({ length: 12 }, (_, index) => `claude-${index}`);
let host: ModelHost;
let gateway: Gateway;
let client: Anthropic;

beforeAll(async () => {
  const data = ids.map((id) => ({ id, type: "model", created_at: "2025-09-29T00:00:00Z", max_input_tokens: 200_000 }));
  host = await openModelHost([], { listing: { data, has_more: false } });
  gateway = await openGateway({ hosts: { ANTHROPIC: host } });
  client = new Anthropic({ baseURL: gateway.url, apiKey: "unused", maxRetries: 0 });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  host.close();
});

describe("Anthropic's list", () => {
  test("is read by its SDK to the end, in pages of any size", async () => {
    const whole = await Array.fromAsync(client.models.list({ limit: 1000 }));
    expect(whole.length).toBe(24);
    for (const limit of [1, 7, 24]) {
      const paged = await Array.fromAsync(client.models.list({ limit }));
      expect(paged.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
    }
    expect((await client.models.list()).data.length).toBe(20);
  });

  test("is read backwards", async () => {
    const all = (await client.models.list({ limit: 1000 })).data.map(({ id }) => id);
    const page = await client.models.list({ before_id: all[9] as string, limit: 4 });
    expect(page.data.map(({ id }) => id)).toEqual(all.slice(5, 9));
    expect([page.has_more, page.first_id, page.last_id]).toEqual([true, all[5] as string, all[8] as string]);
    const first = await client.models.list({ before_id: all[2] as string, limit: 4 });
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([all.slice(0, 2), false]);
  });

  test("has each model with every field of the SDK's declaration", async () => {
    expect(await client.models.retrieve("anthropic/claude-3")).toMatchObject({
      type: "model",
      id: "anthropic/claude-3",
      display_name: "anthropic/claude-3",
      created_at: "2025-09-29T00:00:00Z",
      max_input_tokens: 200_000,
      max_tokens: null,
      lifecycle: "active",
    });
  });

  test.each(["limit=0", "limit=1001", "limit=x", "after_id=nobody", "after_id=a&before_id=b"])(
    "refuses %s in Anthropic's words",
    async (query) => {
      const response = await fetch(`${gateway.url}/v1/models?${query}`, {
        headers: { "anthropic-version": "2023-06-01" },
      });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { type: "error", error: { type: "invalid_request_error" } },
      ]);
    },
  );

  test("tells of an unknown model in Anthropic's words", async () => {
    const failure: unknown = await client.models.retrieve("nobody").catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(Anthropic.NotFoundError);
    expect((failure as InstanceType<typeof Anthropic.APIError>).requestID).toEqual(expect.any(String));
  });
});

test("the other SDKs read the same list in their own shapes", async () => {
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "unused" });
  expect((await Array.fromAsync(openai.models.list())).length).toBe(24);
  const google = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: gateway.url } });
  const names: (string | undefined)[] = [];
  for await (const model of await google.models.list()) names.push(model.name);
  expect([names.length, names.includes("models/anthropic/claude-0")]).toEqual([24, true]);
});
