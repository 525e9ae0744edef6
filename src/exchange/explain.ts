// What would become of a request: the planner's decision with its reasons, prices and losses. Nobody is called, nothing is taken.
import { badRequest, GatewayError } from "../core/errors.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { estimateCost } from "../routing/cost.ts";
import type { Choice } from "../routing/items.ts";
import type { PlanRequest, Target } from "../routing/plan.ts";
import type { Decision } from "../routing/planner.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import { clientHalf } from "./answer-failure.ts";
import { translationOf } from "./describe.ts";
import { openDryRun } from "./dry-run.ts";
import { planRequestOf, userPathOf } from "./plan-request.ts";
import type { RequestBody } from "./read-body.ts";
import { readControl } from "./read-control.ts";
import type { RunParts } from "./run-parts.ts";
import { isStrict } from "./strict.ts";

export type Explained = { [field: string]: unknown };

/** Rejects with GatewayError for a request that cannot be meant, or that names nothing. */
export async function explainChat(
  parts: RunParts,
  { request, dialect, body }: { request: Request; dialect: Dialect; body: RequestBody },
): Promise<Explained> {
  const client = clientHalf(dialect);
  const { model, providerHint, stream, wantsUsage } = readControl(client, body);
  client.checkRequest(body.outline);
  const strict = isStrict(parts.settings, request);
  const dry = { models: parts.models, dialect, body, stream, wantsUsage };
  const asked = planRequestOf({
    request,
    dialect,
    client,
    body,
    model,
    providerHint,
    sessions: parts.sessions,
    estimate: parts.estimate,
    promptBytes: promptSize(body.bytes, body.longTexts).bytes,
    ...(strict && { losses: (target: Target) => openDryRun(dry)(target).lost }),
  });
  const decision = await parts.planner.explain(asked);
  const prepare = openDryRun({ ...dry, systemPrompt: decision.plan.systemPrompt });
  return explained({ parts, asked, decision, prepare: (target) => preparation(() => prepare(target)) });
}

/** The same for a body of embeddings: it is not written for targets here. */
export async function explainEmbeddings(
  parts: RunParts,
  { request, body }: { request: Request; body: RequestBody },
): Promise<Explained> {
  const { model, provider } = body.json;
  if (typeof model !== "string" || model === "") throw badRequest("model", "model is required: a non-empty string");
  const { bytes } = promptSize(body.bytes, body.longTexts);
  const asked: PlanRequest = {
    model,
    providerHint: typeof provider === "string" && provider !== "" ? provider : undefined,
    clientDialect: "openai-chat",
    operation: "embeddings",
    userPath: () => userPathOf(request.headers),
    inputTokens: (target) => parts.estimate.estimateInputTokens(target, bytes),
  };
  const decision = await parts.planner.explain(asked);
  return explained({ parts, asked, decision, prepare: () => ({}) });
}

function preparation(prepare: () => ReturnType<ReturnType<typeof openDryRun>>): Explained {
  try {
    const prepared = prepare();
    return { translation: translationOf(prepared), lost: prepared.lost };
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    return { error: { code: cause.publicCode ?? cause.code, message: cause.message, param: cause.param } };
  }
}

type Explaining = {
  parts: RunParts;
  asked: PlanRequest;
  decision: Decision;
  prepare: (target: Target) => Explained;
};

function explained({ parts, asked, decision, prepare }: Explaining): Explained {
  const { plan, route, session, isPinned, error } = decision;
  const demand = asked.demand?.();
  const byTarget = new Map(
    decision.choices.flatMap((choice) => [...choice.live, ...choice.down].map((one) => [one, choice])),
  );
  return {
    object: "route.explanation",
    model: asked.model,
    dialect: asked.clientDialect,
    ...(asked.operation !== undefined && { operation: asked.operation }),
    name: plan.name ?? null,
    strategy: route?.strategy ?? null,
    session: session ? { source: session.explicit ? "id" : "opening", pinned: isPinned } : null,
    request: {
      input_tokens_estimate: asked.inputTokens?.(plan.targets[0]?.model ?? asked.model) ?? null,
      output_tokens_max: demand?.outputTokens ?? null,
      asks: demand ? abilitiesIn(demand) : [],
    },
    candidates: plan.targets.map((target, index) => ({
      position: index + 1,
      ...candidate(parts, { asked, target, choice: byTarget.get(target) }),
      ...prepare(target),
    })),
    refused: plan.refused,
    system_prompt: plan.systemPrompt ?? null,
    policies: plan.policies,
    ...(error && { error: { code: error.publicCode ?? error.code, status: error.status, message: error.message } }),
  };
}

function abilitiesIn(demand: NonNullable<ReturnType<NonNullable<PlanRequest["demand"]>>>): string[] {
  return Object.entries(demand).flatMap(([ability, wanted]) => (wanted === true ? [ability] : []));
}

type Shown = { asked: PlanRequest; target: Target; choice: Choice | undefined };

function candidate({ health }: RunParts, { asked, target, choice }: Shown): Explained {
  const facts = choice?.item.facts;
  const size = { inputTokens: asked.inputTokens?.(target.model) ?? 0, outputTokens: asked.demand?.().outputTokens };
  const { usable, state, reason, retryAtMs } = health.availability(target, size.inputTokens);
  const cost = facts?.prices && estimateCost(facts.prices, size);
  return {
    provider: target.provider.name,
    model: target.model,
    credential: target.credential.id,
    dialect: target.dialect,
    reason: target.reason,
    usable,
    state,
    ...(reason !== undefined && { unusable: reason }),
    ...(retryAtMs !== undefined && { retry_in_ms: Math.max(0, Math.ceil(retryAtMs - health.nowMs)) }),
    score: choice?.score ?? null,
    weight: choice?.item.weight ?? null,
    latency_ms: health.firstOutputMs(target) ?? null,
    in_flight: health.inFlight(target),
    error_rate: health.errorRate(target),
    context_tokens: facts?.contextTokens ?? null,
    estimated_cost_usd: cost?.expectedUsd ?? null,
    estimated_cost_usd_most: cost?.mostUsd ?? null,
  };
}
