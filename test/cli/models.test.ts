// `sluice models`: what it prints of a provider's list, and how it ends when a list cannot be read.
import { expect, test } from "bun:test";
import { run } from "../../src/cli/models.ts";
import { jsonReply, openFakeUpstream } from "../support/fake-upstream.ts";

const listing = {
  data: [
    { id: "llama-3.3-70b-versatile", context_window: 131_072, max_completion_tokens: 32_768 },
    { id: "not-known" },
  ],
};

async function models(arguments_: string[], environment: { [name: string]: string }) {
  let out = "";
  let err = "";
  const code = await run(
    arguments_,
    {
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
    },
    environment,
  );
  return { code, out, err };
}

test("prints a line for each model, with what is known of it and a dash for what is not", async () => {
  await using host = await openFakeUpstream(jsonReply(listing));
  const { code, out } = await models([], { GROQ_API_KEY: "k", GROQ_BASE_URL: host.url });
  expect(code).toBe(0);
  const [head = "", known = "", unknown = "", count = ""] = out.split("\n");
  expect(head.split(/ {2,}/)).toEqual(["MODEL", "CONTEXT", "OUTPUT", "IN $/M", "OUT $/M", "CAN"]);
  // groq.com/pricing: 0.59 and 0.79 USD.
  expect(known.split(/ +/).slice(0, 5)).toEqual(["groq/llama-3.3-70b-versatile", "131072", "32768", "0.59", "0.79"]);
  expect(unknown.split(/ +/).slice(0, 5)).toEqual(["groq/not-known", "-", "-", "-", "-"]);
  expect(count).toBe("2 models");
});

test("prints JSON for programs, of one provider where one is named", async () => {
  await using host = await openFakeUpstream(jsonReply(listing));
  await using other = await openFakeUpstream(jsonReply({ data: [{ id: "other" }] }));
  const environment = { GROQ_API_KEY: "k", GROQ_BASE_URL: host.url, OPENAI_API_KEY: "k", OPENAI_BASE_URL: other.url };
  const { code, out } = await models(["--json", "--provider", "groq"], environment);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([
    {
      id: "groq/llama-3.3-70b-versatile",
      provider: "groq",
      context_window: 131_072,
      max_tokens: 32_768,
      input_cost_per_1m: 0.59,
    },
    { id: "groq/not-known" },
  ]);
  expect(other.requests).toEqual([]);
});

test("tells which list could not be read, prints the others, and ends with 1", async () => {
  await using host = await openFakeUpstream(jsonReply(listing));
  await using broken = await openFakeUpstream(jsonReply({}, 500));
  const environment = { GROQ_API_KEY: "k", GROQ_BASE_URL: host.url, OPENAI_API_KEY: "k", OPENAI_BASE_URL: broken.url };
  const { code, out, err } = await models([], environment);
  expect(code).toBe(1);
  expect(out).toContain("groq/not-known");
  expect(err).toContain("openai: ");
});

test("wants a provider that there is", async () => {
  expect((await models(["--provider", "nobody"], { OPENAI_API_KEY: "k" })).code).toBe(1);
  expect((await models([], {})).code).toBe(1);
  expect((await models(["--provider"], {})).code).toBe(2);
});
