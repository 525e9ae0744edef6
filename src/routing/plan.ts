// What a plan is: targets in order, those that were refused, and how they are to be tried. Types only.

import type { ProviderModels } from "../catalog/catalog.ts";
import type { DialectId } from "../core/chat.ts";
import type { Demand, SessionHint } from "../core/demand.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import type { OperationId } from "../core/operation.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import type { RoutePolicies } from "./policies.ts";

/** One callable: a model at a provider, through one dialect. */
export type Target = {
  /** `targetKey` of the three that follow. */
  key: string;
  provider: Provider;
  /** One of the provider's. */
  credential: Credential;
  model: string;
  dialect: DialectId;
  reason: string;
  /** Tokens that fit into its context window, where known. */
  contextTokens?: number;
};

/** A target that was thought of and is not tried, in the operator's words. */
export type Refused = {
  /** Instance name. */
  provider: string;
  model: string;
  reason: string;
};

/** The session that a request belongs to, where it keeps its target and its credential. */
export type PlanSession = {
  /** Remembers the target that has answered, for the session's next requests. Never rejects. */
  keep(target: Target): void;
};

/** A system prompt that the name stands for. */
export type SystemPrompt = {
  text: string;
  /** Even when the client sends its own. */
  force: boolean;
};

export type Plan = {
  /**
   * In the order in which they are tried. Never empty. Those that are known to be down or saturated come last, so that an
   * attempt loop that asks again meets them only when nothing else is left.
   */
  targets: readonly Target[];
  refused: readonly Refused[];
  /** The virtual model or the agent that was named; absent for a plain selector. */
  name?: string;
  policies: RoutePolicies;
  systemPrompt?: SystemPrompt;
  session?: PlanSession;
};

/** What the planner asks of the catalogue. */
export type ModelDirectory = {
  /** Another one whenever the lists or what is known of their models have changed. */
  readonly version: number;
  /** Providers that list this model, in order of choice. */
  providersOf(model: string): readonly Provider[];
  factsOf(provider: Provider, model: string): KnownFacts | undefined;
  all(): readonly ProviderModels[];
  /** Resolves when every provider has been asked once; the planner waits for it only before it refuses. */
  ready(): Promise<void>;
  /** False while lists of what models can do are still to come. */
  readonly isComplete: boolean;
  /** Resolves when they have come, too. */
  complete(): Promise<void>;
};

/** What the planner is told of a request. The functions are called only where there is something to choose. */
export type PlanRequest = {
  /** As the client wrote it. */
  model: string;
  providerHint: string | undefined;
  clientDialect: DialectId;
  /** Absent for chat. */
  operation?: OperationId;
  /** Whose sessions are looked at; there is one tenant today. */
  tenant?: () => string;
  /** For names and models that are only some people's. */
  userPath?: () => string;
  demand?: () => Demand;
  session?: () => SessionHint | undefined;
  /** An estimate of the input, as the model would count it. */
  inputTokens?: (model: string) => number;
  /** What the target would not see; only where the client forbids losses. */
  losses?: ((target: Target) => readonly string[] | undefined) | undefined;
};
