// The port that remembers which target a client's session was last answered by.
import type { Port } from "./port.ts";

export interface SessionStore extends Port {
  /** A pure read: it does not make the entry younger. */
  peek(key: string): string | undefined | Promise<string | undefined>;
  /** Writes the entry, or makes it young again. */
  keep(key: string, target: string, ttlMs: number): void | Promise<void>;
}
