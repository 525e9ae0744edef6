// Counters of this process since its start, by model and by name. Bounded: names come from clients and providers.
import type { Usage } from "../core/usage.ts";

/** Of one model at one provider. */
export type ModelCounts = {
  /** Client requests that it has answered, wholly or in part. */
  requests: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
};

/** What attempts and relays count by name. */
export type CounterName =
  | "repeats"
  | "failovers"
  | "skipped"
  | "hedges"
  | "hedges_won"
  | "continuations"
  | "trimmed"
  | "client_gone";

export type StatsSnapshot = {
  uptimeMs: number;
  models: ReadonlyMap<string, ModelCounts>;
  counters: ReadonlyMap<CounterName, number>;
  /** Fields of replies that clients did not see, known only when the headers had left. */
  lost: ReadonlyMap<string, number>;
};

export interface Stats {
  settled(of: { provider: string; model: string; failed: boolean; usage: Usage | undefined }): void;
  count(name: CounterName, by?: number): void;
  lostLate(fields: readonly string[]): void;
  snapshot(): StatsSnapshot;
}

const namesMax = 2000;
/** Where names beyond the most are counted. */
const others = "(others)";

export function openStats(nowMs: () => number): Stats {
  const startedMs = nowMs();
  const models = new Map<string, ModelCounts>();
  const counters = new Map<CounterName, number>();
  const lost = new Map<string, number>();
  const place = (known: { has(name: string): boolean; size: number }, name: string) =>
    known.has(name) || known.size < namesMax ? name : others;
  return {
    settled({ provider, model, failed, usage }) {
      const name = place(models, `${provider}/${model}`);
      let counts = models.get(name);
      if (!counts) {
        counts = openCounts();
        models.set(name, counts);
      }
      counts.requests++;
      if (failed) counts.errors++;
      if (usage) addUsage(counts, usage);
    },
    count: (name, by = 1) => void counters.set(name, (counters.get(name) ?? 0) + by),
    lostLate(fields) {
      for (const field of fields) {
        const name = place(lost, field);
        lost.set(name, (lost.get(name) ?? 0) + 1);
      }
    },
    snapshot: () => ({ uptimeMs: nowMs() - startedMs, models, counters, lost }),
  };
}

function openCounts(): ModelCounts {
  return {
    requests: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
}

function addUsage(counts: ModelCounts, usage: Usage): void {
  counts.inputTokens += usage.inputTokens;
  counts.outputTokens += usage.outputTokens;
  counts.reasoningTokens += usage.reasoningTokens;
  counts.cacheReadTokens += usage.cacheReadTokens;
  counts.cacheWriteTokens += usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}
