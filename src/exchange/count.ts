// Counts the tokens of a request that is not sent: by the provider's own counter where it has one, else by our tokenizer.
import type { ChatRequest } from "../core/chat.ts";
import { GatewayError } from "../core/errors.ts";
import type { Dialect, Edit, UpstreamHalf } from "../dialects/dialect.ts";
import { applyEdits, applyEditsToObject } from "../dialects/framing/json-bytes.ts";
import type { Target } from "../routing/plan.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import { promptTexts } from "../tokens/prompt-texts.ts";
import { adjustmentEdits, type Timeouts } from "./attempt.ts";
import { type Beside, callBeside, type Place, placeWhere, runBeside } from "./beside.ts";
import { replyHeaders } from "./reply-headers.ts";
import type { RunParts } from "./run-parts.ts";
import { timeoutsFor } from "./run-settings.ts";
import { withoutSecrets } from "./secrets.ts";
import { parseReply } from "./whole.ts";

/** The reply says that nobody but us has counted. */
const estimatedHeader = "x-sluice-estimated";
/** Agents wait for a count before they ask: a late one is of no use to them. */
const timeoutMs = 20_000;
const replyBytesMax = 64 * 1024;

/** Failures that say something of the request, which the client must hear; after any other one we count ourselves. */
const ofTheRequest: ReadonlySet<string> = new Set([
  "invalid_request",
  "unsupported",
  "context_length",
  "payload_too_large",
  "client_gone",
]);

/** Answers a counting request in the dialect of the route it came by. Never rejects. */
export function runCount(parts: RunParts, request: Request, dialect: Dialect): Promise<Response> {
  return runBeside(parts, { request, dialect }, async (beside) => {
    const { exchange, client, body, planned } = beside;
    if (!client.counting) throw new GatewayError("internal", `${dialect.id} does not count`);
    client.checkRequest(client.counting.asRequest(body.outline));
    const [target] = planned.targets;
    if (!target) throw new GatewayError("unavailable", "no target could be asked");
    const told = await askProvider(beside, target);
    const tokens = told ?? (await countHere(beside, target));
    const headers: { [name: string]: string } = replyHeaders(exchange, undefined);
    if (told === undefined) headers[estimatedHeader] = "true";
    exchange.record.status = 200;
    exchange.settle("complete");
    return Response.json(client.counting.writeCount(tokens), { headers });
  });
}

/** Undefined where the provider has no counter, or could not say. Rejects where it found fault with the request. */
async function askProvider(beside: Beside, target: Target): Promise<number | undefined> {
  const { exchange, parts } = beside;
  const place = placeWhere(
    target,
    exchange.dialect,
    (speech, half) => speech.countPath !== undefined && half.counting !== undefined,
  );
  if (!place) return undefined;
  const { provider } = place.target;
  try {
    const body = await bodyFor(beside, place);
    const configured = timeoutsFor(parts.settings, provider.name);
    const path = place.speech.countPath as string;
    const reply = await callBeside(beside, { place, path, body, timeouts: shortened(configured) });
    return place.half.counting?.readCount(parseReply(await reply.bytes(replyBytesMax), provider.name));
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    if (exchange.stopped || ofTheRequest.has(cause.code)) throw withoutSecrets(cause, provider);
    return undefined;
  }
}

/** The client's own bytes where the provider speaks its dialect, else the request as it would be sent. */
async function bodyFor(beside: Beside, place: Place): Promise<Uint8Array | string> {
  const { parts, body, exchange } = beside;
  const { target, half } = place;
  const counting = half.counting as NonNullable<UpstreamHalf["counting"]>;
  if (target.dialect === exchange.dialect.id) {
    return applyEdits(body.bytes, body.top, counting.nativeEdits(body.outline, target.model));
  }
  const { facts, adjustments } = parts.models.get(target.provider, target.model, target.dialect);
  const read = readAsked(beside);
  const ready = half.needsInlineMedia ? await parts.inlineMedia(read, beside.request.signal) : read;
  const written = half.writeRequest(ready, facts).body;
  const edits: Edit[] = [];
  adjustmentEdits({ half, names: adjustments, body: written, facts, edits });
  applyEditsToObject(written, edits);
  return JSON.stringify(counting.writeBody(written, facts));
}

function readAsked({ client, body }: Beside): ChatRequest {
  return client.readRequest(client.counting?.asRequest(body.json) ?? body.json);
}

async function countHere(beside: Beside, target: Target): Promise<number> {
  const { parts, exchange, body } = beside;
  const { record } = exchange;
  record.provider = target.provider.name;
  record.model = target.model;
  const prompt = promptTexts(readAsked(beside));
  const counted = await parts.tokenizer.count(target.model, prompt.texts);
  if (counted !== undefined) return counted + prompt.furtherTokens;
  return parts.estimate.estimateInputTokens(target.model, promptSize(body.bytes, body.longTexts).bytes);
}

function shortened(timeouts: Timeouts): Timeouts {
  const limit = (milliseconds: number) => Math.min(milliseconds || timeoutMs, timeoutMs);
  const { connect, headers, first_output, idle, total } = timeouts;
  return {
    connect: limit(connect),
    headers: limit(headers),
    first_output: limit(first_output),
    idle: limit(idle),
    total: limit(total),
  };
}
