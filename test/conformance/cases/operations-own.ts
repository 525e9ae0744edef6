// Wire examples of endpoints beside chat whose hosts have a form of their own, called by clients of OpenAI's form.
import { expect } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Call } from "../case.ts";
import { audioFile, form } from "../operation-host.ts";

const spoken = new TextEncoder().encode("spoken");
const file = ["file", audioFile] as const;
/** The bytes of the file that clients send. */
const audioBase64 = Buffer.from("ID3....frames").toString("base64");

const embeddingsRequest: JsonObject = { input: ["Hello", "World"], dimensions: 256 };
const embedded = {
  json: {
    object: "list",
    data: [
      { object: "embedding", index: 0, embedding: [0.5, -0.5] },
      { object: "embedding", index: 1, embedding: [0.25, 1] },
    ],
  },
};
/** OpenAI's reply, as Mistral, Voyage and Jina have it. */
const openaiVectors = (usage: JsonObject, model: string): JsonObject => ({
  object: "list",
  model,
  data: [
    { object: "embedding", index: 0, embedding: [0.5, -0.5] },
    { object: "embedding", index: 1, embedding: [0.25, 1] },
  ],
  usage,
});

const rerankRequest: JsonObject = { query: "What is a panda?", documents: ["A bear.", "A fish."], top_n: 1 };
const ranked = { json: { results: [{ index: 0, relevance_score: 0.9 }] } };

const speechRequest: JsonObject = { input: "Hello", voice: "Kore", response_format: "wav" };

function call(proves: string, model: string, rest: Omit<Call, "name" | "proves" | "to" | "model">): Call {
  return { name: proves, proves, to: `/v1/${proves}`, model, ...rest };
}

