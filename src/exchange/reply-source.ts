// Chooses how a streamed reply is relayed: as it is, translated, or made of a reply that came whole.
import type { GatewayError } from "../core/errors.ts";
import type { ClientHalf, ReplyContext } from "../dialects/dialect.ts";
import type { Prepared } from "./attempt.ts";
import { askedOf } from "./edit-reply.ts";
import type { ReplyBody } from "./reply-body.ts";
import type { ReplyThread } from "./reply-thread.ts";
import { withoutSecrets } from "./secrets.ts";
import { AsIsSource } from "./source-as-is.ts";
import { TranslatedSource } from "./source-translated.ts";
import type { Deadlines } from "./timers.ts";
import { htmlFailure, parseReply } from "./whole.ts";

/**
 * After the terminal marker the body's end is waited for this long, so that the connection can be reused. Whatever else
 * comes does not prolong it.
 */
const lingerMs = 1000;

export type ReplySourceOptions = {
  prepared: Prepared;
  reply: ReplyBody;
  client: ClientHalf;
  context: ReplyContext;
  /** The reply that it begins or goes on with, where several targets may write it. */
  thread?: ReplyThread | undefined;
  deadlines: Deadlines;
  annotate: boolean;
  severalChoices: boolean;
};

/** Rejects with GatewayError for a page of HTML and for a whole reply that is none. */
export async function sourceOf(options: ReplySourceOptions): Promise<AsIsSource | TranslatedSource> {
  const { prepared, reply, client, context, deadlines } = options;
  const { target, half, facts } = prepared;
  const provider = target.provider.name;
  const kinding = reply.kind();
  const kind = kinding instanceof Promise ? await kinding : kinding;
  if (kind === "html") throw htmlFailure(reply, provider);
  const watch = {
    body: reply,
    half,
    onTerminal: () => deadlines.set("total", lingerMs),
    clean: (failure: GatewayError) => withoutSecrets(failure, target.provider),
  };
  if (prepared.asIs && kind === "stream") {
    const annotate = options.annotate && half.annotateEdits !== undefined;
    const { severalChoices } = options;
    const asked = askedOf(half, context);
    return new AsIsSource({ ...watch, provider, removeUsage: prepared.usageAsked, annotate, asked, severalChoices });
  }
  const source = new TranslatedSource({
    ...watch,
    client,
    facts,
    tools: prepared.tools,
    keep: prepared.keep,
    context,
    writer: options.thread,
  });
  if (kind === "json") source.takeWhole(parseReply(await reply.bytes(), provider, half.exactFields));
  return source;
}
