// Bytes of requests that must wait on disk: temporary files whose sizes are counted over all requests, and which nobody
// finds again once their request is over, whatever ends it.
import { mkdirSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { GatewayError } from "../core/errors.ts";

export type SpoolSettings = {
  /** Made when it does not exist. */
  directory: string;
  /** Of all requests together. */
  bytesMax: number;
};

const fileName = /^sluice-spool-(\d+)-[0-9a-f-]+$/;
/** At a time: whatever is read must be collected again before it is freed. */
const readBytes = 64 * 1024;

export class Spool {
  readonly #settings: SpoolSettings;
  #usedBytes = 0;

  constructor(settings: SpoolSettings) {
    this.#settings = settings;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Removes what processes that are gone have left behind. Never throws: a directory that is not there holds nothing. */
  sweep(): void {
    const { directory } = this.#settings;
    try {
      for (const name of readdirSync(directory)) {
        const owner = fileName.exec(name)?.[1];
        if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(directory, name), { force: true });
      }
    } catch {
      // Made with the first file.
    }
  }

  /** Rejects with GatewayError where no file can be made. */
  async open(): Promise<SpoolFile> {
    const { directory } = this.#settings;
    const path = join(directory, `sluice-spool-${process.pid}-${crypto.randomUUID()}`);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const handle = await open(path, "wx+", 0o600);
      return new SpoolFile({ handle, path, isUnlinked: unlinked(path), reserve: (bytes) => this.#reserve(bytes) });
    } catch (cause) {
      throw noRoom("no temporary file can be made for the upload", cause);
    }
  }

  #reserve(bytes: number): void {
    if (this.#usedBytes + bytes > this.#settings.bytesMax) {
      throw new GatewayError(
        "overloaded",
        "uploads wait for more room than there is (uploads.spool_limit): send the field `model` before the file, or name the model in `?model=` or `x-sluice-model`",
        { publicCode: "spool_full", retryAfterMs: 1000 },
      );
    }
    this.#usedBytes += bytes;
  }
}

/** An open file without a name is freed by the system with its process, however that ends. Windows keeps the name. */
function unlinked(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as { code?: unknown }).code === "EPERM";
  }
}

function noRoom(message: string, cause: unknown): GatewayError {
  return new GatewayError("unavailable", message, { cause, publicCode: "spool_failed" });
}

type Opened = { handle: FileHandle; path: string; isUnlinked: boolean; reserve: (bytes: number) => void };

export class SpoolFile {
  readonly #opened: Opened;
  #length = 0;
  #closed = false;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  get length(): number {
    return this.#length;
  }

  /** Rejects with GatewayError when there is no room, in the limit or on the disk. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw noRoom("the upload's temporary file is gone", undefined);
    this.#opened.reserve(bytes.length);
    const at = this.#length;
    this.#length += bytes.length;
    try {
      let written = 0;
      while (written < bytes.length) {
        const piece = bytes.subarray(written);
        written += (await this.#opened.handle.write(piece, 0, piece.length, at + written)).bytesWritten;
      }
    } catch (cause) {
      throw noRoom("the upload could not be written to its temporary file", cause);
    }
  }

  /** Bytes from `start` on, some of them; at most to `end`. Rejects with GatewayError. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.min(end - start, readBytes));
    try {
      const { bytesRead } = await this.#opened.handle.read(bytes, 0, bytes.length, start);
      if (bytesRead === 0) throw new Error("the temporary file is shorter than it was");
      return bytes.subarray(0, bytesRead);
    } catch (cause) {
      throw noRoom("the upload could not be read from its temporary file", cause);
    }
  }

  /** Gives the room back. Safe more than once. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { handle, path, isUnlinked, reserve } = this.#opened;
    reserve(-this.#length);
    await handle.close().catch(() => {});
    if (!isUnlinked) rmSync(path, { force: true });
  }
}
