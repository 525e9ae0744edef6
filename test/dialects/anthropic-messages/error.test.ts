// Bodies of failed calls in every shape that providers send, and what the tap sees.
import { describe, expect, test } from "bun:test";
import type { GatewayError } from "../../../src/core/errors.ts";
import { readErrorBody, scrub } from "../../../src/dialects/error-body.ts";
import { retryAfterMs } from "../../../src/dialects/retry-after.ts";
import { upstream } from "./support.ts";

function fail(status: number, body: unknown, headers: Record<string, string> = {}): GatewayError {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return upstream.readError({ status, headers: new Headers(headers), text, provider: "anthropic" });
}

const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_1" });

describe("classes", () => {
  const rows: [status: number, type: string, message: string, code: string, ours: number][] = [
    [400, "invalid_request_error", "max_tokens: must be positive", "invalid_request", 400],
    [422, "invalid_request_error", "no", "invalid_request", 422],
    [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "context_length", 400],
    [400, "invalid_request_error", "Your credit balance is too low to access the API", "quota_exhausted", 429],
    [400, "invalid_request_error", "x-anthropic-billing-header is a reserved keyword", "invalid_request", 400],
    [401, "authentication_error", "invalid x-api-key", "upstream_auth", 502],
    [403, "permission_error", "not allowed", "upstream_auth", 502],
    [402, "billing_error", "pay", "quota_exhausted", 429],
    [404, "not_found_error", "model: claude-nope", "model_not_found", 404],
    [413, "request_too_large", "too large", "payload_too_large", 413],
    [429, "rate_limit_error", "slow down", "rate_limited", 429],
    [429, "rate_limit_error", "You have reached your spend limit", "quota_exhausted", 429],
    [500, "api_error", "oops", "upstream_failed", 502],
    [503, "api_error", "busy", "overloaded", 503],
    [504, "timeout_error", "slow", "upstream_timeout", 504],
    [408, "timeout_error", "slow", "upstream_timeout", 504],
    [529, "overloaded_error", "Overloaded", "overloaded", 503],
    [400, "overloaded_error", "Overloaded", "overloaded", 503],
  ];
  for (const [status, type, message, code, ours] of rows) {
    test(`${status} ${type} "${message}" is ${code}`, () => {
      const error = fail(status, anthropic(type, message));
      expect([error.code, error.status]).toEqual([code, ours] as never);
      expect(error.message).toContain(message);
      expect(error.upstream).toEqual({ status, type });
    });
  }

  test("X30 a refused gateway credential is a 502 that says whose fault it is", () => {
    expect(fail(401, anthropic("authentication_error", "invalid x-api-key")).message).toBe(
      "anthropic refused the gateway's credential: invalid x-api-key",
    );
  });
});

describe("shapes", () => {
  const rows: [name: string, text: string, expected: object][] = [
    [
      "an object",
      '{"error":{"message":"m","type":"t","code":"c","param":"p"}}',
      { message: "m", type: "t", code: "c", param: "p" },
    ],
    [
      "X23 a numeric code",
      '{"error":{"message":"m","code":400,"status":"INVALID_ARGUMENT"}}',
      { message: "m", code: "400", type: "INVALID_ARGUMENT" },
    ],
    ["X25 an array around it", '[{"error":{"message":"m"}}]', { message: "m" }],
    [
      "error as text",
      '{"code":"Client specified an invalid argument","error":"m"}',
      { message: "m", code: "Client specified an invalid argument" },
    ],
    ["flat", '{"message":"m","type":"t","param":"p","code":"c"}', { message: "m", type: "t", param: "p", code: "c" }],
    ["detail as text", '{"detail":"m"}', { message: "m" }],
    [
      "detail as a list",
      '{"detail":[{"loc":["body","model"],"msg":"field required"}]}',
      { message: "body.model: field required" },
    ],
    ["AWS", '{"Message":"m","__type":"ValidationException"}', { message: "m", type: "ValidationException" }],
    ["a list of errors", '{"errors":[{"message":"m"}]}', { message: "m" }],
    ["a JSON text", '"m"', { message: "m" }],
    ["X24 plain text", "upstream connect error", { message: "upstream connect error" }],
    ["broken JSON", '{"error":', { message: '{"error":' }],
    [
      "HTML",
      "<html><head><title>502 Bad Gateway</title></head></html>",
      { message: "the provider answered with an HTML page: 502 Bad Gateway" },
    ],
    ["nothing", "", {}],
  ];
  for (const [name, text, expected] of rows) {
    test(`${name} is read`, () => expect(readErrorBody(text)).toEqual(expected));
  }

  test("a body without words still makes a message", () => {
    expect(fail(500, "").message).toBe("anthropic answered 500 without saying why");
  });
});

describe("waiting", () => {
  const wait = (headers: Record<string, string>) => retryAfterMs(new Headers(headers));

  test("retry-after in seconds, milliseconds, and as a date against the response's own clock", () => {
    expect(wait({ "retry-after": "2" })).toBe(2000);
    expect(wait({ "retry-after": "0.25" })).toBe(250);
    expect(wait({ "retry-after": "9", "retry-after-ms": "120" })).toBe(120);
    const date = "Sat, 01 Aug 2026 10:00:00 GMT";
    expect(wait({ "retry-after": "Sat, 01 Aug 2026 10:00:05 GMT", date })).toBe(5000);
    expect(wait({ "retry-after": "Sat, 01 Aug 2026 10:00:05 GMT" })).toBeUndefined();
    expect(wait({ "retry-after": "soon" })).toBeUndefined();
    expect(wait({})).toBeUndefined();
  });

  test("it is kept on the error", () => {
    expect(fail(429, anthropic("rate_limit_error", "m"), { "retry-after": "3" }).retryAfterMs).toBe(3000);
  });
});

describe("X36 scrubbing", () => {
  const secrets = [
    "sk-ant-api03-AbCdEf0123456789",
    "sk-proj-abc***def",
    "gsk_0123456789abcdef",
    "AIzaSyA0123456789abcdefghij",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "0123456789abcdef0123456789abcdef",
  ];
  for (const secret of secrets) {
    test(`${secret.slice(0, 6)}… is taken out`, () => {
      expect(scrub(`Incorrect API key provided: ${secret}. Try again`)).not.toContain(secret);
      expect(scrub(`key ${secret} is wrong`)).toBe("key *** is wrong");
    });
  }

  test("headers, named keys, URL queries and URL passwords are taken out", () => {
    expect(scrub("Authorization: Bearer abcdefghijkl")).toBe("Authorization: Bearer ***");
    expect(scrub('x-api-key: "hunter22"')).toBe('x-api-key: "***"');
    expect(scrub("GET https://a.example/v1/x?key=abc failed")).toBe("GET https://a.example/v1/x failed");
    expect(scrub("proxy http://me:pw@proxy.example:80/ failed")).toBe("proxy http://proxy.example:80/ failed");
  });

  test("ordinary words, model ids and request ids stay", () => {
    const text =
      "model claude-sonnet-4-5-20250929 gave key_not_found_error for req_011CSHoEeqs5C35K2UUqR7Fy, see https://docs.example/errors";
    expect(scrub(text)).toBe(text);
  });
});
