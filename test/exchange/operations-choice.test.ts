// Which provider serves an endpoint beside chat, what its failures become, and what is not carried.
import { describe, expect, test } from "bun:test";
import { jsonReply, type Step } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";

const embedded = jsonReply({ object: "list", data: [], model: "m", usage: { prompt_tokens: 1, total_tokens: 1 } });
const verdict = jsonReply({ id: "modr-1", model: "m", results: [] });

function post(gateway: Gateway, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

type ErrorBody = { error: { message: string; param: string | null; code: string | null }; error_kind?: string };
const errorOf = async (response: Response) => ((await response.json()) as ErrorBody).error;
const servedBy = (response: Response) => [response.status, response.headers.get("x-sluice-provider")];

describe("an endpoint is served by", () => {
  test("the provider that the model, or a field, names", async () => {
    await using one = await openModelHost(embedded);
    await using other = await openModelHost(embedded);
    await using gateway = await openGateway({ hosts: { OPENAI: one, MISTRAL: other } });
    const input = { input: "a" };
    expect(servedBy(await post(gateway, "/v1/embeddings", { model: "mistral/e", ...input }))).toEqual([200, "mistral"]);
    const hinted = { model: "e", provider: "mistral", ...input };
    expect(servedBy(await post(gateway, "/v1/embeddings", hinted))).toEqual([200, "mistral"]);
    // The hint was for us.
    expect(other.calls.map((call) => call.json())).toEqual([
      { model: "e", input: "a" },
      { model: "e", input: "a" },
    ]);
    const refused = await post(gateway, "/v1/images/generations", { model: "mistral/e", prompt: "a" });
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toMatchObject({
      param: "model",
      message: "mistral does not serve /v1/images/generations; those that do: openai",
    });
  });

  test("the provider that lists the model, else the preferred one, else the first in the configuration's order", async () => {
    await using openai = await openModelHost(embedded);
    await using lab = await openModelHost(embedded, { listing: { data: [{ id: "bge" }] } });
    await using far = await openModelHost(embedded);
    const providers = {
      far: { type: "openai-compatible", base_url: far.url },
      lab: { type: "openai-compatible", base_url: lab.url },
    };
    const hosts = { OPENAI: openai };
    const body = { input: "a" };
    {
      await using gateway = await openGateway({ hosts, file: JSON.stringify({ providers }) });
      expect(servedBy(await post(gateway, "/v1/embeddings", { model: "bge", ...body }))).toEqual([200, "lab"]);
      expect(servedBy(await post(gateway, "/v1/embeddings", { model: "unlisted", ...body }))).toEqual([200, "far"]);
      expect(servedBy(await post(gateway, "/v1/embeddings", body))).toEqual([200, "far"]);
    }
    const endpoints = { embeddings: { provider: "openai" } };
    await using gateway = await openGateway({ hosts, file: JSON.stringify({ providers, endpoints }) });
    expect(servedBy(await post(gateway, "/v1/embeddings", { model: "bge", ...body }))).toEqual([200, "lab"]);
    expect(servedBy(await post(gateway, "/v1/embeddings", { model: "unlisted", ...body }))).toEqual([200, "openai"]);
  });

  test("nobody, where nobody can: 503 with the endpoint and the variables that would help", async () => {
    await using gateway = await openGateway({ environment: { ANTHROPIC_API_KEY: "k" }, isReady: false });
    const response = await post(gateway, "/v1/rerank", { query: "a", documents: ["b"] });
    expect(response.status).toBe(503);
    expect(response.headers.get("x-should-retry")).toBe("false");
    const error = await errorOf(response);
    expect(error.code).toBe("endpoint_unavailable");
    for (const word of ["/v1/rerank", "COHERE_API_KEY", "JINA_API_KEY", "VOYAGE_API_KEY", "VLLM_BASE_URL"]) {
      expect(error.message).toContain(word);
    }
    // Gemini's clients are told in their own language.
    const gemini = await post(gateway, "/v1beta/models/m:embedContent", { content: { parts: [{ text: "a" }] } });
    expect(await gemini.json()).toMatchObject({
      error: { code: 503, message: expect.stringContaining("/v1/embeddings") },
    });
  });

  test("a preference that its provider cannot fulfil is told at the start, and passed over", async () => {
    await using host = await openModelHost(verdict);
    const file = JSON.stringify({ endpoints: { moderations: { provider: "groq" } } });
    await using gateway = await openGateway({ hosts: { OPENAI: host }, file });
    expect(gateway.logged()).toContain('"endpoint":"moderations","provider":"groq"');
    expect(servedBy(await post(gateway, "/v1/moderations", { input: "a" }))).toEqual([200, "openai"]);
  });

  test("the demo, when there is nobody else", async () => {
    await using gateway = await openGateway();
    // `curl -d` says so of every body.
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const ask = () => post(gateway, "/v1/embeddings", { model: "demo/any", input: ["a", "b"], dimensions: 3 }, type);
    const [one, other] = [await (await ask()).text(), await (await ask()).text()];
    expect(one).toBe(other);
    const { data } = JSON.parse(one) as { data: { embedding: number[] }[] };
    expect(data.map(({ embedding }) => embedding.length)).toEqual([3, 3]);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1);
  });
});

