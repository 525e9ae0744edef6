// Servers that people run themselves, and hosts that only they know.
import type { ProviderRow } from "./provider.ts";
import { openaiAudio, openaiEndpoints, openaiImages, resultsRerank } from "./row-operations.ts";
import { bearer, chat, chatEdits, openaiListing } from "./row-parts.ts";

export const localRows: readonly ProviderRow[] = [
  {
    type: "ollama",
    title: "Ollama",
    versionSuffix: "/v1",
    envPrefix: "OLLAMA",
    keyless: true,
    auth: bearer,
    speaks: {
      "openai-chat": {
        path: "/chat/completions",
        streamUsage: "ask",
        adjust: [...chatEdits, "ollama-unsupported"],
        // All parallel calls carry index 0 (ollama#15457, #7881): clients would merge their arguments.
        repairs: ["tool-index"],
      },
    },
    operations: { embeddings: openaiEndpoints.embeddings },
    models: openaiListing,
    origin: "ollama",
    source: "github.com/ollama/ollama docs/openai.md (2026-08); translation.md D1",
  },
  {
    type: "vllm",
    title: "vLLM",
    versionSuffix: "/v1",
    envPrefix: "VLLM",
    keyless: true,
    auth: bearer,
    speaks: chat(),
    operations: {
      embeddings: openaiEndpoints.embeddings,
      "audio/transcriptions": openaiAudio["audio/transcriptions"],
      "audio/translations": openaiAudio["audio/translations"],
      rerank: resultsRerank,
    },
    models: openaiListing,
    origin: "vllm",
    flags: { reasoningReplay: "reasoning_content" },
    source: "docs.vllm.ai serving/openai_compatible_server (2026-08); translation.md D1",
  },
  {
    type: "openai-compatible",
    title: "Any host that speaks Chat Completions",
    versionSuffix: "",
    envPrefix: "OPENAI_COMPATIBLE",
    keyless: true,
    auth: bearer,
    speaks: chat(),
    operations: { ...openaiEndpoints, ...openaiImages, ...openaiAudio, rerank: resultsRerank },
    models: openaiListing,
    origin: "openai-compatible",
    source: "the operator's own host: nothing is assumed beyond the dialect",
  },
];
