// Writes a whole canonical reply as a generateContent response (translation.md A4.5).
import type { Block } from "../../core/chat.ts";
import type { Reply, ReplyChoice } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import { isoOfSeconds } from "../../core/time.ts";
import type { Usage } from "../../core/usage.ts";
import type { ReplyContext } from "../dialect.ts";
import {
  logprobLosses,
  type PlacedCitation,
  writeFinish,
  writeGrounding,
  writeLastUsage,
  writeLogprobs,
} from "./write-end.ts";
import { placeExtra, writeReplyPart } from "./write-parts.ts";

/** Clients take a candidate without parts for no answer, and forget the question with it (C3; Google's own chat helper). */
export const emptyPart: JsonObject = { text: "" };

export type ReplyHead = { id?: string | undefined; model?: string | undefined; createdAtSeconds?: number | undefined };

export function writeHead(head: ReplyHead, context: ReplyContext): JsonObject {
  const createTime = isoOfSeconds(head.createdAtSeconds);
  return {
    modelVersion: head.model ?? context.model,
    responseId: head.id ?? context.requestId,
    ...(createTime !== undefined && { createTime }),
  };
}

/** What of the reply could not be written is added to `reply.lost`. */
export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const choices: ReplyChoice[] = reply.choices.length > 0 ? reply.choices : [{ blocks: [], stop: { kind: "end" } }];
  const lost = new Set(reply.lost);
  const extra = placeExtra(reply.extra);
  for (const field of extra.refused) lost.add(field);
  const candidates = choices.map((choice, index) => ({
    ...writeCandidate(choice, (field) => lost.add(field)),
    index,
    ...extra.candidates.get(index),
  }));
  reply.lost.splice(0, reply.lost.length, ...lost);
  return {
    ...extra.top,
    candidates,
    ...lastUsage(reply.usage, extra.trafficType),
    ...writeHead(reply, context),
  };
}

/** Vertex may tell a kind of traffic without any count. */
export function lastUsage(usage: Usage | undefined, trafficType: JsonObject): { usageMetadata?: JsonObject } {
  if (!usage && Object.keys(trafficType).length === 0) return {};
  return { usageMetadata: { ...(usage ? writeLastUsage(usage) : {}), ...trafficType } };
}

function writeCandidate(choice: ReplyChoice, lose: (field: string) => void): JsonObject {
  const parts = choice.blocks.map((block) => writeReplyPart(block, lose)).filter((part) => part !== undefined);
  const { text, citations } = citationsOf(choice.blocks);
  const grounding = writeGrounding(citations, text, lose);
  const logprobs = choice.logprobs && writeLogprobs(choice.logprobs);
  for (const field of choice.logprobs ? logprobLosses(choice.logprobs) : []) lose(field);
  const refused = choice.blocks.some((block) => block.type === "refusal");
  return {
    content: { parts: parts.length > 0 ? parts : [emptyPart], role: "model" },
    ...writeFinish(choice.stop, refused, lose),
    ...(grounding ? { groundingMetadata: grounding } : {}),
    ...(logprobs ? { logprobsResult: logprobs } : {}),
  };
}

/** Without offsets a citation is of its whole block. */
function citationsOf(blocks: readonly Block[]): { text: string; citations: PlacedCitation[] } {
  let text = "";
  const citations: PlacedCitation[] = [];
  for (const block of blocks) {
    if (block.type !== "text" && block.type !== "refusal") continue;
    const start = text.length;
    text += block.text;
    for (const citation of (block.type === "text" ? block.citations : undefined) ?? []) {
      const end = citation.endIndex === undefined ? text.length : start + citation.endIndex;
      citations.push({ start: start + (citation.startIndex ?? 0), end, citation });
    }
  }
  return { text, citations };
}
