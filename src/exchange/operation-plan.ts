// Which provider serves an endpoint that is not chat: the one the model names, the endpoint's preferred one, or the first
// that can.
import { badRequest, GatewayError } from "../core/errors.ts";
import type { OperationId } from "../core/operation.ts";
import type { OperationRow, Provider } from "../providers/provider.ts";
import { providerRows } from "../providers/rows.ts";
import type { ModelDirectory, Target } from "../routing/plan.ts";

export type Candidates = ReadonlyMap<string, Provider>;

/** One callable of an endpoint. */
export type OperationTargetRow = { target: Target; row: OperationRow };

export function rowOf(provider: Provider, operation: OperationId): OperationRow | undefined {
  return provider.row.operations?.[operation];
}

/** Configured providers that serve the endpoint, in the order of choice. Throws GatewayError (503) when there is none. */
export function candidatesFor(providers: Candidates, operation: OperationId): Candidates {
  const found = new Map([...providers].filter(([, provider]) => rowOf(provider, operation) !== undefined));
  if (found.size > 0) return found;
  throw new GatewayError("not_supported", `no configured provider serves /v1/${operation}; ${remedy(operation)}`, {
    status: 503,
    publicCode: "endpoint_unavailable",
  });
}

/** Names of variables that would make a provider for it. */
function remedy(operation: OperationId): string {
  const variables = providerRows
    .filter((row) => row.operations?.[operation] !== undefined)
    .map((row) => `${row.envPrefix}_${row.keyless || row.baseUrl === undefined ? "BASE_URL" : "API_KEY"}`);
  return variables.length === 0 ? "give a provider an address for it" : `set one of ${variables.join(", ")}`;
}

export type OperationAsk = {
  operation: OperationId;
  /** As the client wrote it; undefined where it named none. */
  model: string | undefined;
  providerHint: string | undefined;
  /** The operator's choice for this endpoint. */
  preferred: string | undefined;
};

export type PlanParts = { providers: Candidates; directory: ModelDirectory };

/** Targets in the order in which they are tried; never empty. Rejects with GatewayError. */
export async function planOperation(parts: PlanParts, candidates: Candidates, ask: OperationAsk): Promise<Target[]> {
  const { model, providerHint } = ask;
  const named = providerHint ?? qualifierOf(model, parts.providers);
  if (named !== undefined) {
    const provider = candidates.get(named);
    if (!provider) throw notServed(named, parts.providers, candidates, ask);
    return targetsOf(provider, model === undefined ? "" : unqualified(model, provider, parts.directory), "named");
  }
  const listed = model === undefined ? [] : await listing(model, parts.directory, candidates);
  const preferred = ask.preferred === undefined ? undefined : candidates.get(ask.preferred);
  const first = preferred && (listed.length === 0 || listed.includes(preferred)) ? [preferred] : [];
  const chosen = listed.length > 0 ? [...new Set([...first, ...listed])] : [first[0] ?? [...candidates.values()][0]];
  const reason =
    listed.length > 0 ? "listed" : first.length > 0 ? "preferred for this endpoint" : "first that serves it";
  return chosen.flatMap((provider) => (provider ? targetsOf(provider, model ?? "", reason) : []));
}

/** With one candidate there is nothing to wait for. */
async function listing(model: string, directory: ModelDirectory, candidates: Candidates): Promise<Provider[]> {
  const find = () => directory.providersOf(model).filter((provider) => candidates.has(provider.name));
  const found = find();
  if (found.length > 0 || candidates.size === 1) return found;
  await directory.ready();
  return find();
}

function qualifierOf(model: string | undefined, providers: Candidates): string | undefined {
  const slash = model?.indexOf("/") ?? -1;
  const qualifier = slash > 0 && slash + 1 < (model?.length ?? 0) ? model?.slice(0, slash) : undefined;
  return qualifier !== undefined && providers.has(qualifier) ? qualifier : undefined;
}

/** Some ids begin with their provider's own name; those stay whole. */
function unqualified(model: string, provider: Provider, directory: ModelDirectory): string {
  const prefix = `${provider.name}/`;
  if (!model.startsWith(prefix)) return model;
  const rest = model.slice(prefix.length);
  const lists = (id: string) => directory.providersOf(id).includes(provider);
  return lists(model) && !lists(rest) ? model : rest;
}

function notServed(named: string, providers: Candidates, candidates: Candidates, ask: OperationAsk): GatewayError {
  const field = ask.providerHint === undefined ? "model" : "provider";
  const others = [...candidates.keys()].join(", ");
  return providers.has(named)
    ? badRequest(field, `${named} does not serve /v1/${ask.operation}; those that do: ${others}`)
    : badRequest(field, `no provider "${named}" is configured; those that serve /v1/${ask.operation}: ${others}`);
}

function targetsOf(provider: Provider, model: string, reason: string): Target[] {
  const [dialect = "openai-chat"] = Object.keys(provider.row.speaks) as Target["dialect"][];
  return provider.credentials.map((credential) => ({ provider, credential, model, dialect, reason }));
}
