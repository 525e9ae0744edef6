// Rules for models by the names that clouds give them: Claude on Bedrock and Vertex, Gemini on Vertex.
import type { DialectId } from "../core/chat.ts";
import { anthropicModels, geminiModels, rule } from "./model-rules.ts";
import type { ModelRule } from "./provider.ts";

/** `claude-…` as a cloud spells it, wherever in the rule's pattern it stands. */
function renamed(rules: readonly ModelRule[], from: string, to: string): ModelRule[] {
  return rules.map((rule) => ({ ...rule, match: new RegExp(rule.match.source.replaceAll(from, to)) }));
}

/** `anthropic.claude-…`, with a region's prefix (`us.`) or inside an ARN. Signatures are Anthropic's own. */
const bedrockClaude = "(?:^|[./])anthropic\\.claude-";

const claude = (dialects: readonly DialectId[]): ModelRule[] => [
  rule(new RegExp(bedrockClaude), {}, { dialects, origin: "anthropic" }),
  ...renamed(anthropicModels, "^claude-", bedrockClaude),
];

export const claudeOnBedrock: readonly ModelRule[] = [
  rule(/./, {}, { dialects: ["bedrock-converse"] }),
  ...claude(["bedrock-converse", "anthropic-messages"]),
];

/** Claude is served in its own dialect only, the others in OpenAI's. */
export const modelsOnMantle: readonly ModelRule[] = [
  rule(/./, {}, { dialects: ["openai-chat", "openai-responses"] }),
  ...claude(["anthropic-messages"]),
];

export const modelsOnVertex: readonly ModelRule[] = [
  rule(/./, {}, { dialects: ["gemini"] }),
  // Open models carry their publisher's name and are served through the OpenAI-compatible endpoint.
  rule(/\//, {}, { dialects: ["openai-chat"] }),
  ...geminiModels,
  rule(/^claude-/, {}, { dialects: ["anthropic-messages"], origin: "anthropic" }),
  ...anthropicModels,
];
