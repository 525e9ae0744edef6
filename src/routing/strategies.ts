// In which order targets are tried: a pure function a strategy, over a table of what is known of each target.
import { rotated, type SmoothSequences } from "./smooth.ts";

export const strategyIds = ["fallback", "round-robin", "cost", "latency", "balanced", "sticky", "least-busy"] as const;
export type StrategyId = (typeof strategyIds)[number];

/** What is known of a target that may be tried now. */
export type Row = {
  weight: number;
  /** USD that this request would cost there. */
  costUsd: number | undefined;
  /** Median of the recent times to first output. */
  latencyMs: number | undefined;
  inFlight: number;
  /** Failures per call, 0 to 1. */
  errorRate: number;
  /** It speaks the client's dialect. */
  native: boolean;
};

/** Of a target of which only the weight is looked at. */
export function plainRow(weight: number): Row {
  return { weight, costUsd: undefined, latencyMs: undefined, inFlight: 0, errorRate: 0, native: false };
}

/** Weights of the balanced strategy. */
export type Balance = { latency: number; cost: number; errors: number; load: number };

export type Ranking = {
  /** Indices of rows, the first to be tried first. */
  order: number[];
  /** By row; higher is better. Absent where nothing is compared. */
  scores?: number[];
};

export type Turn = {
  /** Requests that this name has had. */
  count: number;
  balance: Balance;
  sequences: SmoothSequences;
};

export type Strategy = {
  /** False: only the weights of the rows are looked at. */
  compares: boolean;
  rank(rows: readonly Row[], turn: Turn): Ranking;
};

const takeTurns = (rows: readonly Row[], turn: Turn): Ranking => ({
  order: turn.sequences.order(
    rows.map((row) => row.weight),
    turn.count,
  ),
});

export const strategies: { readonly [strategy in StrategyId]: Strategy } = {
  fallback: { compares: false, rank: (rows) => ({ order: rotated(rows.length, 0) }) },
  "round-robin": { compares: false, rank: takeTurns },
  // The session decides; those that have no target yet take turns.
  sticky: { compares: false, rank: takeTurns },
  cost: {
    compares: true,
    rank: (rows) =>
      byScore(
        rows.map((row) => (row.costUsd === undefined ? Number.NEGATIVE_INFINITY : -row.costUsd)),
        rows,
      ),
  },
  latency: {
    compares: true,
    // Nobody is known at first: whoever is not yet is asked, in turns, so that it becomes known.
    rank: (rows, { count }) => {
      const scores = rows.map(({ latencyMs }, index) =>
        latencyMs === undefined ? 0 : -latencyMs * (1 + jitter(count, index)),
      );
      return byScore(scores, rows, count);
    },
  },
  "least-busy": {
    compares: true,
    rank: (rows, { count }) =>
      byScore(
        rows.map((row) => -row.inFlight),
        rows,
        count,
      ),
  },
  balanced: { compares: true, rank: (rows, turn) => byScore(balancedScores(rows, turn.balance), rows, turn.count) },
};

/** Highest first. Ties go to those that speak the client's language, then by turn, or as written where there is no turn. */
function byScore(scores: number[], rows: readonly Row[], count = 0): Ranking {
  const order = rotated(rows.length, count).sort((one, other) => {
    const difference = (scores[other] as number) - (scores[one] as number);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
    return Number(rows[other]?.native) - Number(rows[one]?.native);
  });
  return { order, scores };
}

const jitterShare = 0.05;

/** Within five percent, the same for the same turn: many instances that know the same must not all take one target. */
function jitter(count: number, index: number): number {
  // The finaliser of MurmurHash3: neighbouring turns give figures that have nothing to do with one another.
  let mixed = Math.imul((count + 1) ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (((mixed ^ (mixed >>> 16)) >>> 0) / 0xffffffff - 0.5) * 2 * jitterShare;
}

/** 0 to 1. What is not known of a target counts half. */
function balancedScores(rows: readonly Row[], balance: Balance): number[] {
  const total = balance.latency + balance.cost + balance.errors + balance.load || 1;
  const latency = standings(rows.map((row) => row.latencyMs));
  const cost = standings(rows.map((row) => row.costUsd));
  const load = standings(rows.map((row) => row.inFlight));
  return rows.map((row, index) => {
    const sum =
      balance.latency * (latency[index] as number) +
      balance.cost * (cost[index] as number) +
      balance.errors * (1 - row.errorRate) +
      balance.load * (load[index] as number);
    return sum / total;
  });
}

/** The least is 1, the most is 0; 1 for all where there is no difference. */
function standings(values: readonly (number | undefined)[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === undefined) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return values.map((value) => {
    if (value === undefined) return 0.5;
    return most === least ? 1 : (most - value) / (most - least);
  });
}
