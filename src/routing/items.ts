// What a route is made of once it is expanded: models and further routes, and what each model offers to one kind of request, made once.
import type { DialectId } from "../core/chat.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import type { OperationId } from "../core/operation.ts";
import { dialectsOf } from "../providers/facts.ts";
import type { Provider } from "../providers/provider.ts";
import type { PlanRequest, Target } from "./plan.ts";
import type { Capability, Route } from "./route.ts";
import { targetKey } from "./session.ts";
import { plainRow, type Row } from "./strategies.ts";

/** A model at a provider that may answer. */
export type ModelItem = {
  kind: "model";
  provider: Provider;
  model: string;
  weight: number;
  facts: KnownFacts | undefined;
  needs: readonly Capability[];
  dialect?: DialectId;
  reason: string;
  /** By client dialect or endpoint. */
  offers: Map<DialectId | OperationId, Offer>;
};

export type RouteItem = { kind: "route"; route: Route; weight: number };
export type Item = ModelItem | RouteItem;

/** Why a model is no candidate. */
export type Obstacle = {
  reason: string;
  /** What the client is told when nothing else is left. */
  code: Extract<ErrorCode, "context_length" | "unsupported" | "loss_refused" | "forbidden" | "model_not_found">;
  param?: string;
  /** Where every model has one, the first of them is asked nevertheless: it knows its limits better. */
  isSoft?: boolean;
};

/** A model that may be tried, with its credentials. */
export type Choice = {
  item: ModelItem;
  /** In order; those that are down or saturated now stand in `down`. */
  live: readonly Target[];
  down: readonly Target[];
  /** What was compared, where something was. */
  row?: Row;
  score?: number;
};

/** Choices that a strategy moves as one: those of a model, or of a route within a route. */
export type Group = {
  choices: readonly Choice[];
  weight: number;
  /** Where only the weight is looked at. */
  row: Row;
  /** Names whose turn it is when the group comes first. */
  turns: readonly string[];
};

/** What a model is to requests of one client dialect, or of one endpoint. */
export type Offer = {
  /** One a credential. Empty where the model is called in no dialect; endpoints beside chat have none to choose. */
  targets: readonly Target[];
  /** What no request of this kind can change; undefined until somebody has looked, null where there is nothing. */
  wire: Obstacle | null | undefined;
  /** All that can be said of a model with a single credential: it is well, or it is not. */
  live: Group;
  down: Group;
};

const noTargets: readonly Target[] = Object.freeze([]);
export const noTurns: readonly string[] = Object.freeze([]);

export function modelItem(made: Omit<ModelItem, "kind" | "offers">): ModelItem {
  return { kind: "model", ...made, offers: new Map() };
}

type OfferAsk = Pick<PlanRequest, "clientDialect" | "operation">;

export function offerOf(item: ModelItem, ask: OfferAsk): Offer {
  const key = ask.operation ?? ask.clientDialect;
  let offer = item.offers.get(key);
  if (!offer) {
    const targets = makeTargets(item, ask);
    offer = {
      targets,
      wire: undefined,
      live: groupOf({ item, live: targets, down: noTargets }),
      down: groupOf({ item, live: noTargets, down: targets }),
    };
    item.offers.set(key, offer);
  }
  return offer;
}

export function groupOf(choice: Choice): Group {
  const { weight } = choice.item;
  return { choices: [choice], weight, row: plainRow(weight), turns: noTurns };
}

function makeTargets(item: ModelItem, { clientDialect, operation }: OfferAsk): readonly Target[] {
  const { provider, model, reason, facts } = item;
  const dialect = operation === undefined ? dialectOf(item, clientDialect) : clientDialect;
  if (dialect === undefined) return noTargets;
  const contextTokens = facts?.contextTokens;
  return provider.credentials.map((credential) => ({
    key: targetKey(provider.name, credential.id, model),
    provider,
    credential,
    model,
    dialect,
    reason,
    ...(contextTokens !== undefined && { contextTokens }),
  }));
}

/** The client's own where the model is served in it: a reply that passes as it is loses nothing. */
function dialectOf(item: ModelItem, client: DialectId): DialectId | undefined {
  const dialects = dialectsOf(item.provider.row, item.model);
  const wanted = item.dialect ?? client;
  return dialects.includes(wanted) ? wanted : dialects[0];
}
