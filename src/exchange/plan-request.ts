// What the planner is told of a request: its headers and its body, read only as far as there is something to choose.
import { badRequest, GatewayError } from "../core/errors.ts";
import type { ClientHalf, Dialect } from "../dialects/dialect.ts";
import { tenantOf } from "../policy/admit.ts";
import { readUserPath } from "../routing/access.ts";
import type { PlanRequest, Target } from "../routing/plan.ts";
import { readSession, type SessionSettings } from "../routing/session.ts";
import type { InputEstimate } from "../tokens/estimate.ts";
import type { RequestBody } from "./read-body.ts";

export type PlanAsk = {
  request: Request;
  dialect: Dialect;
  client: ClientHalf;
  body: RequestBody;
  model: string;
  providerHint: string | undefined;
  sessions: SessionSettings;
  estimate: InputEstimate;
  /** As `promptSize` tells it. */
  promptBytes: number;
  /** Present where losses are refused. */
  losses?: (target: Target) => readonly string[];
};

export function planRequestOf(ask: PlanAsk): PlanRequest {
  const { request, dialect, client, body, model, providerHint, estimate, promptBytes, losses } = ask;
  return {
    model,
    providerHint,
    clientDialect: dialect.id,
    tenant: () => tenantOf(request),
    userPath: () => userPathOf(request.headers),
    demand: () => client.readDemand(body.json),
    session: () => readSession(ask.sessions, request.headers, client.readSession(body.json)),
    inputTokens: (target) => estimate.estimateInputTokens(target, promptBytes),
    ...(losses && { losses: (target: Target) => lossesOf(losses, target) }),
  };
}

/** GoModel's name of the header is taken, too. */
const userPathHeaders: readonly string[] = ["x-sluice-user-path", "x-gomodel-user-path"];

export function userPathOf(headers: { get(name: string): string | null }): string {
  for (const name of userPathHeaders) {
    const written = headers.get(name);
    if (written === null) continue;
    const userPath = readUserPath(written);
    if (userPath === undefined) throw badRequest(name, `${name} holds a dot segment or a colon`);
    return userPath;
  }
  return "/";
}

/** What a target refuses outright, it would not see either. */
function lossesOf(losses: (target: Target) => readonly string[], target: Target): readonly string[] {
  try {
    return losses(target);
  } catch (cause) {
    if (cause instanceof GatewayError && cause.param !== null) return [cause.param];
    // Whatever else is wrong shows itself when the target is called.
    return [];
  }
}
