// What models of hosts accept that serve those of many makers: by id, and in which of the host's dialects.
import { anthropicModels, geminiModels, openaiModels, rule } from "./model-rules.ts";
import type { ModelRule } from "./provider.ts";

/** inference-docs.cerebras.ai/capabilities/reasoning (2026-11). */
export const cerebrasModels: readonly ModelRule[] = [
  rule(/gpt-oss/, { efforts: ["low", "medium", "high"] }),
  rule(/glm/, { efforts: ["none"] }),
];

/** Ids are `publisher/name`; those of OpenAI's reasoning models keep their own rules. */
export const githubModels: readonly ModelRule[] = openaiModels.map((own) => ({
  ...own,
  match: new RegExp(own.match.source.replace("^", "^openai\\/")),
}));

const opencodeGo = (inMessages: RegExp): readonly ModelRule[] => [
  rule(/./, {}, { dialects: ["openai-chat"] }),
  rule(inMessages, {}, { dialects: ["anthropic-messages"] }),
  rule(/^deepseek-/, {}, { adjust: { "openai-chat": ["reasoning-pad"] } }),
];

/** opencode.ai/docs/go (2026-11), gomodel.md 3.2: these are refused on /chat/completions, and the others on /messages. */
export const opencodeGoModels = opencodeGo(/^(minimax-|qwen3\.\d-max)/);

/** The same for the models that an operator names, since the host does not tell. */
export function opencodeGoModelsWith(names: string): readonly ModelRule[] {
  const exact = names.split(",").flatMap((name) => RegExp.escape(name.trim()) || []);
  return opencodeGo(new RegExp(`^(?:${exact.join("|") || "(?!)"})$`));
}

/** opencode.ai/docs/zen, table of endpoints (2026-11): each family at its maker's endpoint. */
export const opencodeZenModels: readonly ModelRule[] = [
  ...anthropicModels,
  ...geminiModels,
  ...openaiModels,
  rule(/./, {}, { dialects: ["openai-chat"] }),
  rule(/^gpt-/, {}, { dialects: ["openai-responses"] }),
  rule(/^claude-/, {}, { dialects: ["anthropic-messages"] }),
  rule(/^gemini-/, {}, { dialects: ["gemini"] }),
];
