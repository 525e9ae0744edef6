// One route's models in the order in which they are tried, with those that cannot be. Reads state, changes none.
import type { DialectId } from "../core/chat.ts";
import { type Judging, type Obstacle, obstacleOf } from "./able.ts";
import { estimateCost } from "./cost.ts";
import { type Expansions, type Item, type ModelItem, targetsOf } from "./expand.ts";
import type { TargetHealth } from "./health.ts";
import type { Refused, Target } from "./plan.ts";
import type { Route } from "./route.ts";
import type { SmoothSequences } from "./smooth.ts";
import { type Row, strategies } from "./strategies.ts";

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

type Group = { choices: readonly Choice[]; weight: number; turns: readonly string[] };

export function orderRoute(route: Route, parts: OrderParts): Ordered {
  const { items, unmatched } = parts.expansions.of(route);
  const refused: Refusal[] = unmatched.map(({ label, path }) => ({
    provider: "",
    model: label,
    reason: `nothing that is listed matches it (${path})`,
    obstacle: { reason: "", code: "model_not_found" },
  }));
  const groups = groupsOf(items, refused, parts);
  const live = groups.filter(({ choices }) => (choices[0]?.live.length ?? 0) > 0);
  const ranked = rank(route, live, parts);
  const down = groups.filter((group) => !live.includes(group)).flatMap(({ choices }) => choices);
  const free = ranked.groups.flatMap(({ choices }) => choices);
  return {
    choices: [...free.filter(isLive), ...free.filter((choice) => !isLive(choice)), ...down],
    refused,
    // Inner names have had their turn only where the first target is one of theirs.
    turns: [route.name, ...(ranked.groups[0]?.turns ?? [])],
  };
}

const isLive = (choice: Choice) => choice.live.length > 0;

function groupsOf(items: readonly Item[], refused: Refusal[], parts: OrderParts): Group[] {
  const groups: Group[] = [];
  const soft: { group: Group; refusal: Refusal }[] = [];
  for (const item of items) {
    if (item.kind === "route") {
      const inner = orderRoute(item.route, parts);
      refused.push(...inner.refused);
      if (inner.choices.length > 0) groups.push({ choices: inner.choices, weight: item.weight, turns: inner.turns });
      continue;
    }
    const obstacle = obstacleOf(item, parts.judging);
    if (!obstacle) {
      groups.push({ choices: [choiceOf(item, parts)], weight: item.weight, turns: [] });
      continue;
    }
    const refusal = { provider: item.provider.name, model: item.model, reason: obstacle.reason, obstacle };
    if (obstacle.isSoft)
      soft.push({ group: { choices: [choiceOf(item, parts)], weight: item.weight, turns: [] }, refusal });
    refused.push(refusal);
  }
  if (groups.length > 0 || soft.length === 0) return groups;
  for (const { refusal } of soft) refused.splice(refused.indexOf(refusal), 1);
  return soft.map(({ group }) => group);
}

/** The key under which credentials of a provider take turns. */
export const credentialTurn = (provider: string) => `${provider}\ncredentials`;

export function choiceOf(item: ModelItem, parts: Pick<OrderParts, "health" | "judging" | "count">): Choice {
  const all = targetsOf(item, parts.judging.request);
  const { health } = parts;
  const tokens = health.countsTokens ? (parts.judging.request.inputTokens?.(item.model) ?? 0) : 0;
  const [only] = all;
  if (only && all.length === 1) {
    return health.availability(only, tokens).usable ? { item, live: all, down: none } : { item, live: none, down: all };
  }
  const begin = parts.count(credentialTurn(item.provider.name)) % Math.max(1, all.length);
  const turned = [...all.slice(begin), ...all.slice(0, begin)];
  const live = turned.filter((target) => health.availability(target, tokens).usable);
  return { item, live, down: live.length === all.length ? none : turned.filter((target) => !live.includes(target)) };
}

const none: readonly Target[] = Object.freeze([]);

function rank(route: Route, groups: readonly Group[], parts: OrderParts): { groups: Group[] } {
  const strategy = strategies[route.strategy];
  const compares = strategy.compares || parts.explains;
  const rows = groups.map(({ choices, weight }) =>
    compares ? rowOf(choices[0] as Choice, weight, parts) : plainRow(weight),
  );
  const turn = { count: parts.count(route.name), balance: route.balance, sequences: parts.sequences };
  const { order, scores } = strategy.rank(rows, turn);
  const ordered = order.map((index) => {
    const group = groups[index] as Group;
    if (!parts.explains) return group;
    const [first, ...others] = group.choices as readonly [Choice, ...Choice[]];
    const score = scores?.[index];
    const row = rows[index] as Row;
    return { ...group, choices: [{ ...first, row, ...(score !== undefined && { score }) }, ...others] };
  });
  return { groups: ordered };
}

function plainRow(weight: number): Row {
  return { weight, costUsd: undefined, latencyMs: undefined, inFlight: 0, errorRate: 0, native: false };
}

function rowOf({ item, live }: Choice, weight: number, parts: OrderParts): Row {
  const { health, judging } = parts;
  const [target] = live;
  const dialect: DialectId = judging.request.clientDialect;
  const { prices } = item.facts ?? {};
  const inputTokens = judging.request.inputTokens?.(item.model) ?? 0;
  return {
    weight,
    costUsd: prices && estimateCost(prices, { inputTokens, outputTokens: judging.demand.outputTokens }).expectedUsd,
    latencyMs: target && health.firstOutputMs(target),
    inFlight: live.reduce((sum, one) => sum + health.inFlight(one), 0),
    errorRate: target ? health.errorRate(target) : 0,
    native: target?.dialect === dialect,
  };
}
