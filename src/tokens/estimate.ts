// How many tokens a request probably has, before anybody has counted: its bytes times a ratio that is learned by model.
import type { Usage } from "../core/usage.ts";
import type { InputRatios } from "../storage/input-ratios.ts";

/** English in JSON, before anything is known of a model: a little more than the usual four bytes a token. */
const firstRatio = 0.25;
/** How much a new figure counts: about the last ten requests decide. */
const weightOfNewest = 0.2;
/** No tokenizer gives more than a token a byte; below the lower end the count was of something else. */
const ratioMin = 0.01;
const ratioMax = 1;
/** In a short request the provider's own preamble counts more than what the client wrote. */
const bytesMin = 200;

/** The size of a request; each inline medium in it counts as a few kilobytes, whatever its size. */
export type PromptSize = { bytes: number; hasMedia: boolean };

export type InputEstimate = {
  /** `model` as the provider knows it; `bytes` as `promptSize` tells them. */
  estimateInputTokens(model: string, bytes: number): number;
  /** What a provider counted. Requests with media teach nothing: nobody tells what part of the count is theirs. */
  learn(model: string, size: PromptSize, usage: Usage): void;
};

export function openInputEstimate(ratios: InputRatios): InputEstimate {
  return {
    estimateInputTokens: (model, bytes) => Math.max(1, Math.ceil(bytes * (ratios.find(model) ?? firstRatio))),
    learn(model, { bytes, hasMedia }, usage) {
      if (hasMedia || usage.estimated === true || usage.inputTokens <= 0 || bytes < bytesMin) return;
      const seen = Math.min(ratioMax, Math.max(ratioMin, usage.inputTokens / bytes));
      const before = ratios.find(model);
      ratios.keep(model, before === undefined ? seen : before + (seen - before) * weightOfNewest);
    },
  };
}
