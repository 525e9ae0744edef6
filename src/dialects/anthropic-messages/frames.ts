// Events of a Messages stream as wire text, and the head that a message begins with (translation.md A3.7, C2.2).
import type { ReplyEvent } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ReplyContext } from "../dialect.ts";

/** The official SDK skips every event whose `event:` line is missing (S36). */
export function frame(event: JsonObject): string {
  return `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What is the message's own and not to be overwritten by fields that came from elsewhere. */
const ownFields: ReadonlySet<string> = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "usage",
  "error",
]);

/** Reply-level fields of the upstream's that may stand beside ours. */
export function admitted(extra: JsonObject): { fields: JsonObject; refused: string[] } {
  const entries = Object.entries(extra);
  return {
    fields: Object.fromEntries(entries.filter(([name]) => !ownFields.has(name))),
    refused: entries.map(([name]) => name).filter((name) => ownFields.has(name)),
  };
}

type Head = Omit<ReplyEvent & { type: "start" }, "type">;

/** What a whole message and the first event of a stream have in common. */
export function messageHead(head: Head, context: ReplyContext): JsonObject {
  return {
    id: head.id ?? `msg_${context.requestId}`,
    type: "message",
    role: "assistant",
    // Claude Code takes thinking out of its history that another model than the one it asks for is said to have signed.
    model: context.asked ?? head.model ?? context.model,
  };
}
