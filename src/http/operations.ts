// Endpoints for whoever runs Sluice: a greeting, liveness, readiness. No key, no details.
import { Elysia } from "elysia";
import { version } from "../core/version.ts";

/** What readiness depends on. */
export type Readiness = { ready: boolean; reason?: string };

export function operationEndpoints(readiness: () => Readiness) {
  const plain = { "content-type": "text/plain; charset=utf-8" };
  return new Elysia({ name: "operations" })
    .get("/", () => Response.json({ name: "sluice", version }))
    .get("/health", () => Response.json({ status: "ok" }))
    .get("/health/ready", () => {
      const { ready, reason } = readiness();
      return Response.json(
        { status: ready ? "ready" : "not_ready", ...(reason && { reason }) },
        { status: ready ? 200 : 503 },
      );
    })
    .get("/healthz", () => new Response("OK", { headers: plain }));
}
