// The dialect Anthropic Messages (POST /v1/messages).
import type { Dialect } from "../dialect.ts";
import { messagesClient } from "./client.ts";
import { messagesUpstream } from "./upstream.ts";

export const anthropicMessages: Dialect = {
  id: "anthropic-messages",
  client: messagesClient,
  upstream: messagesUpstream,
};
