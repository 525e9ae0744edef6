// Writes how a candidate ended, what it was counted, its citations and log probabilities (translation.md B6, B7, X40).
import type { Citation } from "../../core/chat.ts";
import type { Stop, StopKind } from "../../core/events.ts";
import { asArray, asNumber, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { citationLosses } from "../reply-losses.ts";

/** translation.md B6, column GM. There is no reason for tool calls: STOP and a call. */
const reasonOfStop: { readonly [kind in StopKind]: string } = {
  end: "STOP",
  "stop-sequence": "STOP",
  "tool-calls": "STOP",
  length: "MAX_TOKENS",
  "context-full": "MAX_TOKENS",
  safety: "SAFETY",
  recitation: "RECITATION",
  paused: "OTHER",
  other: "OTHER",
};

/** Reasons that mean one kind more narrowly (A4.5): they pass where Google itself gave them. */
const finerReasons: { readonly [reason: string]: StopKind } = {
  PROHIBITED_CONTENT: "safety",
  BLOCKLIST: "safety",
  SPII: "safety",
  IMAGE_SAFETY: "safety",
  IMAGE_PROHIBITED_CONTENT: "safety",
  IMAGE_RECITATION: "recitation",
  LANGUAGE: "other",
  NO_IMAGE: "other",
  TOO_MANY_TOOL_CALLS: "other",
  IMAGE_OTHER: "other",
  CONTINUATION: "other",
  FINISH_REASON_UNSPECIFIED: "other",
};

/** A refusal that the model wrote as its answer is a safety stop, whatever word came with it (A6). */
export function writeFinish(stop: Stop, refused: boolean, lose: (field: string) => void): JsonObject {
  if (stop.sequence !== undefined || stop.kind === "stop-sequence") lose("stop_sequence");
  const kind = refused && (stop.kind === "end" || stop.kind === "other") ? "safety" : stop.kind;
  const raw = stop.raw ?? "";
  const finer = Object.hasOwn(finerReasons, raw) && finerReasons[raw] === kind;
  return {
    finishReason: finer ? raw : reasonOfStop[kind],
    ...(stop.explanation !== undefined ? { finishMessage: stop.explanation } : {}),
  };
}

/** Thoughts stand beside the candidates' tokens, cached tokens inside the prompt's (B7). Google's own counts pass as they came. */
export function writeUsage(usage: Usage): JsonObject {
  if (asNumber(usage.raw?.["promptTokenCount"]) !== undefined) return usage.raw as JsonObject;
  const prompt: [string, number | undefined][] = [
    ["TEXT", usage.inputTextTokens],
    ["IMAGE", usage.inputImageTokens],
    ["AUDIO", usage.inputAudioTokens || undefined],
  ];
  const promptDetails = prompt.flatMap(([modality, tokenCount]) =>
    tokenCount === undefined ? [] : [{ modality, tokenCount }],
  );
  return {
    promptTokenCount: usage.inputTokens,
    candidatesTokenCount: Math.max(0, usage.outputTokens - usage.reasoningTokens),
    totalTokenCount: usage.totalTokens,
    ...(usage.reasoningTokens > 0 ? { thoughtsTokenCount: usage.reasoningTokens } : {}),
    ...(usage.cacheReadTokens > 0 ? { cachedContentTokenCount: usage.cacheReadTokens } : {}),
    ...(promptDetails.length > 0 ? { promptTokensDetails: promptDetails } : {}),
    ...(usage.outputAudioTokens > 0
      ? { candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: usage.outputAudioTokens }] }
      : {}),
  };
}

/** The same with what the provider itself counted, where that is not Google: for the end of a reply. */
export function writeLastUsage(usage: Usage): JsonObject {
  const counts = writeUsage(usage);
  return usage.raw && counts !== usage.raw ? { ...counts, rawUsage: usage.raw } : counts;
}

/** A citation and the text it stands on, in UTF-16 units of the candidate's whole text. */
export type PlacedCitation = { start: number; end: number; citation: Citation };

/** Undefined without citations. Google counts bytes of UTF-8, we count UTF-16 units (X40). */
export function writeGrounding(
  placed: readonly PlacedCitation[],
  text: string,
  lose: (field: string) => void,
): JsonObject | undefined {
  if (placed.length === 0) return undefined;
  const chunks: JsonObject[] = [];
  const indexOf = new Map<string, number>();
  const supports = placed.map(({ start, end, citation }) => {
    const source = writeSource(citation);
    for (const field of citationLosses(citation, [source, text.slice(start, end)])) lose(field);
    const key = JSON.stringify(source);
    const index = indexOf.get(key) ?? chunks.push(source) - 1;
    indexOf.set(key, index);
    const segment = {
      startIndex: Buffer.byteLength(text.slice(0, start)),
      endIndex: Buffer.byteLength(text.slice(0, end)),
      text: text.slice(start, end),
    };
    return { segment, groundingChunkIndices: [index] };
  });
  return { groundingChunks: chunks, groundingSupports: supports };
}

function writeSource({ raw, url, title, citedText, kind }: Citation): JsonObject {
  const isOwn = ["web", "maps", "retrievedContext"].some((source) => asObject(raw?.[source]));
  if (raw && isOwn) return raw;
  const source: JsonObject = {
    ...(url !== undefined ? { uri: url } : {}),
    ...(title !== undefined ? { title } : {}),
  };
  return kind === "url"
    ? { web: source }
    : { retrievedContext: { ...source, ...(citedText !== undefined ? { text: citedText } : {}) } };
}

/** OpenAI's one list of tokens with their rivals as Google's two parallel lists; undefined without tokens. */
export function writeLogprobs(logprobs: JsonObject): JsonObject | undefined {
  const tokens = (asArray(logprobs["content"]) ?? []).filter(isObject);
  if (tokens.length === 0) return undefined;
  return {
    chosenCandidates: tokens.map(writeToken),
    topCandidates: tokens.map((token) => ({
      candidates: (asArray(token["top_logprobs"]) ?? []).filter(isObject).map(writeToken),
    })),
  };
}

function writeToken(token: JsonObject): JsonObject {
  const id = asNumber(token["token_id"]);
  return {
    token: asString(token["token"]) ?? "",
    logProbability: asNumber(token["logprob"]) ?? 0,
    ...(id !== undefined ? { tokenId: id } : {}),
  };
}

/** What of log probabilities Google's lists cannot hold: those of a refusal, and bytes that are not the token's text. */
export function logprobLosses(logprobs: JsonObject): string[] {
  const lost: string[] = [];
  if ((asArray(logprobs["refusal"])?.length ?? 0) > 0) lost.push("logprobs.refusal");
  const tokens = (asArray(logprobs["content"]) ?? []).filter(isObject);
  const all = tokens.flatMap((token) => [token, ...(asArray(token["top_logprobs"]) ?? []).filter(isObject)]);
  if (all.some(hasOwnBytes)) lost.push("logprobs.bytes");
  return lost;
}

function hasOwnBytes(token: JsonObject): boolean {
  const bytes = asArray(token["bytes"]);
  return bytes !== undefined && Buffer.from(asString(token["token"]) ?? "").join() !== bytes.join();
}
