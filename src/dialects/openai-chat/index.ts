// The dialect of OpenAI's Chat Completions, which most of the field speaks.
import type { Dialect } from "../dialect.ts";
import { openaiChatClient } from "./client.ts";
import { openaiChatUpstream } from "./upstream.ts";

export const openaiChat: Dialect = { id: "openai-chat", client: openaiChatClient, upstream: openaiChatUpstream };
