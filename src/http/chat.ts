// The chat-like endpoints: one row of the route table each, all the same handler.
import { Elysia } from "elysia";
import { dialects } from "../dialects/index.ts";
import { type RunParts, runChat } from "../exchange/run.ts";
import { chatRoutes } from "./routes.ts";

export function chatEndpoints(parts: RunParts) {
  const plugin = new Elysia({ name: "chat" });
  for (const { path, dialect: id } of chatRoutes) {
    const dialect = dialects[id];
    // The body is ours to read: a parser or a schema would drop what it does not know.
    if (dialect) plugin.post(path, ({ request }) => runChat(parts, request, dialect), { parse: "none" });
  }
  return plugin;
}
