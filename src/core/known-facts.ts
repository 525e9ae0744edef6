// What is known of a model beside its name: limits, abilities, prices. The catalogue gathers it; absent means not known.

/** What a model takes or gives. "file" stands for documents such as PDF. */
export type Modality = "text" | "image" | "audio" | "video" | "file";

/** USD for a million tokens of each kind; a kind without a rate of its own costs what its side costs. */
export type Rates = {
  inputPerMTok: number;
  outputPerMTok: number;
  cacheReadPerMTok?: number;
  /** Lifetime of five minutes, or one that the provider does not name. */
  cacheWritePerMTok?: number;
  cacheWrite1hPerMTok?: number;
  reasoningPerMTok?: number;
  inputAudioPerMTok?: number;
  outputAudioPerMTok?: number;
  inputImagePerMTok?: number;
  outputImagePerMTok?: number;
  /** USD for each request, beside its tokens. */
  perRequest?: number;
};

/** Rates that hold for the whole request once its input is longer than this. */
export type PriceTier = Partial<Rates> & { aboveInputTokens: number };

export type Prices = Rates & {
  /** Shortest first. */
  tiers?: readonly PriceTier[];
  /** Who says so: a package, the provider's own list, or the configuration. */
  source: string;
  /** Of the source, so that a sum can be understood later. */
  version: string;
};

export type KnownFacts = {
  /** Of input and output together, unless the provider counts input alone. */
  contextTokens?: number;
  maxOutputTokens?: number;
  inputModalities?: readonly Modality[];
  outputModalities?: readonly Modality[];
  /** Takes tools and calls them. */
  tools?: boolean;
  reasoning?: boolean;
  prices?: Prices;
};

/** Later layers win, field by field; prices as a whole, since rates of two sources do not belong together. */
export function mergeFacts(layers: readonly (KnownFacts | undefined)[]): KnownFacts | undefined {
  const known = layers.filter((layer) => layer !== undefined);
  return known.length === 0 ? undefined : Object.assign({}, ...known);
}