describe("a provider that", () => {
  const failing: Step[] = [{ head: { status: 500 } }, { write: '{"error":{"message":"boom"}}' }, { end: "complete" }];
  const listing = { data: [{ id: "e" }] };

  test("fails is followed by the next one that lists the model", async () => {
    await using one = await openModelHost(failing, { listing });
    await using other = await openModelHost(embedded, { listing });
    await using gateway = await openGateway({ hosts: { OPENAI: one, MISTRAL: other } });
    const response = await post(gateway, "/v1/embeddings", { model: "e", input: "a" });
    expect(servedBy(response)).toEqual([200, "mistral"]);
    expect((await gateway.settled(1))[0]).toMatchObject({ attempts: 2, outcome: "complete", provider: "mistral" });
  });

  test.each([
    ["an error under status 200", jsonReply({ error: { message: "boom", type: "server_error" } }), "boom"],
    ["something that is not JSON", jsonReply("x").with(1, { write: '{"data":[' }), "not JSON"],
    [
      "a page",
      [{ head: { headers: [["content-type", "text/html"]] } }, { write: "<html>" }, { end: "complete" }] as Step[],
      "HTML",
    ],
  ])("sends %s has failed", async (_what, reply, words) => {
    await using host = await openModelHost(reply);
    await using gateway = await openGateway({
      hosts: { OPENAI: host },
      arguments: ["--resilience-retry-max-retries", "0"],
    });
    const response = await post(gateway, "/v1/embeddings", { model: "openai/e", input: "a" });
    expect(response.status).toBe(502);
    expect((await errorOf(response)).message).toContain(words);
  });

  test("breaks off in the middle of a large reply breaks off at the client", async () => {
    const vectors = JSON.stringify({ data: [{ embedding: Array.from({ length: 60_000 }, () => 0.123456) }] });
    const steps: Step[] = [
      { head: { headers: [["content-type", "application/json"]] } },
      { write: vectors.slice(0, -3) },
      { end: "complete" },
    ];
    await using host = await openModelHost(steps);
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const response = await post(gateway, "/v1/embeddings", { model: "openai/e", input: "a" });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "error", error: "upstream_truncated" });
  });

  test("sends a large reply is passed on whole, with its usage read on the way", async () => {
    const usage = { prompt_tokens: 7, total_tokens: 7 };
    const reply = { data: [{ embedding: Array.from({ length: 60_000 }, () => 0.123456) }], usage };
    await using host = await openModelHost(jsonReply(reply));
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const response = await post(gateway, "/v1/embeddings", { model: "openai/e", input: "a" });
    expect(await response.json()).toEqual(reply);
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "complete", input_tokens: 7 });
  });
});