export const ownOperations: { readonly [type: string]: readonly Call[] } = {
  // docs.mistral.ai/api/#tag/embeddings, #tag/classifiers (2026-11)
  mistral: [
    call("embeddings", "mistral-embed", {
      target: "/v1/embeddings",
      send: embeddingsRequest,
      body: { model: "mistral-embed", input: ["Hello", "World"], output_dimension: 256 },
      reply: { json: openaiVectors({ prompt_tokens: 4, total_tokens: 4 }, "mistral-embed") },
      seen: embedded,
    }),
    call("moderations", "mistral-moderation-latest", {
      target: "/v1/moderations",
      send: { input: "Hello" },
      body: { model: "mistral-moderation-latest", input: "Hello" },
      reply: {
        json: {
          id: "m-1",
          model: "mistral-moderation-latest",
          results: [{ categories: { sexual: false, pii: true }, category_scores: { sexual: 0, pii: 0.9 } }],
        },
      },
      seen: { json: { results: [{ flagged: true, categories: { sexual: false, pii: true } }] } },
    }),
  ],
  // ai.google.dev/api/embeddings, gemini-api/docs/speech-generation, gemini-api/docs/audio (2026-11)
  gemini: [
    call("embeddings", "gemini-embedding-001", {
      target: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
      send: embeddingsRequest,
      body: {
        requests: ["Hello", "World"].map((text) => ({
          model: "models/gemini-embedding-001",
          content: { parts: [{ text }] },
          outputDimensionality: 256,
        })),
      },
      reply: { json: { embeddings: [{ values: [0.5, -0.5] }, { values: [0.25, 1] }] } },
      seen: embedded,
    }),
    {
      name: "embeddings, for a client of Gemini's own",
      proves: "embeddings",
      to: "/v1beta/models/MODEL:embedContent",
      model: "gemini-embedding-001",
      target: "/v1beta/models/gemini-embedding-001:embedContent",
      send: { content: { parts: [{ text: "Hello" }] }, taskType: "RETRIEVAL_QUERY" },
      body: { content: { parts: [{ text: "Hello" }] }, taskType: "RETRIEVAL_QUERY" },
      reply: { json: { embedding: { values: [0.5, -0.5] } } },
      seen: { json: { embedding: { values: [0.5, -0.5] } } },
    },
    call("audio/speech", "gemini-2.5-flash-preview-tts", {
      target: "/v1beta/models/gemini-2.5-flash-preview-tts:generateContent",
      send: { ...speechRequest, response_format: "pcm" },
      body: {
        contents: [{ role: "user", parts: [{ text: "Hello" }] }],
        generationConfig: {
          responseModalities: ["AUDIO"],
          speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
        },
      },
      reply: {
        json: {
          candidates: [
            {
              content: {
                parts: [
                  {
                    inlineData: {
                      mimeType: "audio/L16;codec=pcm;rate=24000",
                      data: Buffer.from(spoken).toString("base64"),
                    },
                  },
                ],
              },
              finishReason: "STOP",
            },
          ],
        },
      },
      seen: { bytes: spoken, type: "audio/pcm" },
    }),
    call("audio/transcriptions", "gemini-2.5-flash", {
      target: "/v1beta/models/gemini-2.5-flash:generateContent",
      send: form([file, ["language", "en"]]),
      body: {
        contents: [
          {
            role: "user",
            parts: [
              { text: expect.stringContaining("Transcribe") as unknown as string },
              { inlineData: { mimeType: "audio/mpeg", data: audioBase64 } },
            ],
          },
        ],
      },
      reply: { json: { candidates: [{ content: { parts: [{ text: "Hello" }] }, finishReason: "STOP" }] } },
      seen: { json: { text: "Hello" } },
    }),
  ],
  // docs.cohere.com/reference/embed, /rerank, /create-audio-transcription (2026-11)
  cohere: [
    call("embeddings", "embed-v4.0", {
      target: "/v2/embed",
      send: embeddingsRequest,
      body: {
        model: "embed-v4.0",
        texts: ["Hello", "World"],
        input_type: "search_document",
        embedding_types: ["float"],
        output_dimension: 256,
      },
      reply: {
        json: {
          id: "e-1",
          embeddings: {
            float: [
              [0.5, -0.5],
              [0.25, 1],
            ],
          },
          texts: ["hello", "world"],
          meta: { api_version: { version: "2" }, billed_units: { input_tokens: 2 } },
        },
      },
      seen: embedded,
    }),
    call("rerank", "rerank-v3.5", {
      target: "/v2/rerank",
      send: rerankRequest,
      body: { model: "rerank-v3.5", ...rerankRequest },
      reply: {
        json: {
          id: "r-1",
          results: [{ index: 0, relevance_score: 0.9 }],
          meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
        },
      },
      seen: ranked,
    }),
    call("audio/transcriptions", "cohere-transcribe-03-2026", {
      target: "/v2/audio/transcriptions",
      send: form([file, ["language", "en"]]),
      body: form([file, ["language", "en"], ["model", "cohere-transcribe-03-2026"]]),
      reply: { json: { text: "Hello" } },
      seen: { json: { text: "Hello" } },
    }),
  ],
  // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed, rerank-supported; as translation of Cohere's own bodies
  bedrock: [
    call("embeddings", "cohere.embed-v4:0", {
      target: "/model/cohere.embed-v4%3A0/invoke",
      send: embeddingsRequest,
      body: {
        texts: ["Hello", "World"],
        input_type: "search_document",
        embedding_types: ["float"],
        output_dimension: 256,
      },
      reply: {
        headers: [["x-amzn-bedrock-input-token-count", "4"]],
        json: {
          id: "e-1",
          response_type: "embeddings_by_type",
          embeddings: {
            float: [
              [0.5, -0.5],
              [0.25, 1],
            ],
          },
          texts: ["hello", "world"],
        },
      },
      seen: embedded,
    }),
    call("rerank", "cohere.rerank-v3-5:0", {
      target: "/model/cohere.rerank-v3-5%3A0/invoke",
      send: rerankRequest,
      body: { ...rerankRequest, api_version: 2 },
      reply: { json: { results: [{ index: 0, relevance_score: 0.9 }] } },
      seen: ranked,
    }),
  ],
  // docs.voyageai.com/reference/embeddings-api, /reranker-api (2026-11)
  voyage: [
    {
      name: "embeddings, for a client of Gemini's",
      proves: "embeddings",
      to: "/v1beta/models/MODEL:batchEmbedContents",
      model: "voyage-3.5",
      target: "/v1/embeddings",
      send: {
        requests: [
          { model: "models/x", content: { parts: [{ text: "Hello" }] }, taskType: "RETRIEVAL_QUERY" },
          { model: "models/x", content: { parts: [{ text: "World" }] }, taskType: "RETRIEVAL_QUERY" },
        ],
      },
      body: { model: "voyage-3.5", input: ["Hello", "World"], input_type: "query" },
      reply: { json: openaiVectors({ total_tokens: 4 }, "voyage-3.5") },
      seen: { json: { embeddings: [{ values: [0.5, -0.5] }, { values: [0.25, 1] }] } },
    },
    call("embeddings", "voyage-3.5", {
      target: "/v1/embeddings",
      send: embeddingsRequest,
      body: { model: "voyage-3.5", input: ["Hello", "World"], output_dimension: 256 },
      reply: { json: openaiVectors({ total_tokens: 4 }, "voyage-3.5") },
      seen: embedded,
    }),
    call("rerank", "rerank-2.5", {
      target: "/v1/rerank",
      send: rerankRequest,
      body: { model: "rerank-2.5", query: "What is a panda?", documents: ["A bear.", "A fish."], top_k: 1 },
      reply: {
        json: {
          object: "list",
          data: [{ index: 0, relevance_score: 0.9 }],
          model: "rerank-2.5",
          usage: { total_tokens: 20 },
        },
      },
      seen: ranked,
    }),
  ],
  // api.jina.ai/redoc (2026-11)
  jina: [
    call("embeddings", "jina-embeddings-v3", {
      target: "/v1/embeddings",
      send: embeddingsRequest,
      body: { model: "jina-embeddings-v3", input: ["Hello", "World"], dimensions: 256 },
      reply: { json: openaiVectors({ prompt_tokens: 4, total_tokens: 4 }, "jina-embeddings-v3") },
      seen: embedded,
    }),
    call("rerank", "jina-reranker-v2-base-multilingual", {
      target: "/v1/rerank",
      send: rerankRequest,
      body: { model: "jina-reranker-v2-base-multilingual", ...rerankRequest },
      reply: {
        json: {
          model: "jina-reranker-v2-base-multilingual",
          object: "list",
          usage: { total_tokens: 20 },
          results: [{ index: 0, document: { text: "A bear." }, relevance_score: 0.9 }],
        },
      },
      seen: ranked,
    }),
  ],
  // elevenlabs.io/docs/api-reference/text-to-speech/convert, /speech-to-text/convert (2026-11)
  elevenlabs: [
    call("audio/speech", "eleven_multilingual_v2", {
      target: "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb?output_format=mp3_44100_128",
      send: { input: "Hello", voice: "JBFqnCBsd6RMkjVDRZzb", response_format: "mp3", speed: 1.1 },
      body: { text: "Hello", model_id: "eleven_multilingual_v2", voice_settings: { speed: 1.1 } },
      reply: { bytes: spoken, type: "audio/mpeg" },
      seen: { bytes: spoken, type: "audio/mpeg" },
    }),
    call("audio/transcriptions", "scribe_v1", {
      target: "/v1/speech-to-text",
      send: form([file, ["language", "en"]]),
      body: form([["model_id", "scribe_v1"], ["language_code", "en"], ["timestamps_granularity", "none"], file]),
      reply: { json: { language_code: "eng", language_probability: 0.99, text: "Hello", words: [] } },
      seen: { json: { text: "Hello" } },
    }),
  ],
  // platform.minimax.io/docs/api-reference/speech-t2a-http; platform.minimaxi.com/document/Embeddings (2026-11)
  minimax: [
    call("audio/speech", "speech-2.6-hd", {
      target: "/v1/t2a_v2",
      send: { ...speechRequest, response_format: "mp3" },
      body: {
        model: "speech-2.6-hd",
        text: "Hello",
        stream: false,
        output_format: "hex",
        voice_setting: { voice_id: "Kore", speed: 1 },
        audio_setting: { format: "mp3" },
      },
      reply: {
        json: {
          data: { audio: Buffer.from(spoken).toString("hex"), status: 2 },
          extra_info: { audio_length: 1000, usage_characters: 5 },
          base_resp: { status_code: 0, status_msg: "success" },
        },
      },
      seen: { bytes: spoken, type: "audio/mpeg" },
    }),
    call("embeddings", "embo-01", {
      target: "/v1/embeddings",
      send: { input: ["Hello", "World"] },
      body: { model: "embo-01", texts: ["Hello", "World"], type: "db" },
      reply: {
        json: {
          vectors: [
            [0.5, -0.5],
            [0.25, 1],
          ],
          total_tokens: 4,
          base_resp: { status_code: 0, status_msg: "success" },
        },
      },
      seen: embedded,
    }),
  ],
  // platform.xiaomimimo.com/docs/usage-guide/speech-synthesis-v2.5, /speech-recognition (2026-11)
  xiaomi: [
    call("audio/speech", "mimo-v2.5-tts", {
      target: "/v1/chat/completions",
      send: { ...speechRequest, voice: "mimo_default" },
      body: {
        model: "mimo-v2.5-tts",
        messages: [{ role: "assistant", content: "Hello" }],
        audio: { format: "wav", voice: "mimo_default" },
      },
      reply: {
        json: {
          choices: [
            { index: 0, message: { role: "assistant", audio: { data: Buffer.from(spoken).toString("base64") } } },
          ],
        },
      },
      seen: { bytes: spoken, type: "audio/wav" },
    }),
    call("audio/transcriptions", "mimo-v2.5-asr", {
      target: "/v1/chat/completions",
      send: form([file, ["language", "en"]]),
      body: {
        model: "mimo-v2.5-asr",
        asr_options: { language: "en" },
        messages: [
          {
            role: "user",
            content: [{ type: "input_audio", input_audio: { data: `data:audio/mpeg;base64,${audioBase64}` } }],
          },
        ],
      },
      reply: { json: { choices: [{ index: 0, message: { role: "assistant", content: "Hello" } }] } },
      seen: { json: { text: "Hello" } },
    }),
  ],
};
