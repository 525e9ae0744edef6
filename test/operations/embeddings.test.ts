// Embeddings for hosts with a form of their own: what they are sent, and what comes of their replies.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { OperationShape } from "../../src/core/operation.ts";
import { embeddings } from "../../src/operations/embeddings.ts";
import type { OperationRequest, ReadyReply } from "../../src/operations/operation.ts";
import { corpusRoot } from "../support/corpus.ts";

type Client = OperationRequest["client"];

function write(shape: OperationShape, json: JsonObject, options: { client?: Client; model?: string } = {}) {
  const { client = "openai", model = "m" } = options;
  const request = { client, json };
  embeddings.check(request);
  const target = { provider: "host", model, path: "/one/{model}", batchPath: "/many/{model}" };
  const written = embeddings.shapes[shape]?.(request, target);
  if (!written) throw new Error(`no shape ${shape}`);
  const bodies = written.calls.map(({ body }) => (body.kind === "json" ? body.json : body));
  return { ...written, bodies };
}

function read(written: ReturnType<typeof write>, ...replies: JsonValue[]): ReadyReply {
  const found = written.read?.(replies.map((json) => ({ json, headers: { get: () => null } })));
  if (!found) throw new Error("the reply passes as it is");
  return found;
}

function refusal(run: () => unknown): [string, string | null] {
  try {
    run();
  } catch (cause) {
    if (cause instanceof GatewayError) return [cause.code, cause.param];
    throw cause;
  }
  throw new Error("not refused");
}

const base64 = (...numbers: number[]) => Buffer.from(new Float32Array(numbers).buffer).toString("base64");

describe("vectors", () => {
  // ai.google.dev/api/embeddings (2026-08).
  test("of numbers become base64 of 32-bit floats where that is asked for, and the other way round", () => {
    const asked = write("gemini", { input: ["a"], encoding_format: "base64" });
    expect(read(asked, { embeddings: [{ values: [0.5, -2] }] }).body).toMatchObject({
      data: [{ embedding: base64(0.5, -2), index: 0 }],
    });
    const numbers = write("voyage", { input: "a" });
    expect(read(numbers, { data: [{ embedding: base64(0.5, -2), index: 0 }] }).body).toMatchObject({
      data: [{ embedding: [0.5, -2] }],
    });
  });

  test("come in the order of their inputs, whatever the order of the reply", () => {
    const written = write("jina", { input: ["a", "b"] });
    const data = [
      { index: 1, embedding: [2] },
      { index: 0, embedding: [1] },
    ];
    expect(read(written, { data }).body).toMatchObject({ data: [{ embedding: [1] }, { embedding: [2] }] });
  });

  test("that are missing, or are none, are a failure of the host", () => {
    const written = write("cohere", { input: ["a", "b"] });
    for (const reply of [{}, { embeddings: { float: [[1]] } }, { embeddings: { float: [[1], ["x"]] } }]) {
      expect(refusal(() => read(written, reply))[0]).toBe("upstream_malformed");
    }
  });
});