describe("a virtual model", () => {
  const failing: Step[] = [{ head: { status: 500 } }, { write: "{}" }, { end: "complete" }];

  test("may name models of any endpoint, with its targets in turn", async () => {
    await using one = await openModelHost(failing);
    await using other = await openModelHost(embedded);
    const targets = [{ model: "openai/small" }, { model: "mistral/embed" }];
    const file = JSON.stringify({ virtual_models: { vectors: { targets, strategy: "fallback" } } });
    await using gateway = await openGateway({ hosts: { OPENAI: one, MISTRAL: other }, file });
    const response = await post(gateway, "/v1/embeddings", { model: "vectors", input: "a" });
    expect(servedBy(response)).toEqual([200, "mistral"]);
    expect([one.calls[0]?.json(), other.calls[0]?.json()]).toEqual([
      { model: "small", input: "a" },
      { model: "embed", input: "a" },
    ]);
  });

  test("passes over targets that do not serve the endpoint", async () => {
    await using one = await openModelHost(verdict);
    const targets = [{ model: "groq/llama" }, { model: "openai/omni" }];
    const file = JSON.stringify({ virtual_models: { judge: { targets, strategy: "fallback" } } });
    await using gateway = await openGateway({ hosts: { OPENAI: one, GROQ: one }, file });
    expect(servedBy(await post(gateway, "/v1/moderations", { model: "judge", input: "a" }))).toEqual([200, "openai"]);
  });

  test("that is closed to some is closed at every endpoint", async () => {
    await using host = await openModelHost(embedded);
    const rule = { "openai/small": { user_paths: ["/team"] } };
    await using gateway = await openGateway({
      hosts: { OPENAI: host },
      file: JSON.stringify({ virtual_models: rule }),
    });
    const ask = (path: string) =>
      post(gateway, "/v1/embeddings", { model: "small", input: "a" }, { "x-sluice-user-path": path });
    expect((await ask("/team/me")).status).toBe(200);
    const denied = await ask("/other");
    expect([denied.status, (await errorOf(denied)).code]).toEqual([400, "model_access_denied"]);
  });
});

describe("what another host cannot be told", () => {
  test("is named in the reply, or refused where the client is strict", async () => {
    const reply = jsonReply({ data: [{ embedding: [1], index: 0 }], usage: { total_tokens: 2 } });
    await using host = await openModelHost(reply);
    await using gateway = await openGateway({ hosts: { VOYAGE: host } });
    const body = { model: "voyage/voyage-3", input: "a", user: "me" };
    const lossy = await post(gateway, "/v1/embeddings", body);
    expect(lossy.headers.get("x-sluice-translation")).toBe("lossy");
    expect(lossy.headers.get("x-sluice-lost")).toBe("user");
    const strict = await post(gateway, "/v1/embeddings", body, { "x-sluice-strict": "true" });
    expect(strict.status).toBe(400);
    expect(await errorOf(strict)).toMatchObject({ param: "user", code: "would_be_lost" });
    expect(host.calls).toHaveLength(1);
  });

  test.each([
    ["tokens", "/v1/embeddings", { model: "voyage/v", input: [1, 2] }, "input"],
    ["no input", "/v1/embeddings", { model: "voyage/v" }, "input"],
    [
      "an unknown encoding",
      "/v1/embeddings",
      { model: "voyage/v", input: "a", encoding_format: "hex" },
      "encoding_format",
    ],
    ["no query", "/v1/rerank", { model: "voyage/r", documents: ["a"] }, "query"],
    ["documents without text", "/v1/rerank", { model: "voyage/r", query: "a", documents: [{ x: 1 }] }, "documents[0]"],
    ["a model that is none", "/v1/rerank", { model: 5, query: "a", documents: ["b"] }, "model"],
  ])("%s is refused with the field's name", async (_what, path, body, param) => {
    await using host = await openModelHost(embedded);
    await using gateway = await openGateway({ hosts: { VOYAGE: host } });
    const response = await post(gateway, path, body);
    expect([response.status, (await errorOf(response)).param]).toEqual([400, param]);
    expect(host.calls).toEqual([]);
  });
});

test("a key is asked for before anything else", async () => {
  await using gateway = await openGateway({ environment: { SLUICE_MASTER_KEY: "secret-key" } });
  for (const path of ["/v1/embeddings", "/v1/audio/transcriptions", "/v2/rerank", "/v1beta/models/m:embedContent"]) {
    expect((await post(gateway, path, {})).status).toBe(401);
  }
});
