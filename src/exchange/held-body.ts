// A request body that has been read: the beginning in memory, and all of it in a temporary file once it is larger.
import type { Spool, SpoolFile } from "./spool.ts";

/** Larger bodies wait on disk. */
export const memoryBytesMax = 256 * 1024;

export class HeldBody {
  readonly #spool: Spool;
  #memory: Uint8Array[] = [];
  #length = 0;
  #file: SpoolFile | undefined;
  #closed = false;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  get length(): number {
    return this.#length;
  }

  get inMemory(): boolean {
    return this.#file === undefined;
  }

  /** Rejects with GatewayError when there is no room. */
  async append(bytes: Uint8Array): Promise<void> {
    if (!this.#file && this.#length + bytes.length <= memoryBytesMax) {
      this.#memory.push(bytes);
      this.#length += bytes.length;
      return;
    }
    if (!this.#file) {
      const file = await this.#spool.open();
      // The request may have ended meanwhile.
      if (this.#closed) return await file.close();
      this.#file = file;
      await file.append(Buffer.concat(this.#memory));
      this.#memory = [];
    }
    this.#length += bytes.length;
    await this.#file.append(bytes);
  }

  /** Everything, of a body that is in memory. */
  bytes(): Uint8Array {
    if (this.#memory.length > 1) this.#memory = [Buffer.concat(this.#memory)];
    return this.#memory[0] ?? new Uint8Array();
  }

  /** Some bytes from `start` on, at most to `end`. */
  async read(start: number, end: number): Promise<Uint8Array> {
    return this.#file ? await this.#file.read(start, end) : this.bytes().subarray(start, end);
  }

  /** Safe at any time and more than once. */
  close(): void {
    this.#closed = true;
    this.#memory = [];
    void this.#file?.close();
  }
}
