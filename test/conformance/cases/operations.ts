// Wire examples of endpoints beside chat, by provider: those in OpenAI's form first, then each form of its own.
import type { Call } from "../case.ts";
import {
  audio,
  embeddings,
  imageGeneration,
  images,
  moderations,
  rerank,
  speech,
  transcription,
  translation,
} from "../operation-host.ts";
import { ownOperations } from "./operations-own.ts";

/** Endpoints in OpenAI's form, each at the vendor's own address. */
const openaiOperations: { readonly [type: string]: readonly Call[] } = {
  openai: [
    embeddings("/v1/embeddings", "text-embedding-3-small"),
    moderations("/v1/moderations", "omni-moderation-latest"),
    ...images("/v1", "gpt-image-1"),
    ...audio("/v1", "gpt-4o-mini-tts"),
  ],
  xai: [embeddings("/v1/embeddings", "v1"), imageGeneration("/v1/images/generations", "grok-2-image")],
  mistral: [transcription("/v1/audio/transcriptions", "voxtral-mini-latest")],
  zai: [
    embeddings("/api/paas/v4/embeddings", "embedding-3"),
    imageGeneration("/api/paas/v4/images/generations", "glm-image"),
  ],
  kimicode: [embeddings("/coding/v1/embeddings", "bge_m3_embed")],
  bailian: [embeddings("/compatible-mode/v1/embeddings", "text-embedding-v4")],
  groq: [
    embeddings("/openai/v1/embeddings", "nomic-embed-text-v1_5"),
    ...audio("/openai/v1", "whisper-large-v3-turbo"),
  ],
  openrouter: [
    embeddings("/api/v1/embeddings", "openai/text-embedding-3-small"),
    ...audio("/api/v1", "openai/gpt-4o-mini-tts"),
    rerank("/api/v1/rerank", "cohere/rerank-v3.5"),
  ],
  together: [
    embeddings("/v1/embeddings", "BAAI/bge-base-en-v1.5"),
    imageGeneration("/v1/images/generations", "black-forest-labs/FLUX.1-schnell"),
    ...audio("/v1", "openai/whisper-large-v3"),
    rerank("/v1/rerank", "Salesforce/Llama-Rank-v1"),
  ],
  fireworks: [embeddings("/inference/v1/embeddings", "nomic-ai/nomic-embed-text-v1.5")],
  deepinfra: [
    embeddings("/v1/openai/embeddings", "BAAI/bge-m3"),
    imageGeneration("/v1/openai/images/generations", "black-forest-labs/FLUX-1-schnell"),
    ...audio("/v1/openai", "openai/whisper-large-v3"),
  ],
  nvidia: [embeddings("/v1/embeddings", "nvidia/nv-embed-v1")],
  sambanova: [
    embeddings("/v1/embeddings", "E5-Mistral-7B-Instruct"),
    transcription("/v1/audio/transcriptions", "Whisper-Large-v3"),
    translation("/v1/audio/translations", "Whisper-Large-v3"),
  ],
  github: [embeddings("/inference/embeddings", "openai/text-embedding-3-small")],
  ollama: [embeddings("/v1/embeddings", "nomic-embed-text")],
  vllm: [
    embeddings("/v1/embeddings", "BAAI/bge-m3"),
    transcription("/v1/audio/transcriptions", "openai/whisper-large-v3"),
    translation("/v1/audio/translations", "openai/whisper-large-v3"),
    rerank("/v1/rerank", "BAAI/bge-reranker-v2-m3"),
  ],
  sglang: [embeddings("/v1/embeddings", "BAAI/bge-m3"), rerank("/v1/rerank", "BAAI/bge-reranker-v2-m3")],
  llamacpp: [embeddings("/v1/embeddings", "bge-m3.gguf"), rerank("/v1/rerank", "bge-reranker.gguf")],
  llmd: [embeddings("/v1/embeddings", "BAAI/bge-m3")],
  lmstudio: [embeddings("/v1/embeddings", "text-embedding-nomic")],
  "openai-compatible": [
    embeddings("/api/v2/embeddings", "some-embedder"),
    moderations("/api/v2/moderations", "some-moderator"),
    ...images("/api/v2", "some-painter"),
    speech("/api/v2/audio/speech", "some-speaker"),
    transcription("/api/v2/audio/transcriptions", "some-listener"),
    translation("/api/v2/audio/translations", "some-listener"),
    rerank("/api/v2/rerank", "some-ranker"),
  ],
};

export function operationCalls(type: string): readonly Call[] {
  return [...(openaiOperations[type] ?? []), ...(ownOperations[type] ?? [])];
}
