// max_tokens, thinking and sampling of a Messages request: the three depend on one another (translation.md B1.1, B9).
import { type Effort, efforts, type Reasoning } from "../core/chat.ts";
import type { JsonObject } from "../core/json.ts";
import type { Writing } from "./writing.ts";

/** What else in the request decides about thinking. */
export type Conflicts = { forcedTool: boolean; prefilled: boolean; thinkingBroken: boolean };

/** The API's smallest budget (translation.md A3.2). */
const minBudgetTokens = 1024;
/** Used when neither the client nor the catalogue knows a limit: every Claude since 3 takes it. */
const fallbackMaxTokens = 4096;

/** Share of max_tokens that a manual budget gets (translation.md B9, Claude budget column). */
const budgetShare: { [effort in Effort]: number } = {
  none: 0,
  minimal: 0,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
};

/** Anthropic's own default effort, for a switch that came without one. */
const defaultEffort: Effort = "high";
const adaptiveEfforts: readonly Effort[] = ["low", "medium", "high", "max"];

/** Absolute size of a budget -> effort, for models that know efforts only. */
const effortOfBudget: readonly (readonly [belowTokens: number, effort: Effort])[] = [
  [2048, "low"],
  [8192, "medium"],
  [24_576, "high"],
];

type Limits = { max_tokens: number; thinking?: JsonObject; effort?: Effort };

export function writeLimits(writing: Writing, conflicts: Conflicts): JsonObject {
  const limits = writeThinking(writing, conflicts);
  const thinks = limits.thinking !== undefined && limits.thinking["type"] !== "disabled";
  return {
    max_tokens: limits.max_tokens,
    ...(limits.thinking !== undefined ? { thinking: limits.thinking } : {}),
    ...(limits.effort !== undefined ? { output_config: { effort: limits.effort } } : {}),
    ...writeSampling(writing, thinks),
  };
}

/** The client's limit, else the model's own (M37: never a small constant where more is known), within the model's. */
function maxTokens(writing: Writing): number {
  const cap = writing.facts.flags.maxOutputTokens;
  const wanted = writing.request.maxOutputTokens ?? cap ?? fallbackMaxTokens;
  if (cap === undefined || wanted <= cap) return wanted;
  writing.lost.add("maxOutputTokens");
  return cap;
}

function isOff(reasoning: Reasoning): boolean {
  return reasoning.mode === "off" || reasoning.effort === "none" || reasoning.budgetTokens === 0;
}

function writeThinking(writing: Writing, conflicts: Conflicts): Limits {
  const { flags } = writing.facts;
  const limits: Limits = { max_tokens: maxTokens(writing) };
  const reasoning = writing.request.reasoning;
  if (reasoning === undefined || !saysAnything(reasoning)) return limits;
  const cannot = flags.thinking === "none" || flags.efforts?.length === 0;
  if (isOff(reasoning)) {
    // Some models think unless told not to (R42); manual ones do not think unless told to, and there absence is off.
    if (!cannot && flags.thinking !== "budget") limits.thinking = { type: "disabled" };
    return limits;
  }
  if (cannot) {
    writing.lost.add("reasoning");
    return limits;
  }
  if (flags.thinking === "adaptive") return adaptive(writing, reasoning, { limits, conflicts });
  return manual(writing, reasoning, { limits, conflicts });
}

function saysAnything(reasoning: Reasoning): boolean {
  return reasoning.mode !== undefined || reasoning.effort !== undefined || reasoning.budgetTokens !== undefined;
}

type Start = { limits: Limits; conflicts: Conflicts };

/**
 * The model decides how much it thinks, guided by an effort. Thinking is optional for the model in this mode, so a tool
 * turn without it is legal history (adaptive-thinking page of the Claude docs, read 2026-11); only a forced tool and
 * a prefill exclude it.
 */
function adaptive(writing: Writing, reasoning: Reasoning, { limits, conflicts }: Start): Limits {
  const wanted = reasoning.effort ?? budgetEffort(reasoning.budgetTokens);
  if (wanted !== undefined) limits.effort = nearestEffort(wanted, writing.facts.flags.efforts ?? adaptiveEfforts);
  if (conflicts.forcedTool || conflicts.prefilled) {
    writing.lost.add("reasoning");
    limits.thinking = { type: "disabled" };
  } else {
    limits.thinking = { type: "adaptive", ...display(reasoning) };
  }
  return limits;
}

