// What vectors are for: every host has its own field and its own words for the same few purposes.
import { asString, type JsonObject } from "../../core/json.ts";

export type PurposeWords = "cohere" | "voyage" | "jina" | "gemini";

// docs.cohere.com/reference/embed, docs.voyageai.com/reference/embeddings-api, jina.ai/embeddings (API reference),
// ai.google.dev/api/embeddings#tasktype; all read 2026-08.
const purposes: readonly { readonly [words in PurposeWords]?: string }[] = [
  { cohere: "search_document", voyage: "document", jina: "retrieval.passage", gemini: "RETRIEVAL_DOCUMENT" },
  { cohere: "search_query", voyage: "query", jina: "retrieval.query", gemini: "RETRIEVAL_QUERY" },
  { cohere: "classification", jina: "classification", gemini: "CLASSIFICATION" },
  { cohere: "clustering", jina: "separation", gemini: "CLUSTERING" },
  { jina: "text-matching", gemini: "SEMANTIC_SIMILARITY" },
];

const fields: { readonly [name: string]: readonly PurposeWords[] } = {
  input_type: ["cohere", "voyage"],
  task: ["jina"],
  taskType: ["gemini"],
  task_type: ["gemini"],
};

/** Names of the fields that say a purpose. */
export const purposeFields: readonly string[] = Object.keys(fields);

/** The purpose in a host's own words, and the client's fields that could not be said in them. */
export function purposeFor(words: PurposeWords, extra: JsonObject): { value: string | undefined; lost: string[] } {
  let value: string | undefined;
  const lost: string[] = [];
  for (const [name, spoken] of Object.entries(fields)) {
    const written = asString(extra[name]);
    if (written === undefined) continue;
    const known = purposes.find((purpose) => spoken.some((word) => purpose[word] === written));
    // A word that is not in the table may still be one of the host's own.
    const said = known?.[words] ?? (spoken.includes(words) && !known ? written : undefined);
    if (said === undefined || value !== undefined) lost.push(name);
    else value = said;
  }
  return { value, lost };
}

/** Fields of `extra` that are not among `known`: nobody has read them. */
export function unread(extra: JsonObject, known: readonly string[] = []): string[] {
  return Object.keys(extra).filter((name) => !known.includes(name) && !purposeFields.includes(name));
}
