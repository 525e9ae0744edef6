// Providers' model listings, recorded and written by their documents.
import { describe, expect, test } from "bun:test";
import { readListing } from "../../src/catalog/listing.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { readText, wholeReplies } from "../support/corpus.ts";

const recordings = wholeReplies("models-list").map((recording) => ({
  name: recording.name,
  body: JSON.parse(readText(recording)) as { data: JsonObject[] },
}));

const recorded = (name: string) => recordings.find((recording) => recording.name.includes(name))!.body;

describe("OpenAI's shape", () => {
  test.each(recordings)("gives every model of $name, in order, in one page", ({ body }) => {
    const page = readListing("openai", body);
    expect(page?.models.map(({ id }) => id)).toEqual(body.data.map((entry) => String(entry["id"])));
    expect(page?.nextQuery).toBeUndefined();
  });

  test("takes owner, age and limits where a host gives them", () => {
    const first = (name: string) => readListing("openai", recorded(name))?.models[0];
    expect(first("openai")).toEqual({ id: "gpt-4-0613", ownedBy: "openai", createdAtSeconds: 1686588896 });
    expect(first("groq")).toEqual({
      id: "canopylabs/orpheus-v1-english",
      ownedBy: "Canopy Labs",
      createdAtSeconds: 1766186316,
      contextTokens: 4000,
      maxOutputTokens: 50000,
    });
    expect(first("kimicode")).toEqual({
      id: "kimi-for-coding",
      createdAtSeconds: 1761264000,
      contextTokens: 262144,
      inputModalities: ["text", "image"],
      reasoning: true,
    });
  });

  test.each([
    ["OpenRouter", { context_length: 200000, top_provider: { max_completion_tokens: 65536 } }, 200000, 65536],
    ["vLLM", { max_model_len: 8192 }, 8192, undefined],
    ["Mistral", { max_context_length: 131072, capabilities: {} }, 131072, undefined],
    ["GitHub", { limits: { max_input_tokens: 1048576, max_output_tokens: 32768 } }, 1048576, 32768],
    ["llama.cpp", { meta: { n_ctx_train: 40960 } }, 40960, undefined],
    [
      "a host that knows none",
      { context_length: 0, top_provider: { max_completion_tokens: null } },
      undefined,
      undefined,
    ],
  ])("takes the limits as %s tells them", (_host, entry, contextTokens, maxOutputTokens) => {
    expect(readListing("openai", { data: [{ id: "m", ...entry }] })?.models).toEqual([
      {
        id: "m",
        ...(contextTokens !== undefined && { contextTokens }),
        ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      },
    ]);
  });

  test("may be a bare array, and may be null where there is no model", () => {
    expect(readListing("openai", [{ id: "a" }])).toEqual({ models: [{ id: "a" }] });
    expect(readListing("openai", { object: "list", data: null })).toEqual({ models: [] });
    expect(readListing("openai", { object: "list", data: [] })).toEqual({ models: [] });
  });

  test("loses entries without an id, not the list", () => {
    const data = [{ id: "a" }, {}, { id: "" }, { id: 7 }, null, "b", { id: "c", created: "yesterday", owned_by: null }];
    expect(readListing("openai", { data })?.models).toEqual([{ id: "a" }, { id: "c" }]);
  });
});

describe("Anthropic's shape", () => {
  const entry = {
    type: "model",
    id: "claude-x",
    created_at: "2025-02-19T00:00:00Z",
    max_input_tokens: 200000,
    max_tokens: 64000,
  };

  test("gives models with their age in seconds, and asks for the page behind the last id", () => {
    expect(
      readListing("anthropic", { data: [entry], has_more: true, first_id: "claude-x", last_id: "claude-x/1" }),
    ).toEqual({
      models: [
        {
          id: "claude-x",
          ownedBy: "anthropic",
          createdAtSeconds: 1739923200,
          contextTokens: 200000,
          maxOutputTokens: 64000,
        },
      ],
      nextQuery: "after_id=claude-x%2F1",
    });
  });

  test("ends when there is no more, or no id to go on from", () => {
    expect(readListing("anthropic", { data: [], has_more: false, last_id: "x" })).toEqual({ models: [] });
    expect(readListing("anthropic", { data: [], has_more: true, last_id: null })).toEqual({ models: [] });
    expect(readListing("anthropic", { data: [{ id: "a", created_at: "?" }] })?.models).toEqual([
      { id: "a", ownedBy: "anthropic" },
    ]);
  });
});

describe("Gemini's shape", () => {
  test("gives the models that generate content, without the prefix of their names, page by page", () => {
    const models = [
      {
        name: "models/gemini-x",
        inputTokenLimit: 1048576,
        outputTokenLimit: 65536,
        supportedGenerationMethods: ["generateContent"],
      },
      { name: "models/embedding-x", supportedGenerationMethods: ["embedContent"] },
      { name: "tunedModels/mine" },
    ];
    expect(readListing("gemini", { models, nextPageToken: "a b" })).toEqual({
      models: [
        { id: "gemini-x", ownedBy: "google", contextTokens: 1048576, maxOutputTokens: 65536 },
        { id: "tunedModels/mine", ownedBy: "google" },
      ],
      nextQuery: "pageToken=a%20b",
    });
    expect(readListing("gemini", { models: [] })).toEqual({ models: [] });
  });
});

test.each(["openai", "anthropic", "gemini"] as const)(
  "what is no listing of %s's shape is not read as an empty one",
  (shape) => {
    const others: JsonValue[] = [null, "x", 1, {}, { error: { message: "no" } }, { data: "x", models: 1 }];
    for (const body of others) expect(readListing(shape, body)).toBeUndefined();
  },
);

describe("shapes of single vendors", () => {
  test("Cohere names its models, and pages by token", () => {
    const model = { name: "command-a-03-2025", endpoints: ["chat"], context_length: 288000, finetuned: false };
    expect(readListing("cohere", { models: [model], next_page_token: "a b" })).toEqual({
      models: [{ id: "command-a-03-2025", ownedBy: "cohere", contextTokens: 288000 }],
      nextQuery: "page_token=a%20b",
    });
    expect(readListing("cohere", { models: [] })).toEqual({ models: [] });
    expect(readListing("cohere", { data: [] })).toBeUndefined();
  });

  test("ElevenLabs answers a bare array", () => {
    const model = { model_id: "eleven_v3", name: "Eleven v3", can_do_text_to_speech: true };
    expect(readListing("elevenlabs", [model])).toEqual({ models: [{ id: "eleven_v3", ownedBy: "elevenlabs" }] });
    expect(readListing("elevenlabs", { detail: "no" })).toBeUndefined();
  });
});
