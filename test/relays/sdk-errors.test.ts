// Every class of failure as the official OpenAI SDK reports it: status, error class, type, code, and when to try again.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { type APIError } from "openai";
import { failureOf, type MockGateway, openMockGateway, operatorKey } from "../support/mock-gateway.ts";

const masterKey = "own-key-of-the-gateway";
let gateway: MockGateway;
let client: OpenAI;

beforeAll(async () => {
  gateway = await openMockGateway({
    providers: ["openai", "anthropic", "gemini"],
    environment: { SLUICE_MASTER_KEY: masterKey, HOST: "127.0.0.1", SLUICE_TIMEOUT_HEADERS: "300ms" },
  });
  client = new OpenAI({ apiKey: masterKey, maxRetries: 0, baseURL: `${gateway.origin}/v1` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const messages = [{ role: "user" as const, content: "Hello" }];

/** Streamed and whole requests must fail alike, with the real status. */
async function failures(model: string, more: object = {}): Promise<APIError[]> {
  const found: unknown[] = [];
  for (const stream of [false, true]) {
    found.push(await failureOf(client.chat.completions.create({ model, messages, stream, ...more })));
  }
  return found as APIError[];
}

const rows = ["openai", "anthropic", "gemini"];

/** translation.md B13: what a provider's status becomes. */
const statuses: readonly (readonly [number, number, new (...given: never) => APIError, string])[] = [
  [400, 400, OpenAI.BadRequestError, "invalid_request_error"],
  [401, 502, OpenAI.InternalServerError, "provider_error"],
  [403, 502, OpenAI.InternalServerError, "provider_error"],
  [404, 404, OpenAI.NotFoundError, "not_found_error"],
  [409, 409, OpenAI.ConflictError, "invalid_request_error"],
  [413, 413, OpenAI.APIError, "invalid_request_error"],
  [422, 422, OpenAI.UnprocessableEntityError, "invalid_request_error"],
  [429, 429, OpenAI.RateLimitError, "rate_limit_error"],
  [500, 502, OpenAI.InternalServerError, "provider_error"],
  [503, 503, OpenAI.InternalServerError, "provider_error"],
  [504, 504, OpenAI.InternalServerError, "provider_error"],
  [529, 503, OpenAI.InternalServerError, "provider_error"],
];

describe.each(rows)("a provider of the row %s", (row) => {
  test.each(statuses)("S20 X24 that answers %i is reported as %i", async (given, status, errorClass, type) => {
    for (const failure of await failures(`${row}/!status-${given}`)) {
      expect(failure).toBeInstanceOf(errorClass);
      expect(failure).toMatchObject({ status, type });
      expect(failure.headers?.get("x-sluice-provider")).toBe(row);
      expect(failure.requestID).toBe(failure.headers?.get("x-request-id"));
    }
  });

  test("X30 that refuses the gateway's credential is never the client's authentication error", async () => {
    for (const failure of await failures(`${row}/!status-401`)) {
      expect(failure).not.toBeInstanceOf(OpenAI.AuthenticationError);
      expect(failure.headers?.get("x-should-retry")).toBe("false");
      expect(failure.message).toContain(row);
    }
  });

  test("X26 that asks for patience is quoted", async () => {
    for (const failure of await failures(`${row}/!status-429=7`)) {
      expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
      expect(failure.headers?.get("retry-after")).toBe("7");
    }
  });

  test("S19 that answers with a page is a bad gateway", async () => {
    for (const failure of await failures(`${row}/!html`)) expect(failure.status).toBe(502);
  });

  test("X34 that fails under status 200 is a failure", async () => {
    for (const failure of await failures(`${row}/!error-in-200`)) expect(failure.status).toBeGreaterThanOrEqual(500);
  });

  test("that sends no headers in time is a timeout of the gateway", async () => {
    for (const failure of await failures(`${row}/!stall-headers`)) {
      expect(failure).toMatchObject({ status: 504, type: "provider_error" });
    }
  });

  test("S09 whose stream begins with an error has not answered 200", async () => {
    const failure = await failureOf(
      client.chat.completions.create({ model: `${row}/!error-first`, messages, stream: true }),
    );
    expect((failure as APIError).status).toBeGreaterThanOrEqual(500);
  });
});

/** Streams with output after four frames, so that the status has gone out. */
const begun = [
  ["openai", "openai/openai/openai-text"],
  ["anthropic", "anthropic/anthropic/anthropic-clear-tool-uses.1"],
  ["gemini", "gemini/google/google-stream-tool-call-arguments"],
] as const;

describe.each(begun)("a stream of %s that has begun", (_row, model) => {
  test.each(["error-later", "truncate", "reset", "malformed"])(
    "S01 S03 S06 and breaks off by %s throws at the reader",
    async (fault) => {
      const stream = await client.chat.completions.create({ model: `${model}!${fault}@4`, messages, stream: true });
      const failure = await failureOf(
        (async () => {
          for await (const _chunk of stream);
        })(),
      );
      expect(failure).toBeInstanceOf(OpenAI.APIError);
      expect((failure as APIError).type).toBe("provider_error");
    },
  );

  test.each(["truncate", "reset"])("S07 and breaks off by %s never has a finish", async (fault) => {
    const stream = await client.chat.completions.create({ model: `${model}!${fault}@4`, messages, stream: true });
    const finishes: unknown[] = [];
    await failureOf(
      (async () => {
        for await (const chunk of stream) finishes.push(chunk.choices[0]?.finish_reason ?? null);
      })(),
    );
    expect(finishes.length).toBeGreaterThan(0);
    expect(finishes.every((finish) => finish === null)).toBe(true);
  });
});

describe("the gateway itself", () => {
  test("refuses a wrong key as an authentication error", async () => {
    const stranger = new OpenAI({ apiKey: "wrong", maxRetries: 0, baseURL: `${gateway.origin}/v1` });
    const failure = await failureOf(stranger.chat.completions.create({ model: "openai/x", messages }));
    expect(failure).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(failure).toMatchObject({ code: "invalid_api_key", type: "authentication_error" });
    expect(await failureOf(stranger.models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test("does not find a model of no provider", async () => {
    for (const failure of await failures("nobody/x")) {
      expect(failure).toBeInstanceOf(OpenAI.NotFoundError);
      expect(failure).toMatchObject({ code: "model_not_found" });
    }
  });

  test.each([
    ["messages", { messages: "Hello" }],
    ["messages", { messages: undefined }],
    ["messages[0].role", { messages: [{ content: "Hello" }] }],
    ["temperature", { temperature: "hot" }],
    ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
  ])("names the wrong field %s", async (param, more) => {
    for (const failure of await failures("openai/x", more)) {
      expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
      expect(failure.param).toBe(param);
    }
  });

  test("refuses instead of losing when it is told to", async () => {
    const failure = await failureOf(
      client.chat.completions.create(
        { model: "anthropic/claude-sonnet-4-5", messages, logit_bias: { "1": 5 } },
        { headers: { "x-sluice-strict": "true" } },
      ),
    );
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failure).toMatchObject({ code: "would_be_lost", param: "logit_bias" });
  });

  test("X36 tells no credential, no address of a provider and no trace in any failure", async () => {
    const texts: string[] = [];
    for (const row of rows) {
      for (const fault of ["status-401", "status-500", "html", "error-in-200", "stall-headers"]) {
        for (const failure of await failures(`${row}/!${fault}`)) texts.push(failure.message, JSON.stringify(failure));
      }
    }
    const all = texts.join("\n");
    expect(all).not.toContain(operatorKey);
    expect(all).not.toContain(gateway.mockOrigin);
    expect(all).not.toMatch(/\n\s+at |\.ts:\d|node_modules|\/src\//);
  });
});

describe("the SDK's own retries", () => {
  /** How often the provider was asked, and what the SDK made of it in the end. */
  async function asksFor(model: string) {
    const before = gateway.countSent();
    const patient = client.withOptions({ maxRetries: 1 });
    const failure = await failureOf(patient.chat.completions.create({ model, messages }));
    return { failure, count: gateway.countSent() - before };
  }

  test("happen after a failure that may pass", async () => {
    expect(await asksFor("openai/!status-429=0")).toMatchObject({ count: 2, failure: { status: 429 } });
  });

  test("do not happen where the gateway knows better", async () => {
    expect(await asksFor("openai/!status-401")).toMatchObject({ count: 1, failure: { status: 502 } });
  });
});
