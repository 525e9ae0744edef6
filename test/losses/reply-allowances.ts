// What of a provider's reply may leave no trace at a client, and what may be said there in another way, each with its reason.
import type { DialectId } from "../../src/core/chat.ts";

export type ReplyPlace = { id: string; upstream: DialectId; client: DialectId };

export type ReplyAllowance = {
  /** Of the case's id. */
  field: RegExp;
  upstreams?: readonly DialectId[];
  clients?: readonly DialectId[];
  reason: string;
};

/** Fields that say nothing about the answer, or what the client is told anyway. */
export const silentReplies: readonly ReplyAllowance[] = [
  {
    field: /^((message_start\.message|message-start|chunk)\.)?(id|responseId)$/,
    clients: ["openai-responses"],
    reason: "ids of responses begin with resp_: one is made",
  },
  {
    field: /^(chunk\.)?(created|created_at|createTime)$/,
    clients: ["anthropic-messages"],
    reason: "a message does not say when it was made",
  },
  {
    field: /service_tier=default$|serviceTier(\.type=default)?$/,
    clients: ["openai-responses"],
    reason: "what a response says by default",
  },
  { field: /incomplete_details\.reason=max_output_tokens$/, reason: "what a reply is cut by where nobody says more" },
  { field: /\.caller\[direct\]$|\.async=false$|\.thought=false$/, reason: "the default" },
  { field: /\.type=TEXT_CONTENT$/, reason: "the default: a citation of the answer's text" },
  { field: /logProbabilitySum$/, reason: "the sum of what stands beside it" },
  {
    field: /(finish_reason|stop_reason|stopReason|finishReason)=(tool_calls|function_call|tool_use|TOOL_CALL)$/,
    reason: "a claim of calls without one is a plain end (B6)",
  },
  {
    field: /(finish_reason|stop_reason|stopReason|finishReason|status)=(stop|end_turn|COMPLETE|STOP|completed)$/,
    reason: "the end that every reply has without a word to the contrary",
  },
];

/** Fields whose meaning reaches the client, though not their value. */
export const mapped: readonly ReplyAllowance[] = [
  {
    field: /(finish_reason|stop_reason|stopReason|finishReason|blockReason|reason|status)=\w+$/,
    reason: "the word of that wire (B6)",
  },
  {
    field: /signature|redacted|encrypted_content$/i,
    reason: "tagged with its maker in a carrier (B10)",
  },
  { field: /^(chunk\.)?(created|created_at|createTime)$/, reason: "the same time in that wire's form" },
  { field: /(mimeType|output_format=\w+)$/, reason: "the media type as that wire writes it" },
  { field: /\.thought=true$/, reason: "reasoning in that wire's form" },
  {
    field: /(start_index|end_index|startIndex|endIndex|citations(\[\])?\.(start|end))$/,
    reason: "places are counted as that wire does",
  },
];

export function isAllowedReply(list: readonly ReplyAllowance[], { id, upstream, client }: ReplyPlace): boolean {
  return list.some(
    ({ field, upstreams, clients }) =>
      field.test(id) && (upstreams?.includes(upstream) ?? true) && (clients?.includes(client) ?? true),
  );
}
