// Deadlines of running exchanges, swept by one coarse clock: setting one is an assignment, not a timer of its own.

/** How often deadlines are looked at. Every timeout is late by at most this much. */
export const sweepMs = 100;

export type Clock = {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `tick` every `sweepMs`; returns how to stop it. */
  every(tick: () => void): () => void;
  /** Calls `run` once after a time; returns how to call it off. */
  after(milliseconds: number, run: () => void): () => void;
};

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  every(tick) {
    const interval = setInterval(tick, sweepMs);
    return () => clearInterval(interval);
  },
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export type DeadlineName =
  | "body"
  | "connect"
  | "headers"
  | "first_output"
  | "idle"
  | "total"
  | "commit"
  | "heartbeat"
  | "write"
  | "lift";

const slots: { readonly [name in DeadlineName]: number } = {
  body: 0,
  connect: 1,
  headers: 2,
  first_output: 3,
  idle: 4,
  total: 5,
  commit: 6,
  heartbeat: 7,
  write: 8,
  lift: 9,
};
const names = Object.keys(slots) as DeadlineName[];

const never = Number.POSITIVE_INFINITY;

/** The deadlines of one exchange. A deadline that has passed is switched off and reported once. */
export class Deadlines {
  readonly #timers: Timers;
  /** A plain array: a typed one costs an allocation of its own on every request. */
  readonly #at: number[] = [never, never, never, never, never, never, never, never, never, never];
  readonly #handlers: (((name: DeadlineName) => void) | undefined)[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** What to do when one passes; replaces what was said before. */
  on(name: DeadlineName, handler: (name: DeadlineName) => void): void {
    this.#handlers[slots[name]] = handler;
  }

  /** Starts or restarts a deadline, counted from now. 0 or less means no limit. */
  set(name: DeadlineName, milliseconds: number): void {
    this.#at[slots[name]] = milliseconds > 0 ? this.#timers.nowMs() + milliseconds : never;
  }

  clear(name: DeadlineName): void {
    this.#at[slots[name]] = never;
  }

  /** Nothing is reported any more, not even what has passed in the same sweep. */
  close(): void {
    this.#at.fill(never);
    this.#timers.remove(this);
  }

  /** For the sweep only. */
  look(nowMs: number): void {
    for (let index = 0; index < names.length; index++) {
      if ((this.#at[index] as number) > nowMs) continue;
      this.#at[index] = never;
      this.#handlers[index]?.(names[index] as DeadlineName);
    }
  }
}

export class Timers {
  /** Read anew for each deadline: counted from the last sweep, one of 100 ms could pass at once. */
  readonly nowMs: () => number;
  /** For the few waits that a sweep would be too coarse for. Returns how to call it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
  readonly #open = new Set<Deadlines>();
  readonly #stop: () => void;

  constructor(clock: Clock) {
    this.nowMs = () => clock.nowMs();
    this.after = (milliseconds, run) => clock.after(milliseconds, run);
    const sweep = () => {
      const nowMs = clock.nowMs();
      for (const deadlines of this.#open) deadlines.look(nowMs);
    };
    this.#stop = clock.every(sweep);
  }

  open(): Deadlines {
    const deadlines = new Deadlines(this);
    this.#open.add(deadlines);
    return deadlines;
  }

  remove(deadlines: Deadlines): void {
    this.#open.delete(deadlines);
  }

  close(): void {
    this.#stop();
  }
}
