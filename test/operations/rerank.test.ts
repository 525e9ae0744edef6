// Rerank in three forms, each to each; and Cohere's own client.
import { describe, expect, test } from "bun:test";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const query = "capital of the United States";
const documents = ["Carson City is in Nevada.", "Washington, D.C. is the capital.", "Capital punishment exists."];

// docs.cohere.com/reference/rerank, jina.ai/reranker, docs.voyageai.com/reference/reranker-api (2026-08).
const replies = {
  COHERE: {
    id: "07734bd2",
    results: [
      { index: 1, relevance_score: 0.99 },
      { index: 0, relevance_score: 0.1 },
    ],
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
  },
  JINA: {
    model: "jina-reranker-v3",
    object: "list",
    usage: { total_tokens: 815 },
    results: [
      { index: 1, relevance_score: 0.99, document: { text: documents[1] } },
      { index: 0, relevance_score: 0.1, document: { text: documents[0] } },
    ],
  },
  VOYAGE: {
    object: "list",
    data: [
      { index: 1, relevance_score: 0.99 },
      { index: 0, relevance_score: 0.1 },
    ],
    model: "rerank-2.5",
    usage: { total_tokens: 26 },
  },
};
type Host = keyof typeof replies;

const paths: { [host in Host]: string } = { COHERE: "/v2/rerank", JINA: "/v1/rerank", VOYAGE: "/v1/rerank" };

async function ask(host: Host, path: string, body: object) {
  await using provider = await openModelHost(jsonReply(replies[host]));
  await using gateway = await openGateway({ hosts: { [host]: provider } });
  const model = `${host.toLowerCase()}/r`;
  const response = await fetch(gateway.url + path, { method: "POST", body: JSON.stringify({ model, ...body }) });
  const [call] = provider.calls;
  const [settled] = await gateway.settled(1);
  return {
    status: response.status,
    text: await response.text(),
    lost: response.headers.get("x-sluice-lost"),
    target: call?.target,
    sent: call?.json(),
    settled,
  };
}

const scores = [
  { index: 1, relevance_score: 0.99 },
  { index: 0, relevance_score: 0.1 },
];

describe("a request in the form of", () => {
  const cohere = { query, documents, top_n: 2 };
  const jina = { query, documents: documents.map((text) => ({ text })), top_n: 2, return_documents: true };
  const voyage = { query, documents, top_k: 2, truncation: true, return_documents: true };

  test("Cohere or Jina passes to either as it is, byte for byte", async () => {
    for (const host of ["COHERE", "JINA"] as const) {
      const { text, sent, target, settled } = await ask(host, "/v1/rerank", cohere);
      expect(text).toBe(JSON.stringify(replies[host]));
      expect(sent).toEqual({ model: "r", ...cohere });
      expect(target).toBe(paths[host]);
      expect(settled).toMatchObject({ endpoint: "rerank", translation: "native" });
    }
    expect((await ask("COHERE", "/v1/rerank", cohere)).settled).toMatchObject({ search_units: 1 });
    expect((await ask("JINA", "/v1/rerank", cohere)).settled).toMatchObject({ input_tokens: 815 });
    expect((await ask("JINA", "/v1/rerank", jina)).sent).toEqual({ model: "r", ...jina });
  });

  test("Jina, with objects and documents to come back, is answered so by Cohere and Voyage", async () => {
    const wanted = scores.map((score) => ({ ...score, document: { text: documents[score.index] } }));
    const byCohere = await ask("COHERE", "/v1/rerank", jina);
    expect(byCohere.sent).toEqual({ model: "r", query, documents, top_n: 2 });
    expect(JSON.parse(byCohere.text)).toMatchObject({ object: "list", results: wanted });
    const byVoyage = await ask("VOYAGE", "/v1/rerank", jina);
    expect(byVoyage.sent).toEqual({ model: "r", query, documents, top_k: 2 });
    expect(JSON.parse(byVoyage.text)).toMatchObject({
      model: "rerank-2.5",
      results: wanted,
      usage: { total_tokens: 26 },
    });
    expect(byVoyage.lost).toBeNull();
  });

  test("Voyage is answered in its own by every host", async () => {
    const own = await ask("VOYAGE", "/v1/rerank", voyage);
    expect(own.sent).toEqual({ model: "r", ...voyage });
    expect(own.text).toBe(JSON.stringify(replies.VOYAGE));
    const byJina = await ask("JINA", "/v1/rerank", voyage);
    expect(byJina.sent).toEqual({ model: "r", query, documents, top_n: 2 });
    expect(byJina.lost).toBe("truncation");
    expect(JSON.parse(byJina.text)).toEqual({
      object: "list",
      data: scores.map((score) => ({ ...score, document: documents[score.index] })),
      model: "jina-reranker-v3",
      usage: { total_tokens: 815 },
    });
    expect((await ask("COHERE", "/v1/rerank", voyage)).sent).toEqual({ model: "r", query, documents, top_n: 2 });
  });

  test("Cohere on its own path is answered strictly, with what Jina and Voyage do not have in its place", async () => {
    const byVoyage = await ask("VOYAGE", "/v2/rerank", { ...cohere, max_tokens_per_doc: 512 });
    expect(byVoyage.lost).toBe("max_tokens_per_doc");
    expect(JSON.parse(byVoyage.text)).toEqual({
      results: scores,
      meta: { api_version: { version: "2" }, tokens: { input_tokens: 26 } },
    });
  });

  test("Cohere's first version names the fields of its objects that count", async () => {
    const objects = documents.map((text, index) => ({ title: `t${index}`, text }));
    const { sent } = await ask("COHERE", "/v1/rerank", { query, documents: objects, rank_fields: ["title", "text"] });
    expect(sent).toMatchObject({ documents: documents.map((text, index) => `t${index}\n${text}`) });
  });

  test("anybody is refused in a form that both Cohere's clients and others read", async () => {
    const { status, text } = await ask("VOYAGE", "/v2/rerank", { query, documents, top_n: 0 });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      message: "top_n must be a positive integer",
      error: { param: "top_n" },
    });
  });
});

test("more results than were asked for are cut: a host may not know the field", async () => {
  const { text } = await ask("VOYAGE", "/v1/rerank", { query, documents, top_n: 1 });
  expect(JSON.parse(text)).toMatchObject({ results: [{ index: 1 }] });
});

describe("Cohere's own client", () => {
  test.each(["COHERE", "JINA", "VOYAGE"] as const)("ranks at %s, in both versions", async (host) => {
    await using provider = await openModelHost(jsonReply(replies[host]));
    await using gateway = await openGateway({ hosts: { [host]: provider } });
    const options = { token: "client", environment: gateway.url };
    const request = { model: `${host.toLowerCase()}/r`, query, documents, topN: 2 };
    const second = await new CohereClientV2(options).rerank(request);
    expect(second.results).toEqual(
      scores.map(({ index, relevance_score: relevanceScore }) => expect.objectContaining({ index, relevanceScore })),
    );
    const first = await new CohereClient(options).rerank({ ...request, returnDocuments: true });
    expect(first.results[0]).toMatchObject({ index: 1, document: { text: documents[1] } });
  });
});
