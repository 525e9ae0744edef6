// What the configuration decides about every request.
import type { TimeoutPolicy } from "../routing/policies.ts";
import type { Timeouts } from "./attempt.ts";
import type { RetrySettings } from "./course.ts";

export type RunSettings = {
  bodyBytesMax: number;
  commitAfterMs: number;
  heartbeatMs: number;
  timeouts: Timeouts;
  /** For providers with timers of their own: all five, by instance name. */
  providerTimeouts: ReadonlyMap<string, Timeouts>;
  retryOf: (provider: string) => RetrySettings;
  /** Losses known beforehand are refused, whatever the client says. */
  strict: boolean;
  annotate: boolean;
  /** Clients must prove themselves to the gateway. */
  guarded: boolean;
};

/** Of a call: what the plan asks for, over the provider's own settings, over the server's. */
export function timeoutsFor(
  { providerTimeouts, timeouts }: Pick<RunSettings, "providerTimeouts" | "timeouts">,
  provider: string,
  policy?: TimeoutPolicy,
): Timeouts {
  const own = providerTimeouts.get(provider) ?? timeouts;
  return policy ? { ...own, ...policy } : own;
}
