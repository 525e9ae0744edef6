// Limits and abilities of models that are younger than the bundled list, by the families of their names. A host's own list and
// the operator win over it. Read from the makers' pages on the dates given; what a page did not say is not here.
import type { KnownFacts, Modality } from "../core/known-facts.ts";

type FamilyRow = {
  /** Of the bare id: without the maker's name in front. */
  match: RegExp;
  facts: KnownFacts;
  source: string;
};

const text: readonly Modality[] = ["text"];
const seeing: readonly Modality[] = ["text", "image"];
const reading: readonly Modality[] = ["text", "image", "file"];
const everything: readonly Modality[] = ["text", "image", "audio", "video", "file"];
const agent = { outputModalities: text, tools: true, reasoning: true } as const;

/** Later rows win, field by field. */
const families: readonly FamilyRow[] = [
  {
    match: /^gpt-[56](?:\.\d+)?(?:-(?:mini|nano|codex|pro|sol|luna|terra|astra)\b.*)?(?:-\d{4}-\d{2}-\d{2})?$/,
    facts: { ...agent, inputModalities: seeing, maxOutputTokens: 128_000 },
    source: "platform.openai.com/docs/models (2026-08): 128,000 tokens of output, text and images in",
  },
  {
    match: /^gpt-5-pro/,
    facts: { maxOutputTokens: 272_000 },
    source: "platform.openai.com/docs/models/gpt-5-pro (2025-10)",
  },
  {
    match: /^gpt-oss-/,
    facts: { ...agent, inputModalities: text, contextTokens: 131_072 },
    source: "huggingface.co/openai/gpt-oss-120b (2025-08)",
  },
  {
    match: /^claude-(?:(?:opus|sonnet|haiku)-4|opus-5|sonnet-5|fable-5|mythos-5)/,
    facts: { ...agent, inputModalities: reading },
    source: "docs.anthropic.com/en/docs/about-claude/models (2026-08): vision, PDF, extended thinking",
  },
  {
    match: /^gemini-(?:2\.5|3(?:\.\d+)?)-(?:pro|flash|flash-lite)(?:-preview)?(?:-\d\d-\d{2,4})?$/,
    facts: { ...agent, inputModalities: everything, contextTokens: 1_048_576, maxOutputTokens: 65_536 },
    source: "ai.google.dev/gemini-api/docs/models (2026-08); nenya.md 12",
  },
  {
    match: /^deepseek-v4/,
    facts: { ...agent, inputModalities: text, contextTokens: 1_000_000, maxOutputTokens: 384_000 },
    source: "nenya.md 12",
  },
  {
    match: /^glm-(?:4\.[67]|5)/,
    facts: { ...agent, inputModalities: text, contextTokens: 200_000, maxOutputTokens: 128_000 },
    source: "docs.z.ai/guides/llm (2026-08); nenya.md 12",
  },
  { match: /^glm-5\.2/, facts: { contextTokens: 1_000_000 }, source: "nenya.md 12" },
  {
    match: /^glm-4\.6v/,
    facts: { inputModalities: seeing, contextTokens: 128_000, maxOutputTokens: 32_768 },
    source: "nenya.md 12",
  },
  { match: /^glm-5v/, facts: { inputModalities: seeing }, source: "docs.z.ai/guides/vlm (2026-08)" },
  {
    match: /^kimi-k2/,
    facts: { outputModalities: text, tools: true, contextTokens: 262_144 },
    source: "platform.moonshot.ai/docs/introduction (2025-11)",
  },
];

/** Undefined for models of no family here. */
export function familyFacts(model: string): KnownFacts | undefined {
  const id = model.toLowerCase();
  // `anthropic/claude-…`, `us.anthropic.claude-…-v1:0`, `claude-…@20250929`, `openai/gpt-5:free`.
  const bare = id
    .slice(id.lastIndexOf("/") + 1)
    .replace(/^(?:[a-z]+\.)*anthropic\./, "")
    .replace(/[:@].*$/, "");
  let facts: KnownFacts | undefined;
  for (const row of families) if (row.match.test(bare)) facts = { ...facts, ...row.facts };
  return facts;
}
