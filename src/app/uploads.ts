// Opens what the endpoints that are not chat need beside the rest: room for uploads, and the operator's choices.
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import { type OperationId, operationIds } from "../core/operation.ts";
import type { OperationParts } from "../exchange/operation-run.ts";
import { Spool } from "../exchange/spool.ts";
import type { Provider } from "../providers/provider.ts";
import type { Log } from "../telemetry/log.ts";

type OperationSettings = Pick<OperationParts, "uploads" | "preferred">;

export function openUploads(config: Config, providers: ReadonlyMap<string, Provider>, log: Log): OperationSettings {
  const { uploads } = config;
  const directory = uploads.spool_directory ?? join(tmpdir(), `sluice-spool-${userInfo().uid}`);
  const spool = new Spool({ directory, bytesMax: uploads.spool_limit });
  spool.sweep();
  return { uploads: { spool, bytesMax: uploads.limit }, preferred: preferredOf(config, providers, log) };
}

/** A preference that nobody can serve is told, and passed over. */
function preferredOf(config: Config, providers: ReadonlyMap<string, Provider>, log: Log): Map<OperationId, string> {
  const preferred = new Map<OperationId, string>();
  for (const id of operationIds) {
    const name = config.endpoints[id]?.provider;
    if (name === undefined) continue;
    if (providers.get(name)?.row.operations?.[id]) preferred.set(id, name);
    else log.write("warn", "an endpoint's provider does not serve it", { endpoint: id, provider: name });
  }
  return preferred;
}
