// Opens what knows how many tokens a request has: the learned estimate, and the tokenizer in its thread.
import { openInputRatios } from "../storage/memory/input-ratios.ts";
import { type InputEstimate, openInputEstimate } from "../tokens/estimate.ts";
import { openTokenizer, type Tokenizer } from "../tokens/tokenizer.ts";

export type Tokens = { estimate: InputEstimate; tokenizer: Tokenizer; close(): void };

export function openTokens(openWorker: () => Worker): Tokens {
  const ratios = openInputRatios();
  const tokenizer = openTokenizer({ openWorker });
  return {
    estimate: openInputEstimate(ratios),
    tokenizer,
    close() {
      tokenizer.close();
      ratios.close();
    },
  };
}
