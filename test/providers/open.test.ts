// Which providers the environment and the configuration make, and what the table says of models.
import { describe, expect, test } from "bun:test";
import type { DialectId } from "../../src/core/chat.ts";
import type { TargetFlags } from "../../src/core/facts.ts";
import { dialects } from "../../src/dialects/index.ts";
import { repairNames } from "../../src/dialects/openai-chat/reply-repairs.ts";
import { readBaseUrl } from "../../src/providers/address.ts";
import { repairs as describedRepairs, edits } from "../../src/providers/edits.ts";
import { adjustmentsFor, factsFor, ModelFacts } from "../../src/providers/facts.ts";
import { checkProviders, openProviders, type ProviderSettings } from "../../src/providers/open.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { providerRows } from "../../src/providers/rows.ts";
import { openNamed } from "./support.ts";

type Environment = { [name: string]: string };

/** `name (type) baseUrl credential` of each provider. */
function opened(environment: Environment, settings: { [name: string]: ProviderSettings } = {}): string[] {
  const { providers } = openProviders(settings, environment);
  return providers.map(({ name, row, baseUrl, credentials }) => {
    const keys = credentials.map(({ headers }) => headers[row.auth.header]?.slice(row.auth.prefix.length));
    return `${name} (${row.type}) ${baseUrl} ${keys.map((key) => key ?? "undefined").join(" ")}`;
  });
}

const problems = (settings: { [name: string]: ProviderSettings }, environment: Environment = {}) =>
  checkProviders({ providers: settings }, environment).map(({ path, message }) => `${path}: ${message}`);

