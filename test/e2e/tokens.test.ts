// The executable counts tokens in a thread that is built into it, and ends while that thread lives.
import { expect, test } from "bun:test";
import { startGateway } from "../support/binary.ts";

test("a text of a thousand words counts as so many, which no ratio of bytes would give", async () => {
  const gateway = await startGateway({});
  const count = async (content: string) => {
    const body = JSON.stringify({ model: "demo/gpt-4o", messages: [{ role: "user", content }] });
    const response = await fetch(`${gateway.origin}/v1/messages/count_tokens`, { method: "POST", body });
    expect([response.status, response.headers.get("x-sluice-estimated")]).toEqual([200, "true"]);
    return ((await response.json()) as { input_tokens: number }).input_tokens;
  };
  expect(await count("tiktoken ".repeat(1000))).toBeWithin(2990, 3020);
  expect(await count("internationalization ".repeat(1000))).toBeLessThan(3020);
  expect(await gateway.stop()).toBe(0);
});
