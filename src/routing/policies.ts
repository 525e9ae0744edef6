// How the targets of a plan are tried: what a virtual model or an agent asks of the attempts, as plain data.

/** Every field absent: the provider's own settings rule, then the server's. */
export type RoutePolicies = {
  /** Attempts on all targets together, the first included. */
  readonly attemptsMax?: number;
  /** Repeats, once every target has failed. */
  readonly retry?: RetryPolicy;
  /** Milliseconds, by the names of `server.timeouts`; each replaces the provider's own. */
  readonly timeouts?: TimeoutPolicy;
  readonly hedge?: HedgePolicy;
  /** A plain text stream that breaks off goes on at the next target. */
  readonly continuation?: boolean;
  /** What follows when a target says that the input is too long for it. */
  readonly contextOverflow?: ContextOverflow;
  /** Fraction of the inference time that is waited on top of it. 0 is none, whatever the target's own says. */
  readonly slowdown?: number;
  readonly breaker?: BreakerPolicy;
};

export type RetryPolicy = {
  /** Repeats of the request, on whichever target is soonest ready. */
  readonly retriesMax?: number;
  readonly firstDelayMs?: number;
  readonly delayMsMax?: number;
  readonly factor?: number;
};

export type TimeoutPolicy = {
  readonly connect?: number;
  readonly headers?: number;
  readonly first_output?: number;
  readonly idle?: number;
  readonly total?: number;
};

export type HedgePolicy = {
  /** Percentile of the learned times to first output after which a second request goes out. */
  readonly percentile: number;
  /** Never before this. */
  readonly delayMsMin: number;
  /** Share of the requests that may be sent twice. */
  readonly extraShareMax: number;
};

/** "larger": the next target with a larger window. "trim": the oldest turns go, then the same target again. */
export type ContextOverflow = "larger" | "trim";

export type BreakerPolicy = {
  readonly failures?: number;
  readonly windowMs?: number;
  readonly openMs?: number;
  readonly successes?: number;
};

/** Of a plain selector. */
export const noPolicies: RoutePolicies = Object.freeze({});
