// OpenAI's legacy text completions (POST /v1/completions): a prompt in, its continuation out. Editors complete code by it.
import type { Dialect } from "../dialect.ts";
import { completionsClient } from "./client.ts";
import { completionsUpstream } from "./upstream.ts";

export const openaiCompletions: Dialect = {
  id: "openai-completions",
  client: completionsClient,
  upstream: completionsUpstream,
};
