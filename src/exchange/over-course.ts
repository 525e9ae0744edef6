// Walks the course of a plan: what each target is entered with, what its failure means, and when it is enough.
import type { GatewayError } from "../core/errors.ts";
import type { Target } from "../routing/plan.ts";
import { asGatewayError } from "./answer-failure.ts";
import { Call } from "./call.ts";
import type { Course, Step } from "./course.ts";
import type { Exchange } from "./exchange.ts";
import { openCall, passOver } from "./open-call.ts";
import type { RunParts } from "./run-parts.ts";
import { withoutSecrets } from "./secrets.ts";
import { Failed } from "./told-failure.ts";
import { verdictOf } from "./verdict.ts";

export type CourseRun<Taken> = {
  parts: RunParts;
  exchange: Exchange;
  course: Course;
  /** Read anew: a form may tell late. */
  isStream: () => boolean;
  inputTokens: (target: Target) => number;
  /** Calls the target. Rejects with whatever went wrong. */
  take: (call: Call, step: Step) => Promise<Taken>;
};

export type Won<Taken> = { taken: Taken; call: Call };

/** A value, not a throw, when every target has failed. */
export async function overCourse<Taken>(run: CourseRun<Taken>): Promise<Won<Taken> | GatewayError> {
  const { exchange, course } = run;
  for (let step = course.next(); step; step = course.next()) {
    if (step.waitMs > 0) await pause(run, step.waitMs);
    if (exchange.stopReason) return exchange.stopReason;
    const tried = await tryTarget(run, step);
    if (!(tried instanceof Failed)) return tried;
    if (exchange.stopped) return tried.error;
    course.failed(tried);
  }
  return course.told();
}

/** Ends with the exchange, too. */
function pause<Taken>({ parts, exchange }: CourseRun<Taken>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const callOff = parts.timers.after(milliseconds, resolve);
    exchange.runs({
      stop() {
        callOff();
        resolve();
      },
    });
  });
}

async function tryTarget<Taken>(run: CourseRun<Taken>, step: Step): Promise<Won<Taken> | Failed> {
  const { parts, exchange } = run;
  const { health, limits, timers } = parts;
  const { target, insist } = step;
  const call = await openCall({
    target,
    health,
    limits,
    timers,
    insist,
    inputTokens: run.inputTokens(target),
    deadlines: exchange.deadlines,
    ownsDeadlines: false,
  });
  if (!(call instanceof Call)) {
    const { failed, note } = passOver(target, call, health.nowMs);
    exchange.note(note);
    exchange.record.provider ??= target.provider.name;
    return failed;
  }
  exchange.note(call.note);
  try {
    return { taken: await run.take(call, step), call };
  } catch (cause) {
    return failedCall(run, call, withoutSecrets(asGatewayError(cause), target.provider));
  }
}

function failedCall<Taken>(run: CourseRun<Taken>, call: Call, error: GatewayError): Failed {
  const { target } = call;
  const verdict = verdictOf(error, target.provider);
  if (run.exchange.stopped) {
    call.leave(error.code, run.isStream());
    return new Failed(target, error, verdict, {});
  }
  call.fail(error, verdict);
  const { health } = run.parts;
  const statedMs = error.retryAfterMs;
  const retryAtMs = statedMs === undefined ? health.availability(target).retryAtMs : health.nowMs + statedMs;
  return new Failed(target, error, verdict, retryAtMs === undefined ? {} : { retryAtMs });
}
