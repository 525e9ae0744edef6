// Settings for providers that fail or are full: retries, circuit breakers, rests, limits.
import { type TInteger, Type } from "@sinclair/typebox";
import { duration } from "./setting.ts";

const closed = { additionalProperties: false };

type Whole = { minimum: number; maximum: number; default?: number; env?: string };

function whole(description: string, bounds: Whole): TInteger {
  return Type.Integer({ description, ...bounds });
}

const retry = Type.Object(
  {
    max_retries: whole("Repeats of a request once every target has failed. Other targets are tried first.", {
      minimum: 0,
      maximum: 10,
      default: 2,
      env: "SLUICE_RETRY_MAX_RETRIES",
    }),
    initial_backoff: duration("Wait before the first repeat.", {
      env: "SLUICE_RETRY_INITIAL_BACKOFF",
      default: "500ms",
    }),
    max_backoff: duration(
      "Longest wait before a repeat. A provider that asks for more is not waited for: the client is told.",
      { env: "SLUICE_RETRY_MAX_BACKOFF", default: "5s" },
    ),
    backoff_factor: whole("How many times longer each wait is than the one before.", {
      minimum: 1,
      maximum: 10,
      default: 2,
      env: "SLUICE_RETRY_BACKOFF_FACTOR",
    }),
    jitter_percent: whole("How far a wait may be off, so that many do not return together.", {
      minimum: 0,
      maximum: 100,
      default: 20,
      env: "SLUICE_RETRY_JITTER_PERCENT",
    }),
    budget_percent: whole("Repeats that a provider gets at most, as a share of the requests to it.", {
      minimum: 0,
      maximum: 100,
      default: 20,
      env: "SLUICE_RETRY_BUDGET_PERCENT",
    }),
  },
  { ...closed, description: "Repeats of requests whose failure may pass." },
);

const circuitBreaker = Type.Object(
  {
    enabled: Type.Boolean({
      description: "Leave a target alone for a while after it has failed again and again.",
      env: "SLUICE_CIRCUIT_BREAKER_ENABLED",
      default: true,
    }),
    failure_threshold: whole("Failures within the window that open the breaker.", {
      minimum: 1,
      maximum: 1000,
      default: 5,
      env: "SLUICE_CIRCUIT_BREAKER_FAILURE_THRESHOLD",
    }),
    failure_percent: whole("Share of the calls within the window that must have failed.", {
      minimum: 1,
      maximum: 100,
      default: 50,
      env: "SLUICE_CIRCUIT_BREAKER_FAILURE_PERCENT",
    }),
    failure_window: duration("Time in which failures are counted.", {
      env: "SLUICE_CIRCUIT_BREAKER_FAILURE_WINDOW",
      default: "1m",
    }),
    success_threshold: whole("Probes that must be answered before everybody may call again.", {
      minimum: 1,
      maximum: 100,
      default: 1,
      env: "SLUICE_CIRCUIT_BREAKER_SUCCESS_THRESHOLD",
    }),
    timeout: duration("How long it stays open at first; each failed probe doubles it.", {
      env: "SLUICE_CIRCUIT_BREAKER_TIMEOUT",
      default: "30s",
    }),
    max_timeout: duration("How long it stays open at most.", {
      env: "SLUICE_CIRCUIT_BREAKER_MAX_TIMEOUT",
      default: "10m",
    }),
  },
  { ...closed, description: "One breaker for each provider, model and credential." },
);

const rest = Type.Object(
  {
    auth: duration("For a credential that was refused.", { env: "SLUICE_REST_AUTH", default: "2m" }),
    quota: duration("For a credential whose quota is spent.", { env: "SLUICE_REST_QUOTA", default: "5m" }),
    rate_limit: duration("For a model with a credential that was limited.", {
      env: "SLUICE_REST_RATE_LIMIT",
      default: "1s",
    }),
    max: duration("Longest of these; each in a row is twice the one before.", {
      env: "SLUICE_REST_MAX",
      default: "10m",
    }),
  },
  { ...closed, description: "Rests of credentials where the provider does not say how long." },
);

const limitBounds = { minimum: 1, maximum: 1_000_000_000 };

/** Requests and tokens that a provider, a model or a host takes. */
export const limits = Type.Object(
  {
    requests_per_minute: Type.Optional(whole("Requests in any minute.", limitBounds)),
    tokens_per_minute: Type.Optional(whole("Tokens in any minute, input and output together.", limitBounds)),
  },
  { ...closed, description: "What may be sent in a minute." },
);

export const modelLimits = Type.Record(Type.String({ pattern: "^[^\\s]{1,256}$" }), limits, {
  ...closed,
  asks: "a model id",
  description: "Limits of single models of this provider, by the provider's own ids.",
});

export const resilience = Type.Object(
  {
    retry,
    circuit_breaker: circuitBreaker,
    rest,
    host_limits: Type.Record(Type.String({ pattern: "^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?$" }), limits, {
      ...closed,
      asks: "a host name in lower case, with a port where the address has one",
      description: "Limits that all providers at one host share.",
    }),
  },
  { ...closed, description: "Providers that fail or are full." },
);

const optionally = (of: string) => `As resilience.${of}, for this provider.`;
const optionalWhole = (of: string, minimum: number, maximum: number) =>
  Type.Optional(whole(optionally(of), { minimum, maximum }));
const optionalDuration = (of: string) => Type.Optional(duration(optionally(of)));

/** The same for one provider; what is not set is as in `resilience`. */
export const providerResilience = Type.Object(
  {
    retry: Type.Optional(
      Type.Object(
        {
          max_retries: optionalWhole("retry.max_retries", 0, 10),
          initial_backoff: optionalDuration("retry.initial_backoff"),
          max_backoff: optionalDuration("retry.max_backoff"),
          backoff_factor: optionalWhole("retry.backoff_factor", 1, 10),
          jitter_percent: optionalWhole("retry.jitter_percent", 0, 100),
          budget_percent: optionalWhole("retry.budget_percent", 0, 100),
        },
        { ...closed, description: "Repeats of requests to this provider." },
      ),
    ),
    circuit_breaker: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(Type.Boolean({ description: optionally("circuit_breaker.enabled") })),
          failure_threshold: optionalWhole("circuit_breaker.failure_threshold", 1, 1000),
          failure_percent: optionalWhole("circuit_breaker.failure_percent", 1, 100),
          failure_window: optionalDuration("circuit_breaker.failure_window"),
          success_threshold: optionalWhole("circuit_breaker.success_threshold", 1, 100),
          timeout: optionalDuration("circuit_breaker.timeout"),
          max_timeout: optionalDuration("circuit_breaker.max_timeout"),
        },
        { ...closed, description: "Breakers of this provider's targets." },
      ),
    ),
  },
  { ...closed, description: "How failures of this provider are met; what is not set here is as in resilience." },
);