describe("the environment", () => {
  test("makes a provider of each usual key, in the table's order", () => {
    expect(opened({ GROQ_API_KEY: "g", ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o", UNRELATED_API_KEY: "x" })).toEqual([
      "openai (openai) https://api.openai.com/v1 o",
      "anthropic (anthropic) https://api.anthropic.com/v1 a",
      "groq (groq) https://api.groq.com/openai/v1 g",
    ]);
  });

  test("makes further instances of suffixed names", () => {
    const environment = {
      OPENAI_WEST_COAST_API_KEY: "w",
      OPENAI_EAST_API_KEY: "e",
      OPENAI_EAST_BASE_URL: "https://east.example.com",
      OPENAI_API_KEY: "o",
    };
    expect(opened(environment)).toEqual([
      "openai (openai) https://api.openai.com/v1 o",
      "openai-east (openai) https://east.example.com/v1 e",
      "openai-west-coast (openai) https://api.openai.com/v1 w",
    ]);
  });

  test("knows Google's own name for the key, and prefers ours", () => {
    expect(opened({ GOOGLE_API_KEY: "google" })).toEqual([
      "gemini (gemini) https://generativelanguage.googleapis.com/v1beta google",
    ]);
    expect(opened({ GOOGLE_API_KEY: "google", GEMINI_API_KEY: "gemini" })[0]).toEndWith(" gemini");
    expect(opened({ GOOGLE_API_KEY: "google", GEMINI_BASE_URL: "https://g.example.com" })).toEqual([
      "gemini (gemini) https://g.example.com/v1beta google",
    ]);
  });

  test("takes OPENAI_COMPATIBLE_… for the compatible host and its instances, not for OpenAI's", () => {
    expect(
      opened({
        OPENAI_COMPATIBLE_BASE_URL: "http://127.0.0.1:8000/v1",
        OPENAI_COMPATIBLE_FOO_BASE_URL: "http://foo.local/api",
        OPENAI_COMPATIBLE_FOO_API_KEY: "f",
      }),
    ).toEqual([
      "openai-compatible (openai-compatible) http://127.0.0.1:8000/v1 undefined",
      "openai-compatible-foo (openai-compatible) http://foo.local/api f",
    ]);
  });

  test("makes a keyless host of its base URL alone, and nothing of a base URL where a key is needed", () => {
    expect(opened({ OLLAMA_BASE_URL: "http://localhost:11434", VLLM_BASE_URL: "http://[::1]:8000/v1/" })).toEqual([
      "ollama (ollama) http://localhost:11434/v1 undefined",
      "vllm (vllm) http://[::1]:8000/v1 undefined",
    ]);
    expect(opened({ OPENAI_BASE_URL: "https://proxy.example.com/v1", ANTHROPIC_API_KEY: "" })).toEqual([]);
    expect(problems({}, { OPENAI_BASE_URL: "https://proxy.example.com/v1" })).toEqual([]);
  });

  test("with a key for a host that only the operator knows is a problem, and says what to set", () => {
    expect(problems({}, { LLMD_API_KEY: "k" })).toEqual(["providers.llmd.base_url: set base_url (or LLMD_BASE_URL)"]);
  });
});

describe("the configuration", () => {
  test("comes first, fills gaps from the environment and is stronger than it", () => {
    const environment = {
      OPENAI_API_KEY: "from-env",
      OPENAI_BASE_URL: "https://env.example.com",
      ANTHROPIC_API_KEY: "a",
    };
    const settings = { mistral: { api_key: "m" }, openai: { base_url: "https://file.example.com/v1" } };
    expect(opened(environment, settings)).toEqual([
      "mistral (mistral) https://api.mistral.ai/v1 m",
      "openai (openai) https://file.example.com/v1 from-env",
      "anthropic (anthropic) https://api.anthropic.com/v1 a",
    ]);
  });

  test("names the type by the entry's name, by its beginning, or outright", () => {
    const settings = {
      "openai-eu": { api_key: "1" },
      "openai-compatible-lab": { base_url: "http://lab" },
      mine: { type: "groq", api_key: "2" },
    };
    expect(opened({}, settings)).toEqual([
      "openai-eu (openai) https://api.openai.com/v1 1",
      "openai-compatible-lab (openai-compatible) http://lab undefined",
      "mine (groq) https://api.groq.com/openai/v1 2",
    ]);
  });

  test("may use another name of a type, and takes what variables say of it", () => {
    const environment = { NVIDIA_API_KEY: "n", KIMICODE_API_KEY: "k" };
    expect(opened(environment, { nvidia_free: {}, coder: { type: "kimi-code", api_key: "c" } })).toEqual([
      "nvidia_free (nvidia) https://integrate.api.nvidia.com/v1 n",
      "coder (kimicode) https://api.kimi.com/coding/v1 c",
      "kimicode (kimicode) https://api.kimi.com/coding/v1 k",
    ]);
  });

  test("names the address and title under which a host lists its clients, or the variables do", () => {
    const headers = (environment: Environment, settings = {}) =>
      openProviders(settings, { OPENROUTER_API_KEY: "o", ...environment }).providers[0]?.headers;
    expect(headers({})).toEqual({ "x-title": "Sluice" });
    expect(headers({ OPENROUTER_SITE_URL: "https://a.example.com", OPENROUTER_APP_NAME: "A\r\nx: y" })).toEqual({
      "x-title": "Ax: y",
      "http-referer": "https://a.example.com",
    });
    expect(headers({}, { openrouter: { app_name: "B" } })).toEqual({ "x-title": "B" });
  });

  test("switches a provider of the environment off", () => {
    expect(opened({ OPENAI_API_KEY: "o", GROQ_API_KEY: "g" }, { openai: { enabled: false } })).toEqual([
      "groq (groq) https://api.groq.com/openai/v1 g",
    ]);
  });

  test("hands on headers, models and edits of its own", () => {
    const entry = { api_key: "k", models: ["a"], headers: { "x-team": "t" }, adjust: ["drop-user"] };
    const provider = openNamed({ mistral: entry }).get("mistral") as Provider;
    expect([provider.listedModels, provider.transport.kind]).toEqual([["a"], "http"]);
    expect(provider.headers).toEqual({ "x-team": "t" });
    expect(provider.credentials).toEqual([{ id: "1", headers: { authorization: "Bearer k" } }]);
    expect(adjustmentsFor(provider, "m", "openai-chat").at(-1)).toBe("drop-user");
    const row = providerRows.find(({ type }) => type === "mistral");
    expect(row?.speaks["openai-chat"]?.adjust).not.toContain("drop-user");
  });

  test("may change the row's headers, in any spelling, and not the credential", () => {
    const headers = { "Anthropic-Version": "2024-01-01", "X-Api-Key": "other" };
    const provider = openNamed({ anthropic: { api_key: "k", headers } }).get("anthropic");
    expect(provider?.headers["anthropic-version"]).toBe("2024-01-01");
    expect(provider?.credentials).toEqual([{ id: "1", headers: { "x-api-key": "k" } }]);
  });

  test("lists every problem at once", () => {
    const settings = {
      unheard: { api_key: "k" },
      openai: { models: ["x"] },
      llmd: { models: ["x"] },
      vllm: { base_url: "localhost:8000" },
      "openai-compatible": { base_url: "ftp://host" },
      "openai-compatible-user": { base_url: "https://user:secret@host/v1" },
      "openai-compatible-secret": { base_url: "https://:secret@host/v1" },
      "openai-compatible-query": { base_url: "https://host/v1?key=1" },
    };
    const found = problems(settings);
    expect(found.map((problem) => problem.split(":")[0])).toEqual([
      "providers.unheard.type",
      "providers.openai.api_key",
      "providers.llmd.base_url",
      "providers.vllm.base_url",
      "providers.openai-compatible.base_url",
      "providers.openai-compatible-user.base_url",
      "providers.openai-compatible-secret.base_url",
      "providers.openai-compatible-query.base_url",
    ]);
    expect(found[0]).toContain("known are openai, anthropic, gemini, ");
    expect(found[1]).toContain("OPENAI_API_KEY");
    expect(found.join()).not.toContain("secret@");
  });
});

describe("a base URL", () => {
  test.each(providerRows)("of $type may be written with and without its version", ({ versionSuffix: suffix }) => {
    for (const origin of ["https://proxy.example.com", "http://127.0.0.1:9000", "http://localhost", "http://[::1]:8"]) {
      for (const path of ["", "/", suffix, `${suffix}/`])
        expect(readBaseUrl(origin + path, suffix)).toBe(origin + suffix);
      expect(readBaseUrl(`${origin}/team/a/v7`, suffix)).toBe(`${origin}/team/a/v7`);
      expect(readBaseUrl(`${origin}/team`, suffix)).toBe(`${origin}/team${suffix}`);
    }
  });

  test("is completed where it holds the beginning of what is missing", () => {
    expect(readBaseUrl("https://api.groq.com/openai", "/openai/v1")).toBe("https://api.groq.com/openai/v1");
    expect(readBaseUrl("https://openrouter.ai/api/", "/api/v1")).toBe("https://openrouter.ai/api/v1");
    expect(readBaseUrl("https://x.example.com/v1beta", "/v1")).toBe("https://x.example.com/v1beta");
  });

  test("in the table is one that it reads as itself", () => {
    for (const { baseUrl, versionSuffix } of providerRows) {
      if (baseUrl !== undefined) expect(readBaseUrl(baseUrl, versionSuffix)).toBe(baseUrl);
    }
  });
});

describe("an edit of the operator's", () => {
  test("goes to the dialects that have it", () => {
    const provider = openNamed({ deepseek: { adjust: ["drop-user", "temperature-above-zero"] } }).get("deepseek");
    expect(adjustmentsFor(provider as Provider, "m", "openai-chat").slice(-2)).toEqual([
      "drop-user",
      "temperature-above-zero",
    ]);
    expect(adjustmentsFor(provider as Provider, "m", "anthropic-messages")).toEqual([
      "strip-billing-block",
      "temperature-above-zero",
    ]);
  });

  test("that is none is a problem at the start", () => {
    const [problem] = problems({ groq: { api_key: "k", adjust: ["drop-usr"] } });
    expect(problem).toStartWith(
      'providers.groq.adjust: no edit for this provider is called "drop-usr"; there are drop-',
    );
  });

  test("of replies joins the row's, where replies can be repaired", () => {
    const repairs = (name: string, settings: ProviderSettings) =>
      factsFor(openNamed({ [name]: settings }).get(name) as Provider, "m", "openai-chat").repairs;
    expect(repairs("ollama", { repair: ["think-tags"] })).toEqual(["tool-index", "think-tags"]);
    expect(repairs("groq", { repair: ["think-open"] })).toEqual(["think-open"]);
    expect(problems({ groq: { api_key: "k", repair: ["think"] } })[0]).toStartWith(
      'providers.groq.repair: no repair is called "think"; there are think-tags, ',
    );
    expect(problems({ anthropic: { api_key: "k", repair: ["think-tags"] } })[0]).toStartWith(
      "providers.anthropic.repair: Anthropic is not called in Chat Completions",
    );
  });

  test("of replies is described, each of them", () => {
    expect(Object.keys(describedRepairs)).toEqual([...repairNames]);
  });

  test.each(Object.entries(dialects))("of %s is described", (id, dialect) => {
    expect(Object.keys(edits[id as DialectId] ?? {})).toEqual(Object.keys(dialect.upstream?.adjustments ?? {}));
  });
});

describe("every row", () => {
  test.each(providerRows)("$type names edits and repairs that exist, and speaks a dialect that is called", (row) => {
    const wrong: string[] = [];
    for (const [id, speech] of Object.entries(row.speaks)) {
      const half = dialects[id as DialectId]?.upstream;
      const ofModels = (row.modelRules ?? []).flatMap((rule) => rule.adjust?.[id as DialectId] ?? []);
      for (const name of [...(speech.adjust ?? []), ...ofModels])
        if (!half?.adjustments[name]) wrong.push(`${id} ${name}`);
      for (const name of speech.repairs ?? []) if (!repairNames.some((known) => known === name)) wrong.push(name);
      for (const name of (row.modelRules ?? []).flatMap((rule) => rule.repairs?.[id as DialectId] ?? []))
        if (!repairNames.some((known) => known === name)) wrong.push(name);
      expect(speech.path).toMatch(/^~?\//);
    }
    expect(wrong).toEqual([]);
    // Hosts without chat have something else.
    expect(Object.keys({ ...row.speaks, ...row.operations }).length).toBeGreaterThan(0);
  });

  test.each(providerRows)("$type has header names in lower case, a source, and an edit once only", (row) => {
    const names = [row.auth.header, ...Object.keys(row.headers ?? {}), ...(row.passHeaders ?? [])];
    expect(names).toEqual(names.map((name) => name.toLowerCase()));
    expect(row.source).not.toBe("");
    for (const { adjust = [] } of Object.values(row.speaks)) expect(new Set(adjust).size).toBe(adjust.length);
  });

  test("has a type, an environment prefix and a base URL of its own", () => {
    for (const field of ["type", "envPrefix", "title"] as const) {
      const values = providerRows.map((row) => row[field]);
      expect(new Set(values).size).toBe(values.length);
    }
    const names = providerRows.flatMap((row) => [row.type, ...(row.aliases ?? [])]);
    expect(new Set(names).size).toBe(names.length);
    const variables = providerRows.flatMap((row) => [row.envPrefix, ...(row.envAliases ?? []), ...(row.keyEnv ?? [])]);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

/** What the model may and may not, as the vendors' documents had it on the rules' date (translation.md B9, D1). */
const models: [provider: string, model: string, flags: TargetFlags][] = [
  ["openai", "gpt-4o", { efforts: [] }],
  ["openai", "gpt-4.1-mini", { efforts: [] }],
  [
    "openai",
    "o3",
    { efforts: ["low", "medium", "high"], systemRole: "developer", maxTokensField: "max_completion_tokens" },
  ],
  ["openai", "o4-mini-2025-04-16", { efforts: ["low", "medium", "high"], maxTokensField: "max_completion_tokens" }],
  ["openai", "gpt-5", { efforts: ["minimal", "low", "medium", "high"], maxTokensField: "max_completion_tokens" }],
  ["openai", "gpt-5-mini-2025-08-07", { efforts: ["minimal", "low", "medium", "high"] }],
  ["openai", "gpt-5.1", { efforts: ["none", "low", "medium", "high", "xhigh"], systemRole: "developer" }],
  ["anthropic", "claude-3-haiku-20240307", { thinking: "none", maxOutputTokens: 4096, jsonSchema: false }],
  ["anthropic", "claude-3-5-sonnet-20241022", { thinking: "none", maxOutputTokens: 8192, jsonSchema: false }],
  ["anthropic", "claude-3-7-sonnet-latest", { thinking: "budget", thinkingBudgetMin: 1024, maxOutputTokens: 64000 }],
  ["anthropic", "claude-opus-4-20250514", { thinking: "budget", maxOutputTokens: 32000 }],
  ["anthropic", "claude-opus-4-1-20250805", { thinking: "budget", maxOutputTokens: 32000 }],
  ["anthropic", "claude-sonnet-4-5-20250929", { thinking: "budget", jsonSchema: true, temperatureWithTopP: false }],
  ["anthropic", "claude-opus-4-6", { thinking: "adaptive", efforts: ["low", "medium", "high", "max"], prefill: false }],
  ["anthropic", "claude-opus-4-7", { thinking: "adaptive", sampling: false, prefill: false }],
  ["anthropic", "claude-opus-4-8", { thinking: "adaptive", sampling: false, systemAnywhere: true }],
  ["anthropic", "claude-sonnet-5", { thinking: "adaptive", sampling: false, systemAnywhere: true }],
  ["gemini", "gemini-2.0-flash", { thinking: "none", jsonWithTools: false }],
  ["gemini", "gemini-2.5-flash", { thinking: "budget", thinkingBudgetMin: 0, thinkingBudgetMax: 24576 }],
  [
    "gemini",
    "gemini-2.5-pro",
    { thinking: "budget", thinkingBudgetMin: 128, thinkingBudgetMax: 32768, jsonWithTools: false },
  ],
  [
    "gemini",
    "gemini-3-pro-preview",
    { thinking: "level", efforts: ["low", "high"], thoughtSignatures: "required", jsonWithTools: true },
  ],
  [
    "gemini",
    "gemini-3-flash-preview",
    { thinking: "level", efforts: ["minimal", "low", "medium", "high"], imagesInToolResults: true },
  ],
  ["gemini", "gemma-3-27b-it", { thinking: "none", systemInstruction: false }],
  ["groq", "llama-3.3-70b-versatile", { efforts: [], reasoningReplay: "reasoning" }],
  ["groq", "openai/gpt-oss-120b", { efforts: ["low", "medium", "high"] }],
  [
    "deepseek",
    "deepseek-chat",
    {
      efforts: ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
      reasoningReplay: "reasoning_content",
      jsonSchema: false,
    },
  ],
  ["mistral", "mistral-large-latest", { efforts: [] }],
  ["mistral", "magistral-medium-latest", { efforts: ["none", "high"] }],
  ["xai", "grok-3-mini", { efforts: ["low", "high"] }],
  ["xai", "grok-4.6", { efforts: ["minimal", "low", "medium", "high", "xhigh"] }],
];

describe("a model", () => {
  const keyed = openNamed(Object.fromEntries(models.map(([name]) => [name, {}])));
  const facts = (name: string, model: string) => {
    const provider = keyed.get(name) as Provider;
    return factsFor(provider, model, Object.keys(provider.row.speaks)[0] as DialectId);
  };

  test.each(models)("of %s, %s, has its documented flags", (name, model, flags) => {
    expect(facts(name, model)).toMatchObject({ provider: name, providerType: name, model, origin: name });
    expect(facts(name, model).flags).toMatchObject(flags);
  });

  test("without a rule has no more than its row says", () => {
    expect(facts("openai", "text-thing").flags).toEqual({});
    expect(facts("anthropic", "claude-opus-4-6").flags.sampling).toBeUndefined();
    expect(facts("anthropic", "claude-opus-4-7").flags.systemAnywhere).toBeUndefined();
  });

  test("brings its own edits behind the row's, each once", () => {
    const openai = keyed.get("openai") as Provider;
    const row = openai.row.speaks["openai-chat"]?.adjust ?? [];
    expect(adjustmentsFor(openai, "gpt-4o", "openai-chat")).toEqual([...row]);
    expect(adjustmentsFor(openai, "gpt-5.2", "openai-chat")).toEqual([...row, "max-completion-tokens", "no-sampling"]);
    expect(adjustmentsFor(openai, "gpt-5.2", "gemini")).toEqual([]);
  });

  test("is looked up once for each provider and dialect, and always the same", () => {
    const known = new ModelFacts();
    const [openai, xai] = [keyed.get("openai") as Provider, keyed.get("xai") as Provider];
    const first = known.get(openai, "grok-4.6", "openai-chat");
    expect(known.get(openai, "grok-4.6", "openai-chat")).toBe(first);
    expect(known.get(xai, "grok-4.6", "openai-chat").facts).toEqual(factsFor(xai, "grok-4.6", "openai-chat"));
    for (let count = 0; count < 5000; count++) known.get(openai, `made-up-${count}`, "openai-chat");
    expect(known.get(openai, "grok-4.6", "openai-chat")).toEqual(first);
  });

  test("has the repairs of the dialect that it is called in", () => {
    expect(facts("mistral", "magistral-small").repairs).toEqual(["content-chunks"]);
    expect(facts("openai", "gpt-4o").repairs).toBeUndefined();
  });
});
