// Which provider serves an endpoint that is not chat: the one the model names, the endpoint's preferred one, or the first
// that can.
import type { DialectId } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import type { OperationId } from "../core/operation.ts";
import { tenantOf } from "../policy/admit.ts";
import type { OperationRow, Provider } from "../providers/provider.ts";
import { providerRows } from "../providers/rows.ts";
import { instancesOf } from "../routing/names.ts";
import type { ModelDirectory, Plan } from "../routing/plan.ts";
import type { Planner } from "../routing/planner.ts";
import { noPolicies } from "../routing/policies.ts";
import { targetKey } from "../routing/session.ts";
import { userPathOf } from "./plan-request.ts";

export type Candidates = ReadonlyMap<string, Provider>;

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
  return variables.length === 0 ? `give a provider format_urls.${operation}` : `set one of ${variables.join(", ")}`;
}

export type OperationAsk = {
  request: Request;
  dialect: DialectId;
  operation: OperationId;
  /** As the client wrote it; undefined where it named none. */
  model: string | undefined;
  providerHint: string | undefined;
  /** The operator's choice for this endpoint. */
  preferred: string | undefined;
};

export type OperationPlanParts = { providers: Candidates; directory: ModelDirectory; planner: Planner };

/** Rejects with GatewayError when nothing can be tried. */
export async function planOperation(
  parts: OperationPlanParts,
  candidates: Candidates,
  ask: OperationAsk,
): Promise<Plan> {
  const { model, providerHint, operation } = ask;
  const { planner, providers } = parts;
  if (model === undefined) return planWithoutModel(chosenWithoutModel(parts, candidates, ask));
  const named = providerHint ?? qualifierOf(model, providers);
  if (named !== undefined) refuseOthers(named, parts, candidates, ask);
  const { request, dialect } = ask;
  const asked = {
    model,
    clientDialect: dialect,
    operation,
    tenant: () => tenantOf(request),
    userPath: () => userPathOf(request.headers),
  };
  if (named !== undefined || planner.isName(model)) return await planner.plan({ ...asked, providerHint });
  const chosen = await choose(model, parts, candidates, ask);
  return await planOver(chosen, (provider) => planner.plan({ ...asked, providerHint: provider.name }));
}

/** One after the other: each provider's targets, in the planner's order. Rejects only when none has any. */
async function planOver(
  chosen: readonly Provider[],
  planFor: (provider: Provider) => Plan | Promise<Plan>,
): Promise<Plan> {
  const plans: Plan[] = [];
  let refusal: unknown;
  for (const provider of chosen) {
    try {
      plans.push(await planFor(provider));
    } catch (cause) {
      refusal ??= cause;
    }
  }
  const [first] = plans;
  if (!first) throw refusal;
  return {
    ...first,
    targets: plans.flatMap(({ targets }) => targets),
    refused: plans.flatMap(({ refused }) => refused),
  };
}

/** Those that list the model, the preferred one first; else the preferred one, or the first that serves the endpoint. */
async function choose(
  model: string,
  { directory }: OperationPlanParts,
  candidates: Candidates,
  { preferred: name }: OperationAsk,
): Promise<Provider[]> {
  const listed = await listing(model, directory, candidates);
  const preferred = name === undefined ? undefined : candidates.get(name);
  if (listed.length === 0) return firstOf(preferred, candidates);
  return preferred && listed.includes(preferred) ? [...new Set([preferred, ...listed])] : listed;
}

function firstOf(preferred: Provider | undefined, candidates: Candidates): Provider[] {
  return preferred ? [preferred] : [...candidates.values()].slice(0, 1);
}

/** With one candidate there is nothing to wait for. */
async function listing(model: string, directory: ModelDirectory, candidates: Candidates): Promise<Provider[]> {
  const find = () => directory.providersOf(model).filter((provider) => candidates.has(provider.name));
  const found = find();
  if (found.length > 0 || candidates.size === 1) return found;
  await directory.ready();
  return find();
}

/** A provider's name, or a type that stands for its instances. */
function qualifierOf(model: string, providers: Candidates): string | undefined {
  const slash = model.indexOf("/");
  const qualifier = slash > 0 && slash + 1 < model.length ? model.slice(0, slash) : undefined;
  return qualifier !== undefined && instancesOf(qualifier, providers).length > 0 ? qualifier : undefined;
}

function refuseOthers(named: string, parts: OperationPlanParts, candidates: Candidates, ask: OperationAsk): void {
  const instances = instancesOf(named, parts.providers);
  if (instances.some((name) => candidates.has(name))) return;
  const field = ask.providerHint === undefined ? "model" : "provider";
  const others = [...candidates.keys()].join(", ");
  throw instances.length > 0
    ? badRequest(field, `${named} does not serve /v1/${ask.operation}; those that do: ${others}`)
    : badRequest(field, `no provider "${named}" is configured; those that serve /v1/${ask.operation}: ${others}`);
}

function chosenWithoutModel(parts: OperationPlanParts, candidates: Candidates, ask: OperationAsk): Provider[] {
  const { providerHint, preferred } = ask;
  if (providerHint === undefined) {
    return firstOf(preferred === undefined ? undefined : candidates.get(preferred), candidates);
  }
  refuseOthers(providerHint, parts, candidates, ask);
  return instancesOf(providerHint, parts.providers).flatMap((name) => candidates.get(name) ?? []);
}

/** The host has a model of its own for it (moderation), or the address says which. */
function planWithoutModel(chosen: readonly Provider[]): Plan {
  const reason = "serves the endpoint";
  const targets = chosen.flatMap((provider) =>
    provider.credentials.map((credential) => ({
      key: targetKey(provider.name, credential.id, ""),
      provider,
      credential,
      model: "",
      dialect: anyDialect,
      reason,
    })),
  );
  return { targets, refused: [], policies: noPolicies };
}

/** Endpoints beside chat are called in no dialect. */
const anyDialect: DialectId = "openai-chat";
