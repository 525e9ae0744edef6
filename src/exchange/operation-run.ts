// A request to an endpoint that is not chat, as the parts of its path see it.
import { badRequest, type GatewayError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { OperationId } from "../core/operation.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { ClientShape, Operation, OperationRequest } from "../operations/operation.ts";
import type { Plan, Target } from "../routing/plan.ts";
import type { RoutePolicies } from "../routing/policies.ts";
import type { Exchange } from "./exchange.ts";
import { type Candidates, planOperation } from "./operation-plan.ts";
import type { OperationControl, OperationSource } from "./operation-request.ts";
import type { RunParts } from "./run-parts.ts";
import type { Spool } from "./spool.ts";

export type OperationParts = RunParts & {
  uploads: { spool: Spool; bytesMax: number };
  /** Endpoint -> the provider that the operator prefers for it. */
  preferred: ReadonlyMap<OperationId, string>;
};

/** How a route asks for an operation. */
export type OperationEntry = {
  operation: Operation;
  dialect: Dialect;
  /** The form of the client's body; a function where only the body tells. */
  client: ClientShape | ((source: OperationSource) => ClientShape);
  /** Named by the path. */
  model?: string;
  /** Members that errors have in this client's language, beside the dialect's own. */
  errorMembers?: (error: GatewayError) => { [name: string]: JsonValue };
};

export type OperationRun = {
  parts: OperationParts;
  exchange: Exchange;
  entry: OperationEntry;
  source: OperationSource;
  control: OperationControl;
  client: ClientShape;
  candidates: Candidates;
  /** How its targets are tried; set once they are known. */
  policies: RoutePolicies;
  /** The body goes straight through, and can be sent once only. */
  streamed: boolean;
};

/** Rejects with GatewayError. */
export function planFor(run: OperationRun, model: string | undefined): Promise<Plan> {
  const { parts, exchange, candidates, entry, control } = run;
  const { id } = entry.operation;
  return planOperation(parts, candidates, {
    request: exchange.request,
    dialect: entry.dialect.id,
    operation: id,
    model,
    providerHint: control.providerHint,
    preferred: parts.preferred.get(id),
  });
}

/** A form counts only when all of it is there. */
export function requestOf({ client, source }: OperationRun): OperationRequest {
  if (source.kind === "json") return { client, json: source.body.json };
  return source.kind === "form" && source.upload.isWhole ? { client, form: source.upload.form } : { client };
}

/** For a `model` that turned up in a form that is on its way already. Rejects with GatewayError. */
export async function resolveLate(run: OperationRun, target: Target, written: string): Promise<string> {
  const [found] = (await planFor(run, written)).targets;
  if (found?.provider !== target.provider) {
    throw badRequest(
      "model",
      "send the field `model` before the file, or name the model in `?model=` or `x-sluice-model`",
    );
  }
  run.exchange.record.requestedModel = written;
  run.exchange.record.model = found.model;
  return found.model;
}
