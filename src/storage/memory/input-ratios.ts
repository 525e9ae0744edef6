// Ratios of tokens to bytes in this process's memory: a bounded table, the model that was used least recently leaves first.
import type { InputRatios } from "../input-ratios.ts";

/** Model names come from clients. */
const modelsMax = 2000;

export function openInputRatios(): InputRatios {
  const ratios = new Map<string, number>();
  return {
    scope: "process",
    find: (model) => ratios.get(model),
    keep(model, tokensPerByte) {
      // Set anew, it stands last in the order of insertion.
      ratios.delete(model);
      ratios.set(model, tokensPerByte);
      if (ratios.size > modelsMax) for (const [oldest] of ratios.entries().take(1)) ratios.delete(oldest);
    },
    close: () => ratios.clear(),
  };
}
