// Agents that nobody wrote: all models of the catalogue that are alike in some way, as Nenya's discovery makes them.
import type { Config } from "../config/schema.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import { noPolicies } from "./policies.ts";
import type { Route } from "./route.ts";
import type { StrategyId } from "./strategies.ts";

type AutoAgent = {
  name: string;
  description: string;
  strategy: StrategyId;
  accepts: (facts: KnownFacts, model: string) => boolean;
};

/** Families that are known for code (nenya.md 7.4, read 2026-11). */
const codingModel =
  /(?:^|\/)(?:codestral|devstral|deepseek-(?:v4|r1)|qwen(?:2\.5|3)|code-?llama|phi-4|claude-(?:sonnet|3-5|3-7)|gemini-(?:2\.5|3)|grok-[34]|mistral-large|glm-5)/i;

const contextOf = (facts: KnownFacts) => facts.contextTokens ?? 0;

/** The table of nenya.md 7.4. What is not known of a model keeps it out. */
const table: readonly AutoAgent[] = [
  {
    name: "auto_fast",
    description: "Small models: up to 32,000 tokens of context, 4,096 of output",
    strategy: "round-robin",
    accepts: (facts) =>
      contextOf(facts) > 0 &&
      contextOf(facts) <= 32_000 &&
      (facts.maxOutputTokens ?? 0) > 0 &&
      (facts.maxOutputTokens ?? 0) <= 4096,
  },
  {
    name: "auto_reasoning",
    description: "Models that reason, with 128,000 tokens of context or more",
    strategy: "fallback",
    accepts: (facts) => facts.reasoning === true && contextOf(facts) >= 128_000,
  },
  {
    name: "auto_vision",
    description: "Models that see images",
    strategy: "round-robin",
    accepts: (facts) => facts.inputModalities?.includes("image") === true,
  },
  {
    name: "auto_tools",
    description: "Models that call tools",
    strategy: "round-robin",
    accepts: (facts) => facts.tools === true,
  },
  {
    name: "auto_large",
    description: "Models with 200,000 tokens of context or more",
    strategy: "fallback",
    accepts: (facts) => contextOf(facts) >= 200_000,
  },
  {
    name: "auto_balanced",
    description: "Models with a context between 32,000 and 128,000 tokens",
    strategy: "round-robin",
    accepts: (facts) => contextOf(facts) > 32_000 && contextOf(facts) < 128_000,
  },
  {
    name: "auto_coding",
    description: "Models for code that call tools",
    strategy: "fallback",
    accepts: (facts, model) => facts.tools === true && codingModel.test(model),
  },
];

export function autoRoutes(discovery: Config["discovery"]): Route[] {
  if (!discovery.auto_agents) return [];
  const chosen: { readonly [name: string]: { readonly enabled: boolean } } = discovery.auto_agents_config;
  const all = Object.keys(chosen).length === 0;
  return table
    .filter(({ name }) => all || chosen[name]?.enabled === true)
    .map(({ name, description, strategy, accepts }) => ({
      name,
      path: `discovery.${name}`,
      description,
      strategy,
      balance: { latency: 1, cost: 1, errors: 1, load: 0 },
      entries: [
        {
          path: `discovery.${name}`,
          label: name,
          weight: 1,
          needs: [],
          accepts: (facts: KnownFacts | undefined, model: string) => facts !== undefined && accepts(facts, model),
        },
      ],
      affinity: true,
      policies: noPolicies,
    }));
}
