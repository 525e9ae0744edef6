// The tokenizer's thread: an entry point of its own. Loads an encoding when it is first asked for, then counts what it is sent.
import type { EncodingName } from "./encodings.ts";
import { piecesOf } from "./pieces.ts";

/** What the pool sends, and what it gets back. */
export type CountJob = { encoding: EncodingName; texts: readonly string[] };
export type Counted = { tokens: number };

type Encoding = { countTokens(text: string, options: { disallowedSpecial: Set<string> }): number };

const loaders: { readonly [name in EncodingName]: () => Promise<Encoding> } = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
};

/** `<|endoftext|>` in a client's text is a text, not a token. */
const plain = { disallowedSpecial: new Set<string>() };

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<CountJob>) => {
  const { countTokens } = await loaders[data.encoding]();
  let tokens = 0;
  for (const text of data.texts) for (const piece of piecesOf(text)) tokens += countTokens(piece, plain);
  self.postMessage({ tokens } satisfies Counted);
};
