// Makes the request for one target of a plan: of the client's bytes where they may pass, else of the canonical request and what has become of it.
import { GatewayError } from "../core/errors.ts";
import type { UpstreamHalf } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import { tenantOf } from "../policy/admit.ts";
import { clientHalf } from "./answer-failure.ts";
import { type Prepared, prepare } from "./attempt.ts";
import { continuedRequest, mayContinue } from "./continue-request.ts";
import type { Step } from "./course.ts";
import { readCanonical } from "./read-body.ts";
import { openRecall } from "./recall.ts";
import type { Run } from "./run-parts.ts";
import { withSystemPrompt } from "./system-prompt.ts";
import { reportTrimmed, trimOldest } from "./trim-request.ts";

/** The request as this target wants it. */
export function prepareTarget(run: Run, { target, trim }: Step): Prepared | Promise<Prepared> {
  const { exchange, body, control, parts } = run;
  const { reasoning } = parts;
  if (run.prepared) return run.prepared;
  if (trim) trimOldest(run);
  const upstream = dialects[target.dialect];
  if (!upstream || !body) throw new GatewayError("internal", `no request can be made in ${target.dialect}`);
  const { targets, systemPrompt, policies } = run.plan;
  // A body that may still have to be cut is not edited where it is.
  const isOnly = targets.length === 1 && policies.contextOverflow !== "trim";
  const preparing = prepare({
    models: parts.models,
    target,
    upstream,
    client: exchange.dialect,
    body,
    // Nobody else reads the client's bytes, nor those of its members that are not parsed yet: they may be edited where they are.
    inPlace: isOnly,
    stream: control.stream,
    wantsUsage: control.wantsUsage,
    readsReply: mayContinue(run),
    isChanged: run.trimmed !== undefined || run.thread !== undefined,
    betas: run.request.headers.get("anthropic-beta"),
    systemPrompt,
    recall:
      reasoning &&
      ((whole) => {
        const recall = openRecall({ memory: reasoning, tenant: tenantOf(run.request), whole: run.canonical ?? whole });
        // Who goes on gives a part of a turn only.
        return run.thread ? { ...recall, keeper: () => undefined } : recall;
      }),
    canonical: (half: UpstreamHalf) => {
      run.canonical ??= withSystemPrompt(readCanonical(body, clientHalf(exchange.dialect)), systemPrompt);
      const ready = continuedRequest(run, run.trimmed?.request ?? run.canonical, target);
      return half.needsInlineMedia ? parts.inlineMedia(ready, run.request.signal) : ready;
    },
  });
  if (!isOnly) return run.trimmed ? reportTrimmed(run.trimmed.dropped, preparing) : preparing;
  const keep = (prepared: Prepared) => {
    run.prepared = prepared;
    run.body = undefined;
    run.canonical = undefined;
    return prepared;
  };
  return preparing instanceof Promise ? preparing.then(keep) : keep(preparing);
}
