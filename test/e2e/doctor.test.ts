// The executable's doctor and list of models: what is loaded only when it is needed must be inside.
import { expect, test } from "bun:test";
import { run } from "../support/binary.ts";
import { jsonReply, openFakeUpstream } from "../support/fake-upstream.ts";

const listing = jsonReply({ data: [{ id: "gpt-4o" }] });

test("finds nothing wrong with a provider that is well, its prices included", async () => {
  await using host = await openFakeUpstream(listing);
  const environment = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: host.url };
  const { code, out } = await run({ arguments: ["doctor", "--json", "--port", "0"], environment });
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { scope: string; code: string }[] };
  expect([code, ok]).toEqual([0, true]);
  expect(findings.filter(({ scope }) => scope === "openai").map((finding) => finding.code)).toEqual([
    "dns.literal",
    "tcp.ok",
    "credential.ok",
    "models.ok",
    "prices.ok",
  ]);
});

test("ends with 1 and a remedy where a key is refused, without printing it", async () => {
  await using host = await openFakeUpstream(jsonReply({ error: { message: "no such key: sk-secret-0123" } }, 401));
  const environment = { OPENAI_API_KEY: "sk-secret-0123", OPENAI_BASE_URL: host.url };
  const { code, out, err } = await run({ arguments: ["doctor", "--port", "0"], environment });
  expect(code).toBe(1);
  expect(out).toMatch(/FAIL {2}openai: credential.*\n {8}-> put a valid key into OPENAI_API_KEY/);
  expect(out + err).not.toContain("sk-secret-0123");
});

test("lists models with facts from the bundled lists", async () => {
  await using host = await openFakeUpstream(listing);
  const environment = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: host.url };
  const { code, out } = await run({ arguments: ["models", "--json"], environment });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([{ id: "openai/gpt-4o", context_window: 128_000, input_cost_per_1m: 2.5 }]);
});
