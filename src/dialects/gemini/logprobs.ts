// Log probabilities: Google's two parallel lists as OpenAI's one list of tokens with their rivals.
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";

/** Undefined when there are none. A token's `bytes` are those of its text, as Google sends no others. */
export function readLogprobs(value: JsonValue | undefined): JsonObject | undefined {
  const node = asObject(value);
  const chosen = asArray(node?.["chosenCandidates"]);
  if (!chosen || chosen.length === 0) return undefined;
  const rivals = asArray(node?.["topCandidates"]) ?? [];
  const content = chosen.map((token, index) => ({
    ...readToken(token),
    top_logprobs: (asArray(asObject(rivals[index])?.["candidates"]) ?? []).map(readToken),
  }));
  return { content };
}

function readToken(value: JsonValue): JsonObject {
  const node = asObject(value);
  const token = asString(node?.["token"]) ?? "";
  const id = asNumber(node?.["tokenId"]);
  return {
    token,
    logprob: asNumber(node?.["logProbability"]) ?? 0,
    bytes: [...new TextEncoder().encode(token)],
    // OpenAI's form has no place for it and lets further fields be.
    ...(id !== undefined ? { token_id: id } : {}),
  };
}
