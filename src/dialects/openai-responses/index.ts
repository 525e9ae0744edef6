// The dialect of OpenAI's Responses, which its newer clients and Codex speak.
import type { Dialect } from "../dialect.ts";
import { openaiResponsesClient } from "./client.ts";
import { openaiResponsesUpstream } from "./upstream.ts";

export const openaiResponses: Dialect = {
  id: "openai-responses",
  client: openaiResponsesClient,
  upstream: openaiResponsesUpstream,
};
