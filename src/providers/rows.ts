// The table of providers: everything a plain vendor needs, one row each. Order is the order of discovery and of choice.
import type { ProviderRow } from "./provider.ts";
import { hostRows } from "./rows-hosts.ts";
import { localRows } from "./rows-local.ts";
import { makerRows } from "./rows-makers.ts";
import { mediaRows } from "./rows-media.ts";
import { thinkerRows } from "./rows-thinkers.ts";

export const providerRows: readonly ProviderRow[] = [
  ...makerRows,
  ...thinkerRows,
  ...hostRows,
  ...mediaRows,
  ...localRows,
];
