// Passthrough endpoints: whatever lies below a provider's address, by every method, upgrades to WebSockets included.
import { Elysia } from "elysia";
import { passThrough } from "../exchange/passthrough.ts";
import type { PassthroughParts } from "../exchange/passthrough-parts.ts";
import { passthroughRoutes } from "./routes.ts";

export function passthroughEndpoints(parts: PassthroughParts) {
  const plugin = new Elysia({ name: "passthrough" });
  for (const { path } of passthroughRoutes) {
    plugin.all(path, ({ request }) => passThrough(parts, request), { parse: "none" });
  }
  return plugin;
}
