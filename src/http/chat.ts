// The chat-like endpoints, and those that count their tokens: one row of the route table each.
import { Elysia } from "elysia";
import { dialects } from "../dialects/index.ts";
import { runCompact } from "../exchange/compact.ts";
import { runCount } from "../exchange/count.ts";
import { runChat } from "../exchange/run.ts";
import type { RunParts } from "../exchange/run-parts.ts";
import { chatRoutes, compactRoutes, countRoutes } from "./routes.ts";

export function chatEndpoints(parts: RunParts) {
  const plugin = new Elysia({ name: "chat" });
  for (const { path, dialect: id } of chatRoutes) {
    const dialect = dialects[id];
    // The body is ours to read: a parser or a schema would drop what it does not know.
    if (dialect) plugin.post(path, ({ request }) => runChat(parts, request, dialect), { parse: "none" });
  }
  for (const { path, dialect: id } of countRoutes) {
    const dialect = dialects[id];
    if (dialect) plugin.post(path, ({ request }) => runCount(parts, request, dialect), { parse: "none" });
  }
  for (const { path, dialect: id } of compactRoutes) {
    const dialect = dialects[id];
    if (dialect) plugin.post(path, ({ request }) => runCompact(parts, request, dialect), { parse: "none" });
  }
  return plugin;
}
