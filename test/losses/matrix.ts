// Every field of a client's dialect towards one target, and what is wrong with what became of it.
import type { DialectId } from "../../src/core/chat.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import { noCredential, type Provider, type ProviderRow } from "../../src/providers/provider.ts";
import type { Target } from "../../src/routing/plan.ts";
import { emulated, isAllowed, type Place, silent } from "./allowances.ts";
import type { Client } from "./clients.ts";
import { judge, type Outcome } from "./judge.ts";

/** What a cell of the table says. */
export type Cell = Outcome | { kind: "silent" } | { kind: "with" };

export type Row = { id: string; cells: Map<string, Cell> };

export const upstreams: readonly { dialect: DialectId; origin: string }[] = [
  { dialect: "openai-chat", origin: "plain" },
  { dialect: "openai-responses", origin: "openai" },
  { dialect: "anthropic-messages", origin: "anthropic" },
  { dialect: "gemini", origin: "gemini" },
  { dialect: "bedrock-converse", origin: "anthropic" },
  { dialect: "cohere-chat", origin: "cohere" },
];

/** The target of a provider, with a credential that is never used here. */
export function targetOf(row: ProviderRow, dialect: DialectId, model: string): Target {
  const provider: Provider = {
    name: row.type,
    row,
    baseUrl: row.baseUrl ?? "http://127.0.0.1:9",
    headers: {},
    credentials: [noCredential],
    listedModels: [],
    transport: { kind: "http" },
  };
  return { key: model, provider, credential: noCredential, model, dialect, reason: "judged" };
}

/** Providers without a word of their own: the dialects' plain behaviour. */
export function plainTargets(): Target[] {
  return upstreams.map(({ dialect, origin }) => {
    const row: ProviderRow = {
      type: "plain",
      title: "Plain",
      versionSuffix: "",
      envPrefix: "PLAIN",
      auth: { header: "authorization", prefix: "Bearer " },
      speaks: { [dialect]: { path: "/{model}", streamUsage: "always" } },
      origin,
      source: "made for this test",
    };
    return targetOf(row, dialect, "target-model");
  });
}

export type Towards = { cells: Map<string, Cell>; problems: string[] };

/** One client towards one target: a cell for each case, and the complaints. */
export async function judgeAll(client: Client, target: Target, models = new ModelFacts()): Promise<Towards> {
  const cells = new Map<string, Cell>();
  const problems: string[] = [];
  const name = `${client.dialect.id} -> ${target.provider.name} ${target.dialect} ${target.model}`;
  const { facts, adjustments } = models.get(target.provider, target.model, target.dialect);
  for (const each of client.cases) {
    const outcome = await judge({ client: client.dialect, target, models }, each);
    const outer = each.within.map((path) => cells.get(path)?.kind ?? "");
    const place = { id: each.id, client: client.dialect.id, upstream: target.dialect, flags: facts.flags, adjustments };
    const cell = settle(outcome, { outer, isRequired: each.isRequired, place });
    cells.set(each.id, cell);
    const problem = problemOf(cell, place);
    if (problem) problems.push(`${name}: ${each.id} ${problem}`);
  }
  return { cells, problems };
}

type Around = { outer: string[]; isRequired: boolean; place: Place };

function settle(outcome: Outcome, { outer, isRequired, place }: Around): Cell {
  const traceless = outcome.kind === "vanished" || outcome.kind === "hidden" || outcome.kind === "emulated";
  // What it stands in is reported as a whole, so this is as well.
  if (traceless && outer.some((kind) => kind === "lost" || kind === "refused" || kind === "with"))
    return { kind: "with" };
  if (outcome.kind === "vanished" && isAllowed(silent, place)) return { kind: "silent" };
  // The other value of a field that must be there, and what a field needs beside it, are refused like the field.
  if (outcome.kind === "hidden" && (isRequired || outcome.param !== ""))
    return { kind: "refused", param: outcome.param };
  return outcome;
}

function problemOf(cell: Cell, place: Place): string | undefined {
  if (cell.kind === "vanished") return "vanished without a report";
  if (cell.kind === "hidden") return "cannot be judged: the request without it is refused as well";
  if (cell.kind === "emulated" && !isAllowed(emulated, place))
    return "is said in another way, which nobody has documented";
  if (cell.kind === "refused" && cell.param === "") return "is refused without a name";
  return undefined;
}
