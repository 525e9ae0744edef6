// The least that a proxy written for Bun can do: what Sluice is measured against. Compiled with the flags of the product.
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { port: { type: "string" }, upstream: { type: "string" } } });
const upstream = values.upstream ?? "";
if (!upstream) throw new Error("floor: --upstream is missing");

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(values.port ?? 0),
  idleTimeout: 30,
  development: false,
  async fetch(request) {
    const path = request.url.slice(request.url.indexOf("/", "http://".length));
    const hasBody = request.method === "POST";
    const reply = await fetch(upstream + path, {
      method: request.method,
      headers: {
        "content-type": request.headers.get("content-type") ?? "application/json",
        authorization: request.headers.get("authorization") ?? "",
        "accept-encoding": "identity",
      },
      body: hasBody ? await request.bytes() : null,
      redirect: "manual",
      signal: request.signal,
    });
    return new Response(reply.body, {
      status: reply.status,
      headers: { "content-type": reply.headers.get("content-type") ?? "application/json" },
    });
  },
});
