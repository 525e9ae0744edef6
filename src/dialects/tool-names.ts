// Tool ids and tool names in the alphabet that Messages, Converse and Cohere take, one to one over a whole request.

const idPattern = /^[a-zA-Z0-9_-]+$/;

/** FNV-1a, 32 bits, as eight hex digits: short, stable across runs, and enough to tell two ids of one request apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/**
 * Gives every call of a request its own id. A legal id that is still free stays as it is; any other gets a name made of
 * its own text and a hash. Allocation goes in order of the history, so a growing conversation keeps its ids, and with
 * them its prompt cache. The same id in two turns (some relays count `call_0` anew in each) becomes two ids.
 */
export class ToolIds {
  readonly #used = new Set<string>();
  readonly #maxCharacters: number;

  constructor(maxCharacters = Number.POSITIVE_INFINITY) {
    this.#maxCharacters = maxCharacters;
  }

  allocate(id: string): string {
    const isLegal = idPattern.test(id) && id.length <= this.#maxCharacters;
    const hashed = () => `${clean(id).slice(0, this.#maxCharacters - 9)}_${shortHash(id)}`;
    const stem = id === "" ? `call_${this.#used.size}` : isLegal ? id : hashed();
    let candidate = stem;
    for (let round = 2; this.#used.has(candidate); round++) {
      const suffix = `_${round}`;
      candidate = stem.slice(0, this.#maxCharacters - suffix.length) + suffix;
    }
    this.#used.add(candidate);
    return candidate;
  }
}

/** Tool names: a legal one stays, another gets an alias, the same wherever the name stands. */
export class ToolNames {
  readonly #wireOfName = new Map<string, string>();
  readonly #nameOfWire = new Map<string, string>();
  readonly #maxCharacters: number;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  wire(name: string): string {
    const known = this.#wireOfName.get(name);
    if (known !== undefined) return known;
    const isLegal = name.length <= this.#maxCharacters && idPattern.test(name);
    const stem = isLegal ? name : `${clean(name).slice(0, this.#maxCharacters - 9)}_${shortHash(name)}`;
    let candidate = stem;
    for (let round = 2; this.#nameOfWire.has(candidate); round++) {
      candidate = `${stem.slice(0, this.#maxCharacters - 3)}_${round}`;
    }
    this.#wireOfName.set(name, candidate);
    this.#nameOfWire.set(candidate, name);
    return candidate;
  }

  /** Wire name -> client's name, for those that differ; undefined when none does. */
  aliases(): ReadonlyMap<string, string> | undefined {
    const changed = [...this.#nameOfWire].filter(([wire, name]) => wire !== name);
    return changed.length === 0 ? undefined : new Map(changed);
  }
}

function clean(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]/g, "_");
}
