// What a test has opened together, and what ends together.

/** To be spread into what stands for all of them: ends each, in this order. */
export function ending(...parts: readonly AsyncDisposable[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) await part[Symbol.asyncDispose]();
    },
  };
}
