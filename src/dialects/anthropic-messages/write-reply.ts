// Writes a whole canonical reply as a Messages object.
import type { Reply } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ReplyContext } from "../dialect.ts";
import { admitted, messageHead } from "./frames.ts";
import { writeBlock } from "./write-blocks.ts";
import { losesExplanation, writeStop } from "./write-stop.ts";
import { writeUsage } from "./write-usage.ts";

/** The id of a call that came without one, the same for a stream and a whole reply. */
export function callId(requestId: string, position: number): string {
  return `toolu_${requestId}_${position}`;
}

/** What of the reply could not be written is added to `reply.lost`; further choices are among it. */
export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const lost = new Set(reply.lost);
  const [choice = { blocks: [], stop: { kind: "end" as const } }] = reply.choices;
  if (reply.choices.length > 1) lost.add("choices");
  if (choice.logprobs) lost.add("logprobs");
  const content = choice.blocks.flatMap((block, position) =>
    writeBlock(block, callId(context.requestId, position), lost),
  );
  const { fields, refused } = admitted(reply.extra);
  for (const field of refused) lost.add(field);
  const holds = {
    hasCalls: choice.blocks.some((block) => block.type === "tool-call"),
    hasRefusal: choice.blocks.some((block) => block.type === "refusal"),
  };
  if (losesExplanation(choice.stop, holds)) lost.add("stop_details");
  reply.lost.splice(0, reply.lost.length, ...lost);
  const stop = writeStop(choice.stop, holds);
  return {
    ...messageHead(reply, context),
    content,
    ...stop,
    usage: writeUsage(reply.usage),
    ...fields,
  };
}
