// A real tokenizer in a thread of its own: started when it is first needed, one job at a time, bounded in queue, size and time.
import { encodingOf } from "./encodings.ts";
import type { Counted, CountJob } from "./worker.ts";

export type Tokenizer = {
  /** Tokens of these texts; undefined when too many wait, when it takes too long, and when the thread breaks. */
  count(model: string, texts: readonly string[]): Promise<number | undefined>;
  close(): void;
};

export type TokenizerOptions = {
  /** Of `worker.ts`: only the entry of the executable knows where that stands. */
  openWorker: () => Worker;
  /** From the call of `count` to its answer, the wait for others included. */
  timeoutMs?: number;
  /** The thread keeps some 60 MB: it is ended when nobody has asked for this long. */
  idleMs?: number;
};

const waitingMax = 64;
/** Longer texts are counted up to here, and the rest is taken to be like it. */
const charactersMax = 4_000_000;

type Job = { message: CountJob; timer: ReturnType<typeof setTimeout>; settle: (tokens: number | undefined) => void };

class TokenizerPool implements Tokenizer {
  readonly #options: Required<TokenizerOptions>;
  /** The first one is running. */
  readonly #jobs: Job[] = [];
  #worker: Worker | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: Required<TokenizerOptions>) {
    this.#options = options;
  }

  async count(model: string, texts: readonly string[]): Promise<number | undefined> {
    if (this.#closed || this.#jobs.length >= waitingMax) return undefined;
    const { encoding, factor } = encodingOf(model);
    const { kept, share } = bounded(texts);
    const tokens = await new Promise<number | undefined>((resolve) => {
      const job: Job = {
        message: { encoding, texts: kept },
        timer: setTimeout(() => this.#expire(job), this.#options.timeoutMs),
        settle: resolve,
      };
      if (this.#jobs.push(job) === 1) this.#run();
    });
    return tokens === undefined ? undefined : Math.ceil((tokens / share) * factor);
  }

  close(): void {
    this.#closed = true;
    this.#stopWorker();
    for (const job of this.#jobs.splice(0)) this.#settle(job, undefined);
  }

  /** Sends the first job to the thread. */
  #run(): void {
    clearTimeout(this.#idle);
    const [job] = this.#jobs;
    if (!job) {
      this.#idle = setTimeout(() => this.#stopWorker(), this.#options.idleMs);
      this.#idle.unref();
      return;
    }
    try {
      this.#worker ??= this.#open();
      this.#worker.postMessage(job.message);
    } catch {
      this.#finish(undefined);
    }
  }

  #open(): Worker {
    const worker = this.#options.openWorker();
    // It must not keep the process alive.
    worker.unref();
    worker.onmessage = ({ data }: MessageEvent<Counted>) => this.#finish(data.tokens);
    const broke = () => {
      if (this.#worker !== worker) return;
      this.#stopWorker();
      this.#finish(undefined);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      broke();
    };
    worker.addEventListener("close", broke);
    return worker;
  }

  #finish(tokens: number | undefined): void {
    const job = this.#jobs.shift();
    if (job) this.#settle(job, tokens);
    if (!this.#closed) this.#run();
  }

  /** A job that runs can be stopped only with its thread; the next one starts another. */
  #expire(job: Job): void {
    if (this.#jobs[0] === job) {
      this.#stopWorker();
      this.#finish(undefined);
      return;
    }
    const place = this.#jobs.indexOf(job);
    if (place >= 0) this.#jobs.splice(place, 1);
    this.#settle(job, undefined);
  }

  #settle(job: Job, tokens: number | undefined): void {
    clearTimeout(job.timer);
    job.settle(tokens);
  }

  #stopWorker(): void {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
  }
}

function bounded(texts: readonly string[]): { kept: string[]; share: number } {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length <= charactersMax) return { kept: [...texts], share: 1 };
  const kept: string[] = [];
  let left = charactersMax;
  for (const text of texts) {
    kept.push(text.slice(0, left));
    left -= text.length;
    if (left <= 0) break;
  }
  return { kept, share: charactersMax / length };
}

export function openTokenizer(options: TokenizerOptions): Tokenizer {
  return new TokenizerPool({ timeoutMs: 10_000, idleMs: 300_000, ...options });
}
