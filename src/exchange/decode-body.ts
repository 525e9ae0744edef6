// Takes the content encodings off a request body: gzip, deflate, br and zstd, one or several, under the cap of its size.
import type { Transform } from "node:stream";
import { GatewayError } from "../core/errors.ts";

type Zlib = typeof import("node:zlib");
type Open = (zlib: Zlib, encoded: Uint8Array) => Transform;

const gunzip: Open = (zlib) => zlib.createGunzip();

/** By the name of the coding (RFC 9110 8.4.1; zstd: RFC 8878 7.2). */
const decoders: { readonly [coding: string]: Open } = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // The name means the zlib format; some senders leave its two bytes of header away (RFC 9110 8.4.1.2).
  deflate: (zlib, encoded) => (isZlib(encoded) ? zlib.createInflate() : zlib.createInflateRaw()),
  br: (zlib) => zlib.createBrotliDecompress(),
  zstd: (zlib) => zlib.createZstdDecompress(),
};

/** Nobody means more than this, and each one multiplies what a small body may ask of us. */
const codingsMax = 3;

/** RFC 1950 2.2: method 8, and a check over both bytes. */
function isZlib(encoded: Uint8Array): boolean {
  const [first = 0, second = 0] = encoded;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** A decoder for a body that is decoded as it comes; `first` is its beginning. Undefined for a coding nobody knows. */
export function decoderOf(coding: string, first: Uint8Array): Transform | undefined {
  return decoders[coding]?.(process.getBuiltinModule("node:zlib"), first);
}

/**
 * The codings of a body in the order in which they come off; none for a body that is as it is. Throws GatewayError (415)
 * for what cannot be decoded.
 */
export function codingsOf(header: string | null): readonly string[] {
  if (header === null) return [];
  const codings = header
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "" && word !== "identity");
  const isKnown = codings.every((coding) => Object.hasOwn(decoders, coding));
  if (isKnown && codings.length <= codingsMax) return codings.reverse();
  throw new GatewayError(
    "unsupported_media_type",
    `request bodies with content-encoding "${header.slice(0, 100)}" are not accepted; gzip, deflate, br and zstd are`,
  );
}

/** Rejects with GatewayError: broken data (400), or more than `bytesMax` bytes at any stage (413), which cuts it at once. */
export async function decodeBody(
  encoded: Uint8Array,
  codings: readonly string[],
  bytesMax: number,
): Promise<Uint8Array> {
  const zlib = await import("node:zlib");
  let bytes = encoded;
  for (const coding of codings) {
    const open = decoders[coding];
    if (!open) throw new GatewayError("internal", `no decoder is called ${coding}`);
    bytes = await decode(open(zlib, bytes), bytes, { coding, bytesMax });
  }
  return bytes;
}

type Limit = { coding: string; bytesMax: number };

/** Counted as it comes: a bomb costs no more than the largest body. */
function decode(decoder: Transform, encoded: Uint8Array, { coding, bytesMax }: Limit): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  decoder.on("data", (part: Uint8Array) => {
    bytes += part.length;
    parts.push(part);
    if (bytes <= bytesMax) return;
    parts.length = 0;
    decoder.destroy();
    reject(tooLarge(bytesMax));
  });
  decoder.on("error", (cause) =>
    reject(new GatewayError("invalid_request", `invalid request body: not valid ${coding} data`, { cause })),
  );
  decoder.on("end", () => resolve(Buffer.concat(parts)));
  decoder.end(encoded);
  return promise;
}

export function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError("payload_too_large", `the request body is larger than ${bytesMax} bytes`);
}
