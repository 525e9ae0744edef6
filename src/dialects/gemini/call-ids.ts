// Ids of tool calls: this dialect may do without them, every other one needs them. Calls and responses are matched here.

type OpenCall = { id: string; name: string; wireId: string | undefined };

/**
 * One for a request, asked in order of the history. The same request always gives the same ids, and a longer one begins
 * with those of the shorter, which keeps prompt caches of other providers whole.
 */
export class CallIds {
  readonly #used = new Set<string>();
  #count = 0;
  /** Calls of the last model step that have no response yet. */
  #open: OpenCall[] = [];

  /** A model step begins after something was said to the model: what is unanswered now stays so. */
  startStep(): void {
    this.#open = [];
  }

  /** The id that the client wrote, unless an earlier call has it: some relays count anew in each turn (T06). */
  call(name: string, wireId: string | undefined): string {
    const id = wireId !== undefined && !this.#used.has(wireId) ? wireId : this.#allocate();
    this.#used.add(id);
    this.#open.push({ id, name, wireId });
    return id;
  }

  /** The call that a response answers: by id where both have one, else the first of that name that waits (B2.3). */
  answer(name: string, wireId: string | undefined): string {
    const byId = wireId === undefined ? -1 : this.#open.findIndex((call) => call.wireId === wireId);
    const found = byId >= 0 ? byId : this.#open.findIndex((call) => call.name === name);
    const [call] = found < 0 ? [] : this.#open.splice(found, 1);
    return call?.id ?? wireId ?? this.#allocate();
  }

  #allocate(): string {
    let id: string;
    do {
      this.#count++;
      id = `call_${this.#count}`;
    } while (this.#used.has(id));
    this.#used.add(id);
    return id;
  }
}
