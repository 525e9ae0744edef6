// What is noted of a call that goes on with another one's reply.
import type { GatewayError } from "../core/errors.ts";
import type { Prepared } from "./attempt.ts";
import type { Answering, Exchange } from "./exchange.ts";
import type { Committed } from "./relay.ts";
import type { Answer } from "./run-parts.ts";

/** Its windows are told what it has used itself, not the sum. */
export function answeringFor({ call, taken }: Answer<Committed>): Answering {
  return {
    settled(outcome, record) {
      call.settled(outcome, { ...record, usage: taken.source.seen.usage });
    },
  };
}

/** `provider/model`, as the stream and the log tell it. */
export function noteContinued({ record }: Exchange, { target, lost }: Prepared): string {
  const by = `${target.provider.name}/${target.model}`;
  record.continuedBy.push(by);
  record.lost = [...new Set([...record.lost, ...lost])];
  if (record.lost.length > 0) record.translation = "lossy";
  return by;
}

/** The time for the whole reply is over: nobody else has any. */
export function isTotalTimeout({ publicCode }: GatewayError): boolean {
  return publicCode === "upstream_total_timeout";
}
