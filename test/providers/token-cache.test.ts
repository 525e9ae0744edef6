// Tokens: fetched once for all who wait, renewed ahead of their end, and failing with a typed error.
import { expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { type Token, tokenCredential } from "../../src/providers/token-cache.ts";

const call = { method: "POST", url: "https://host.example.com/", headers: {} };

function stage() {
  const state = { nowMs: 1_000_000, fetched: 0, fails: false };
  const waiting: (() => void)[] = [];
  const credential = tokenCredential({
    id: "google",
    what: "the token of vertex",
    now: () => state.nowMs,
    fetchToken: async (): Promise<Token> => {
      state.fetched++;
      const number = state.fetched;
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (state.fails) throw new Error("invalid_grant");
      return { headers: { authorization: `Bearer token-${number}` }, expiresAtMs: state.nowMs + 3_600_000 };
    },
  });
  const answer = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const authorize = async () => await credential.authorize?.(call);
  return { state, credential, answer, authorize };
}

test("a storm of calls fetches one token, and keeps it out of what is shown", async () => {
  const { state, credential, answer, authorize } = stage();
  const calls = Array.from({ length: 50 }, authorize);
  answer();
  for (const headers of await Promise.all(calls)) expect(headers).toEqual({ authorization: "Bearer token-1" });
  expect([state.fetched, credential.secrets]).toEqual([1, ["token-1"]]);
  expect(await authorize()).toEqual({ authorization: "Bearer token-1" });
  expect(state.fetched).toBe(1);
});

test("a token is renewed beside the calls that still use it; a renewal that fails is not theirs", async () => {
  const { state, credential, answer, authorize } = stage();
  const first = authorize();
  answer();
  await first;
  state.nowMs += 3_600_000 - 200_000;
  expect(await authorize()).toEqual({ authorization: "Bearer token-1" });
  state.fails = true;
  answer();
  await Bun.sleep(0);
  expect(await authorize()).toEqual({ authorization: "Bearer token-1" });
  state.fails = false;
  state.nowMs += 2_000;
  await authorize();
  expect(state.fetched).toBe(3);
  answer();
  await Bun.sleep(0);
  expect(await authorize()).toEqual({ authorization: "Bearer token-3" });
  expect(credential.secrets).toEqual(["token-1", "token-3"]);
});

test("a failure is one typed error for all, and is not asked for again within a second", async () => {
  const { state, answer, authorize } = stage();
  state.fails = true;
  const failed = Promise.allSettled(Array.from({ length: 5 }, authorize));
  answer();
  for (const result of await failed) {
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(GatewayError);
    expect(reason).toMatchObject({ code: "upstream_auth", message: "the token of vertex could not be fetched" });
  }
  await expect(authorize()).rejects.toMatchObject({ code: "upstream_auth" });
  expect(state.fetched).toBe(1);
  state.nowMs += 1_001;
  state.fails = false;
  const next = authorize();
  answer();
  expect(await next).toEqual({ authorization: "Bearer token-2" });
});
