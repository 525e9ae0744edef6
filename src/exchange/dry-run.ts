// A request as one target would get it, written and thrown away: what would be lost, and how much is translated.
import type { ChatRequest } from "../core/chat.ts";
import { GatewayError } from "../core/errors.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import type { ModelFacts } from "../providers/facts.ts";
import type { SystemPrompt, Target } from "../routing/plan.ts";
import { type Prepared, prepare } from "./attempt.ts";
import type { RequestBody } from "./read-body.ts";
import { withSystemPrompt } from "./system-prompt.ts";

export type DryRun = {
  models: ModelFacts;
  dialect: Dialect;
  body: RequestBody;
  stream: boolean;
  wantsUsage: boolean;
  systemPrompt?: SystemPrompt | undefined;
};

/** Opens it for one request: the canonical form is read once for all targets. Throws GatewayError for what is refused. */
export function openDryRun(run: DryRun): (target: Target) => Prepared {
  let canonical: ChatRequest | undefined;
  const read = () => {
    canonical ??= withSystemPrompt(
      (run.dialect.client as NonNullable<Dialect["client"]>).readRequest(run.body.json),
      run.systemPrompt,
    );
    return canonical;
  };
  return (target) => {
    const upstream = dialects[target.dialect];
    if (!upstream) throw new GatewayError("internal", `no request can be made in ${target.dialect}`);
    const prepared = prepare({
      ...run,
      target,
      upstream,
      client: run.dialect,
      inPlace: false,
      // Media behind addresses are left where they are: fetching them would be a call.
      canonical: read,
    });
    if (prepared instanceof Promise) throw new GatewayError("internal", "a dry run waits for nothing");
    return prepared;
  };
}
