// Plans a chat request: the planner is told of it, and where losses are refused each target is tried on paper.
import type { Dialect, RequestControl } from "../dialects/dialect.ts";
import type { ModelFacts } from "../providers/facts.ts";
import type { Plan, Target } from "../routing/plan.ts";
import type { Planner } from "../routing/planner.ts";
import type { SessionSettings } from "../routing/session.ts";
import type { InputEstimate } from "../tokens/estimate.ts";
import { clientHalf } from "./answer-failure.ts";
import { openDryRun } from "./dry-run.ts";
import { planRequestOf } from "./plan-request.ts";
import type { RequestBody } from "./read-body.ts";

export type PlanParts = { planner: Planner; sessions: SessionSettings; estimate: InputEstimate; models: ModelFacts };

export type ChatAsk = {
  request: Request;
  dialect: Dialect;
  body: RequestBody;
  control: RequestControl & { model: string };
  promptBytes: number;
  strict: boolean;
};

/** What the planner is told of it. */
export function chatRequestOf(parts: Omit<PlanParts, "planner">, ask: ChatAsk) {
  const { request, dialect, body, control, promptBytes, strict } = ask;
  const { models, sessions, estimate } = parts;
  return planRequestOf({
    request,
    dialect,
    client: clientHalf(dialect),
    body,
    model: control.model,
    providerHint: control.providerHint,
    sessions,
    estimate,
    promptBytes,
    losses: strict ? (target: Target) => openDryRun({ models, dialect, body, ...control })(target).lost : undefined,
  });
}

/** A promise only where something must be waited for. */
export function planChat(parts: PlanParts, ask: ChatAsk): Plan | Promise<Plan> {
  return parts.planner.plan(chatRequestOf(parts, ask));
}
