// Variables as the rest of the program sees them, and the reading of .env files named with --env-file.

/** Variable names to values. An empty value counts as unset: absent once loadConfig has returned it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type EnvironmentFile = {
  variables: Map<string, string>;
  /** What could not be read, by line (from 1). Never quotes the line: it may hold a secret. */
  problems: { line: number; message: string }[];
};

const blank = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const assignment = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
// Quoted values may span lines (private keys do); nothing but a comment may follow the closing quote.
const singleQuoted = /'([^']*)'[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const doubleQuoted = /"((?:[^"\\]|\\[\s\S])*)"[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
// A # starts a comment only after white space: keys and addresses may hold one.
const bare = /([^\n]*?)(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|$)/y;
const restOfLine = /[^\n]*(?:\n|$)/y;

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function readEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, (_whole, letter: string) => escapes.get(letter) ?? letter);
}

/** Reads KEY=VALUE lines: quotes, an `export` prefix and comments are understood; nothing is substituted. */
export function readEnvironmentText(text: string): EnvironmentFile {
  const source = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const found: EnvironmentFile = { variables: new Map(), problems: [] };
  let offset = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    const match = pattern.exec(source);
    if (match) offset = pattern.lastIndex;
    return match;
  };
  const report = (start: number, message: string): void => {
    found.problems.push({ line: source.slice(0, start).split("\n").length, message });
    take(restOfLine);
  };
  while (offset < source.length) {
    if (take(blank)) continue;
    const start = offset;
    const name = take(assignment)?.[1];
    if (name === undefined) {
      report(start, "expected NAME=value");
      continue;
    }
    const value = readValue(source[offset], take);
    if (value === undefined) report(start, `the quotes around ${name} do not close, or text follows them`);
    else found.variables.set(name, value);
  }
  return found;
}

function readValue(first: string | undefined, take: (pattern: RegExp) => RegExpExecArray | null): string | undefined {
  if (first === "'") return take(singleQuoted)?.[1];
  if (first !== '"') return take(first === "#" ? restOfLine : bare)?.[1] ?? "";
  const text = take(doubleQuoted)?.[1];
  return text === undefined ? undefined : readEscapes(text);
}
