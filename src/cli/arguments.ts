// A command's own options, taken out of the arguments before the rest is read as settings.

export type OwnOptions = {
  /** Names given without a value, without the dashes. */
  present: ReadonlySet<string>;
  /** Values by name. The last one counts. */
  values: ReadonlyMap<string, string>;
  /** What was not taken, in order. */
  rest: string[];
  /** The first thing that is wrong, in words. */
  wrong: string | undefined;
};

/** `switches` take no value, `valued` take one: `--url X` or `--url=X`. */
export function takeOptions(
  arguments_: readonly string[],
  names: { switches?: readonly string[]; valued?: readonly string[] },
): OwnOptions {
  const present = new Set<string>();
  const values = new Map<string, string>();
  const rest: string[] = [];
  let wrong: string | undefined;
  for (let index = 0; index < arguments_.length; index++) {
    const argument = arguments_[index] ?? "";
    const [name, value] = splitOption(argument);
    if (name !== undefined && names.switches?.includes(name)) {
      if (value === undefined) present.add(name);
      else wrong ??= `--${name} takes no value`;
    } else if (name !== undefined && names.valued?.includes(name)) {
      const given = value ?? arguments_[++index];
      if (given === undefined || given === "") wrong ??= `--${name} needs a value`;
      else values.set(name, given);
    } else {
      rest.push(argument);
    }
  }
  return { present, values, rest, wrong };
}

function splitOption(argument: string): [name: string | undefined, value: string | undefined] {
  const match = /^--([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(argument);
  return [match?.[1], match?.[2]];
}
