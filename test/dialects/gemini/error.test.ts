// Google's error bodies in our classes, and what the as-is relay sees in a reply.
import { describe, expect, test } from "bun:test";
import type { JsonValue } from "../../../src/core/json.ts";
import { adjustments } from "../../../src/dialects/gemini/adjust.ts";
import { readError } from "../../../src/dialects/gemini/error.ts";
import { gemini } from "../../../src/dialects/gemini/index.ts";
import { openTap } from "../../../src/dialects/gemini/tap.ts";
import { frames, readText, streams, wholeReplies } from "../../support/corpus.ts";
import { chunk, target } from "./support.ts";

function read(status: number, body: JsonValue | string, headers: { [name: string]: string } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readError({ status, headers: { get: (name) => headers[name] ?? null }, text, provider: "google" });
}

const google = (code: number, status: string, message: string, details: JsonValue[] = []) => ({
  error: { code, message, status, details },
});

describe("errors", () => {
  test.each([
    [400, google(400, "INVALID_ARGUMENT", "bad field"), "invalid_request"],
    [
      400,
      google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
        { reason: "API_KEY_INVALID" },
      ]),
      "upstream_auth",
    ],
    [
      400,
      google(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      ),
      "context_length",
    ],
    [400, google(400, "FAILED_PRECONDITION", "Please enable billing on your project."), "quota_exhausted"],
    [401, google(401, "UNAUTHENTICATED", "no token"), "upstream_auth"],
    [403, google(403, "PERMISSION_DENIED", "denied"), "upstream_auth"],
    [404, google(404, "NOT_FOUND", "models/x is not found"), "model_not_found"],
    [413, "", "payload_too_large"],
    [429, google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."), "rate_limited"],
    [
      429,
      google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
      "quota_exhausted",
    ],
    [500, google(500, "INTERNAL", "An internal error has occurred."), "upstream_failed"],
    [503, google(503, "UNAVAILABLE", "The model is overloaded."), "overloaded"],
    [504, google(504, "DEADLINE_EXCEEDED", "too slow"), "upstream_timeout"],
    [499, google(499, "CANCELLED", "cancelled"), "upstream_failed"],
    [200, google(0, "RESOURCE_EXHAUSTED", "slow down"), "rate_limited"],
  ] as const)("status %d with this body has its class", (status, body, code) => {
    expect(read(status, body as JsonValue | string).code).toBe(code);
  });

  test("X25 an error in a list is read like one that stands alone", () => {
    expect(read(400, [google(400, "INVALID_ARGUMENT", "bad field")])).toMatchObject({
      code: "invalid_request",
      message: "bad field",
      upstream: { status: 400, type: "INVALID_ARGUMENT" },
    });
  });

  test("X26 RetryInfo says how long to wait, unless a header does", () => {
    const body = google(429, "RESOURCE_EXHAUSTED", "slow", [
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.4s" },
    ]);
    expect(read(429, body)).toMatchObject({ code: "rate_limited", retryAfterMs: 34_400 });
    expect(read(429, body, { "retry-after": "2" }).retryAfterMs).toBe(2_000);
    expect(read(429, google(429, "RESOURCE_EXHAUSTED", "slow", [{ retryDelay: "0.0001s" }])).retryAfterMs).toBe(1);
  });

  test("a limit by the minute is a rate limit though it speaks of plan and billing", () => {
    const body = google(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details.",
      [{ violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier" }] }],
    );
    expect(read(429, body).code).toBe("rate_limited");
  });

  test("X24 X36 a body that is no JSON is shown without secrets", () => {
    const error = read(500, "upstream https://host/v1beta/models?key=AIzaSyD0123456789abcdefghij failed");
    expect(error.code).toBe("upstream_failed");
    expect(error.message).not.toContain("AIza");
  });
});

describe("the tap", () => {
  test("every recorded stream is seen to finish with its last usage", () => {
    for (const recording of streams("gemini")) {
      const tap = openTap();
      const seen = frames(recording).map((frame) => tap.inspect(frame));
      expect(seen.at(-1)?.finished).toBe(true);
      expect(seen.slice(0, -1).some((sighting) => sighting.finished)).toBe(false);
      expect(seen.some((sighting) => sighting.error)).toBe(false);
      expect(seen.at(-1)?.usage?.totalTokens).toBe(
        JSON.parse(frames(recording).at(-1)!.data).usageMetadata.totalTokenCount,
      );
      expect(seen[0]?.output).toBe(true);
      expect(tap.mayMatter(new Uint8Array())).toBe(true);
    }
    for (const recording of wholeReplies("gemini")) {
      expect(openTap().inspectReply(JSON.parse(readText(recording)))).toMatchObject({ finished: true, output: true });
    }
  });

  test("a blocked prompt is finished, an error is an error, and half a reply is no reply", () => {
    const frame = (value: JsonValue) => ({ event: "", data: JSON.stringify(value) });
    expect(openTap().inspect(frame({ promptFeedback: { blockReason: "SAFETY" } }))).toMatchObject({ finished: true });
    expect(openTap().inspect(frame([google(429, "RESOURCE_EXHAUSTED", "slow")])).error?.code).toBe("rate_limited");
    expect(openTap().inspect({ event: "", data: "{" }).error?.code).toBe("upstream_malformed");
    expect(openTap().inspectReply(chunk([{ text: "a" }])).error?.code).toBe("upstream_malformed");
    expect(openTap().inspect(frame({ candidates: [{ content: { parts: [{ text: "" }] } }] })).output).toBeUndefined();
  });
});

describe("edits", () => {
  test("T56 ids are taken out of calls and responses", () => {
    const body = {
      contents: [
        { role: "model", parts: [{ text: "a" }, { functionCall: { id: "1", name: "f" } }] },
        { role: "user", parts: [{ function_response: { id: "1", name: "f" } }] },
      ],
    };
    expect(adjustments["drop-call-ids"]?.(body, target())).toEqual([
      { path: ["contents", 0, "parts", 1, "functionCall", "id"], op: "remove" },
      { path: ["contents", 1, "parts", 0, "function_response", "id"], op: "remove" },
    ]);
  });

  test("M32 a system instruction moves into the first user turn", () => {
    const body = {
      systemInstruction: { parts: [{ text: "s" }] },
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
    };
    expect(adjustments["system-into-user"]?.(body, target())).toEqual([
      { path: ["systemInstruction"], op: "remove" },
      { path: ["contents", 0, "parts"], op: "set", value: [{ text: "s" }, { text: "hi" }] },
    ]);
  });

  test("labels are dropped by name and reported, and only our own field is taken out of a native body", () => {
    expect(adjustments["drop-labels"]?.({ labels: { a: "b" } }, target())).toEqual([
      { path: ["labels"], op: "remove", lost: "labels" },
    ]);
    const change = { model: "m", askUsage: false };
    const edits = gemini.upstream?.nativeEdits({ provider: "google", contents: [] }, change);
    expect(edits).toEqual([{ path: ["provider"], op: "remove" }]);
    expect(gemini.upstream?.nativeEdits({ contents: [] }, change)).toEqual([]);
  });
});
