// Which tokenizer stands in for a model's own, and by how much its count must be raised. Vendor knowledge ages: checked 2026-11.

export type EncodingName = "o200k_base" | "cl100k_base";

type Row = { match: RegExp; encoding: EncodingName; factor: number };

/**
 * The first row that matches. Factors are our own: the tokenizers of other makers are not public, and an agent that
 * compacts a little early loses less than one whose request is refused (translation.md U25).
 */
const rows: readonly Row[] = [
  // github.com/openai/tiktoken, model.py.
  { match: /gpt-3\.5|gpt-4(?!o|\.1|\.5)|text-embedding|davinci-002|babbage-002/i, encoding: "cl100k_base", factor: 1 },
  { match: /gpt-|^o\d|\/o\d|codex|chatgpt/i, encoding: "o200k_base", factor: 1 },
  // Anthropic's newer tokenizer gives up to 1.35 times as many tokens as its older one, which was already finer than OpenAI's.
  { match: /claude|anthropic/i, encoding: "o200k_base", factor: 1.3 },
  { match: /mistral|codestral|magistral|devstral|ministral/i, encoding: "o200k_base", factor: 1.2 },
];

const otherwise = { encoding: "o200k_base", factor: 1.1 } as const;

export function encodingOf(model: string): { encoding: EncodingName; factor: number } {
  return rows.find(({ match }) => match.test(model)) ?? otherwise;
}
