// A request body read piece by piece: counted, under a cap, and cut when its sender is too slow or breaks off.
import { GatewayError } from "../core/errors.ts";
import { tooLarge } from "./decode-body.ts";
import type { Deadlines } from "./timers.ts";

/** A sender may be waited for this long, and for the time its bytes need at the least rate. */
const graceMs = 20_000;
const leastBytesPerSecond = 16 * 1024;

/**
 * Pieces of a body are freed when the collector comes by, and it goes by its own heap, not by theirs: after so many bytes it
 * is asked to come (bench/large.ts: some 15 MiB less in memory, no slower).
 */
const collectionBytes = 8 * 1024 * 1024;

export type UploadLimits = { bytesMax: number; deadlines: Deadlines };

export class Upload {
  readonly #reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel"> | undefined;
  readonly #limits: UploadLimits;
  /** As the client announced it; undefined for a chunked body. */
  readonly declaredBytes: number | undefined;
  #bytes = 0;
  #uncollected = 0;
  /** Time that the sender was waited for; what a slow provider takes is not its fault. */
  #waitedMs = 0;
  #late: PromiseWithResolvers<never> | undefined;

  /** Throws GatewayError for a body that is announced to be too large, or that is compressed. */
  constructor(request: Request, limits: UploadLimits) {
    const declared = request.headers.get("content-length");
    this.declaredBytes = declared === null ? undefined : Number(declared);
    if ((this.declaredBytes ?? 0) > limits.bytesMax) throw tooLarge(limits.bytesMax);
    const coding = request.headers.get("content-encoding")?.trim().toLowerCase();
    if (coding && coding !== "identity") {
      throw new GatewayError("unsupported_media_type", `uploads with content-encoding "${coding}" are not accepted`);
    }
    this.#limits = limits;
    this.#reader = request.body?.getReader();
    limits.deadlines.on("body", () => {
      this.#late?.reject(new GatewayError("request_timeout", "the request body came too slowly"));
      this.cancel();
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The next piece, undefined at the end. Rejects with GatewayError. */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.#reader) return undefined;
    const { deadlines, bytesMax } = this.#limits;
    const startedMs = performance.now();
    const late = Promise.withResolvers<never>();
    this.#late = late;
    deadlines.set("body", Math.max(1, graceMs + (this.#bytes / leastBytesPerSecond) * 1000 - this.#waitedMs));
    try {
      const { value, done } = await Promise.race([this.#reader.read(), late.promise]);
      if (done) return undefined;
      this.#bytes += value.length;
      this.#uncollected += value.length;
      if (this.#uncollected > collectionBytes) {
        this.#uncollected = 0;
        Bun.gc(false);
      }
      if (this.#bytes > bytesMax) {
        this.cancel();
        throw tooLarge(bytesMax);
      }
      return value;
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      throw new GatewayError("client_gone", "the request body broke off", { cause });
    } finally {
      deadlines.clear("body");
      this.#waitedMs += performance.now() - startedMs;
    }
  }

  /** Nothing more is wanted. */
  cancel(): void {
    this.#reader?.cancel().catch(() => {});
  }
}

export type StreamedUpload = {
  upload: Upload;
  /** Some bytes have gone on: whoever waits for an answer may go on waiting. */
  onProgress: () => void;
  /** The body cannot be sent to its end. */
  onFailure: (failure: GatewayError) => void;
};

/** The body as it comes, for one call. Pulled: the provider's pace is the client's pace. */
export function streamUpload(options: StreamedUpload): ReadableStream<Uint8Array> {
  const { upload, onProgress } = options;
  return pulled(options, async () => {
    const piece = await upload.read();
    if (piece) onProgress();
    return piece;
  });
}

/** A stream of what `next` gives, until that is undefined. */
export function pulled(
  options: Pick<StreamedUpload, "onFailure">,
  next: () => Promise<Uint8Array | undefined>,
  cancel: () => void = () => {},
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await next();
          if (piece) controller.enqueue(piece);
          else controller.close();
        } catch (cause) {
          const failure = cause instanceof GatewayError ? cause : bug(cause);
          // Told first: what fetch makes of a broken body says less.
          options.onFailure(failure);
          controller.error(failure);
        }
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

function bug(cause: unknown): GatewayError {
  return new GatewayError("internal", "internal error", { cause });
}
