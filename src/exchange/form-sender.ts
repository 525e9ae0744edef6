// Sends a form on while it comes: bytes as they are, but for the fields that must say something else.
import type { GatewayError } from "../core/errors.ts";
import type { FormPart, FormScanner } from "../operations/form.ts";
import { type Decision, FormEditor, type Stretch } from "../operations/form-edit.ts";

export type FormStreamOptions = {
  /** Names of fields that `decide` is asked about. */
  editable: readonly string[];
  /** Throws, or rejects with, GatewayError. */
  decide: (part: FormPart) => Decision | Promise<Decision>;
  /** A `model` for the form that has none; undefined where none is wanted. */
  missing: () => string | undefined;
  /** Some bytes have gone on: whoever waits for an answer may go on waiting. */
  onProgress: () => void;
  /** The body cannot be sent to its end. */
  onFailure: (failure: GatewayError) => void;
};

type Source = {
  scanner: FormScanner;
  boundary: string;
  /** What has been read already. */
  first: Buffer;
  /** The next piece, undefined at the end; the scanner has seen it. */
  read: () => Promise<Uint8Array | undefined>;
};

export class FormSender {
  readonly #source: Source;
  readonly #options: FormStreamOptions;
  readonly #editor: FormEditor;
  /** Come, and not sent yet, in order. They are not joined: files are large. */
  #pending: Buffer[];
  /** Where the first of them stands in the form, and where the last one ends. */
  #offset = 0;
  #length: number;
  /** Certain, and about to be sent. */
  #ready: Buffer[] = [];
  #askedForMissing = false;

  constructor(source: Source, options: FormStreamOptions) {
    this.#source = source;
    this.#options = options;
    this.#pending = [source.first];
    this.#length = source.first.length;
    this.#editor = new FormEditor(source.scanner, source.boundary, options.editable);
  }

  /** Bytes by which the form grows, where its `model` has been seen and nothing that comes can change it any more. */
  certainChange(): number | undefined {
    const seen = this.#editor.undecided();
    if (!seen.some((part) => part.name === "model")) return undefined;
    for (const part of seen) {
      const decision = this.#options.decide(part);
      if (decision instanceof Promise) return undefined;
      this.#editor.decide(part, decision);
    }
    return this.#editor.freeze();
  }

  /** The next piece to send, undefined at the end. Rejects with GatewayError. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready) return ready;
      await this.#decide();
      this.#ready = this.#cut(this.#editor.next(this.#length));
      if (this.#ready.length > 0) continue;
      const piece = await this.#source.read();
      if (!piece) return undefined;
      this.#options.onProgress();
      this.#pending.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      this.#length += piece.length;
    }
  }

  async #decide(): Promise<void> {
    for (const part of this.#editor.undecided()) this.#editor.decide(part, await this.#options.decide(part));
    if (this.#askedForMissing || this.#source.scanner.closing < 0) return;
    this.#askedForMissing = true;
    const missing = this.#options.missing();
    if (missing !== undefined) this.#editor.add("model", missing);
  }

  #cut(stretches: readonly Stretch[]): Buffer[] {
    const out: Buffer[] = [];
    for (const stretch of stretches) {
      if (typeof stretch !== "string") this.#take(stretch.start, stretch.end, out);
      else if (stretch !== "") out.push(Buffer.from(stretch));
    }
    return out;
  }

  /** What stands before `start` is dropped: it was replaced. */
  #take(start: number, end: number, out: Buffer[]): void {
    while (this.#offset < end) {
      const [first] = this.#pending;
      if (!first) return;
      const from = Math.max(0, start - this.#offset);
      const to = Math.min(first.length, end - this.#offset);
      if (to > from) out.push(first.subarray(from, to));
      if (to < first.length) this.#pending[0] = first.subarray(to);
      else this.#pending.shift();
      this.#offset += to;
    }
  }
}
