// Opens what Sluice learns from requests for later ones: ratios of tokens to bytes, turns with reasoning; and its tokenizer.
import type { Config } from "../config/schema.ts";
import type { RunParts } from "../exchange/run-parts.ts";
import { openInputRatios } from "../storage/memory/input-ratios.ts";
import { openMemoryReasoning } from "../storage/memory/reasoning-memory.ts";
import { openInputEstimate } from "../tokens/estimate.ts";
import { openTokenizer } from "../tokens/tokenizer.ts";

export type Learned = { parts: Pick<RunParts, "estimate" | "tokenizer" | "reasoning">; close(): void };

export type LearnedOptions = { config: Config; nowMs: () => number; openWorker: () => Worker };

export function openLearned({ config, nowMs, openWorker }: LearnedOptions): Learned {
  const { enabled, ttl, size } = config.storage.reasoning_memory;
  const ratios = openInputRatios();
  const tokenizer = openTokenizer({ openWorker });
  const reasoning = enabled ? openMemoryReasoning({ ttlMs: ttl, bytesMax: size, nowMs }) : undefined;
  return {
    parts: { estimate: openInputEstimate(ratios), tokenizer, reasoning },
    close() {
      tokenizer.close();
      ratios.close();
      void reasoning?.close();
    },
  };
}
