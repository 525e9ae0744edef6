// All provider cases, by kind of vendor.
import type { ProviderCase } from "../case.ts";
import { hostCases } from "./hosts.ts";
import { localCases } from "./local.ts";
import { makerCases } from "./makers.ts";

export const cases: readonly ProviderCase[] = [...makerCases, ...hostCases, ...localCases];
