// The reply repairs of this dialect that provider rows switch on by name, as one record of switches.
import type { TargetFacts } from "../../core/facts.ts";
import type { ToolRepairs } from "./tool-deltas.ts";

export const repairNames = [
  "think-tags",
  "think-open",
  "cumulative-arguments",
  "complete-arguments-per-index",
  "parallel-wrapper",
  "merge-choices",
  "content-chunks",
  "tool-index",
  "cumulative-reasoning",
  "duplicate-reasoning",
  "json-in-reasoning",
] as const;

export type RepairName = (typeof repairNames)[number];

export type ReplyRepairs = {
  tools: ToolRepairs;
  /** `<think>` in content becomes reasoning; "open": the reply begins within the reasoning (R21). */
  think: "none" | "tags" | "open";
  /** One answer comes spread over several choices (X44). */
  mergeChoices: boolean;
  /** Each reasoning delta repeats all the reasoning so far (MiniMax, R22). */
  cumulativeReasoning: boolean;
  /** Some reasoning deltas come twice in a row (xAI, S61). */
  duplicateReasoning: boolean;
  /** In JSON mode the answer may stand in the reasoning alone (Azure's DeepSeek, R43). */
  jsonInReasoning: boolean;
};

/**
 * Two names need no switch here, since reading does it always; a row names them so that its replies are not relayed as
 * is. "content-chunks": content that comes as an array is read as its chunks (S62). "tool-index": calls are numbered by
 * their ids where the host gives all of them one index (T34).
 */
export function readRepairs(facts: TargetFacts): ReplyRepairs {
  const has = (name: RepairName) => facts.repairs?.includes(name) ?? false;
  return {
    tools: {
      cumulative: has("cumulative-arguments"),
      perIndex: has("complete-arguments-per-index"),
      unwrap: has("parallel-wrapper"),
    },
    think: has("think-open") ? "open" : has("think-tags") ? "tags" : "none",
    mergeChoices: has("merge-choices"),
    cumulativeReasoning: has("cumulative-reasoning"),
    duplicateReasoning: has("duplicate-reasoning"),
    jsonInReasoning: has("json-in-reasoning"),
  };
}
