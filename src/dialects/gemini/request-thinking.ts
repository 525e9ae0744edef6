// thinkingConfig: one wish for reasoning, said as a level (Gemini 3) or as a token budget (2.5); translation.md B9.
import { type ChatRequest, type Effort, efforts, type Reasoning } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "./field-names.ts";

const plainLevels: readonly Effort[] = ["minimal", "low", "medium", "high"];

/** Tokens; what a 2.5 model may write at most, where the catalogue does not say. */
const plainOutputTokens = 65_536;
/** Tokens; the smaller of the caps of Gemini 2.5 (pro 32768, flash 24576). */
const plainBudgetMax = 24_576;

/** Percent of the output that may go into thoughts. */
const budgetPercent: { readonly [effort in Effort]: number } = {
  none: 0,
  minimal: 2,
  low: 10,
  medium: 30,
  high: 60,
  xhigh: 100,
  max: 100,
};

/** From below which budget a level stands for it; tokens. */
const levelBelow: readonly (readonly [number, Effort])[] = [
  [1, "none"],
  [2_048, "low"],
  [8_192, "medium"],
  [24_576, "high"],
];

export function writeThinking(request: ChatRequest, facts: TargetFacts, lost: Losses): JsonObject | undefined {
  const reasoning = request.reasoning;
  if (!reasoning) return undefined;
  const off = reasoning.mode === "off" || (reasoning.effort === "none" && reasoning.mode === undefined);
  if (facts.flags.thinking === "none" || facts.flags.efforts?.length === 0) {
    if (!off) lost.add("reasoning");
    return undefined;
  }
  const wish: Reasoning = off ? { effort: "none" } : reasoning;
  // Where nothing is known of the model, each wish goes out in the unit it came in.
  const asLevel =
    facts.flags.thinking === "level" || (facts.flags.thinking !== "budget" && wish.budgetTokens === undefined && !off);
  const amount = asLevel ? level(wish, facts, lost) : budget(wish, request.maxOutputTokens, { facts, lost });
  const includeThoughts = !off && reasoning.includeText !== false;
  const config = { ...amount, ...(includeThoughts ? { includeThoughts } : {}) };
  return Object.keys(config).length === 0 ? undefined : config;
}

function level(wish: Reasoning, facts: TargetFacts, lost: Losses): JsonObject {
  const wanted = wish.effort ?? effortOfBudget(wish.budgetTokens);
  if (wanted === undefined) return {};
  const known = facts.flags.efforts ?? plainLevels;
  const rank = efforts.indexOf(wanted);
  // The next one up, as Google's own OpenAI endpoint does it (medium is high on a model with low and high).
  const written = known.find((effort) => efforts.indexOf(effort) >= rank) ?? known.at(-1);
  if (written === undefined || (written === "none" && wanted === "none")) return {};
  if (written !== wanted && wish.effort !== undefined) lost.add("reasoning");
  return { thinkingLevel: written };
}

function effortOfBudget(budgetTokens: number | undefined): Effort | undefined {
  if (budgetTokens === undefined || budgetTokens < 0) return undefined;
  return levelBelow.find(([limit]) => budgetTokens < limit)?.[1] ?? "xhigh";
}

function budget(
  wish: Reasoning,
  maxOutputTokens: number | undefined,
  to: { facts: TargetFacts; lost: Losses },
): JsonObject {
  const {
    thinkingBudgetMin = 0,
    thinkingBudgetMax = plainBudgetMax,
    maxOutputTokens: cap = plainOutputTokens,
  } = to.facts.flags;
  const wanted = wish.budgetTokens ?? budgetOfEffort(wish.effort, Math.min(maxOutputTokens ?? cap, cap));
  if (wanted === undefined) return {};
  // -1 leaves the amount to the model.
  if (wanted < 0) return { thinkingBudget: -1 };
  // The budget counts inside the output limit: one that fills it leaves no room for an answer (R34).
  const room = maxOutputTokens !== undefined && wanted >= maxOutputTokens ? maxOutputTokens - 1 : wanted;
  const written = Math.max(thinkingBudgetMin, Math.min(thinkingBudgetMax, room, wanted), 0);
  if (wish.budgetTokens !== undefined ? written !== wanted : wish.effort === "none" && written > 0)
    to.lost.add("reasoning");
  return { thinkingBudget: written };
}

function budgetOfEffort(effort: Effort | undefined, outputTokens: number): number | undefined {
  return effort === undefined ? undefined : Math.floor((outputTokens * budgetPercent[effort]) / 100);
}
