// What every walk over the course of a plan does, chat or not: its opening, waits, calls that are sent again, and what a failure means.
import { GatewayError } from "../core/errors.ts";
import type { Availability } from "../routing/health.ts";
import type { Plan, Target } from "../routing/plan.ts";
import type { Call } from "./call.ts";
import { Course } from "./course.ts";
import type { Exchange } from "./exchange.ts";
import type { ReplyBody } from "./reply-body.ts";
import type { RunParts } from "./run-parts.ts";
import { Failed, skippedError } from "./told-failure.ts";
import { verdictOf } from "./verdict.ts";

export function openCourse({ settings, retryBudget: budget, health }: RunParts, plan: Plan): Course {
  return new Course({ plan, retryOf: settings.retryOf, budget, health, random: Math.random });
}

type Walk = { parts: RunParts; exchange: Exchange };

/** Ends with the exchange, too. */
export function pause({ parts, exchange }: Walk, milliseconds: number): Promise<void> {
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

/** A target that is not called: a failure of its own, and a line for those who read the log. */
export function passOver({ parts, exchange }: Walk, target: Target, availability: Availability): Failed {
  const { provider, model, credential } = target;
  const { reason, retryAtMs } = availability;
  const outcome = { outcome: "skipped", ...(reason !== undefined && { reason }), durationMs: 0 };
  exchange.note({ provider: provider.name, model, credential: credential.id, ...outcome });
  exchange.record.provider ??= provider.name;
  exchange.record.model ??= model;
  const error = skippedError(target, availability, parts.health.nowMs);
  const more = { skipped: availability, ...(retryAtMs !== undefined && { retryAtMs }) };
  return new Failed(target, error, verdictOf(error, provider), more);
}

/** Tells the target's health, and what the course must know. `stream`: as the call was made. */
export function failedCall({ parts, exchange }: Walk, failing: { call: Call; error: GatewayError; stream: boolean }) {
  const { call, error, stream } = failing;
  const { target } = call;
  const verdict = verdictOf(error, target.provider);
  if (exchange.stopped || call.isSuperseded) {
    call.leave(call.isSuperseded ? "superseded" : error.code, stream);
    return new Failed(target, error, verdict, {});
  }
  call.fail(error, verdict);
  const { health } = parts;
  const statedMs = error.retryAfterMs;
  const retryAtMs = statedMs === undefined ? health.availability(target).retryAtMs : health.nowMs + statedMs;
  return new Failed(target, error, verdict, retryAtMs === undefined ? {} : { retryAtMs });
}

/** The failure of all; the client is told not to repeat what has been repeated here. */
export function toldFailure({ exchange, course }: { exchange: Exchange; course: Course }): GatewayError {
  exchange.record.isSpent = course.isSpent;
  return course.told();
}

/** A pooled connection that the provider has just closed is nobody's fault: the same target is then asked once more. */
export async function sentAgain(
  { parts, exchange }: Walk,
  sending: { provider: string; canRepeat: () => boolean; start: () => Promise<ReplyBody> },
): Promise<ReplyBody> {
  const { provider, canRepeat, start } = sending;
  try {
    return await start();
  } catch (cause) {
    const isReset = cause instanceof GatewayError && cause.publicCode === "upstream_connection_reset";
    if (!isReset || exchange.stopped || !canRepeat()) throw cause;
    if (!parts.retryBudget.take(provider, parts.settings.retryOf(provider).budgetPercent)) throw cause;
    return await start();
  }
}
