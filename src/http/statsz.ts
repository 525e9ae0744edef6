// GET /statsz: what this process has counted and how its targets are doing, for those who may use it: it quotes providers' errors.
import { Elysia } from "elysia";
import type { ProviderModels } from "../catalog/catalog.ts";
import { GatewayError } from "../core/errors.ts";
import type { Admit } from "../policy/admit.ts";
import type { Health } from "../routing/health.ts";
import type { Limits } from "../routing/limits.ts";
import type { ModelDirectory } from "../routing/plan.ts";
import { percentile } from "../routing/samples.ts";
import type { Samples, TargetRecord } from "../storage/health-store.ts";
import type { ModelCounts, Stats } from "../telemetry/stats.ts";
import { errorResponse } from "./errors.ts";

export type StatszParts = { admit: Admit; stats: Stats; health: Health; limits: Limits; directory: ModelDirectory };

/** Targets that are listed; those that were made first are the first to go. */
const circuitsMax = 1000;

export function statszEndpoints(parts: StatszParts) {
  return new Elysia({ name: "statsz" }).get("/statsz", ({ request }) => {
    try {
      parts.admit(request);
      return Response.json(report(parts), { headers: { "cache-control": "no-store" } });
    } catch (cause) {
      if (cause instanceof GatewayError) return errorResponse(request, cause);
      throw cause;
    }
  });
}

function report({ stats, health, limits, directory }: StatszParts) {
  const { uptimeMs, models, counters, lost } = stats.snapshot();
  const { nowMs } = health;
  const time = (atMs: number) => new Date(Date.now() + atMs - nowMs).toISOString();
  const records = [...health.records()].slice(-circuitsMax);
  const resting = records.flatMap((record) => {
    const rest = health.credentialRest(record.provider, record.credential) ?? record.rest;
    return rest && rest.untilMs > nowMs ? [[keyOf(record), rest] as const] : [];
  });
  return {
    uptime_seconds: Math.round(uptimeMs / 1000),
    models: Object.fromEntries([...models].map(([name, counts]) => [name, countsOf(counts)])),
    circuit_breakers: {
      circuits: Object.fromEntries(records.map((record) => [keyOf(record), circuitOf(record, time, nowMs)])),
      model_locks: Object.fromEntries(resting.map(([key, rest]) => [key, time(rest.untilMs)])),
      lock_reasons: Object.fromEntries(resting.map(([key, rest]) => [key, rest.code])),
      backoff_levels: Object.fromEntries(resting.map(([key, rest]) => [key, rest.level])),
    },
    limits: limits.report().map(({ what, limit, requests, tokens }) => ({
      of: what,
      requests,
      requests_per_minute: limit.requests,
      tokens,
      tokens_per_minute: limit.tokens,
    })),
    provider_health: Object.fromEntries(directory.all().map((one) => [one.provider.name, providerOf(one)])),
    counters: Object.fromEntries(counters),
    lost: Object.fromEntries(lost),
  };
}

/** How the reading of a provider's models went. */
function providerOf({ provider, models, stale, failure, readAtMs }: ProviderModels) {
  const known = models.length === 0 ? "empty" : "ok";
  return {
    name: provider.name,
    status: failure !== undefined ? "unreachable" : stale ? "pending" : known,
    models_found: models.length,
    last_fetched: readAtMs === undefined ? null : new Date(readAtMs).toISOString(),
    error: failure ?? "",
  };
}

const keyOf = ({ provider, model, credential }: TargetRecord) => `${provider}:${model}:${credential}`;

function countsOf(counts: ModelCounts) {
  return {
    requests: counts.requests,
    errors: counts.errors,
    input_tokens: counts.inputTokens,
    output_tokens: counts.outputTokens,
    reasoning_tokens: counts.reasoningTokens,
    cache_hit_tokens: counts.cacheReadTokens,
    cache_miss_tokens: counts.inputTokens - counts.cacheReadTokens,
    cache_creation_tokens: counts.cacheWriteTokens,
  };
}

function circuitOf(record: TargetRecord, time: (atMs: number) => string, nowMs: number) {
  const { lastFailure } = record;
  const isRipe = record.state === "open" && nowMs >= record.openUntilMs;
  return {
    state: (isRipe ? "half-open" : record.state).replace("-", "_"),
    failure_count: record.failures + record.failuresBefore,
    success_count: record.answers + record.answersBefore,
    expiry: record.state === "open" ? time(record.openUntilMs) : null,
    last_error: lastFailure?.message ?? "",
    last_error_code: lastFailure?.code ?? null,
    last_error_status: lastFailure?.status ?? 0,
    last_error_at: lastFailure ? time(lastFailure.atMs) : null,
    requests: record.requests,
    errors: record.errors,
    in_flight: record.inFlight,
    first_output_ms: latency(record.firstOutputs, nowMs),
    whole_reply_ms: latency(record.wholes, nowMs),
    transitions: record.transitions.map(({ atMs, from, to, reason }) => ({ at: time(atMs), from, to, reason })),
  };
}

function latency(samples: Samples | undefined, nowMs: number) {
  const at = (percent: number) => percentile(samples, { percent, least: 1, nowMs });
  const median = at(50);
  if (median === undefined) return null;
  return { p50: Math.round(median), p95: Math.round(at(95) ?? median), p99: Math.round(at(99) ?? median) };
}
