// Walks the course of a plan: what each target is entered with, what its failure means, and when it is enough.
import type { GatewayError } from "../core/errors.ts";
import type { Target } from "../routing/plan.ts";
import type { BreakerPolicy } from "../routing/policies.ts";
import { asGatewayError } from "./answer-failure.ts";
import { Call } from "./call.ts";
import type { Course, Step } from "./course.ts";
import { failedCall, passOver, pause, toldFailure } from "./course-steps.ts";
import type { Exchange } from "./exchange.ts";
import { openCall } from "./open-call.ts";
import type { RunParts } from "./run-parts.ts";
import { withoutSecrets } from "./secrets.ts";
import { Failed } from "./told-failure.ts";

export type CourseRun<Taken> = {
  parts: RunParts;
  exchange: Exchange;
  course: Course;
  /** Read anew: a form may tell late. */
  isStream: () => boolean;
  inputTokens: (target: Target) => number;
  /** What the plan asks of the breaker in place of the provider's settings. */
  breaker: BreakerPolicy | undefined;
  /** Calls the target. Rejects with whatever went wrong. */
  take: (call: Call, step: Step) => Promise<Taken>;
};

export type Won<Taken> = { taken: Taken; call: Call };

/** A value, not a throw, when every target has failed. */
export async function overCourse<Taken>(run: CourseRun<Taken>): Promise<Won<Taken> | GatewayError> {
  const { exchange, course } = run;
  for (let step = course.next(); step; step = course.next()) {
    if (step.repeat) run.parts.stats.count("repeats");
    if (step.waitMs > 0) await pause(run, step.waitMs);
    if (exchange.stopReason) return exchange.stopReason;
    const tried = await tryTarget(run, step);
    if (!(tried instanceof Failed)) return tried;
    if (exchange.stopped) return tried.error;
    course.failed(tried);
  }
  return toldFailure(run);
}

async function tryTarget<Taken>(run: CourseRun<Taken>, step: Step): Promise<Won<Taken> | Failed> {
  const { parts, exchange } = run;
  const { target, insist } = step;
  const call = await openCall({
    parts,
    target,
    insist,
    breaker: run.breaker,
    inputTokens: run.inputTokens(target),
    deadlines: exchange.deadlines,
    ownsDeadlines: false,
  });
  if (!(call instanceof Call)) return passOver(run, target, call);
  exchange.note(call.note);
  // Repeats earn no further ones.
  if (!step.repeat) parts.retryBudget.noteRequest(target.provider.name);
  try {
    return { taken: await run.take(call, step), call };
  } catch (cause) {
    const error = withoutSecrets(asGatewayError(cause), target.provider);
    return failedCall(run, { call, error, stream: run.isStream() });
  }
}
