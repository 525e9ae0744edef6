// Everything that a start would stumble over: settings, providers, and names that stand for models.
import type { LoadedConfig, Problem } from "../config/load.ts";
import { configuredProviders } from "../providers/configured.ts";
import { checkNames } from "../routing/names.ts";

export type StartProblem = Pick<Problem, "path" | "message"> & { source?: string };

export async function startProblems({ config, environment, problems }: LoadedConfig): Promise<StartProblem[]> {
  const opened = configuredProviders(config, environment);
  return [...problems, ...opened.problems, ...(await checkNames(config, opened.providers))];
}
