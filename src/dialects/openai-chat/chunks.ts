// The text of chunks around the deltas, built once per choice and per block so that a delta costs one concatenation.
import type { Citation, OpaqueState } from "../../core/chat.ts";
import type { ReplyEvent, Stop } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";

export type Choice = {
  index: number;
  /** `data: {…,"choices":[{"index":0,"delta":` — what stands before the delta in every chunk of this choice. */
  lead: string;
  /** What stands after the delta in every chunk but the one that finishes the choice. */
  trail: string;
  started: boolean;
  blockCount: number;
  callCount: number;
  /** UTF-16 units of content written so far. */
  textLength: number;
  refused: boolean;
  stop: Stop | undefined;
};

export type OpenBlock = {
  kind: "text" | "reasoning" | "refusal" | "tool-call";
  choice: Choice;
  /** Place among the blocks of its choice. */
  place: number;
  /** A delta of this block is `prefix + JSON text + suffix`. */
  prefix: string;
  suffix: string;
  /** Where the block's text begins in the content of its choice. */
  textStart: number;
  /** Where it ended; undefined while the block is open. */
  textEnd: number | undefined;
  /** Reasoning only: the entry with its signature repeats it, so it is kept until that has come. */
  text: string;
  state: OpaqueState | undefined;
  citations: Citation[];
  call: { id: string; name: string; argumentsKind: "json" | "freeform"; position: number } | undefined;
};

export type BlockStart = ReplyEvent & { type: "block-start" };

/** `head` is the text of a chunk up to its choices, `tail` what follows them. */
export function newChoice(index: number, head: string, tail: string): Choice {
  return {
    index,
    lead: `${head},"choices":[{"index":${index},"delta":`,
    trail: `,"logprobs":null,"finish_reason":null}]${tail}`,
    started: false,
    blockCount: 0,
    callCount: 0,
    textLength: 0,
    refused: false,
    stop: undefined,
  };
}

const deltaFields = { text: "content", reasoning: "reasoning_content", refusal: "refusal" } as const;

export function newBlock(event: BlockStart, choice: Choice): OpenBlock {
  const block: OpenBlock = {
    kind: event.kind,
    choice,
    place: choice.blockCount++,
    prefix: "",
    suffix: `}${choice.trail}`,
    textStart: choice.textLength,
    textEnd: undefined,
    text: "",
    state: undefined,
    citations: [],
    call: undefined,
  };
  if (event.kind !== "tool-call") {
    block.prefix = `${choice.lead}{"${deltaFields[event.kind]}":`;
    return block;
  }
  // Dense from 0 in order of appearance, whatever the upstream counted (T40, T41).
  const position = choice.callCount++;
  const { id, name, argumentsKind } = event;
  block.call = { id, name, argumentsKind, position };
  const inner = argumentsKind === "freeform" ? '"custom":{"input":' : '"function":{"arguments":';
  block.prefix = `${choice.lead}{"tool_calls":[{"index":${position},${inner}`;
  block.suffix = `}}]${block.suffix}`;
  return block;
}

export function chunk(choice: Choice, delta: JsonObject): string {
  return choice.lead + JSON.stringify(delta) + choice.trail;
}
