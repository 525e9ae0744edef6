// `sluice models`: the models of every provider, read now, with what is known of each.
import { openCatalogOnce, openConfigured } from "../app/catalog.ts";
import type { CatalogModel } from "../catalog/catalog.ts";
import { type Environment, loadConfig } from "../config/load.ts";
import { checkProviders } from "../providers/open.ts";
import { takeOptions } from "./arguments.ts";
import { exitCodes, type Streams } from "./command.ts";
import { reportProblems } from "./problems.ts";

export async function run(arguments_: string[], streams: Streams, environment: Environment): Promise<number> {
  const { present, values, rest, wrong } = takeOptions(arguments_, { switches: ["json"], valued: ["provider"] });
  if (wrong !== undefined) {
    streams.stderr(`sluice models: ${wrong}\n`);
    return exitCodes.usage;
  }
  const loaded = loadConfig({ arguments: rest, environment, workingDirectory: process.cwd() });
  const problems = [...loaded.problems, ...checkProviders(loaded.config, loaded.environment)];
  const code = reportProblems(problems, streams);
  if (code !== exitCodes.ok) return code;
  const providers = openConfigured(loaded);
  const only = values.get("provider");
  const chosen = providers.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) {
    const known = providers.map(({ name }) => name).join(", ") || "none";
    streams.stderr(
      `sluice models: ${only === undefined ? "no provider is configured" : `no provider is called "${only}"; configured: ${known}`}\n`,
    );
    return exitCodes.failed;
  }
  let failures = 0;
  const catalog = openCatalogOnce(
    loaded.config,
    new Map(chosen.map((provider) => [provider.name, provider])),
    (provider, message) => {
      failures++;
      streams.stderr(`${provider}: ${message}; see \`sluice doctor\`\n`);
    },
  );
  catalog.start();
  await catalog.complete();
  catalog.close();
  const models = catalog.listing().filter(({ id, provider, model }) => id === `${provider}/${model}`);
  streams.stdout(present.has("json") ? `${JSON.stringify(models.map(written), null, 2)}\n` : table(models));
  return failures > 0 ? exitCodes.failed : exitCodes.ok;
}

/** For programs: names and units as `GET /v1/models` has them. */
function written(model: CatalogModel): object {
  const { id, provider, contextTokens, maxOutputTokens, inputModalities, outputModalities, tools, reasoning, prices } =
    model;
  return {
    id,
    provider,
    context_window: contextTokens,
    max_tokens: maxOutputTokens,
    input_modalities: inputModalities,
    output_modalities: outputModalities,
    supports_tool_calls: tools,
    supports_reasoning: reasoning,
    input_cost_per_1m: prices?.inputPerMTok,
    output_cost_per_1m: prices?.outputPerMTok,
    price_source: prices && `${prices.source} ${prices.version}`,
  };
}

const heads = ["MODEL", "CONTEXT", "OUTPUT", "IN $/M", "OUT $/M", "CAN"];

function table(models: readonly CatalogModel[]): string {
  const rows = models.map((model) => [
    model.id,
    amount(model.contextTokens),
    amount(model.maxOutputTokens),
    price(model.prices?.inputPerMTok),
    price(model.prices?.outputPerMTok),
    abilities(model),
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 || column === heads.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return `${[heads, ...rows].map(line).join("\n")}\n${models.length} models\n`;
}

function amount(tokens: number | undefined): string {
  return tokens === undefined ? "-" : String(tokens);
}

function price(rate: number | undefined): string {
  return rate === undefined ? "-" : String(Number(rate.toPrecision(4)));
}

function abilities({ inputModalities, tools, reasoning }: CatalogModel): string {
  const words = [
    tools && "tools",
    reasoning && "reasoning",
    ...(inputModalities ?? []).filter((modality) => modality !== "text"),
  ];
  return words.filter((word) => typeof word === "string").join(" ");
}
