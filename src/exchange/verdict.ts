// What a failed call means: for the request (may another target do it, may the same one be asked again) and for the target (its breaker,
// its rest). One row an error code.
import type { ErrorCode, GatewayError } from "../core/errors.ts";
import { isElsewhere } from "../providers/error-classes.ts";
import type { Provider } from "../providers/provider.ts";
import type { Resting } from "../routing/health.ts";

export type Verdict = {
  /** Another target may answer. */
  readonly elsewhere: boolean;
  /** The same target may answer when it is asked again soon. */
  readonly again: boolean;
  /** The target's fault, which its breaker counts. */
  readonly trips: boolean;
  /** Only a target with a larger window can answer. */
  readonly larger?: boolean;
  /** What is not asked for a while. */
  readonly rest?: { readonly kind: Resting["kind"]; readonly whole: boolean };
};

const final: Verdict = { elsewhere: false, again: false, trips: false };
const elsewhere: Verdict = { elsewhere: true, again: false, trips: false };
const larger: Verdict = { elsewhere: true, again: false, trips: false, larger: true };
const fault: Verdict = { elsewhere: true, again: true, trips: true };

const verdicts: { readonly [code in ErrorCode]?: Verdict } = {
  unsupported: elsewhere,
  loss_refused: elsewhere,
  not_supported: elsewhere,
  model_not_found: elsewhere,
  context_length: larger,
  payload_too_large: larger,
  rate_limited: { elsewhere: true, again: true, trips: false, rest: { kind: "rateLimitMs", whole: false } },
  quota_exhausted: { elsewhere: true, again: false, trips: false, rest: { kind: "quotaMs", whole: true } },
  upstream_auth: { elsewhere: true, again: false, trips: false, rest: { kind: "authMs", whole: true } },
  upstream_failed: fault,
  upstream_unreachable: fault,
  upstream_truncated: fault,
  upstream_malformed: fault,
  overloaded: fault,
  // It has had its time; once more would double the client's wait.
  upstream_timeout: { elsewhere: true, again: false, trips: true },
};

/** A key that is good but may not use this model. */
const modelForbidden: Verdict = { elsewhere: true, again: false, trips: false, rest: { kind: "authMs", whole: false } };

export function verdictOf(error: GatewayError, provider: Provider): Verdict {
  const verdict = plainVerdict(error, provider);
  // The provider knows whether it will answer the same in a moment.
  return verdict.again && error.upstream?.shouldRetry === false ? { ...verdict, again: false } : verdict;
}

function plainVerdict(error: GatewayError, provider: Provider): Verdict {
  const { code, upstream } = error;
  if (code === "upstream_auth" && upstream?.status === 403) return modelForbidden;
  if (code !== "invalid_request") return verdicts[code] ?? final;
  // A fault of the client's own stays one wherever it is sent, but for what is known to be the provider's.
  if (upstream === undefined) return final;
  const words = `${upstream.type ?? ""} ${upstream.code ?? ""} ${error.message}`;
  return isElsewhere(provider.row.type, words) ? elsewhere : final;
}

/** For `Pass.rest`: undefined where the failure asks for none. */
export function restingOf(error: GatewayError, verdict: Verdict): Resting | undefined {
  if (!verdict.rest) return undefined;
  // A time beside a refused credential says nothing about the credential.
  const statedMs = verdict.rest.kind === "authMs" ? undefined : error.retryAfterMs;
  return { ...verdict.rest, code: error.code, statedMs };
}
