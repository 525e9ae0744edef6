// The circuit breaker of one target as a state machine over its record: closed, open, half-open with exactly one probe.
import type { BreakerState, TargetRecord } from "../storage/health-store.ts";

/** Durations in milliseconds. */
export type BreakerPolicy = {
  readonly enabled: boolean;
  /** Opens at this many failures within the window … */
  readonly failureThreshold: number;
  /** … when they are at least this share of what was asked in it. */
  readonly failurePercent: number;
  readonly windowMs: number;
  /** Probes in a row that must be answered. */
  readonly successThreshold: number;
  /** How long it stays open at first; each failed probe doubles it, up to the most. */
  readonly openMs: number;
  readonly openMostMs: number;
};

const transitionsMax = 8;
/** Many processes that opened together must not probe together. */
const jitterShare = 0.1;

/** Failures per call in the window and the one before it, 0 to 1. */
export function failureRate(record: TargetRecord): number {
  const failures = record.failures + record.failuresBefore;
  const calls = failures + record.answers + record.answersBefore;
  return calls === 0 ? 0 : failures / calls;
}

function turnWindow(record: TargetRecord, windowMs: number, nowMs: number): void {
  const ageMs = nowMs - record.windowStartMs;
  // Two halves of a window: what is counted is between half a window and a whole one old.
  const halfMs = windowMs / 2;
  if (ageMs < halfMs) return;
  const isNext = ageMs < windowMs;
  record.failuresBefore = isNext ? record.failures : 0;
  record.answersBefore = isNext ? record.answers : 0;
  record.failures = 0;
  record.answers = 0;
  record.windowStartMs = nowMs;
}

export function move(record: TargetRecord, to: BreakerState, nowMs: number, reason: string): void {
  record.transitions.push({ atMs: nowMs, from: record.state, to, reason });
  if (record.transitions.length > transitionsMax) record.transitions.shift();
  record.state = to;
}

/** An open breaker whose time is over becomes half-open. */
export function ripen(record: TargetRecord, nowMs: number): boolean {
  if (record.state !== "open" || nowMs < record.openUntilMs) return false;
  record.recoveries = 0;
  move(record, "half-open", nowMs, "its time is over");
  return true;
}

/** A call was answered. True when the breaker has changed. */
export function noteAnswer(record: TargetRecord, policy: BreakerPolicy, call: { nowMs: number; probe: boolean }) {
  if (record.state === "closed") {
    turnWindow(record, policy.windowMs, call.nowMs);
    record.answers++;
    return false;
  }
  // Calls from before it opened prove nothing.
  if (!call.probe || record.state !== "half-open") return false;
  record.recoveries++;
  if (record.recoveries < policy.successThreshold) return false;
  clearWindow(record, call.nowMs);
  record.openings = 0;
  move(record, "closed", call.nowMs, "a probe was answered");
  return true;
}

/** A call failed by the target's fault. True when the breaker has changed. */
export function noteFailure(
  record: TargetRecord,
  policy: BreakerPolicy,
  call: { nowMs: number; probe: boolean; reason: string; random: () => number },
): boolean {
  if (!policy.enabled) return false;
  if (record.state === "closed") {
    turnWindow(record, policy.windowMs, call.nowMs);
    record.failures++;
    const failures = record.failures + record.failuresBefore;
    // A probe whose stream broke off after it had closed the breaker is the same failed probe.
    if (!call.probe && failures < policy.failureThreshold) return false;
    if (!call.probe && failureRate(record) * 100 < policy.failurePercent) return false;
    open(record, policy, call);
    return true;
  }
  if (!call.probe || record.state !== "half-open") return false;
  open(record, policy, call);
  return true;
}

function open(
  record: TargetRecord,
  policy: BreakerPolicy,
  call: { nowMs: number; reason: string; random: () => number },
): void {
  const plainMs = Math.min(policy.openMs * 2 ** Math.min(record.openings, 20), policy.openMostMs);
  record.openings++;
  record.openUntilMs = call.nowMs + plainMs * (1 + jitterShare * (2 * call.random() - 1));
  clearWindow(record, call.nowMs);
  move(record, "open", call.nowMs, call.reason);
}

function clearWindow(record: TargetRecord, nowMs: number): void {
  record.failures = 0;
  record.answers = 0;
  record.failuresBefore = 0;
  record.answersBefore = 0;
  record.windowStartMs = nowMs;
}
