// Replies of endpoints that are not chat: bytes and events that pass as they come, and what is seen of them on the way.
import { GatewayError } from "../core/errors.ts";
import { asObject, type JsonObject } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { ReplyTap, Sighting } from "../dialects/dialect.ts";
import { errorOfNode, readErrorObject } from "../dialects/openai-chat/error.ts";
import { JsonWatch } from "../operations/json-watch.ts";
import type { Operation } from "../operations/operation.ts";
import type { Exchange } from "./exchange.ts";
import type { ReplyBody } from "./reply-body.ts";
import { truncated } from "./source-as-is.ts";

/** A JSON reply up to this size is looked at before its status goes out. */
const wholeBytesMax = 256 * 1024;

/** A reply on its way: what has been read of it already, and the rest. */
export type PassingReply = {
  first: Uint8Array | undefined;
  body: ReplyBody;
  /** The first bytes are all of it. */
  isWhole: boolean;
  watch: JsonWatch | undefined;
};

const watched = ["usage", "usageMetadata", "meta", "duration", "error"] as const;

/** Reads as much as must be known before the status goes out. Rejects with GatewayError. */
export async function beginPassing(body: ReplyBody, provider: string, isRaw: boolean): Promise<PassingReply> {
  const type = body.response.headers.get("content-type") ?? "";
  if (isRaw || !/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) {
    const first = await body.read();
    return { first, body, isWhole: first === undefined, watch: undefined };
  }
  const watch = new JsonWatch(watched);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= wholeBytesMax) {
    const piece = await body.read();
    if (!piece) {
      const whole = Buffer.concat(pieces);
      checkWhole(whole, provider);
      return { first: whole, body, isWhole: true, watch };
    }
    watch.push(piece);
    pieces.push(piece);
    bytes += piece.length;
  }
  if (watch.members["error"]) throw errorOfNode(watch.members);
  return { first: Buffer.concat(pieces), body, isWhole: false, watch };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function checkWhole(bytes: Uint8Array, provider: string): void {
  let json: JsonObject | undefined;
  try {
    json = asObject(JSON.parse(utf8.decode(bytes)));
  } catch (cause) {
    throw new GatewayError("upstream_malformed", `${provider} sent a reply that is not JSON`, { cause });
  }
  const error = json && errorIn(json);
  if (error) throw error;
}

/** An error in a reply of status 200, in any of the forms that hosts have for one. */
export function errorIn(json: JsonObject): GatewayError | undefined {
  // Members that replies of these endpoints have: a `message` beside them is no error.
  const isReply = ["data", "results", "embeddings", "embedding", "text", "predictions"].some((name) => name in json);
  return json["error"] || json["base_resp"] || !isReply ? readErrorObject(json) : undefined;
}

export type PassOptions = {
  exchange: Exchange;
  reply: PassingReply;
  provider: string;
  usageOf: (reply: JsonObject) => Usage | undefined;
};

/** A client that takes nothing for this long is cut (robustness.md 3.1, slow readers). */
const writeStallMs = 30_000;

/** The bytes as they come, at the client's pace. A reply that breaks off breaks off at the client too. */
export function passBytes(options: PassOptions): ReadableStream<Uint8Array> {
  const { exchange, reply, provider } = options;
  const { deadlines, record } = exchange;
  let ahead = reply.first;
  let closed = false;
  let control: ReadableStreamDefaultController<Uint8Array> | undefined;
  const next = async (): Promise<Uint8Array | undefined> => {
    if (ahead) {
      const first = ahead;
      ahead = undefined;
      return first;
    }
    if (reply.isWhole) return undefined;
    const piece = await reply.body.read();
    if (piece) reply.watch?.push(piece);
    else if (reply.watch && !reply.watch.isWhole) throw truncated(provider);
    return piece;
  };
  deadlines.on("write", () => {
    if (closed) return;
    closed = true;
    control?.error(new Error("the client stopped reading"));
    exchange.leave();
  });
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    control = controller;
    deadlines.clear("write");
    if (reply.watch?.isWhole) exchange.noteAnswered();
    try {
      const piece = await next();
      if (closed) return;
      noteUsage(options);
      if (piece) {
        deadlines.set("write", writeStallMs);
        controller.enqueue(piece);
        return;
      }
      closed = true;
      exchange.settle("complete");
      controller.close();
    } catch (cause) {
      if (closed) return;
      closed = true;
      record.error = cause instanceof GatewayError ? cause : new GatewayError("internal", "internal error", { cause });
      reply.body.cancel();
      exchange.settle("error");
      controller.error(record.error);
    }
  };
  const cancel = () => {
    closed = true;
    exchange.leave();
  };
  return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
}

/** Noted as it comes: the client may go at any time. */
export function noteUsage({ exchange, reply, usageOf }: PassOptions): void {
  if (!reply.watch || exchange.record.usage) return;
  const usage = usageOf(reply.watch.members);
  if (usage) exchange.record.usage = usage;
}

/** Events of images, speech and transcription: any of them is output, and each family has its own last one. */
export function eventTap(operation: Operation): ReplyTap {
  const marks = ["usage", ".done", ".completed", "error", "[DONE]", "finish_reason"].map((text) => Buffer.from(text));
  const inspectReply = (json: unknown): Sighting => {
    const event = asObject(json);
    if (!event) return {};
    const type = event["type"];
    if (type === "error" || event["error"]) return { error: errorOfNode(event) };
    const usage = operation.usageOf(event);
    const finished = typeof type === "string" && /\.(?:done|completed)$/.test(type);
    return { output: true, ...(usage && { usage }), ...((finished || isFinished(event)) && { finished: true }) };
  };
  return {
    mayMatter(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      return marks.some((mark) => text.includes(mark));
    },
    inspect({ data }) {
      if (data === "[DONE]") return { finished: true, terminal: true };
      try {
        return inspectReply(JSON.parse(data));
      } catch {
        return { output: true };
      }
    },
    inspectReply,
  };
}

/** vLLM streams transcripts in the form of chat chunks. */
function isFinished(event: JsonObject): boolean {
  const { choices } = event;
  return Array.isArray(choices) && choices.some((choice) => typeof asObject(choice)?.["finish_reason"] === "string");
}
