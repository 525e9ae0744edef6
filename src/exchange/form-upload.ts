// A multipart upload on its way: its first fields are read at once, the rest when it is known whether it may stream
// straight through or must be kept.
import { boundaryOf, type Form, FormScanner } from "../operations/form.ts";
import { FormEditor } from "../operations/form-edit.ts";
import { FormSender, type FormStreamOptions } from "./form-sender.ts";
import { HeldBody, memoryBytesMax } from "./held-body.ts";
import type { Spool } from "./spool.ts";
import { pulled, Upload, type UploadLimits } from "./upload.ts";

export type FormOptions = UploadLimits & { spool: Spool };

/** A body to be sent once, with its length where that is certain. */
export type FormStream = { body: ReadableStream<Uint8Array>; bytes: number | undefined };

export class FormUpload {
  readonly boundary: string;
  /** As the client wrote it. */
  readonly contentType: string;
  readonly held: HeldBody;
  readonly #upload: Upload;
  readonly #scanner: FormScanner;
  /** Read ahead, and not yet kept or sent on. */
  #ahead: Uint8Array[] = [];
  #aheadBytes = 0;
  #atEnd = false;

  /** Throws GatewayError for what cannot be a form. */
  constructor(request: Request, contentType: string, options: FormOptions) {
    this.contentType = contentType;
    this.boundary = boundaryOf(contentType);
    this.#scanner = new FormScanner(this.boundary);
    this.#upload = new Upload(request, options);
    this.held = new HeldBody(options.spool);
  }

  /** The parts that have been seen so far. */
  get form(): Form {
    return { boundary: this.boundary, parts: this.#scanner.parts };
  }

  /** All of it has been read. */
  get isWhole(): boolean {
    return this.#atEnd;
  }

  /** Changes to its fields, once all of it has been read. */
  editor(editable: readonly string[]): FormEditor {
    return new FormEditor(this.#scanner, this.boundary, editable);
  }

  /**
   * Reads until a field of this name is there, the form ends, or as much has come as is kept in memory. A form that is
   * announced to be small is read whole, so that it can be sent more than once.
   */
  async readAhead(name: string): Promise<void> {
    const isSmall = (this.#upload.declaredBytes ?? Number.POSITIVE_INFINITY) <= memoryBytesMax;
    const isThere = () =>
      !isSmall && this.#scanner.parts.some((part) => part.name === name && part.value !== undefined);
    while (!this.#atEnd && !isThere() && this.#aheadBytes < memoryBytesMax) {
      const piece = await this.#read();
      if (piece) this.#ahead.push(piece);
      this.#aheadBytes += piece?.length ?? 0;
    }
    if (this.#atEnd) await this.readAll();
  }

  /** Reads all of it and keeps it. */
  async readAll(): Promise<void> {
    for (const piece of this.#takeAhead()) await this.held.append(piece);
    while (!this.#atEnd) {
      const piece = await this.#read();
      if (piece) await this.held.append(piece);
    }
  }

  /** Streams straight through what has not been kept; can be sent once. */
  stream(options: FormStreamOptions): FormStream {
    const read = async () => (this.#atEnd ? undefined : await this.#read());
    const first = Buffer.concat(this.#takeAhead());
    const sender = new FormSender({ scanner: this.#scanner, boundary: this.boundary, first, read }, options);
    const { declaredBytes } = this.#upload;
    const change = declaredBytes === undefined ? undefined : sender.certainChange();
    return {
      body: pulled(options, () => sender.next()),
      bytes: declaredBytes === undefined || change === undefined ? undefined : declaredBytes + change,
    };
  }

  async #read(): Promise<Uint8Array | undefined> {
    const piece = await this.#upload.read();
    if (piece) this.#scanner.push(piece);
    else {
      this.#atEnd = true;
      this.#scanner.end();
    }
    return piece;
  }

  #takeAhead(): Uint8Array[] {
    const ahead = this.#ahead;
    this.#ahead = [];
    this.#aheadBytes = 0;
    return ahead;
  }

  /** Frees everything. Safe at any time and more than once. */
  close(): void {
    this.#ahead = [];
    this.held.close();
    if (!this.#atEnd) this.#upload.cancel();
  }
}
