// Failover rules: which models follow those that a request has named, when none of them answers.
import type { Choice } from "./items.ts";
import { type Ordered, type OrderParts, orderRoute, type Refusal } from "./order.ts";
import type { Route } from "./route.ts";

/** By selector: `provider/model`, a model at any provider, or the name of a virtual model or an agent. */
export type FailoverRules = ReadonlyMap<string, Route>;

/** The most specific rule of a model. */
export function ruleOf(rules: FailoverRules, provider: string, model: string): Route | undefined {
  return rules.get(`${provider}/${model}`) ?? rules.get(model);
}

/**
 * The choices that the rules add behind those that were made for `name`: each model is added once. A rule adds what it says, no rules of
 * that again, so that two may name each other.
 */
export function followers(rules: FailoverRules, asked: { name: string; ordered: Ordered }, parts: OrderParts) {
  const { choices } = asked.ordered;
  const found = new Set<Route>();
  const named = choices.length > 0 && rules.get(asked.name);
  for (const { item } of choices) {
    const rule = ruleOf(rules, item.provider.name, item.model);
    if (rule) found.add(rule);
  }
  if (named) found.add(named);
  const taken = new Set(choices.map(idOf));
  const added: Choice[] = [];
  const refused: Refusal[] = [];
  for (const rule of found) {
    const ordered = orderRoute(rule, parts);
    refused.push(...ordered.refused);
    for (const choice of ordered.choices) {
      if (taken.has(idOf(choice))) continue;
      taken.add(idOf(choice));
      added.push(choice);
    }
  }
  return { choices: added, refused };
}

const idOf = ({ item }: Choice) => `${item.provider.name}\n${item.model}`;
