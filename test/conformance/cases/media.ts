// Wire examples of vendors without chat.
import { HOST, KEY, type ProviderCase } from "../case.ts";

export const mediaCases: readonly ProviderCase[] = [
  {
    type: "elevenlabs",
    documents: "elevenlabs.io/docs/api-reference/models/list, /text-to-speech, /speech-to-text (2026-11)",
    environment: { ELEVENLABS_API_KEY: KEY, ELEVENLABS_BASE_URL: HOST },
    alsoKnownAs: ["ELEVEN_API_KEY", "XI_API_KEY"],
    address: "https://api.elevenlabs.io",
    headers: { "xi-api-key": KEY },
    listing: {
      target: "/v1/models",
      reply: [{ model_id: "eleven_multilingual_v2", name: "Eleven Multilingual v2", can_do_text_to_speech: true }],
      models: ["eleven_multilingual_v2", "scribe_v1"],
    },
    calls: [],
  },
  {
    type: "voyage",
    documents: "docs.voyageai.com/reference/embeddings-api, /reranker-api (2026-11)",
    environment: { VOYAGE_API_KEY: KEY, VOYAGE_BASE_URL: HOST },
    alsoKnownAs: ["VOYAGEAI_API_KEY"],
    address: "https://api.voyageai.com/v1",
    headers: { authorization: `Bearer ${KEY}` },
    calls: [],
  },
  {
    type: "jina",
    documents: "api.jina.ai/redoc, jina.ai/embeddings, jina.ai/reranker (2026-11)",
    environment: { JINA_API_KEY: KEY, JINA_BASE_URL: HOST },
    alsoKnownAs: ["JINA_AI_API_KEY"],
    address: "https://api.jina.ai/v1",
    headers: { authorization: `Bearer ${KEY}` },
    calls: [],
  },
];
