// What the writer of a reply is told of the request and its target, and the timers of a call.
import type { ReplyContext } from "../dialects/dialect.ts";
import type { Target } from "../routing/plan.ts";
import type { Timeouts } from "./attempt.ts";
import type { Run } from "./run-parts.ts";
import { timeoutsFor } from "./run-settings.ts";

/** An estimate. */
export function inputTokens(run: Run, target: Target): number {
  return run.parts.estimate.estimateInputTokens(target.model, run.exchange.record.prompt?.bytes ?? 0);
}

export function contextOf(run: Run, target: Target): ReplyContext {
  return {
    inputTokensEstimate: inputTokens(run, target),
    requestId: run.exchange.id,
    nowSeconds: Math.floor(Date.now() / 1000),
    provider: target.provider.name,
    model: target.model,
    asked: run.control.model,
    wantsUsage: run.control.wantsUsage,
  };
}

/** What goes on with a reply has what is left of the time for the whole of it. */
export function timeoutsOf(run: Run, target: Target): Timeouts {
  const { parts, plan, begunMs } = run;
  const timeouts = timeoutsFor(parts.settings, target.provider.name, plan.policies.timeouts);
  if (begunMs === undefined || timeouts.total <= 0) return timeouts;
  return { ...timeouts, total: Math.max(1, timeouts.total - (parts.timers.nowMs() - begunMs)) };
}
