// Endpoints beside chat that many rows of the table have alike.
import type { OperationRow } from "./provider.ts";

const openai = (path: string): OperationRow => ({ path, shape: "openai" });

/** platform.openai.com/docs/api-reference (2026-08): what a host may have beside chat in OpenAI's own shape. */
export const openaiEndpoints = {
  embeddings: openai("/embeddings"),
  moderations: openai("/moderations"),
} as const;

export const openaiImages = {
  "images/generations": openai("/images/generations"),
  "images/edits": openai("/images/edits"),
  "images/variations": openai("/images/variations"),
} as const;

export const openaiAudio = {
  "audio/speech": openai("/audio/speech"),
  "audio/transcriptions": openai("/audio/transcriptions"),
  "audio/translations": openai("/audio/translations"),
} as const;

/** The form of Jina's rerank, which vLLM, llama.cpp and others have taken over (`results`, `top_n`, `return_documents`). */
export const resultsRerank: OperationRow = { path: "/rerank", shape: "jina" };
