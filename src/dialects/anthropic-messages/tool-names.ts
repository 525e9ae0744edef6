// Tool ids and tool names in the alphabet that the Messages API takes, one to one over a whole request.

const idPattern = /^[a-zA-Z0-9_-]+$/;
/** Direct API; translation.md A3.3 (64 on Bedrock). */
const maxNameCharacters = 128;

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

  allocate(id: string): string {
    const stem = id === "" ? `call_${this.#used.size}` : idPattern.test(id) ? id : `${clean(id)}_${shortHash(id)}`;
    let candidate = stem;
    for (let round = 2; this.#used.has(candidate); round++) candidate = `${stem}_${round}`;
    this.#used.add(candidate);
    return candidate;
  }
}

/** Tool names: a legal one stays, another gets an alias, the same wherever the name stands. */
export class ToolNames {
  readonly #wireOfName = new Map<string, string>();
  readonly #nameOfWire = new Map<string, string>();

  wire(name: string): string {
    const known = this.#wireOfName.get(name);
    if (known !== undefined) return known;
    const stem = isLegalName(name) ? name : `${clean(name).slice(0, maxNameCharacters - 9)}_${shortHash(name)}`;
    let candidate = stem;
    for (let round = 2; this.#nameOfWire.has(candidate); round++) {
      candidate = `${stem.slice(0, maxNameCharacters - 3)}_${round}`;
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

function isLegalName(name: string): boolean {
  return name.length <= maxNameCharacters && idPattern.test(name);
}

function clean(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]/g, "_");
}
