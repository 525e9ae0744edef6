// What is noted of a call that goes on with another one's reply.
import type { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";
import type { Target } from "../routing/plan.ts";
import type { Prepared } from "./attempt.ts";
import { textTokens } from "./continue-request.ts";
import type { Answering, Exchange, UsageShare } from "./exchange.ts";
import type { Committed } from "./relay.ts";
import { inputTokens } from "./reply-context.ts";
import type { EstimateOwn, ReplyThread } from "./reply-thread.ts";
import type { Answer, Run } from "./run-parts.ts";

/** What each target has used itself is noted under its name, and its windows are told that, not the sum. */
export function answeringFor({ call }: Answer<Committed>, thread: ReplyThread): Answering {
  return {
    settled(outcome, record) {
      const failed = outcome === "error";
      const usage = failed ? thread.countOwn() : thread.ownUsage;
      record.shares.push(shareOf(call.target, usage, failed));
      record.usage = thread.usage;
      call.settled(outcome, { ...record, usage });
    },
  };
}

export function shareOf({ provider, model }: Target, usage: Usage | undefined, failed: boolean): UsageShare {
  return { provider: provider.name, model, failed, usage };
}

/** The text of those before it is sent to a target that goes on. */
export function estimateOwn(run: Run, target: Target): EstimateOwn {
  const sent = inputTokens(run, target) + textTokens(run, target, run.thread?.text ?? "");
  return (text) => ({ inputTokens: sent, outputTokens: textTokens(run, target, text) });
}

/** `provider/model`, as the stream and the log tell it. */
export function noteContinued({ record }: Exchange, { target, lost }: Prepared): string {
  const by = `${target.provider.name}/${target.model}`;
  record.continuedBy.push(by);
  record.lost = [...new Set([...record.lost, ...lost])];
  if (record.lost.length > 0) record.translation = "lossy";
  return by;
}

/** The time for the whole reply is over: nobody else has any. */
export function isTotalTimeout({ publicCode }: GatewayError): boolean {
  return publicCode === "upstream_total_timeout";
}
