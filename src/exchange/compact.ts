// Compacts a conversation where the provider can: request and reply pass as they are, since only their maker can read them.
import { GatewayError } from "../core/errors.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { applyEdits } from "../dialects/framing/json-bytes.ts";
import { type Beside, callBeside, type Place, placeWhere, runBeside } from "./beside.ts";
import type { ReplyBody } from "./reply-body.ts";
import { replyHeaders } from "./reply-headers.ts";
import type { RunParts } from "./run-parts.ts";
import { timeoutsFor } from "./run-settings.ts";
import { withoutSecrets } from "./secrets.ts";
import { parseReply } from "./whole.ts";

/** Answers a request to compact in the dialect of the route it came by. Never rejects. */
export function runCompact(parts: RunParts, request: Request, dialect: Dialect): Promise<Response> {
  return runBeside(parts, { request, dialect }, async (beside) => {
    const places = beside.planned.targets.flatMap((target) => {
      const place = placeWhere(target, dialect, (speech) => speech.compactPath !== undefined);
      return place?.target.dialect === dialect.id ? [place] : [];
    });
    if (places.length === 0) {
      const names = new Set(beside.planned.targets.map(({ provider }) => provider.name));
      throw new GatewayError("not_supported", `${[...names].join(", ")} cannot compact conversations`);
    }
    let failure: GatewayError | undefined;
    for (const place of places) {
      try {
        return await compact(beside, place);
      } catch (cause) {
        if (!(cause instanceof GatewayError)) throw cause;
        failure = withoutSecrets(cause, place.target.provider);
        if (beside.exchange.stopped || !failure.retryable) break;
      }
    }
    throw failure;
  });
}

async function compact(beside: Beside, place: Place): Promise<Response> {
  const { exchange, parts, body } = beside;
  const { target, half, speech } = place;
  const { provider, model } = target;
  const reply: ReplyBody = await callBeside(beside, {
    place,
    path: speech.compactPath as string,
    body: applyEdits(body.bytes, body.top, half.nativeEdits(body.outline, { model, askUsage: false })),
    timeouts: timeoutsFor(parts.settings, provider.name),
  });
  const bytes = await reply.bytes();
  const sighting = half.openTap().inspectReply(parseReply(bytes, provider.name));
  if (sighting.error) throw sighting.error;
  const { record } = exchange;
  if (sighting.usage) record.usage = sighting.usage;
  record.status = 200;
  record.translation = "native";
  const headers = { ...replyHeaders(exchange, reply.response.headers), "content-type": "application/json" };
  exchange.settle("complete");
  return new Response(bytes, { headers });
}
