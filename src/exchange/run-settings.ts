// What the configuration decides about every request.
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
