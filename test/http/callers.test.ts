// Every route in its caller's words: keys that are missing or disagree, methods that are not there, bodies that are none.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Gateway, openGateway } from "../support/gateway.ts";

const key = "sluice-master";
let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ environment: { SLUICE_MASTER_KEY: key }, arguments: ["--host", "127.0.0.1"] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Shape = (body: unknown, status: number) => void;
/** The envelopes of translation.md B13. */
const shapes: { readonly [dialect: string]: Shape } = {
  openai: (body) =>
    expect(body).toMatchObject({
      error: { message: expect.any(String), type: expect.any(String) },
      error_kind: expect.any(String),
    }),
  anthropic: (body) =>
    expect(body).toMatchObject({
      type: "error",
      error: { type: expect.any(String), message: expect.any(String) },
      request_id: expect.any(String),
    }),
  gemini: (body, status) =>
    expect(body).toMatchObject({
      error: { code: status, message: expect.any(String), status: expect.stringMatching(/^[A-Z_]+$/) },
    }),
};

const anthropicHeader = { "anthropic-version": "2023-06-01" };
const routes: readonly { path: string; method: string; dialect: string; headers?: { [name: string]: string } }[] = [
  { path: "/v1/chat/completions", method: "POST", dialect: "openai" },
  { path: "/v1/completions", method: "POST", dialect: "openai" },
  { path: "/v1/responses", method: "POST", dialect: "openai" },
  { path: "/v1/responses/input_tokens", method: "POST", dialect: "openai" },
  { path: "/v1/responses/compact", method: "POST", dialect: "openai" },
  { path: "/v1/messages", method: "POST", dialect: "anthropic" },
  { path: "/v1/messages?beta=true", method: "POST", dialect: "anthropic" },
  { path: "/v1/messages/count_tokens?beta=true", method: "POST", dialect: "anthropic" },
  { path: "/v1beta/models/demo/echo:generateContent", method: "POST", dialect: "gemini" },
  { path: "/v1beta/models/demo/echo:streamGenerateContent", method: "POST", dialect: "gemini" },
  { path: "/v1beta/models/demo/echo:countTokens", method: "POST", dialect: "gemini" },
  { path: "/v1beta/demo/echo:generateContent", method: "POST", dialect: "gemini" },
  { path: "/v1/models/demo/echo:countTokens", method: "POST", dialect: "gemini" },
  { path: "/v1beta/models", method: "GET", dialect: "gemini" },
  { path: "/v1/models", method: "GET", dialect: "openai" },
  { path: "/v1/models", method: "GET", dialect: "anthropic", headers: anthropicHeader },
  { path: "/v1/models/demo/echo", method: "GET", dialect: "anthropic", headers: anthropicHeader },
];

type Sent = { method: string; headers?: { [name: string]: string }; body?: string };

async function ask(path: string, { method, headers, body }: Sent, dialect: string): Promise<number> {
  const response = await fetch(gateway.url + path, {
    method,
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
  shapes[dialect]?.(await response.json(), response.status);
  return response.status;
}

describe.each(routes)("$method $path ($dialect)", ({ path, method, dialect, headers }) => {
  const body = method === "POST" ? { body: "{}" } : {};
  const withKey = { ...headers, authorization: `Bearer ${key}` };

  test("asks for the key", async () => {
    expect(await ask(path, { method, headers: { ...headers }, ...body }, dialect)).toBe(401);
    expect(await ask(path, { method, headers: { ...headers, "x-api-key": "wrong" }, ...body }, dialect)).toBe(401);
  });

  test.each([
    ["x-api-key", {}],
    ["api-key", {}],
    ["key", {}],
  ])("refuses a second key in %s that is another one", async (name) => {
    const mark = path.includes("?") ? "&" : "?";
    const target = name === "key" ? `${path}${mark}key=other` : path;
    const second = name === "key" ? withKey : { ...withKey, [name]: "other" };
    expect(await ask(target, { method, headers: second, ...body }, dialect)).toBe(400);
  });

  test("takes the key in any header, and as a parameter", async () => {
    const accepted = async (target: string, given: { [name: string]: string }) => {
      const response = await fetch(gateway.url + target, { method, headers: { ...headers, ...given }, ...body });
      await response.arrayBuffer();
      expect([401, 403]).not.toContain(response.status);
    };
    for (const name of ["x-api-key", "api-key", "x-goog-api-key"]) await accepted(path, { [name]: key });
    await accepted(path, { authorization: `Bearer ${key}`, "x-api-key": key });
    await accepted(`${path}${path.includes("?") ? "&" : "?"}key=${key}`, {});
  });

  test("has no other method", async () => {
    expect(await ask(path, { method: "PUT", headers: withKey }, dialect)).toBe(405);
  });

  test("reads no body that is none, and none in a coding that it does not know", async () => {
    if (method === "GET") return;
    expect(await ask(path, { method, headers: withKey, body: "no JSON" }, dialect)).toBe(400);
    expect(
      await ask(path, { method, headers: { ...withKey, "content-encoding": "compress" }, body: "{}" }, dialect),
    ).toBe(415);
    expect(await ask(path, { method, headers: { ...withKey, "content-encoding": "gzip" }, body: "{}" }, dialect)).toBe(
      400,
    );
  });
});
