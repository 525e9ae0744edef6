// What the planner is told of a request: its headers and its body, read only as far as there is something to choose.
import type { DialectId } from "../core/chat.ts";
import type { Demand, SessionHint } from "../core/demand.ts";
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
  losses?: ((target: Target) => readonly string[]) | undefined;
};

/** Nothing is read before the planner asks, and it asks only where there is something to choose. */
class AskedPlan implements PlanRequest {
  readonly model: string;
  readonly providerHint: string | undefined;
  readonly clientDialect: DialectId;
  readonly losses: ((target: Target) => readonly string[]) | undefined;
  readonly #ask: PlanAsk;

  constructor(ask: PlanAsk) {
    const { losses } = ask;
    this.model = ask.model;
    this.providerHint = ask.providerHint;
    this.clientDialect = ask.dialect.id;
    this.losses = losses && ((target) => lossesOf(losses, target));
    this.#ask = ask;
  }

  tenant(): string {
    return tenantOf(this.#ask.request);
  }

  userPath(): string {
    return userPathOf(this.#ask.request.headers);
  }

  demand(): Demand {
    return this.#ask.client.readDemand(this.#ask.body.outline);
  }

  session(): SessionHint | undefined {
    const { sessions, request, client, body } = this.#ask;
    return readSession(sessions, request.headers, () => client.readSession(body.json));
  }

  inputTokens(model: string): number {
    return this.#ask.estimate.estimateInputTokens(model, this.#ask.promptBytes);
  }
}

export function planRequestOf(ask: PlanAsk): PlanRequest {
  return new AskedPlan(ask);
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
