// All provider cases, by kind of vendor.
import type { ProviderCase } from "../case.ts";
import { gatewayCases } from "./gateways.ts";
import { hostCases } from "./hosts.ts";
import { localCases } from "./local.ts";
import { makerCases } from "./makers.ts";
import { furtherMakerCases } from "./makers-more.ts";
import { openMakerCases } from "./makers-open.ts";
import { mediaCases } from "./media.ts";
import { thinkerCases } from "./thinkers.ts";
import { furtherThinkerCases } from "./thinkers-more.ts";

export const cases: readonly ProviderCase[] = [
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
