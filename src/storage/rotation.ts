// The port that counts requests by name, so that strategies which take turns know whose turn it is.
import type { Port } from "./port.ts";

export interface RotationStore extends Port {
  /** Requests so far; 0 at first. */
  peek(key: string): number | Promise<number>;
  advance(key: string): void | Promise<void>;
}
