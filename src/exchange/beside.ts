// Calls of a provider's endpoints beside the one that replies (counting, compacting): admitted, planned and told like a chat request.
import type { ClientHalf, Dialect, UpstreamHalf } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import type { Speech } from "../providers/provider.ts";
import type { Plan, Target } from "../routing/plan.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import { clientHalf, fail } from "./answer-failure.ts";
import { Attempt, pathOfModel, type Timeouts } from "./attempt.ts";
import { Exchange } from "./exchange.ts";
import { passedHeaders } from "./passed-headers.ts";
import { planRequestOf } from "./plan-request.ts";
import { type RequestBody, readJsonBody } from "./read-body.ts";
import { readControl } from "./read-control.ts";
import type { ReplyBody } from "./reply-body.ts";
import { upstreamRequestId } from "./reply-headers.ts";
import type { RunParts } from "./run-parts.ts";

export type Beside = {
  parts: RunParts;
  request: Request;
  exchange: Exchange;
  client: ClientHalf;
  body: RequestBody;
  planned: Plan;
};

/** Never rejects: whatever goes wrong becomes the dialect's error. */
export async function runBeside(
  parts: RunParts,
  arrival: { request: Request; dialect: Dialect },
  answer: (beside: Beside) => Promise<Response>,
): Promise<Response> {
  const { request, dialect } = arrival;
  const exchange = new Exchange({ request, dialect, timers: parts.timers, settle: parts.settle });
  parts.onOpen(exchange);
  try {
    parts.admit(request);
    const client = clientHalf(dialect);
    const body = await readJsonBody(request, { bytesMax: parts.settings.bodyBytesMax, deadlines: exchange.deadlines });
    exchange.liftLater(parts.listener);
    const { model, providerHint } = readControl(client, body);
    exchange.record.requestedModel = model;
    const { sessions, estimate, planner } = parts;
    const promptBytes = promptSize(body.bytes, body.longTexts).bytes;
    const asked = { request, dialect, client, body, model, providerHint, sessions, estimate, promptBytes };
    const planned = await planner.plan(planRequestOf(asked));
    return await answer({ parts, request, exchange, client, body, planned });
  } catch (cause) {
    return fail(exchange, cause);
  }
}

/** A target in one of the dialects that its provider speaks. */
export type Place = { target: Target; half: UpstreamHalf; speech: Speech };

/** The dialect in which the provider offers something, the client's own first. */
export function placeWhere(
  target: Target,
  client: Dialect,
  offers: (speech: Speech, half: UpstreamHalf) => boolean,
): Place | undefined {
  const { speaks } = target.provider.row;
  const ids = [client.id, ...(Object.keys(speaks) as (keyof typeof speaks)[])];
  for (const id of ids) {
    const speech = speaks[id];
    const half = dialects[id]?.upstream;
    if (speech && half && offers(speech, half)) return { target: { ...target, dialect: id }, half, speech };
  }
  return undefined;
}

export type BesideCall = { place: Place; path: string; body: Uint8Array | string; timeouts: Timeouts };

/** Rejects with GatewayError. */
export async function callBeside(beside: Beside, call: BesideCall): Promise<ReplyBody> {
  const { exchange, parts, request } = beside;
  const { target, half, speech } = call.place;
  const { record } = exchange;
  record.provider = target.provider.name;
  record.model = target.model;
  record.attempts++;
  const sameDialect = target.dialect === exchange.dialect.id;
  const attempt = new Attempt({
    upstream: parts.upstream,
    prepared: { target, half, speech, path: pathOfModel(call.path, target.model), body: call.body },
    passed: passedHeaders(request, { target, speech, sameDialect }, parts.settings.guarded),
    stream: false,
    timeouts: call.timeouts,
    deadlines: exchange.deadlines,
  });
  exchange.runs(attempt);
  const reply = await attempt.call();
  record.upstreamRequestId = upstreamRequestId(reply.response.headers);
  return reply;
}
