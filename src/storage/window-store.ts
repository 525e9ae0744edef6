// The port for what has been sent in the last minute: requests and tokens by key, taken from several windows at once.
import type { Port } from "./port.ts";

/** One window that a call counts in. */
export type WindowLimit = {
  readonly key: string;
  /** In words, for reasons: `provider openai`. */
  readonly what: string;
  /** Per minute; undefined is no limit. */
  readonly requests: number | undefined;
  readonly tokens: number | undefined;
};

/** A window without room, what it has left, and when there will be enough, in milliseconds of the gateway's clock. */
export type Full = { limit: WindowLimit; of: "requests" | "tokens"; left: number; retryAtMs: number };

export interface WindowStore extends Port {
  /** The first window without room for one request of this many tokens. Takes nothing. */
  look(limits: readonly WindowLimit[], tokens: number, nowMs: number): Full | undefined;
  /** Counts one request and its tokens in all windows, or in none. */
  take(limits: readonly WindowLimit[], tokens: number, nowMs: number): Full | undefined | Promise<Full | undefined>;
  /** Corrects the tokens of a call that was taken at `takenMs`. */
  correct(limits: readonly WindowLimit[], difference: number, times: { takenMs: number; nowMs: number }): void;
  /** What the last minute holds. */
  used(key: string, nowMs: number): { requests: number; tokens: number };
}
