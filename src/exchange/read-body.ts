// Reads a request body once: counted, bounded in size and time, checked to be one JSON object.

import type { ChatRequest } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import { isObject, type JsonObject, parseExact, withExact } from "../core/json.ts";
import type { ClientHalf } from "../dialects/dialect.ts";
import { duplicateKey, type Member, topMembers } from "../dialects/framing/json-bytes.ts";
import { outlineOf } from "../dialects/framing/json-outline.ts";
import { codingsOf, decodeBody, tooLarge } from "./decode-body.ts";
import type { Deadlines } from "./timers.ts";

/** A body may take this long, plus the time its bytes need at the least rate. */
const graceMs = 10_000;
/** Bytes a second; slower senders are cut (robustness.md 3.1, slow senders). */
const leastBytesPerSecond = 16 * 1024;

export type RequestBody = {
  /** As they came, without a byte order mark. */
  bytes: Uint8Array;
  /** Long members of a large body are parsed when they are read. */
  json: JsonObject;
  /** For questions about types, short values and how texts begin: in a large body, marks stand in place of long texts. */
  outline: JsonObject;
  /** Of a large body: where its long texts start and end, by turns. */
  longTexts?: readonly number[];
  /** Members of the top-level object, for edits in place. */
  top: readonly Member[];
};

export type BodyLimits = { bytesMax: number; deadlines: Deadlines };

// With ignoreBOM a second byte order mark is seen, and refused as no JSON: the scanner would not skip it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws GatewayError: too large, too slow, badly compressed, not UTF-8, not JSON, not an object, a key twice, too deep. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<RequestBody> {
  const codings = codingsOf(request.headers.get("content-encoding"));
  const reading = readBytes(request, limits);
  const bytes = reading instanceof Promise ? await reading : reading;
  return parseBody(codings.length > 0 ? await decodeBody(bytes, codings, limits.bytesMax) : bytes);
}

/** The canonical request is written anew: numbers in its opaque places keep the text that they have in the body. */
export function readCanonical({ bytes, json, top }: RequestBody, client: ClientHalf): ChatRequest {
  const { exactFields } = client;
  if (!exactFields) return client.readRequest(json);
  let exact = json;
  for (const { key, valueStart, valueEnd } of top) {
    const keys = exactFields.get(key as string);
    const plain = json[key];
    if (!keys || typeof plain !== "object" || plain === null) continue;
    const text = utf8.decode(bytes.subarray(valueStart, valueEnd));
    const value = keys.size === 0 ? parseExact(text) : withExact(plain, text, keys);
    if (value === plain) continue;
    if (exact === json) exact = { ...json };
    exact[key] = value;
  }
  return client.readRequest(exact);
}

export function parseBody(received: Uint8Array): RequestBody {
  const hasMark = received[0] === 0xef && received[1] === 0xbb && received[2] === 0xbf;
  const bytes = hasMark ? received.subarray(3) : received;
  const outlined = outlineOf(bytes);
  if (outlined) return withoutDuplicates({ bytes, ...outlined });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new GatewayError("invalid_request", "invalid request body: not valid UTF-8", { cause });
  }
  // Depth is checked before JSON.parse, which takes seconds for millions of levels.
  const top = topMembers(bytes, text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("invalid_request", "invalid request body: not valid JSON", { cause });
  }
  if (!isObject(json)) throw new GatewayError("invalid_request", "invalid request body: not a JSON object");
  return withoutDuplicates({ bytes, json, outline: json, top });
}

function withoutDuplicates(body: RequestBody): RequestBody {
  const { outline, top } = body;
  // Parsing has kept one of each.
  const twice = Object.keys(outline).length === top.length ? undefined : duplicateKey(top);
  if (twice !== undefined) throw badRequest(twice, `the key "${twice}" stands twice in the body`);
  return body;
}

/** At once for a small body that has come with its headers, as nearly all do: then there is nothing to time. */
function readBytes(request: Request, limits: BodyLimits): Uint8Array | Promise<Uint8Array> {
  const { bytesMax, deadlines } = limits;
  const declared = request.headers.get("content-length");
  if (declared === null) return readUndeclared(request, limits);
  const length = Number(declared);
  if (length > bytesMax) throw tooLarge(bytesMax);
  const reading = request.bytes();
  if (Bun.peek.status(reading) === "fulfilled") return Bun.peek(reading) as Uint8Array;
  return timed(reading, { deadlines, allowedMs: graceMs + (length / leastBytesPerSecond) * 1000, stop: () => {} });
}

/** Without a length the bytes are counted as they come. */
function readUndeclared(request: Request, limits: BodyLimits): Uint8Array | Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  return timed(readCounted(reader, limits), { deadlines: limits.deadlines, allowedMs: graceMs, stop });
}

/** Rejects with GatewayError when the time is over or the sender breaks off. */
async function timed(
  reading: Promise<Uint8Array>,
  limit: { deadlines: Deadlines; allowedMs: number; stop: () => void },
): Promise<Uint8Array> {
  const { deadlines, allowedMs, stop } = limit;
  const late = Promise.withResolvers<never>();
  deadlines.on("body", () => {
    late.reject(new GatewayError("request_timeout", "the request body came too slowly"));
    stop();
  });
  deadlines.set("body", allowedMs);
  try {
    return await Promise.race([reading, late.promise]);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("client_gone", "the request body broke off", { cause });
  } finally {
    deadlines.clear("body");
  }
}

type BodyReader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;

/** A chunked body: each allowance of time must be earned by as many bytes as the least rate asks for. */
async function readCounted(reader: BodyReader, limits: BodyLimits): Promise<Uint8Array> {
  const { bytesMax, deadlines } = limits;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let earned = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return Buffer.concat(parts);
    bytes += value.length;
    if (bytes > bytesMax) {
      reader.cancel().catch(() => {});
      throw tooLarge(bytesMax);
    }
    parts.push(value);
    earned += value.length;
    if (earned * 1000 >= graceMs * leastBytesPerSecond) {
      earned = 0;
      deadlines.set("body", graceMs);
    }
  }
}
