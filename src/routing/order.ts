// One route's models in the order in which they are tried, with those that cannot be. Reads state, changes none.
import type { Prices } from "../core/known-facts.ts";
import { type Judging, obstacleOf } from "./able.ts";
import { estimateCost } from "./cost.ts";
import type { Expansions } from "./expand.ts";
import type { TargetHealth } from "./health.ts";
import { type Choice, type Group, groupOf, type Item, type ModelItem, type Obstacle, offerOf } from "./items.ts";
import type { Refused, Target } from "./plan.ts";
import type { Route } from "./route.ts";
import type { SmoothSequences } from "./smooth.ts";
import { plainRow, type Row, strategies } from "./strategies.ts";

export type Refusal = Refused & { obstacle: Obstacle };

export type Ordered = {
  /** Those with a credential that is free first. */
  choices: readonly Choice[];
  refused: readonly Refusal[];
  /** Names whose turn this was. */
  turns: readonly string[];
};

export type OrderParts = {
  expansions: Expansions;
  health: TargetHealth;
  sequences: SmoothSequences;
  judging: Judging;
  /** Requests that a name has had. */
  count: (key: string) => number;
  /** Rows are wanted although the strategy compares nothing. */
  explains: boolean;
};

export function orderRoute(route: Route, parts: OrderParts): Ordered {
  const { items, unmatched } = parts.expansions.of(route);
  const refused: Refusal[] = [];
  for (const { label, path } of unmatched) {
    refused.push({
      provider: "",
      model: label,
      reason: `nothing that is listed matches it (${path})`,
      obstacle: { reason: "", code: "model_not_found" },
    });
  }
  const live: Group[] = [];
  const down: Group[] = [];
  for (const group of groupsOf(items, refused, parts)) {
    const [first] = group.choices;
    if (first && first.live.length > 0) live.push(group);
    else down.push(group);
  }
  const ranked = rank(route, live, parts);
  const choices: Choice[] = [];
  const tired: Choice[] = [];
  for (const group of ranked) {
    for (const choice of group.choices) {
      if (choice.live.length > 0) choices.push(choice);
      else tired.push(choice);
    }
  }
  for (const choice of tired) choices.push(choice);
  for (const group of down) for (const choice of group.choices) choices.push(choice);
  // Inner names have had their turn only where the first target is one of theirs.
  const turns = [route.name];
  const inner = ranked[0]?.turns;
  if (inner) for (const name of inner) turns.push(name);
  return { choices, refused, turns };
}

function groupsOf(items: readonly Item[], refused: Refusal[], parts: OrderParts): Group[] {
  const groups: Group[] = [];
  const soft: { group: Group; refusal: Refusal }[] = [];
  for (const item of items) {
    if (item.kind === "route") {
      const inner = orderRoute(item.route, parts);
      refused.push(...inner.refused);
      const { choices, turns } = inner;
      if (choices.length > 0) groups.push({ choices, weight: item.weight, row: plainRow(item.weight), turns });
      continue;
    }
    const obstacle = obstacleOf(item, parts.judging);
    if (!obstacle) {
      groups.push(groupFor(item, parts));
      continue;
    }
    const refusal = refusalOf(item, obstacle);
    if (obstacle.isSoft) soft.push({ group: groupFor(item, parts), refusal });
    refused.push(refusal);
  }
  if (groups.length > 0 || soft.length === 0) return groups;
  for (const { refusal } of soft) refused.splice(refused.indexOf(refusal), 1);
  return soft.map(({ group }) => group);
}

export function refusalOf({ provider, model }: ModelItem, obstacle: Obstacle): Refusal {
  return { provider: provider.name, model, reason: obstacle.reason, obstacle };
}

/** The key under which credentials of a provider take turns. */
export const credentialTurn = (provider: string) => `${provider}\ncredentials`;

type GroupParts = Pick<OrderParts, "health" | "judging" | "count">;

export function choiceOf(item: ModelItem, parts: GroupParts): Choice {
  return groupFor(item, parts).choices[0] as Choice;
}

function groupFor(item: ModelItem, parts: GroupParts): Group {
  const { health } = parts;
  const offer = offerOf(item, parts.judging.request);
  const { targets } = offer;
  const tokens = health.countsTokens ? (parts.judging.request.inputTokens?.(item.model) ?? 0) : 0;
  const [only] = targets;
  if (only && targets.length === 1) return health.availability(only, tokens).usable ? offer.live : offer.down;
  const begin = parts.count(credentialTurn(item.provider.name)) % Math.max(1, targets.length);
  const live: Target[] = [];
  const down: Target[] = [];
  for (let step = 0; step < targets.length; step++) {
    const target = targets[(begin + step) % targets.length] as Target;
    if (health.availability(target, tokens).usable) live.push(target);
    else down.push(target);
  }
  return groupOf({ item, live, down });
}

function rank(route: Route, groups: readonly Group[], parts: OrderParts): Group[] {
  const strategy = strategies[route.strategy];
  const { explains } = parts;
  const rows: Row[] = [];
  for (const group of groups) {
    rows.push(strategy.compares || explains ? rowOf(group.choices[0] as Choice, group.weight, parts) : group.row);
  }
  const turn = { count: parts.count(route.name), balance: route.balance, sequences: parts.sequences };
  const { order, scores } = strategy.rank(rows, turn);
  const ordered: Group[] = [];
  for (const index of order) {
    const group = groups[index] as Group;
    ordered.push(explains ? told(group, rows[index] as Row, scores?.[index]) : group);
  }
  return ordered;
}

function told(group: Group, row: Row, score: number | undefined): Group {
  const [first, ...others] = group.choices as readonly [Choice, ...Choice[]];
  return { ...group, choices: [{ ...first, row, ...(score !== undefined && { score }) }, ...others] };
}

function rowOf({ item, live }: Choice, weight: number, parts: OrderParts): Row {
  const { health, judging } = parts;
  const [target] = live;
  const dialect = judging.request.clientDialect;
  const { prices } = item.facts ?? {};
  return {
    weight,
    costUsd: prices && costOf(prices, item.model, judging),
    latencyMs: target && health.firstOutputMs(target),
    inFlight: live.reduce((sum, one) => sum + health.inFlight(one), 0),
    errorRate: target ? health.errorRate(target) : 0,
    native: target?.dialect === dialect,
  };
}

function costOf(prices: Prices, model: string, { request, demand }: Judging): number {
  const inputTokens = request.inputTokens?.(model) ?? 0;
  return estimateCost(prices, { inputTokens, outputTokens: demand.outputTokens }).expectedUsd;
}
