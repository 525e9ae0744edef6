// The index of translation traps: each one of the reference is named by a test, or stands here with the reason why not.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { corpusRoot } from "./support/corpus.ts";

/** Beside the recordings: the list of traps lies where they do. */
const reference = join(corpusRoot, "..", "reference", "translation.md");
if (!existsSync(reference)) {
  throw new Error(`THE LIST OF TRAPS IS MISSING: no file at ${reference}. This test proves nothing without it.`);
}

const text = readFileSync(reference, "utf8");
const section = text.slice(text.indexOf("# E. TRAPS"), text.indexOf("# F. RECORDED"));
const traps = [...section.matchAll(/^\| ([MTRUSX]\d\d) \|/gm)].map(([, id]) => id as string);

/** Traps without a test of their name. */
const elsewhere: { readonly [id: string]: string } = {
  T20: "Azure's date versions are called on the paths that take a named choice; older ones are not served",
  U26: "counts of models that a cloud cannot count come from our own tokenizer, as for every host without a counter (U24, U25)",
  U28: "a count of reasoning tokens that nobody gave stays 0: only whole usage is estimated, and marked",
  S49: "an answer of which output has left is never begun anew: the attempt loop (exchange/course.ts, verdict.ts)",
  S65: "a reply of nothing but thinking is passed as it is, with the reason of its stop (R40)",
  S69: "Bun's older defect; that the error frame leaves before the end is proven by S01 to S06",
  X22: "faults of a relay are told by their words: the attempt loop (exchange/course.ts, verdict.ts)",
  X27: "529 is tried again and a full context is not: the classes of errors, and the attempt loop (exchange/course.ts, verdict.ts)",
  X28: "a spent quota is not tried again: the classes of errors, and the attempt loop (exchange/course.ts, verdict.ts)",
  X31: "betas that a cloud does not know: test/providers, for the rows of the clouds",
  X35: "a reply that was taken is never asked for again: the attempt loop (exchange/course.ts, verdict.ts)",
  X37: "words of a passing fault in a 400: the classes of errors, and the attempt loop (exchange/course.ts, verdict.ts)",
  X38: "guardrails are not served yet",
};

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Ids in the titles of tests, and of groups of tests. */
function namedTraps(): Set<string> {
  const named = new Set<string>();
  for (const file of walk(import.meta.dir).filter((path) => path.endsWith(".test.ts") && path !== import.meta.path)) {
    for (const line of readFileSync(file, "utf8").split("\n")) {
      // Titles stand in quotes: of the call itself, of the row of a table, or behind the table.
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) continue;
      for (const [, title] of line.matchAll(/["'`]((?:[^"'`\\]|\\.)*)["'`]/g)) {
        for (const [id] of (title as string).matchAll(/\b[MTRUSX]\d\d\b/g)) named.add(id);
      }
    }
  }
  return named;
}

test("the reference lists its traps", () => {
  expect(traps.length).toBeGreaterThan(290);
  expect(new Set(traps).size).toBe(traps.length);
});

test("each trap is named by a test, or has a reason why not", () => {
  const named = namedTraps();
  expect(traps.filter((id) => !named.has(id) && elsewhere[id] === undefined)).toEqual([]);
  expect(Object.keys(elsewhere).filter((id) => !traps.includes(id))).toEqual([]);
});
