// Tool names as Gemini takes them: a legal one stays, another gets an alias, the same wherever it stands in the request.

/** translation.md B11: a letter or an underscore first, 64 characters at most. */
const legalName = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/;
const maxNameCharacters = 64;

export type ToolNames = {
  /** The name on the wire. Allocated in order of asking, so the same request always gives the same names. */
  written(name: string): string;
  /** Wire name -> the client's name, for those that differ; undefined when none does. */
  aliases(): ReadonlyMap<string, string> | undefined;
};

/** `legalFirst` are the names of the request: a legal one is never taken for another's alias. */
export function openToolNames(legalFirst: readonly string[]): ToolNames {
  const wireOfName = new Map(legalFirst.filter((name) => legalName.test(name)).map((name) => [name, name]));
  const taken = new Set(wireOfName.keys());
  const allocate = (name: string): string => {
    if (legalName.test(name)) return name;
    const clean = name.replace(/[^A-Za-z0-9_.:-]/g, "_").replace(/^(?![A-Za-z_])/, "_");
    const hash = Bun.hash.wyhash(name).toString(36);
    const alias = `${clean.slice(0, maxNameCharacters - hash.length - 1)}_${hash}`;
    for (let round = 2; ; round++) {
      const candidate = round === 2 ? alias : `${alias.slice(0, maxNameCharacters - 4)}_${round}`;
      if (!taken.has(candidate)) return candidate;
    }
  };
  return {
    written(name) {
      const known = wireOfName.get(name);
      if (known !== undefined) return known;
      const wire = allocate(name);
      wireOfName.set(name, wire);
      taken.add(wire);
      return wire;
    },
    aliases() {
      const changed = [...wireOfName].filter(([name, wire]) => name !== wire);
      return changed.length === 0 ? undefined : new Map(changed.map(([name, wire]) => [wire, name]));
    },
  };
}
