// Vendors that serve models of many makers.
import { groqModels } from "./model-rules.ts";
import type { ProviderRow } from "./provider.ts";
import { openaiAudio, openaiEndpoints } from "./row-operations.ts";
import { bearer, chat, openaiListing } from "./row-parts.ts";

export const hostRows: readonly ProviderRow[] = [
  {
    type: "groq",
    title: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    versionSuffix: "/openai/v1",
    envPrefix: "GROQ",
    auth: bearer,
    speaks: chat(["groq-unsupported", "cache-control-strip", "reasoning-effort", "reasoning-history-rename"]),
    operations: { ...openaiAudio, embeddings: openaiEndpoints.embeddings },
    models: openaiListing,
    origin: "groq",
    flags: { reasoningReplay: "reasoning", efforts: [] },
    modelRules: groqModels,
    source: "console.groq.com/docs/api-reference (2026-08); translation.md D1",
  },
  {
    type: "openrouter",
    title: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    versionSuffix: "/api/v1",
    envPrefix: "OPENROUTER",
    auth: bearer,
    headers: { "x-title": "Sluice" },
    speaks: chat(["reasoning-object"]),
    operations: { ...openaiAudio, embeddings: openaiEndpoints.embeddings },
    models: openaiListing,
    origin: "openrouter",
    flags: { reasoningReplay: "reasoning_details", cacheControl: true },
    source: "openrouter.ai/docs/api-reference (2026-08); translation.md D1",
  },
];
