// Opens what is known of providers' health and limits, from the settings.
import type { Config } from "../config/schema.ts";
import type { RetrySettings } from "../exchange/course.ts";
import type { BreakerPolicy } from "../routing/breaker.ts";
import { Health } from "../routing/health.ts";
import { Limits } from "../routing/limits.ts";
import { RetryBudget } from "../routing/retry-budget.ts";
import { openMemoryHealthStore } from "../storage/memory/health-store.ts";
import { openMemoryWindowStore } from "../storage/memory/window-store.ts";

export type Resilience = {
  parts: { health: Health; limits: Limits; retryBudget: RetryBudget; hedgeBudget: RetryBudget };
  retryOf: (provider: string) => RetrySettings;
  close(): void;
};

/** Repeats of a provider that are allowed in any case. */
const repeatsReserve = 5;

export function openResilience(config: Config, nowMs: () => number): Resilience {
  const { resilience, providers } = config;
  const healthStore = openMemoryHealthStore();
  const windowStore = openMemoryWindowStore();
  const breakers = new Map<string, BreakerPolicy>();
  const retries = new Map<string, RetrySettings>();
  const usualRetry = retrySettings(resilience.retry);
  const usual = breakerPolicy(resilience.circuit_breaker);
  for (const [name, provider] of Object.entries(providers)) {
    const own = provider.resilience?.circuit_breaker;
    if (own) breakers.set(name, breakerPolicy({ ...resilience.circuit_breaker, ...own }));
    const ownRetry = provider.resilience?.retry;
    if (ownRetry) retries.set(name, retrySettings({ ...resilience.retry, ...ownRetry }));
  }
  const { rest } = resilience;
  const limits = new Limits({ store: windowStore, providers, hosts: resilience.host_limits, nowMs });
  const health = new Health({
    store: healthStore,
    nowMs,
    limits,
    breakerOf: (provider) => breakers.get(provider) ?? usual,
    rests: { authMs: rest.auth, quotaMs: rest.quota, rateLimitMs: rest.rate_limit, mostMs: rest.max },
  });
  return {
    parts: {
      health,
      limits,
      retryBudget: new RetryBudget(nowMs, repeatsReserve),
      hedgeBudget: new RetryBudget(nowMs, 0),
    },
    retryOf: (provider) => retries.get(provider) ?? usualRetry,
    close() {
      void healthStore.close();
      void windowStore.close();
    },
  };
}

function breakerPolicy(settings: Config["resilience"]["circuit_breaker"]): BreakerPolicy {
  return {
    enabled: settings.enabled,
    failureThreshold: settings.failure_threshold,
    failurePercent: settings.failure_percent,
    windowMs: settings.failure_window,
    successThreshold: settings.success_threshold,
    openMs: settings.timeout,
    openMostMs: settings.max_timeout,
  };
}

function retrySettings(settings: Config["resilience"]["retry"]): RetrySettings {
  return {
    retriesMax: settings.max_retries,
    firstDelayMs: settings.initial_backoff,
    delayMsMax: settings.max_backoff,
    factor: settings.backoff_factor,
    jitterPercent: settings.jitter_percent,
    budgetPercent: settings.budget_percent,
  };
}
