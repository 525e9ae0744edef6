// What models take and give, in one set of words for all lists.
import type { Modality } from "../core/known-facts.ts";

const names: ReadonlyMap<unknown, Modality> = new Map([
  ["text", "text"],
  ["image", "image"],
  ["audio", "audio"],
  ["video", "video"],
  ["pdf", "file"],
  ["file", "file"],
]);

/** Each once; words of other lists are left out. */
export function readModalities(words: readonly unknown[]): Modality[] {
  const found = new Set<Modality>();
  for (const word of words) {
    const modality = names.get(word);
    if (modality) found.add(modality);
  }
  return [...found];
}
