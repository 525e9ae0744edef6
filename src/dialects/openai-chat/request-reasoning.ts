// Writes the reasoning of former turns, and how much reasoning is wanted of this one.
import { type Effort, efforts, type OpaqueState, type Reasoning, type ReasoningBlock } from "../../core/chat.ts";
import type { TargetFlags } from "../../core/facts.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { formatOfOrigin } from "./reasoning-format.ts";
import { ownRest, type RequestScope, withRest } from "./request-scope.ts";

type Place = { format: string | undefined; index: number };

function textDetail(block: ReasoningBlock, place: Place): JsonObject {
  const { state } = block;
  const common = { ...(place.format === undefined ? {} : { format: place.format }), index: place.index };
  // Encrypted reasoning stands beside a summary, signed reasoning is the text itself.
  if (state?.kind === "encrypted") return { type: "reasoning.summary", summary: block.text, ...common };
  const signature = state?.kind === "signature" ? { signature: state.value } : {};
  return { type: "reasoning.text", text: block.text, ...signature, ...common };
}

function stateDetail(state: OpaqueState, place: Place): JsonObject {
  if (state.kind === "details" && isObject(state.value)) return state.value;
  return { type: "reasoning.encrypted", data: state.value, format: place.format ?? state.origin, index: place.index };
}

/** Entries of `reasoning_details` for one block: its text, and its state where that is an entry of its own. */
function detailsOf(block: ReasoningBlock, index: number, scope: RequestScope): JsonObject[] {
  const { state } = block;
  const place = { format: state && formatOfOrigin(state.origin), index };
  const apart = state && state.kind !== "signature";
  const entries: JsonObject[] = [];
  if (block.text !== "" || !apart) entries.push(textDetail(block, place));
  if (apart) entries.push(stateDetail(state, place));
  const rest = ownRest(block.extra, scope);
  return entries.map((entry) => withRest(entry, rest));
}

/**
 * Fields of an assistant message for its reasoning. Without a flag a client of this dialect gets its own text back as it
 * was, and everybody else's is dropped: OpenAI has no such field and strict hosts refuse it (R16).
 * `reasoning_details` is a carrier that names the maker of every entry, so state of any origin goes back in it verbatim,
 * as the host demands (R28); on all other forms state cannot be carried.
 */
export function writeReplay(blocks: readonly ReasoningBlock[], scope: RequestScope): JsonObject {
  if (blocks.length === 0) return {};
  const mode = scope.facts.flags.reasoningReplay ?? (scope.sameDialect ? "reasoning_content" : "none");
  if (mode === "none") {
    scope.lose("replay");
    return {};
  }
  if (mode === "reasoning_details") {
    return { reasoning_details: blocks.flatMap((block, index) => detailsOf(block, index, scope)) };
  }
  if (blocks.some((block) => block.state)) scope.lose("replay");
  for (const block of blocks) ownRest(block.extra, scope);
  return { [mode]: blocks.map((block) => block.text).join("") };
}

/** translation.md B9: thresholds by absolute size, for hosts that count efforts instead of tokens. */
const budgetSteps: readonly (readonly [number, Effort])[] = [
  [2048, "low"],
  [8192, "medium"],
  [24576, "high"],
];

export function effortOfBudget(budgetTokens: number): Effort {
  // -1 is Gemini's "as much as needed".
  if (budgetTokens < 0) return "medium";
  if (budgetTokens === 0) return "none";
  return budgetSteps.find(([below]) => budgetTokens < below)?.[1] ?? "xhigh";
}

/** The nearest word that the model understands, the lower one of two that are equally near. Undefined for an empty list. */
export function nearestEffort(wanted: Effort, understood: readonly Effort[]): Effort | undefined {
  // "none" switches reasoning off: only who asks for that may get it, unless there is nothing else.
  const steps = understood.filter((effort) => wanted === "none" || effort !== "none");
  const rank = (effort: Effort) => efforts.indexOf(effort);
  const distance = (effort: Effort) => Math.abs(rank(effort) - rank(wanted));
  const candidates = steps.length > 0 ? steps : understood;
  return [...candidates].sort((a, b) => distance(a) - distance(b) || rank(a) - rank(b))[0];
}

/** A switch without a degree: Anthropic's default for adaptive thinking, and the middle for a plain "on". */
export const effortOfMode: { readonly [mode in NonNullable<Reasoning["mode"]>]: Effort } = {
  off: "none",
  on: "medium",
  adaptive: "high",
};

function wantedEffort(scope: RequestScope): Effort | undefined {
  const { effort, budgetTokens, mode } = scope.request.reasoning ?? {};
  if (mode === "off") return "none";
  if (effort !== undefined) return effort;
  if (budgetTokens !== undefined) return effortOfBudget(budgetTokens);
  return mode && effortOfMode[mode];
}

function clamped(wanted: Effort, flags: TargetFlags, scope: RequestScope): JsonObject {
  const effort = nearestEffort(wanted, flags.efforts ?? []);
  if (effort !== undefined) return { reasoning_effort: effort };
  // A model that does not reason: being told not to is no loss.
  if (wanted !== "none") scope.lose(scope.request.reasoning?.effort === undefined ? "thinking" : "effort");
  return {};
}

/** What a client of this dialect said beyond an effort, in the one spelling that can hold it (OpenRouter's). */
function ownObject(scope: RequestScope, known: boolean): JsonObject {
  const { effort, budgetTokens, mode, includeText, summary } = scope.request.reasoning ?? {};
  const inner: JsonObject = {
    ...(!known && budgetTokens !== undefined ? { max_tokens: budgetTokens } : {}),
    ...(!known && effort === undefined && (mode === "on" || mode === "off") ? { enabled: mode === "on" } : {}),
    ...(includeText === undefined ? {} : { exclude: !includeText }),
    ...(summary === undefined ? {} : { summary }),
  };
  return Object.keys(inner).length === 0 ? {} : { reasoning: inner };
}

/** Fields for the wanted amount of reasoning. A nearer word for a known effort list is a downgrade, not a loss. */
export function writeReasoning(scope: RequestScope): JsonObject {
  const { reasoning } = scope.request;
  if (!reasoning) return {};
  const { flags } = scope.facts;
  const known = flags.efforts !== undefined;
  if (!scope.sameDialect && reasoning.summary !== undefined) scope.lose("summary");
  const own = scope.sameDialect ? ownObject(scope, known) : {};
  if (scope.sameDialect && !known) {
    return { ...(reasoning.effort === undefined ? {} : { reasoning_effort: reasoning.effort }), ...own };
  }
  const wanted = wantedEffort(scope);
  if (wanted === undefined) return own;
  if (known) return { ...clamped(wanted, flags, scope), ...own };
  if (wanted !== "none") return { reasoning_effort: wanted };
  // Most hosts refuse "none"; without a list nobody knows whether this one understands it (R42).
  scope.lose("thinking");
  return {};
}