function display(reasoning: Reasoning): JsonObject {
  if (reasoning.includeText === undefined) return {};
  return { display: reasoning.includeText ? "summarized" : "omitted" };
}

function budgetEffort(budgetTokens: number | undefined): Effort | undefined {
  if (budgetTokens === undefined || budgetTokens < 0) return undefined;
  return effortOfBudget.find(([below]) => budgetTokens < below)?.[1] ?? "xhigh";
}

/** The nearest effort that the model knows; between two, the stronger: the table of B9 makes xhigh a max, not a high. */
function nearestEffort(wanted: Effort, known: readonly Effort[]): Effort {
  const usable = known.filter((effort) => effort !== "none");
  const distance = (effort: Effort) => Math.abs(efforts.indexOf(effort) - efforts.indexOf(wanted));
  return usable.reduce((best, effort) => (distance(effort) <= distance(best) ? effort : best), usable[0] ?? wanted);
}

/** Thinking by a token budget, which must leave room for the answer within max_tokens (R34). */
function manual(writing: Writing, reasoning: Reasoning, { limits, conflicts }: Start): Limits {
  const { flags } = writing.facts;
  if (conflicts.forcedTool || conflicts.prefilled || conflicts.thinkingBroken) {
    writing.lost.add("reasoning");
    return limits;
  }
  const least = Math.max(minBudgetTokens, flags.thinkingBudgetMin ?? 0);
  const asked = reasoning.budgetTokens ?? -1;
  const share = Math.floor(limits.max_tokens * budgetShare[reasoning.effort ?? defaultEffort]);
  const budget = Math.min(
    Math.max(asked > 0 ? asked : share, least),
    flags.thinkingBudgetMax ?? Number.POSITIVE_INFINITY,
  );
  if (budget >= limits.max_tokens) raise(writing, limits, budget);
  const room = Math.min(budget, limits.max_tokens - 1);
  if (room < least) {
    writing.lost.add("reasoning");
    return limits;
  }
  limits.thinking = {
    type: "enabled",
    budget_tokens: room,
    ...(reasoning.includeText === false ? display(reasoning) : {}),
  };
  return limits;
}

/** Makes room for the budget beside the client's limit, never above the model's. A limit of the client's own that moves is reported. */
function raise(writing: Writing, limits: Limits, budget: number): void {
  const cap = writing.facts.flags.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const raised = Math.min(limits.max_tokens + budget, cap);
  if (raised <= limits.max_tokens) return;
  if (writing.request.maxOutputTokens !== undefined) writing.lost.add("maxOutputTokens");
  limits.max_tokens = raised;
}

/** 1 is the default of both, and SDKs send it unasked: leaving it out changes nothing. */
const neutral = 1;

function writeSampling(writing: Writing, thinks: boolean): JsonObject {
  const { sampling } = writing.request;
  const { flags } = writing.facts;
  const wire: JsonObject = {};
  if (flags.sampling === false || thinks) {
    if (sampling.temperature !== undefined && sampling.temperature !== neutral) writing.lost.add("temperature");
    if (sampling.topP !== undefined && sampling.topP !== neutral) writing.lost.add("topP");
    if (sampling.topK !== undefined) writing.lost.add("topK");
    return wire;
  }
  const both = sampling.temperature !== undefined && sampling.topP !== undefined && flags.temperatureWithTopP !== true;
  const dropsTemperature = both && sampling.temperature === neutral && sampling.topP !== neutral;
  if (sampling.temperature !== undefined && !dropsTemperature) {
    if (sampling.temperature > 1) writing.lost.add("temperature");
    wire["temperature"] = Math.min(sampling.temperature, 1);
  }
  if (sampling.topP !== undefined) {
    if (!both || dropsTemperature) wire["top_p"] = sampling.topP;
    else if (sampling.topP !== neutral) writing.lost.add("topP");
  }
  if (sampling.topK !== undefined) wire["top_k"] = sampling.topK;
  return wire;
}
