// Blocks that came whole as the events they would have come in.
import type { Block } from "../core/chat.ts";
import type { ReplyEvent } from "../core/events.ts";

/** Start, state, content and stop; a block that has no deltas is one `part`. */
export function blockEvents(part: Block, block: number, choice?: number): ReplyEvent[] {
  const of = choice === undefined ? {} : { choice };
  const events: ReplyEvent[] = [];
  switch (part.type) {
    case "tool-call": {
      const { id, name, argumentsKind, namespace } = part;
      const within = namespace === undefined ? {} : { namespace };
      events.push({ type: "block-start", block, kind: part.type, id, name, argumentsKind, ...within, ...of });
      break;
    }
    case "text":
    case "reasoning":
    case "refusal":
      events.push({ type: "block-start", block, kind: part.type, ...of });
      break;
    default:
      return [{ type: "part", block, part, ...of }];
  }
  // Before the content: some clients read a call's signature from its first delta only.
  if (part.type !== "refusal" && part.state) events.push({ type: "state", block, state: part.state });
  events.push({ type: "delta", block, text: part.type === "tool-call" ? part.argumentsText : part.text });
  for (const citation of (part.type === "text" && part.citations) || []) {
    events.push({ type: "citation", block, citation });
  }
  events.push({ type: "block-stop", block });
  return events;
}
