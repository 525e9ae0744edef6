// Which failure the client is told when every target has failed: the class that is true for all of them, never a blanket one.
import { type ErrorCode, GatewayError } from "../core/errors.ts";
import type { Availability } from "../routing/health.ts";
import type { Target } from "../routing/plan.ts";
import type { Verdict } from "./verdict.ts";

/** One target that gave no answer. */
export class Failed {
  readonly target: Target;
  readonly error: GatewayError;
  readonly verdict: Verdict;
  /** It was not called: why. */
  readonly skipped: Availability | undefined;
  /** When it may be asked again, on the gateway's clock; undefined where nothing is known. */
  readonly retryAtMs: number | undefined;

  constructor(
    target: Target,
    error: GatewayError,
    verdict: Verdict,
    more: { skipped?: Availability; retryAtMs?: number },
  ) {
    this.target = target;
    this.error = error;
    this.verdict = verdict;
    this.skipped = more.skipped;
    this.retryAtMs = more.retryAtMs;
  }
}

/** Targets that would answer if they were given time: the client may come back. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "rate_limited",
  "quota_exhausted",
  "upstream_failed",
  "upstream_unreachable",
  "upstream_truncated",
  "upstream_malformed",
  "overloaded",
  "upstream_timeout",
  "upstream_auth",
]);

/** The failure of a target that was passed over. */
export function skippedError(target: Target, availability: Availability, nowMs: number): GatewayError {
  const code = availability.code ?? "upstream_failed";
  const retryAfterMs = availability.retryAtMs === undefined ? undefined : Math.max(0, availability.retryAtMs - nowMs);
  // When our own credential will be good again is nobody's business but the operator's.
  const tells = retryAfterMs !== undefined && code !== "upstream_auth";
  return new GatewayError(code, `${target.provider.name} is not asked now: ${availability.reason ?? code}`, {
    ...(tells && { retryAfterMs }),
  });
}

/**
 * All alike: that failure, with the soonest time to come back. Else, among those that time may heal: the last that was really
 * called, and of limits only where there is nothing worse. Else none of the targets can do it: the last one says why.
 */
export function toldFailure(failures: readonly Failed[], nowMs: number): GatewayError {
  const last = failures.at(-1);
  if (!last) return new GatewayError("unavailable", "no target could be tried");
  const healing = failures.filter(({ error }) => passing.has(error.code));
  if (healing.length === 0) return withoutSmaller(failures).error;
  const limits = healing.filter(({ error }) => isLimit(error.code));
  const chosen = limits.length === healing.length ? soonest(limits) : worst(healing);
  return withRetryAfter(chosen.error, failures, nowMs);
}

const isLimit = (code: ErrorCode) => code === "rate_limited" || code === "quota_exhausted";

/** Of targets that all refused for good: too long for the largest says more than unknown to another. */
function withoutSmaller(failures: readonly Failed[]): Failed {
  return failures.findLast(({ verdict, skipped }) => verdict.larger && !skipped) ?? (failures.at(-1) as Failed);
}

function soonest(limits: readonly Failed[]): Failed {
  const plain = limits.filter(({ error }) => error.code === "rate_limited");
  const among = plain.length > 0 ? plain : limits;
  return among.reduce((best, other) => ((other.retryAtMs ?? 0) < (best.retryAtMs ?? 0) ? other : best));
}

/** Of several kinds: what really happened before what was passed over, a failure before a limit or our own credential. */
function worst(healing: readonly Failed[]): Failed {
  const real = healing.filter(({ error }) => !isLimit(error.code) && error.code !== "upstream_auth");
  const among = real.length > 0 ? real : healing.filter(({ error }) => isLimit(error.code));
  return (among.findLast(({ skipped }) => !skipped) ?? among.at(-1) ?? healing.at(-1)) as Failed;
}

/** The soonest time at which any of them may be asked again. */
function withRetryAfter(error: GatewayError, failures: readonly Failed[], nowMs: number): GatewayError {
  const times = failures.flatMap(({ retryAtMs, error: { code } }) => {
    return retryAtMs === undefined || code === "upstream_auth" ? [] : [Math.max(0, retryAtMs - nowMs)];
  });
  // A target that names no time may answer at once: only where all of them name one is there a soonest.
  const isKnown = times.length === failures.length || isLimit(error.code);
  const retryAfterMs = isKnown && times.length > 0 ? Math.min(...times) : error.retryAfterMs;
  if (retryAfterMs === error.retryAfterMs) return error;
  return new GatewayError(error.code, error.message, {
    status: error.status,
    ...(error.param !== null && { param: error.param }),
    ...(error.publicCode !== null && { publicCode: error.publicCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(error.upstream && { upstream: error.upstream }),
    cause: error.cause,
  });
}
