// The port that keeps, by model, how many tokens a byte of its requests has been.

/** Process: a guess that each replica learns for itself. Synchronous, since it is asked on the path of every request. */
export type InputRatios = {
  readonly scope: "process";
  /** Tokens a byte; undefined for a model that nothing is known of. */
  find(model: string): number | undefined;
  keep(model: string, tokensPerByte: number): void;
  close(): void;
};
