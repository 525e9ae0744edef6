// The table of failures holds together, and an error takes its row's word unless it has a better one.
import { describe, expect, test } from "bun:test";
import { badRequest, type ErrorCode, errorTable, GatewayError } from "../../src/core/errors.ts";

const rows = Object.entries(errorTable);

describe("every row", () => {
  test.each(rows)("%s has the type that its status stands for", (_code, row) => {
    const types: { [status: number]: string } = {
      401: "authentication_error",
      403: "authentication_error",
      404: "not_found_error",
      429: "rate_limit_error",
      501: "invalid_request_error",
    };
    expect<string>(row.type).toBe(types[row.status] ?? (row.status < 500 ? "invalid_request_error" : "provider_error"));
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
  });

  test.each(rows)("%s may be tried again only if the request is not at fault", (_code, row) => {
    const elsewhere = [408, 429, 502, 503, 504];
    expect(row.retryable).toBe(elsewhere.includes(row.status));
  });
});

test("public codes tell failures apart", () => {
  const codes = rows.flatMap(([, row]) => row.publicCode ?? []);
  expect(new Set(codes).size).toBe(codes.length);
});

test("X30 a provider's refusal of our credential is not the client's 401", () => {
  expect(errorTable.upstream_auth.status).toBe(502);
});

test("an error has its row's words, and those of its details before them", () => {
  const cause = new Error("why");
  const plain = new GatewayError("rate_limited", "slow down");
  expect(plain).toMatchObject({
    name: "GatewayError",
    status: 429,
    publicCode: "rate_limit_exceeded",
    retryable: true,
    param: null,
  });
  expect([plain.retryAfterMs, plain.upstream, plain.cause]).toEqual([undefined, undefined, undefined]);
  const details = { status: 529, publicCode: "own", param: "model", retryAfterMs: 5, upstream: { status: 529 }, cause };
  expect(new GatewayError("overloaded", "busy", details)).toMatchObject({
    ...details,
    code: "overloaded",
    type: "provider_error",
  });
});

test("a bad request names its field", () => {
  const error = badRequest("messages[0].role", "unknown role");
  expect([error.code, error.status, error.param, error.message]).toEqual([
    "invalid_request" satisfies ErrorCode,
    400,
    "messages[0].role",
    "unknown role",
  ]);
});
