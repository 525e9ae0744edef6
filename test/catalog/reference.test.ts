// Facts and prices of the bundled lists: what they say of models whose vendors' pages were read by hand.
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { priceListVersion, readPrices } from "../../src/catalog/prices.ts";
import { loadReference, type Reference } from "../../src/catalog/reference.ts";
import { familyFacts } from "../../src/providers/model-facts.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { openNamed } from "../providers/support.ts";

const providers = openNamed({
  openai: { api_key: "k" },
  anthropic: { api_key: "k" },
  gemini: { api_key: "k" },
  vllm: { base_url: "http://127.0.0.1:1" },
});
const provider = (name: string) => providers.get(name) as Provider;

describe("the bundled lists", () => {
  let known: Reference;
  beforeAll(async () => {
    known = await loadReference();
  });

  test("know a model's limits, abilities and prices (platform.openai.com/docs/models/gpt-4o)", () => {
    const facts = known(provider("openai"), "gpt-4o");
    expect(facts).toMatchObject({
      contextTokens: 128_000,
      maxOutputTokens: 16_384,
      inputModalities: ["text", "image"],
      tools: true,
      reasoning: false,
      prices: { inputPerMTok: 2.5, outputPerMTok: 10, cacheReadPerMTok: 1.25, source: "genai-prices" },
    });
  });

  test("know cache rates and the steps of long inputs (platform.claude.com/docs/en/about-claude/pricing)", () => {
    expect(known(provider("anthropic"), "claude-sonnet-4-5-20250929")?.prices).toEqual({
      inputPerMTok: 3,
      outputPerMTok: 15,
      cacheReadPerMTok: 0.3,
      cacheWritePerMTok: 3.75,
      cacheWrite1hPerMTok: 6,
      tiers: [
        {
          aboveInputTokens: 200_000,
          inputPerMTok: 6,
          outputPerMTok: 22.5,
          cacheReadPerMTok: 0.6,
          cacheWritePerMTok: 7.5,
          cacheWrite1hPerMTok: 12,
        },
      ],
      source: "genai-prices",
      version: priceListVersion,
    });
  });

  test("find a dated name under its plain one", () => {
    expect(known(provider("openai"), "gpt-4.1-2025-04-14")?.maxOutputTokens).toBe(32_768);
  });

  test("know the families that are younger than the lists, by whatever name a host gives them", () => {
    // platform.openai.com/docs/models/gpt-5.2: 400,000 tokens of context, 128,000 of output, text and images in.
    expect(known(provider("openai"), "gpt-5.2")).toMatchObject({
      contextTokens: 400_000,
      maxOutputTokens: 128_000,
      inputModalities: ["text", "image"],
      tools: true,
      reasoning: true,
    });
    expect(known(provider("openai"), "gpt-5.2-codex")).toMatchObject({ maxOutputTokens: 128_000 });
    for (const model of [
      "claude-opus-4-6",
      "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "anthropic/claude-haiku-4.5",
    ]) {
      expect([model, familyFacts(model)?.inputModalities]).toEqual([model, ["text", "image", "file"]]);
    }
    expect(known(provider("gemini"), "gemini-3.5-flash")).toMatchObject({ maxOutputTokens: 65_536, tools: true });
  });

  test("take no painter and no voice for a thinker of its family", () => {
    for (const model of [
      "gpt-5-image",
      "gpt-5.4-image-2",
      "gemini-2.5-flash-image",
      "gemini-2.5-pro-tts",
      "gemini-embedding-001",
    ]) {
      expect([model, familyFacts(model)]).toEqual([model, undefined]);
    }
  });

  test("say nothing of who hosts models of its own", () => {
    expect(known(provider("vllm"), "gpt-4o")).toBeUndefined();
  });

  test("say nothing of a model that nobody knows, whatever its name is", () => {
    for (const model of ["__proto__", "constructor", "", "ft:", "no-such-model"]) {
      expect(known(provider("gemini"), model)?.prices).toBeUndefined();
    }
  });
});

describe("rates", () => {
  test("free is not the same as unknown", () => {
    expect(readPrices({ audio_seconds: 0.006 })).toBeUndefined();
    expect(readPrices({ input_mtok: 0, output_mtok: 0 })).toMatchObject({ inputPerMTok: 0, outputPerMTok: 0 });
  });

  test("a price for a thousand requests is one for each", () => {
    expect(readPrices({ input_mtok: 1, output_mtok: 1, requests_kcount: 5 })?.perRequest).toBe(0.005);
  });

  test("carry the version of the list that is installed", () => {
    const folder = join(import.meta.dir, "../../node_modules/@pydantic/genai-prices/package.json");
    expect(priceListVersion).toBe(JSON.parse(readFileSync(folder, "utf8")).version);
  });
});
