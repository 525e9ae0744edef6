// The table of providers: everything a plain vendor needs, one row each. Order is the order of discovery and of choice.

import { azureRows } from "./azure.ts";
import { bedrockRows } from "./bedrock.ts";
import { oracleRows } from "./oracle.ts";
import type { ProviderRow } from "./provider.ts";
import { hostRows } from "./rows-hosts.ts";
import { localRows } from "./rows-local.ts";
import { makerRows } from "./rows-makers.ts";
import { mediaRows } from "./rows-media.ts";
import { thinkerRows } from "./rows-thinkers.ts";
import { vertexRows } from "./vertex.ts";

export const providerRows: readonly ProviderRow[] = [
  ...makerRows,
  ...thinkerRows,
  ...azureRows,
  ...bedrockRows,
  ...vertexRows,
  ...oracleRows,
  ...hostRows,
  ...mediaRows,
  ...localRows,
];
