// Writes into the exchange's record what is known of a call before it is answered: whom it asks, and what the target will not see.
import type { Prepared } from "./attempt.ts";
import type { Exchange } from "./exchange.ts";

export function describe({ record }: Exchange, prepared: Prepared): void {
  record.provider = prepared.target.provider.name;
  record.model = prepared.target.model;
  record.lost = prepared.lost.slice();
  record.translation = translationOf(prepared);
}

export function translationOf(prepared: Prepared): "native" | "adjusted" | "exact" | "lossy" {
  if (prepared.lost.length > 0) return "lossy";
  if (!prepared.asIs) return "exact";
  return prepared.adjusted ? "adjusted" : "native";
}
