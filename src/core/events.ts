// The canonical reply: a stream of events with exactly one terminal event, and its fold into a whole reply.
import type { Block, Citation, OpaqueState } from "./chat.ts";
import type { GatewayError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Usage } from "./usage.ts";

export type StopKind =
  | "end"
  | "stop-sequence"
  | "tool-calls"
  | "length"
  | "context-full"
  | "safety"
  | "recitation"
  | "paused"
  | "other";

/**
 * The kind as a client may rely on it (translation.md B6): calls decide over a plain end (X03), and a claim of calls without
 * one is a plain end (X04). What was cut or refused stays what it is (X06).
 */
export function settledKind(kind: StopKind, hasCalls: boolean): StopKind {
  if (hasCalls) return kind === "end" || kind === "stop-sequence" ? "tool-calls" : kind;
  return kind === "tool-calls" ? "end" : kind;
}

export type Stop = {
  kind: StopKind;
  /** The provider's own word. */
  raw?: string;
  /** The stop string that matched, where the provider tells. */
  sequence?: string;
  /** Why a reply was refused or cut, in words. */
  explanation?: string;
};

export type BlockKind = "text" | "reasoning" | "refusal" | "tool-call";

/**
 * Events come in this order: one `start`; then per block `block-start`, its deltas, `block-stop`; `part` for blocks
 * that come whole; `stop` once per choice; `usage` snapshots at any time (the last one counts, never a sum); then
 * exactly one terminal event, `end` or `error`, after which nothing follows. `block` numbers are dense, from 0, in
 * order of first appearance over the whole reply; blocks of one choice do not overlap unless the provider interleaves
 * tool calls. `choice` is absent for choice 0.
 */
export type ReplyEvent =
  | { type: "start"; id?: string; model?: string; createdAtSeconds?: number; extra?: JsonObject }
  | { type: "block-start"; block: number; kind: "text" | "reasoning" | "refusal"; choice?: number }
  | {
      type: "block-start";
      block: number;
      kind: "tool-call";
      id: string;
      name: string;
      argumentsKind: "json" | "freeform";
      /** The namespace of the tool, which `name` begins with. */
      namespace?: string;
      choice?: number;
    }
  /** Text of any kind for an open block: text, reasoning, refusal, or a piece of the arguments. */
  | { type: "delta"; block: number; text: string }
  | { type: "state"; block: number; state: OpaqueState }
  | { type: "citation"; block: number; citation: Citation }
  | { type: "block-stop"; block: number }
  | { type: "part"; block: number; part: Block; choice?: number }
  /** Log probabilities as OpenAI writes them, for one choice: `{content: [...], refusal: [...]}`. */
  | { type: "logprobs"; logprobs: JsonObject; choice?: number }
  | { type: "stop"; stop: Stop; choice?: number }
  | { type: "usage"; usage: Usage }
  /** Reply-level fields that only this dialect has (service_tier, system_fingerprint, citations, …). */
  | { type: "extra"; extra: JsonObject }
  /** Something in the reply that the client's dialect will not see. */
  | { type: "lost"; field: string }
  | { type: "end" }
  | { type: "error"; error: GatewayError };

export type Emit = (event: ReplyEvent) => void;

export type ReplyChoice = { blocks: Block[]; stop: Stop; logprobs?: JsonObject };

export type Reply = {
  id?: string;
  model?: string;
  createdAtSeconds?: number;
  choices: ReplyChoice[];
  usage?: Usage;
  extra: JsonObject;
  lost: string[];
};

/** True for events that a client may act on: after one of these has left, no other target may answer. */
export function isOutput(event: ReplyEvent): boolean {
  return event.type === "delta"
    ? event.text !== ""
    : event.type === "block-start"
      ? event.kind === "tool-call"
      : event.type === "part" || event.type === "end";
}
