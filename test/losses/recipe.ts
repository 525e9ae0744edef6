// What a recipe for requests of a dialect is made of: samples, companions, and fields that are no matter of translation.
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Recipe } from "./cases.ts";

export type Parts = {
  /** First match wins. */
  samples: readonly (readonly [RegExp, (probe: string) => JsonValue])[];
  stands: readonly (readonly [RegExp, JsonValue])[];
  meant?: RegExp;
  /** Each with the reason why it is not judged here. */
  leftOut: readonly (readonly [RegExp, string])[];
  beside?: (path: string, value: JsonValue, around: string) => JsonValue;
  numberOf?: (probe: string) => number;
};

export function recipeOf(parts: Parts): Recipe {
  return {
    sample: (path, probe) => parts.samples.find(([pattern]) => pattern.test(path))?.[1](probe),
    stand: (path) => structuredClone(parts.stands.find(([pattern]) => pattern.test(path))?.[1]),
    beside: (path, value, around) => parts.beside?.(path, value, around) ?? value,
    isMeant: (path) => parts.meant?.test(path) ?? false,
    isLeftOut: (path) => parts.leftOut.some(([pattern]) => pattern.test(path)),
    ...(parts.numberOf && { numberOf: parts.numberOf }),
  };
}

export const base64 = (probe: string): string => Buffer.from(`bytes of ${probe} `.repeat(3)).toString("base64");

export const schemaWith = (probe: string): JsonObject => ({
  type: "object",
  properties: { [probe]: { type: "string" } },
  required: [probe],
  additionalProperties: false,
});

/** A number below 1000 of its own for each probe. */
export const numberOf = (probe: string): number => Bun.hash.crc32(probe) % 1000;

/** Samples that are the same in every dialect. */
export const commonSamples: Parts["samples"] = [
  [/(^|\.)temperature$/, () => 0.31],
  [/(^|\.)(top_p|topP)$/, () => 0.83],
  [/(presence_penalty|presencePenalty)$/, () => 0.37],
  [/(frequency_penalty|frequencyPenalty)$/, () => -0.41],
  [/(^|\.)(n|candidateCount)$/, () => 2],
  [/(^|\.)seed$/, () => 7717],
  [/(max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens)$/, (probe) => 3000 + numberOf(probe)],
  [/\.(parameters|input_schema|schema|responseJsonSchema|parametersJsonSchema|output_schema)$/, schemaWith],
  [/\.arguments$/, (probe) => JSON.stringify({ city: probe })],
];
