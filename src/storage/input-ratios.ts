// The port that keeps, by model, how many tokens a byte of its requests has been.
import type { Port } from "./port.ts";

/** A guess that each replica learns for itself. Synchronous, since it is asked on the path of every request. */
export interface InputRatios extends Port {
  readonly scope: "process";
  /** Tokens a byte; undefined for a model that nothing is known of. */
  find(model: string): number | undefined;
  keep(model: string, tokensPerByte: number): void;
  close(): void;
}
