// Model ids that a provider row's rules speak of, made from the rules' own patterns.
import type { ProviderRow } from "../../src/providers/provider.ts";

/** One id for each rule, and one that no rule speaks of. */
export function sampleModels(row: ProviderRow): string[] {
  const samples = (row.modelRules ?? []).map(({ match }) => {
    const sample = sampleOf(match.source);
    if (!match.test(sample)) throw new Error(`${row.type}: no model id could be made that matches ${match}`);
    return sample;
  });
  return [...new Set(["unheard-of-model", ...samples])];
}

/** A text that the pattern matches: the first branch of each choice, the least of each repetition. */
export function sampleOf(source: string): string {
  const reader = { source, at: 0 };
  return branchOf(reader);
}

type Reader = { source: string; at: number };

function branchOf(reader: Reader): string {
  let text = "";
  while (reader.at < reader.source.length && reader.source[reader.at] !== ")") {
    if (reader.source[reader.at] === "|") {
      skipToEnd(reader);
      break;
    }
    const atom = atomOf(reader);
    text += atom.repeat(leastCount(reader));
  }
  return text;
}

/** Past the other branches of a group, or of the whole pattern. */
function skipToEnd(reader: Reader): void {
  for (let depth = 0; reader.at < reader.source.length; reader.at++) {
    const character = reader.source[reader.at];
    if (character === "\\") reader.at++;
    else if (character === "(") depth++;
    else if (character === ")" && depth-- === 0) return;
  }
}

const classes: { readonly [letter: string]: string } = { d: "7", w: "a", s: " ", b: "" };

function atomOf(reader: Reader): string {
  const character = reader.source[reader.at++] as string;
  if (character === "^" || character === "$") return "";
  if (character === ".") return "x";
  if (character === "\\") {
    const letter = reader.source[reader.at++] as string;
    return classes[letter] ?? letter;
  }
  if (character === "[") {
    const end = reader.source.indexOf("]", reader.at);
    const first = reader.source[reader.at] as string;
    reader.at = end + 1;
    return first === "^" ? "~" : first;
  }
  if (character !== "(") return character;
  const look = /^\?(?:[:=!]|<[=!])/.exec(reader.source.slice(reader.at))?.[0];
  if (look) reader.at += look.length;
  const inner = branchOf(reader);
  reader.at++;
  return look === undefined || look === "?:" ? inner : look === "?=" ? "" : "";
}

function leastCount(reader: Reader): number {
  const mark = /^(?:[?*+]|\{(\d+)(?:,\d*)?\})\??/.exec(reader.source.slice(reader.at));
  if (!mark) return 1;
  reader.at += mark[0].length;
  if (mark[1] !== undefined) return Number(mark[1]);
  return mark[0].startsWith("+") ? 1 : 0;
}
