// Strictness: a client or the operator wants a refusal rather than a loss.
import { GatewayError } from "../core/errors.ts";
import type { Target } from "../routing/plan.ts";
import type { RunSettings } from "./run-settings.ts";

export function isStrict(settings: RunSettings, request: Request): boolean {
  return settings.strict || request.headers.get("x-sluice-strict") === "true";
}

/** Throws GatewayError naming the first of what would be lost. */
export function refuseLosses({ provider }: Target, lost: readonly string[]): void {
  const [first] = lost;
  if (first === undefined) return;
  throw new GatewayError("loss_refused", `${provider.name} would not see: ${lost.join(", ")}`, { param: first });
}
