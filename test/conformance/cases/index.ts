// All provider cases, by kind of vendor.
import { routes } from "../../../src/http/routes.ts";
import type { ProviderCase } from "../case.ts";
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

/** Endpoints beside chat are shown as soon as the gateway serves them. */
export const isServed = (operation: string) => routes.some(({ path }) => path === `/v1/${operation}`);

const written: readonly ProviderCase[] = [
  ...makerCases,
  ...openMakerCases,
  ...furtherMakerCases,
  ...thinkerCases,
  ...furtherThinkerCases,
  ...hostCases,
  ...gatewayCases,
  ...mediaCases,
  ...localCases,
];

export const cases: readonly ProviderCase[] = written.map((provider) => ({
  ...provider,
  calls: [...provider.calls, ...operationCalls(provider.type).filter(({ proves }) => isServed(proves))],
}));
