// Endpoints that are not chat: one row of the table each, all the same handler.
import { Elysia } from "elysia";
import type { GatewayError } from "../core/errors.ts";
import type { OperationId } from "../core/operation.ts";
import { dialects } from "../dialects/index.ts";
import { runOperation } from "../exchange/operation.ts";
import type { OperationEntry, OperationParts } from "../exchange/operation-run.ts";
import { operations } from "../operations/index.ts";
import { usualClient } from "../operations/operation.ts";
import { rerankClient } from "../operations/rerank.ts";
import { proxiedRoutes } from "./routes.ts";

/** What differs from an endpoint in OpenAI's form; by path. */
const entries: { readonly [path: string]: Partial<OperationEntry> } = {
  "/v1/rerank": { client: (source) => (source.kind === "json" ? rerankClient(source.body.json) : "results") },
  // Cohere's errors are a `message` at the top (docs.cohere.com/reference/errors, 2026-08).
  "/v2/rerank": { client: "cohere", errorMembers: ({ message }: GatewayError) => ({ message }) },
};

export function proxiedEndpoints(parts: OperationParts) {
  const plugin = new Elysia({ name: "proxied" });
  for (const { path, dialect: id } of proxiedRoutes) {
    const dialect = dialects[id];
    const operation = operations[path.replace(/^\/v\d\//, "") as OperationId];
    if (!dialect) continue;
    const entry: OperationEntry = { operation, dialect, client: usualClient, ...entries[path] };
    // The body is ours to read, or to let through.
    plugin.post(path, ({ request }) => runOperation(parts, request, entry), { parse: "none" });
  }
  return plugin;
}
