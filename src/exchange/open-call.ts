// Before a target is called: does its breaker let us, has it rested enough, is there room in its windows? All three are taken or none.
import type { GatewayError } from "../core/errors.ts";
import { type Availability, Pass, saturated } from "../routing/health.ts";
import { Slot } from "../routing/limits.ts";
import type { Target } from "../routing/plan.ts";
import type { BreakerPolicy } from "../routing/policies.ts";
import type { Full } from "../storage/window-store.ts";
import { Call } from "./call.ts";
import type { RunParts } from "./run-parts.ts";
import type { Deadlines } from "./timers.ts";
import { verdictOf } from "./verdict.ts";

export type CallOpening = {
  parts: Pick<RunParts, "health" | "limits" | "timers">;
  target: Target;
  deadlines: Deadlines;
  /** They end with the call. */
  ownsDeadlines: boolean;
  /** Although it rests by our own guess. */
  insist: boolean;
  /** What the plan asks of the breaker in place of the provider's settings. */
  breaker?: BreakerPolicy | undefined;
  /** An estimate. */
  inputTokens: number;
};

/** The call, or why there is none. A promise only where the state is shared with other processes. */
export function openCall(opening: CallOpening): Call | Availability | Promise<Call | Availability> {
  const entering = opening.parts.health.enter(opening.target, opening.insist, opening.breaker);
  return entering instanceof Promise ? entering.then((entered) => limit(opening, entered)) : limit(opening, entering);
}

function limit(opening: CallOpening, entered: Pass | Availability): Call | Availability | Promise<Call | Availability> {
  if (!(entered instanceof Pass)) return entered;
  const taking = opening.parts.limits.take(opening.target, opening.inputTokens);
  const decide = (taken: Slot | Full | undefined): Call | Availability => {
    if (taken === undefined || taken instanceof Slot) return begin(opening, entered, taken);
    entered.leave();
    return saturated(taken);
  };
  return taking instanceof Promise ? taking.then(decide) : decide(taking);
}

function begin(opening: CallOpening, pass: Pass, slot: Slot | undefined): Call {
  const { target, deadlines, ownsDeadlines, parts } = opening;
  const verdict = (error: GatewayError) => verdictOf(error, target.provider);
  return new Call({ target, pass, slot, deadlines, ownsDeadlines }, parts.timers.nowMs, verdict);
}
