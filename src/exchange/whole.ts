// Replies that a client wants whole: checked before the status goes out, converted when the provider streamed anyway.
import { GatewayError } from "../core/errors.ts";
import { type Emit, isOutput, type Reply } from "../core/events.ts";
import { openFold } from "../core/fold.ts";
import { type JsonValue, withExact } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { ClientHalf, ReplyContext } from "../dialects/dialect.ts";
import { openDecoder } from "../dialects/framing/decoder.ts";
import type { Prepared } from "./attempt.ts";
import { askedOf, editReply } from "./edit-reply.ts";
import type { ReplyBody } from "./reply-body.ts";
import { restoreTools } from "./restore-tools.ts";
import { asFailure, isSilence } from "./source-as-is.ts";

export type WholeReply = { body: Uint8Array | string; usage?: Usage; model?: string; lost: string[] };

export type WholeOptions = {
  body: ReplyBody;
  prepared: Prepared;
  client: ClientHalf;
  context: ReplyContext;
  annotate: boolean;
  /** A streamed reply has given its first output: from here on it has the time of a stream. */
  onOutput?: () => void;
};

/** Rejects with GatewayError for anything that is not a complete reply. */
export async function wholeReply(options: WholeOptions): Promise<WholeReply> {
  const { body, prepared, client, context, annotate } = options;
  const kinding = body.kind();
  const kind = kinding instanceof Promise ? await kinding : kinding;
  if (kind === "html") throw htmlFailure(body, context.provider);
  if (kind === "stream") return written(kept(await foldStream(options), prepared), client, context);
  const bytes = await body.bytes();
  const json = parseReply(bytes, context.provider, prepared.asIs ? undefined : prepared.half.exactFields);
  if (!prepared.asIs) {
    const fold = openFold();
    prepared.half.readReply(json, restoreTools(fold.emit, prepared.tools), prepared.facts);
    return written(kept(fold.reply(), prepared), client, context);
  }
  const { half } = prepared;
  const sighting = half.openTap().inspectReply(json);
  if (sighting.error) throw sighting.error;
  return {
    body: editReply(bytes, json, { half, provider: context.provider, annotate, asked: askedOf(half, context) }),
    lost: [],
    ...(sighting.usage && { usage: sighting.usage }),
    ...(sighting.model !== undefined && { model: sighting.model }),
  };
}

/** Kept before it is written: the client may ask again as soon as it has it. */
function kept(reply: Reply, { keep }: Prepared): Reply {
  if (keep && reply.choices.length === 1) keep(reply.choices[0]?.blocks ?? []);
  return reply;
}

export function htmlFailure(body: ReplyBody, provider: string): GatewayError {
  body.cancel();
  return new GatewayError("upstream_malformed", `${provider} answered with an HTML page`);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @param exactFields keys under which numbers keep their spelling */
export function parseReply(bytes: Uint8Array, provider: string, exactFields?: ReadonlySet<string>): JsonValue {
  try {
    const text = utf8.decode(bytes);
    const plain = JSON.parse(text) as JsonValue;
    return exactFields ? withExact(plain, text, exactFields) : plain;
  } catch (cause) {
    throw new GatewayError("upstream_malformed", `${provider} sent a reply that is not JSON`, { cause });
  }
}

function written(reply: Reply, client: ClientHalf, context: ReplyContext): WholeReply {
  return {
    body: JSON.stringify(client.writeReply(reply, context)),
    lost: reply.lost,
    ...(reply.usage && { usage: reply.usage }),
    ...(reply.model !== undefined && { model: reply.model }),
  };
}

async function foldStream(options: WholeOptions): Promise<Reply> {
  const { body, prepared, context } = options;
  const fold = openFold();
  let isOver = false;
  let isComplete = false;
  let hasOutput = false;
  const emit: Emit = (event) => {
    fold.emit(event);
    if (!hasOutput && isOutput(event)) {
      hasOutput = true;
      options.onOutput?.();
    }
    if (event.type === "end") isComplete = true;
    if (event.type === "end" || event.type === "error") isOver = true;
  };
  const reader = prepared.half.openReader(restoreTools(emit, prepared.tools), prepared.facts);
  const decoder = openDecoder(prepared.half, (frame) => reader.read(frame));
  try {
    while (!isOver) {
      const chunk = await body.read();
      if (!chunk) break;
      decoder.push(chunk);
    }
    if (!isOver) {
      decoder.end();
      reader.end();
    }
    // Behind the terminal marker some hosts keep the connection open.
    body.cancel();
  } catch (cause) {
    body.cancel();
    // Whatever follows the terminal event takes nothing back. Of a silence the reader knows whether the answer was whole.
    if (!isOver) {
      if (isSilence(cause)) reader.end();
      if (!isComplete) throw asFailure(cause, context.provider);
    }
  }
  return fold.reply();
}
