// "Did you mean …": the known name that a mistyped one is closest to.
import { distance } from "fastest-levenshtein";

/** The closest of the known names, or undefined when nothing is close enough to be worth suggesting. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  // Two edits for short names, a third of the length for long ones: more than that suggests nonsense.
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const edits = distance(wanted, candidate.toLowerCase());
    // Replacing everything is not a typing mistake.
    if (edits >= bestDistance || edits >= wanted.length) continue;
    best = candidate;
    bestDistance = edits;
  }
  return best;
}

/** ", did you mean X?" or nothing. */
export function suggestion(found: string | undefined): string {
  return found === undefined ? "" : `, did you mean ${found}?`;
}
