// Errors of hosts of the Chat Completions dialect: their bodies, and what they put into replies of status 200.
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { readError, readErrorObject } from "../../../src/dialects/openai-chat/error.ts";

function failure(status: number, body: JsonObject | JsonObject[] | string, headers: { [name: string]: string } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readError({ status, text, provider: "east", headers: { get: (name) => headers[name] ?? null } });
}

describe("the class of a failed call", () => {
  const cases: readonly (readonly [number, string, number])[] = [
    [400, "invalid_request", 400],
    [401, "upstream_auth", 502],
    [402, "quota_exhausted", 429],
    [403, "upstream_auth", 502],
    [404, "model_not_found", 404],
    [408, "upstream_timeout", 504],
    [413, "payload_too_large", 413],
    [422, "invalid_request", 422],
    [429, "rate_limited", 429],
    [498, "overloaded", 503],
    [500, "upstream_failed", 502],
    [503, "overloaded", 503],
    [504, "upstream_timeout", 504],
  ];
  for (const [status, code, shown] of cases) {
    test(`X30 a ${status} becomes ${code} with status ${shown}`, () => {
      const error = failure(status, { error: { message: "no" } });
      expect([error.code, error.status]).toEqual([code, shown] as never);
    });
  }

  test("a recorded OpenAI refusal keeps param and code", () => {
    const error = failure(400, {
      error: {
        message: "Unsupported parameter: 'max_tokens'",
        type: "invalid_request_error",
        param: "max_tokens",
        code: "unsupported_parameter",
      },
    });
    expect([error.param, error.publicCode, error.status]).toEqual(["max_tokens", "unsupported_parameter", 400]);
  });

  test("insufficient_quota is an exhausted quota and no rate limit", () => {
    expect(failure(429, { error: { message: "x", code: "insufficient_quota" } }).code).toBe("quota_exhausted");
  });

  test("a context that is too long is told by its code or its words", () => {
    expect(failure(400, { error: { message: "x", code: "context_length_exceeded" } }).code).toBe("context_length");
    expect(failure(400, { error: { message: "This model's maximum context length is 8192 tokens." } }).code).toBe(
      "context_length",
    );
  });

  test("retry-after is kept", () => {
    expect(failure(429, { error: { message: "x" } }, { "retry-after": "2" }).retryAfterMs).toBe(2000);
  });

  test("a number as code is no public code", () => {
    expect(failure(400, { error: { message: "x", code: 400 } }).publicCode).toBeNull();
  });
});

describe("the shape of an error body", () => {
  const shapes: readonly (readonly [string, JsonObject | JsonObject[] | string, string])[] = [
    ["xAI {code, error}", { code: "invalid-argument", error: "bad model" }, "bad model"],
    ["Cerebras flat", { message: "bad", type: "invalid_request_error", param: "x", code: "wrong_api_format" }, "bad"],
    ["X25 Google's array", [{ error: { code: 400, message: "bad", status: "INVALID_ARGUMENT" } }], "bad"],
    ["FastAPI detail", { detail: "bad" }, "bad"],
    ["X24 plain text", "bad", "bad"],
  ];
  for (const [name, body, message] of shapes) {
    test(`${name} is read`, () => expect(failure(400, body).message).toBe(message));
  }

  test("OpenRouter's metadata.raw holds the maker's words", () => {
    const raw = JSON.stringify({ error: { message: "tools are not supported", code: "bad_tools" } });
    const wrapped = { error: { message: "Provider returned error", code: 400, metadata: { raw, provider_name: "X" } } };
    expect(failure(400, wrapped).message).toBe("tools are not supported");
    expect(
      failure(400, { error: { message: "Provider returned error", metadata: { raw: "plain words" } } }).message,
    ).toBe("plain words");
    expect(failure(400, { error: { message: "Provider returned error", metadata: { raw: "" } } }).message).toBe(
      "Provider returned error",
    );
  });
});

describe("errors inside replies", () => {
  test("no error is found in an ordinary reply", () => {
    for (const body of [
      { choices: [], error: null },
      { choices: [{ error: null }] },
      { usage: {} },
      { choices: [], message: "hi" },
    ]) {
      expect(readErrorObject(body)).toBeUndefined();
    }
  });

  test("a numeric code is a status", () => {
    expect(readErrorObject({ error: { code: 429, message: "x" } })?.code).toBe("rate_limited");
    expect(readErrorObject({ error: { code: "503", message: "x" } })?.code).toBe("overloaded");
    expect(readErrorObject({ error: { code: 401, message: "x" } })?.status).toBe(502);
  });

  test("an error as text, vLLM's flat error and FastAPI's detail are errors", () => {
    expect(readErrorObject({ error: "down" })?.message).toBe("down");
    expect(readErrorObject({ object: "error", message: "too long", code: 400 })?.code).toBe("invalid_request");
    expect(readErrorObject({ detail: "nope" })?.message).toBe("nope");
  });

  test("Groq's tool_use_failed keeps its code", () => {
    const error = readErrorObject({
      error: { message: "Failed to call a function", type: "invalid_request_error", code: "tool_use_failed" },
    });
    expect([error?.code, error?.publicCode]).toEqual(["invalid_request", "tool_use_failed"]);
  });

  test("MiniMax's rate limit is one", () => {
    expect(readErrorObject({ base_resp: { status_code: 1002, status_msg: "rate limit" } })?.code).toBe("rate_limited");
  });
});
