// Vendors without chat: speech, embeddings, ranking.
import type { ProviderRow } from "./provider.ts";
import { bearer } from "./row-parts.ts";

export const mediaRows: readonly ProviderRow[] = [
  {
    type: "elevenlabs",
    title: "ElevenLabs",
    baseUrl: "https://api.elevenlabs.io",
    versionSuffix: "",
    envPrefix: "ELEVENLABS",
    keyEnv: ["ELEVEN_API_KEY", "XI_API_KEY"],
    auth: { header: "xi-api-key", prefix: "" },
    speaks: {},
    operations: {
      "audio/speech": { path: "/v1/text-to-speech/{voice}", shape: "elevenlabs" },
      "audio/transcriptions": { path: "/v1/speech-to-text", shape: "elevenlabs" },
    },
    models: { path: "/v1/models", shape: "elevenlabs" },
    // The listing holds voices' models only (gomodel.md 3.2).
    knownModels: ["scribe_v1", "scribe_v2"],
    origin: "elevenlabs",
    source: "elevenlabs.io/docs/api-reference/text-to-speech, /speech-to-text, /models (2026-11)",
  },
  {
    type: "voyage",
    title: "Voyage AI",
    baseUrl: "https://api.voyageai.com/v1",
    versionSuffix: "/v1",
    envPrefix: "VOYAGE",
    envAliases: ["VOYAGEAI"],
    auth: bearer,
    speaks: {},
    operations: {
      embeddings: { path: "/embeddings", shape: "voyage" },
      rerank: { path: "/rerank", shape: "voyage" },
    },
    // The host lists none.
    knownModels: ["voyage-3.5", "voyage-3.5-lite", "voyage-3-large", "voyage-code-3", "rerank-2.5", "rerank-2.5-lite"],
    origin: "voyage",
    source: "docs.voyageai.com/reference/embeddings-api, /reranker-api (2026-11)",
  },
  {
    type: "jina",
    aliases: ["jina-ai"],
    title: "Jina AI",
    baseUrl: "https://api.jina.ai/v1",
    versionSuffix: "/v1",
    envPrefix: "JINA",
    envAliases: ["JINA_AI"],
    auth: bearer,
    speaks: {},
    operations: {
      embeddings: { path: "/embeddings", shape: "jina" },
      rerank: { path: "/rerank", shape: "jina" },
    },
    // The host lists none.
    knownModels: [
      "jina-embeddings-v4",
      "jina-embeddings-v3",
      "jina-clip-v2",
      "jina-reranker-v3",
      "jina-reranker-v2-base-multilingual",
    ],
    origin: "jina",
    source: "api.jina.ai/redoc, jina.ai/embeddings, jina.ai/reranker (2026-11)",
  },
];
