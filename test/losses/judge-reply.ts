// Sends one reply of a provider's to one client, whole or as a stream, and judges what became of the field in it.
import type { DialectId } from "../../src/core/chat.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { ClientHalf, ReplyContext, UpstreamHalf } from "../../src/dialects/dialect.ts";
import type { Prepared } from "../../src/exchange/attempt.ts";
import { ReplyBody } from "../../src/exchange/reply-body.ts";
import { TranslatedSource } from "../../src/exchange/source-translated.ts";
import { parseReply, wholeReply } from "../../src/exchange/whole.ts";
import type { Case } from "./cases.ts";
import { holds, newLeaves, wordsOf } from "./judge.ts";
import { streamOf } from "./reply-wires.ts";

export type ReplyOutcome =
  /** Its value stands in what the client gets. */
  | { kind: "carried" }
  /** What the client gets says it in another way. */
  | { kind: "mapped" }
  /** Reported under these names; `partly`: something of it is there. */
  | { kind: "lost"; names: string[]; partly: boolean }
  /** Neither the reply with it nor the one without it can be read: the sample is wrong. */
  | { kind: "unreadable"; message: string }
  | { kind: "vanished" };

export type ReplyRoute = { upstream: DialectId; half: UpstreamHalf; client: ClientHalf; origin: string };

/** How the provider answers, and how the client wants it. */
export type Way = { from: "whole" | "stream"; to: "whole" | "stream" };

export const context: ReplyContext = {
  requestId: "judged",
  nowSeconds: 1_700_000_000,
  provider: "plain",
  model: "target-model",
  wantsUsage: true,
};

type Got = { body: JsonValue; lost: readonly string[]; failure?: string };

const kinds = {
  whole: "application/json",
  stream: "text/event-stream",
} as const;

export function bodyOf(bytes: Uint8Array, kind: "whole" | "stream"): ReplyBody {
  const response = new Response(bytes, { headers: { "content-type": kinds[kind] } });
  return new ReplyBody({ response, lease: undefined, provider: "plain", attempt: { failure: undefined, abort() {} } });
}

export function bytesOf(upstream: DialectId, from: Way["from"], given: JsonValue): Uint8Array {
  if (from === "whole") return new TextEncoder().encode(JSON.stringify(given));
  const stream = streamOf[upstream];
  if (!stream) throw new Error(`${upstream} has no streams here`);
  return stream((given ?? {}) as JsonObject);
}

export async function send(route: ReplyRoute, way: Way, given: JsonValue): Promise<Got> {
  const { half, client, origin } = route;
  const facts = { provider: "plain", providerType: "plain", model: "target-model", origin, flags: {} };
  const bytes = bytesOf(route.upstream, way.from, given);
  const body = bodyOf(bytes, way.from);
  const failed = (error: GatewayError): Got => ({
    body: client.writeError(error, "judged"),
    lost: [],
    failure: error.message,
  });
  if (way.to === "whole") {
    const prepared = { half, facts, asIs: false } as Prepared;
    try {
      const { body: written, lost } = await wholeReply({ body, prepared, client, context, annotate: false });
      return { body: JSON.parse(written as string) as JsonValue, lost };
    } catch (cause) {
      if (cause instanceof GatewayError) return failed(cause);
      throw cause;
    }
  }
  const clean = (error: GatewayError) => error;
  const source = new TranslatedSource({ body, half, client, facts, tools: undefined, context, clean, onTerminal() {} });
  if (way.from === "whole") source.takeWhole(parseReply(bytes, "plain", half.exactFields));
  let text = "";
  for (;;) {
    const piece = await source.next();
    if (piece === undefined) return { body: framesOf(text), lost: source.seen.lost };
    if (piece instanceof GatewayError) return failed(piece);
    text += typeof piece === "string" ? piece : new TextDecoder().decode(piece);
  }
}

function framesOf(text: string): JsonValue {
  return text.split(/\r?\n/).flatMap((line) => {
    const data = line.startsWith("data:") ? line.slice(5).trim() : "";
    return data.startsWith("{") ? [JSON.parse(data) as JsonValue] : [];
  });
}

/** Ids that are made up anew for each reply. */
const madeUp = /call_[0-9a-f]{32}/g;

export async function judgeReply(route: ReplyRoute, way: Way, wanted: Case): Promise<ReplyOutcome> {
  const given = await send(route, way, wanted.given);
  const bare = await send(route, way, wanted.bare);
  if (given.failure !== undefined && bare.failure !== undefined && steady(given.body) === steady(bare.body)) {
    return { kind: "unreadable", message: bare.failure };
  }
  const names = given.lost.filter((name) => !bare.lost.includes(name) || isOwn(name, wanted));
  const words = wordsOf(wanted.value);
  if (words.length === 0) words.push(wanted.path.split(".").at(-1) ?? wanted.path);
  const added = newLeaves(given.body, bare.body);
  const isCarried = words.some((word) => added.some((leaf) => holds(leaf, word)));
  if (names.length > 0) return { kind: "lost", names, partly: isCarried };
  if (isCarried) return { kind: "carried" };
  const same = steady(given.body) === steady(bare.body);
  return { kind: same ? "vanished" : "mapped" };
}

/** A field that must be there is lost from both replies; it is known by its name. */
function isOwn(name: string, { path, isRequired }: Case): boolean {
  const plain = path.replaceAll(/\[[^\]]*\]/g, "");
  const own = plain.split(".").at(-1) ?? plain;
  return isRequired && (name === own || name.endsWith(`.${own}`));
}

const steady = (body: JsonValue): string => JSON.stringify(body).replaceAll(madeUp, "call");
