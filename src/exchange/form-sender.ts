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
  /** Come, and not sent yet; the first of them stands at `offset` of the form. */
  #pending: Buffer;
  #offset = 0;
  #askedForMissing = false;

  constructor(source: Source, options: FormStreamOptions) {
    this.#source = source;
    this.#options = options;
    this.#pending = source.first;
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
      await this.#decide();
      const out = this.#cut(this.#editor.next(this.#offset + this.#pending.length));
      if (out.length > 0) return out;
      const piece = await this.#source.read();
      if (!piece) return undefined;
      this.#options.onProgress();
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    }
  }

  async #decide(): Promise<void> {
    for (const part of this.#editor.undecided()) this.#editor.decide(part, await this.#options.decide(part));
    if (this.#askedForMissing || this.#source.scanner.closing < 0) return;
    this.#askedForMissing = true;
    const missing = this.#options.missing();
    if (missing !== undefined) this.#editor.add("model", missing);
  }

  #cut(stretches: readonly Stretch[]): Buffer {
    const pieces = stretches.map((stretch) =>
      typeof stretch === "string" ? Buffer.from(stretch) : this.#slice(stretch),
    );
    const last = stretches.findLast((stretch) => typeof stretch !== "string");
    if (last && typeof last !== "string") {
      this.#pending = this.#pending.subarray(last.end - this.#offset);
      this.#offset = last.end;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  #slice({ start, end }: { start: number; end: number }): Buffer {
    return this.#pending.subarray(start - this.#offset, end - this.#offset);
  }
}