describe("several calls", () => {
  test("are made where a host takes fewer inputs at a time, and make one reply", () => {
    const input = Array.from({ length: 97 }, (_, index) => `text ${index}`);
    const written = write("cohere", { input });
    expect(written.bodies.map((body) => (body as { texts: string[] }).texts.length)).toEqual([96, 1]);
    const reply = (count: number) => ({
      embeddings: { float: Array.from({ length: count }, () => [1]) },
      meta: { billed_units: { input_tokens: count } },
    });
    const { body, usage } = read(written, reply(96), reply(1));
    expect((body as { data: unknown[] }).data).toHaveLength(97);
    expect(usage).toMatchObject({ inputTokens: 97 });
  });

  // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html (2026-08).
  test("are what a Titan model takes, one text each", () => {
    const model = "amazon.titan-embed-text-v2:0";
    const written = write("bedrock", { input: ["a", "b"], dimensions: 256, user: "me" }, { model });
    expect(written.calls[0]?.path).toBe("/one/amazon.titan-embed-text-v2%3A0");
    expect(written.bodies).toEqual([
      { inputText: "a", dimensions: 256 },
      { inputText: "b", dimensions: 256 },
    ]);
    expect(written.lost).toEqual(["user"]);
    const { body } = read(
      written,
      { embedding: [1], inputTextTokenCount: 3 },
      { embedding: [2], inputTextTokenCount: 4 },
    );
    expect(body).toMatchObject({
      data: [{ embedding: [1] }, { embedding: [2] }],
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    const first = write("bedrock", { input: "a", dimensions: 5 }, { model: "amazon.titan-embed-text-v1" });
    expect([first.bodies, first.lost]).toEqual([[{ inputText: "a" }], ["dimensions"]]);
    const many = Array.from({ length: 300 }, () => "a");
    expect(refusal(() => write("bedrock", { input: many }, { model }))).toEqual(["unsupported", "input"]);
  });

  // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html (2026-08).
  test("are not needed for Cohere's models on Bedrock", () => {
    const written = write("bedrock", { input: ["a"], input_type: "query" }, { model: "us.cohere.embed-v4:0" });
    expect(written.bodies).toEqual([{ texts: ["a"], input_type: "search_query", embedding_types: ["float"] }]);
    expect(read(written, { embeddings: { float: [[1]] }, id: "x" }).body).toMatchObject({ data: [{ embedding: [1] }] });
  });
});

describe("what vectors are for", () => {
  test.each([
    ["cohere", { input_type: "document" }, { input_type: "search_document" }, []],
    ["cohere", { task: "separation" }, { input_type: "clustering" }, []],
    ["voyage", { task_type: "RETRIEVAL_QUERY" }, { input_type: "query" }, []],
    ["voyage", { task: "text-matching" }, {}, ["task"]],
    ["jina", { input_type: "search_query" }, { task: "retrieval.query" }, []],
    ["jina", { task: "code.query" }, { task: "code.query" }, []],
    ["gemini", { input_type: "search_document" }, { taskType: "RETRIEVAL_DOCUMENT" }, []],
    ["gemini", { taskType: "CODE_RETRIEVAL_QUERY" }, { taskType: "CODE_RETRIEVAL_QUERY" }, []],
  ] as const)("is told to %s in its own words: %j", (shape, purpose, wanted, lost) => {
    const written = write(shape, { input: "a", ...purpose });
    const [body] = written.bodies as [JsonObject];
    const sent = shape === "gemini" ? (body["requests"] as JsonObject[])[0] : body;
    expect(sent).toMatchObject(wanted);
    expect(written.lost).toEqual([...lost]);
  });
});

describe("on Vertex", () => {
  const recorded = JSON.parse(
    readFileSync(join(corpusRoot, "other/google-vertex/google-vertex-embedding.json"), "utf8"),
  ) as JsonValue;
  const full = JSON.parse(readFileSync(join(corpusRoot, "requests/embeddings/full.json"), "utf8")) as JsonObject;

  // cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api (2026-08).
  test("the fields that clients know from it pass, and its reply is read", () => {
    const written = write("vertex", full, { model: "text-embedding-004" });
    const instance = { task_type: "RETRIEVAL_DOCUMENT", title: "My Document" };
    expect(written.bodies).toEqual([
      {
        instances: [
          { content: "hello", ...instance },
          { content: "world", ...instance },
        ],
        parameters: { autoTruncate: true, outputDimensionality: 512 },
      },
    ]);
    expect(written.lost).toEqual([]);
    const { body, usage } = read(written, recorded);
    expect(body).toMatchObject({ model: "text-embedding-004", usage: { prompt_tokens: 11 } });
    expect((body as { data: { embedding: number[] }[] }).data[1]?.embedding[0]).toBe(-0.06007182598114014);
    expect(usage?.inputTokens).toBe(11);
  });

  test("a Gemini model takes one text a call", () => {
    expect(write("vertex", { input: ["a", "b"] }, { model: "gemini-embedding-001" }).calls).toHaveLength(2);
  });
});

describe("a client of Gemini's", () => {
  const content = { parts: [{ text: "a" }, { text: "b" }] };

  test("passes to Gemini as it is, but for the model in its body, pictures and all", () => {
    const picture = { parts: [{ inlineData: { mimeType: "image/png", data: "" } }] };
    const single = write("gemini", { model: "models/x", content: picture }, { client: "gemini" });
    expect(single.calls).toEqual([
      { path: "/one/m", body: { kind: "own", remove: [], set: [{ path: ["model"], value: "models/m" }] } },
    ]);
    const batch = write("gemini", { requests: [{ content }, { model: "y", content }] }, { client: "gemini-batch" });
    expect(batch.calls[0]).toMatchObject({
      path: "/many/m",
      body: { set: [{ path: ["requests", 0, "model"] }, { path: ["requests", 1, "model"], value: "models/m" }] },
    });
  });

  test("is answered in its form by other hosts", () => {
    const request = { content, taskType: "RETRIEVAL_QUERY", outputDimensionality: 8 };
    const single = write("voyage", request, { client: "gemini" });
    expect(single.bodies).toEqual([{ model: "m", input: ["a\nb"], input_type: "query", output_dimension: 8 }]);
    expect(read(single, { data: [{ embedding: [1] }] }).body).toEqual({ embedding: { values: [1] } });
    const batch = write("openai", { requests: [request, request] }, { client: "gemini-batch" });
    expect(batch.bodies).toEqual([{ model: "m", input: ["a\nb", "a\nb"], encoding_format: "float", dimensions: 8 }]);
    expect(batch.lost).toEqual(["taskType"]);
    const data = [{ embedding: [1] }, { embedding: [2] }];
    expect(read(batch, { data }).body).toEqual({ embeddings: [{ values: [1] }, { values: [2] }] });
  });

  test("is refused where each request of a batch wants something else, or what it has cannot be said", () => {
    const requests = [{ content }, { content, taskType: "CLUSTERING" }];
    expect(refusal(() => write("cohere", { requests }, { client: "gemini-batch" }))).toEqual([
      "unsupported",
      "requests[1].taskType",
    ]);
    const picture = { parts: [{ inlineData: {} }] };
    expect(refusal(() => write("openai", { content: picture }, { client: "gemini" }))).toEqual([
      "unsupported",
      "content.parts[0]",
    ]);
    expect(refusal(() => write("gemini", {}, { client: "gemini" }))).toEqual(["invalid_request", "content"]);
  });
});

test.each([
  [{ input: [] }, "input"],
  [{ input: ["a", 1] }, "input[1]"],
  [{ input: "a", dimensions: 0 }, "dimensions"],
  [{ input: Array.from({ length: 2049 }, () => "a") }, "input"],
])("a request that cannot be meant is refused: %#", (body, param) => {
  expect(refusal(() => write("openai", body as JsonObject))).toEqual(["invalid_request", param]);
});
