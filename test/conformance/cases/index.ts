// All provider cases, by kind of vendor.
import type { ProviderCase } from "../case.ts";
import { cloudCases } from "./clouds.ts";
import { gatewayCases } from "./gateways.ts";
import { hostCases } from "./hosts.ts";
import { localCases } from "./local.ts";
import { makerCases } from "./makers.ts";
import { furtherMakerCases } from "./makers-more.ts";
import { openMakerCases } from "./makers-open.ts";
import { mediaCases } from "./media.ts";
import { operationCalls } from "./operations.ts";
import { thinkerCases } from "./thinkers.ts";
import { furtherThinkerCases } from "./thinkers-more.ts";

const written: readonly ProviderCase[] = [
  ...makerCases,
  ...openMakerCases,
  ...furtherMakerCases,
  ...thinkerCases,
  ...furtherThinkerCases,
  ...cloudCases,
  ...hostCases,
  ...gatewayCases,
  ...mediaCases,
  ...localCases,
];

export const cases: readonly ProviderCase[] = written.map((provider) => ({
  ...provider,
  calls: [...provider.calls, ...operationCalls(provider.type)],
}));
