// Blocks that came whole as the events they would have come in.
import type { Block, OpaqueState } from "../../core/chat.ts";
import type { ReplyEvent } from "../../core/events.ts";

/** A block as the events it would have come in. */
export function blockEvents(block: Block, index: number): ReplyEvent[] {
  if (block.type === "tool-call") {
    const { id, name, argumentsKind, namespace } = block;
    const within = namespace === undefined ? {} : { namespace };
    return [
      { type: "block-start", block: index, kind: "tool-call", id, name, argumentsKind, ...within },
      { type: "delta", block: index, text: block.argumentsText },
      ...stateEvents(block.state, index),
      { type: "block-stop", block: index },
    ];
  }
  if (block.type !== "text" && block.type !== "reasoning" && block.type !== "refusal") {
    return [{ type: "part", block: index, part: block }];
  }
  const citations = block.type === "text" ? (block.citations ?? []) : [];
  return [
    { type: "block-start", block: index, kind: block.type },
    { type: "delta", block: index, text: block.text },
    ...citations.map((citation): ReplyEvent => ({ type: "citation", block: index, citation })),
    ...stateEvents(block.type === "refusal" ? undefined : block.state, index),
    { type: "block-stop", block: index },
  ];
}

function stateEvents(state: OpaqueState | undefined, block: number): ReplyEvent[] {
  return state ? [{ type: "state", block, state }] : [];
}
