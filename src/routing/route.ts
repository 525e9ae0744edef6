// A name that stands for models: what a virtual model and an agent both are, once read from the configuration.
import type { DialectId } from "../core/chat.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import type { Pattern } from "./patterns.ts";
import type { SystemPrompt } from "./plan.ts";
import type { RoutePolicies } from "./policies.ts";
import type { Balance, StrategyId } from "./strategies.ts";

/** Abilities that an entry may ask of its models. Others that files may name are given by every target here. */
export type Capability = "vision" | "tool_calls" | "reasoning" | "audio" | "video" | "files";

export type Entry = {
  /** Where the configuration has it: "agents.build.models[0]". */
  path: string;
  /** In the operator's words, for messages. */
  label: string;
  weight: number;
  /** Instance names; absent for any. */
  providers?: readonly string[];
  model?: string;
  /** Name of another route. */
  route?: string;
  modelPattern?: Pattern;
  providerPattern?: Pattern;
  /** Of models that the catalogue lists: only these. */
  accepts?: (facts: KnownFacts | undefined, model: string) => boolean;
  needs: readonly Capability[];
  contextTokens?: number;
  maxOutputTokens?: number;
  dialect?: DialectId;
};

export type Route = {
  name: string;
  /** "virtual_models.smart". */
  path: string;
  description?: string;
  strategy: StrategyId;
  balance: Balance;
  entries: readonly Entry[];
  /** Subtrees of user paths that may use it; absent for everybody. */
  userPaths?: readonly string[];
  /** Sessions stay at their target. */
  affinity: boolean;
  /** Absent: as for all sessions. */
  sessionTtlMs?: number;
  policies: RoutePolicies;
  systemPrompt?: SystemPrompt;
};
