// The table of endpoints that are not chat.
import type { OperationId } from "../core/operation.ts";
import { a2a } from "./a2a.ts";
import { embeddings } from "./embeddings.ts";
import { imageEdits, imageGenerations, imageVariations } from "./images.ts";
import { moderations } from "./moderations.ts";
import type { Operation } from "./operation.ts";
import { rerank } from "./rerank.ts";
import { speech } from "./speech.ts";
import { transcription, translation } from "./transcription.ts";

export const operations: { readonly [id in OperationId]: Operation } = {
  embeddings,
  "images/generations": imageGenerations,
  "images/edits": imageEdits,
  "images/variations": imageVariations,
  "audio/speech": speech,
  "audio/transcriptions": transcription,
  "audio/translations": translation,
  moderations,
  rerank,
  a2a,
};
