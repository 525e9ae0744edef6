// Patterns over model ids: `*` stands for any text, everything else for itself.

export type Allows = (provider: string, model: string) => boolean;

/** Settings: patterns for all providers, and further ones by provider. Absent or empty: everything. */
export type AllowedModels = {
  everywhere: readonly string[];
  byProvider: ReadonlyMap<string, readonly string[]>;
};

/** A pattern is compared with the id and with `provider/id`. A model must pass both lists. */
export function openAllows({ everywhere, byProvider }: AllowedModels): Allows {
  const fits = (patterns: readonly string[], provider: string, model: string) =>
    patterns.length === 0 ||
    patterns.some((pattern) => matches(pattern, model) || matches(pattern, `${provider}/${model}`));
  return (provider, model) =>
    fits(everywhere, provider, model) && fits(byProvider.get(provider) ?? [], provider, model);
}

/** Each piece between stars is looked for once, behind the one before: no pattern can take long. */
function matches(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head)) return false;
  let from = head.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}
