// Cuts the oldest turns off a request that was too long for its target, and reports that they are gone.
import { GatewayError } from "../core/errors.ts";
import { clientHalf } from "./answer-failure.ts";
import type { Prepared } from "./attempt.ts";
import { readCanonical } from "./read-body.ts";
import type { Run } from "./run-parts.ts";
import { withSystemPrompt } from "./system-prompt.ts";
import { trimTurns } from "./trim-turns.ts";

/** The oldest turns go; the request is read from then on as if they had never been there. */
export function trimOldest(run: Run): void {
  const { body, exchange, parts } = run;
  if (!body) return;
  run.canonical ??= withSystemPrompt(readCanonical(body, clientHalf(exchange.dialect)), run.plan.systemPrompt);
  const trimmed = trimTurns(run.trimmed?.request ?? run.canonical);
  if (!trimmed) throw new GatewayError("context_length", "the last turn alone is too long for the model");
  run.trimmed = { request: trimmed.request, dropped: trimmed.dropped + (run.trimmed?.dropped ?? 0) };
  parts.stats.count("trimmed");
}

export async function reportTrimmed(dropped: number, preparing: Prepared | Promise<Prepared>): Promise<Prepared> {
  const prepared = await preparing;
  prepared.lost = [`the oldest ${dropped} turns`, ...prepared.lost];
  return prepared;
}
