// Azure OpenAI and Foundry: the v1 API, or deployments in the path with an API version by date.
import { anthropicModels, openaiModels, rule } from "./model-rules.ts";
import type { Given, ModelRule, ProviderRow, Speech } from "./provider.ts";
import { openaiAudio, openaiImages } from "./row-operations.ts";
import { chat, messages, openaiListing, responses, xApiKey } from "./row-parts.ts";

/** As OpenAI's own. */
const edits = [
  "cache-control-strip",
  "reasoning-history-strip",
  "drop-top-k",
  "stop-four",
  "reasoning-effort",
  "parallel-needs-tools",
  "metadata-needs-store",
  "stream-options-needs-stream",
];
const embeddings = { path: "/embeddings", shape: "openai" } as const;
/** Variations are DALL-E 2's, which Azure has never served. */
const { "images/variations": _, ...images } = openaiImages;
const operations = { embeddings, ...images, ...openaiAudio } as const;

/** What stands before `/openai`, the deployment that the address names, and the version in its query. */
function readAddress(written: string) {
  const [address = "", query] = written.split("?", 2);
  const version = new URLSearchParams(query ?? "").get("api-version") ?? undefined;
  const deployment = /\/openai\/deployments\/([^/]+)/.exec(address)?.[1];
  const root = address.replace(/\/openai(?:\/.*)?$/, "").replace(/\/+$/, "");
  return { root, deployment, version };
}

function resolve({ base_url: written, api_version: set }: Given): Partial<ProviderRow> {
  if (written === undefined) return {};
  const { root, deployment, version } = readAddress(written);
  const apiVersion = set ?? version ?? (deployment === undefined ? undefined : "2024-10-21");
  const query = apiVersion === undefined ? {} : { query: { "api-version": apiVersion } };
  if (apiVersion === undefined || !/^\d{4}-/.test(apiVersion)) return { baseUrl: `${root}/openai/v1`, ...query };
  // By date: the deployment stands in the path, except for Responses (translation.md D1).
  const place = `/deployments/${deployment ?? "{model}"}`;
  const at = <Row extends { path: string }>(row: Row): Row => ({ ...row, path: place + row.path });
  return {
    baseUrl: `${root}/openai`,
    versionSuffix: "/openai",
    speaks: { "openai-chat": at(chat(edits)["openai-chat"] as Speech), ...responses, ...foundryClaude },
    operations: Object.fromEntries(Object.entries(operations).map(([name, row]) => [name, at(row)])),
    models: openaiListing,
    ...query,
  };
}

/** Claude in Foundry stands beside `/openai`, under Anthropic's own header. */
const foundryClaude = messages("~/anthropic/v1/messages", { auth: xApiKey });

const azureModels: readonly ModelRule[] = [
  rule(/./, {}, { dialects: ["openai-chat", "openai-responses"] }),
  ...openaiModels,
  rule(/^claude-/, {}, { dialects: ["anthropic-messages"], origin: "anthropic" }),
  ...anthropicModels,
];

export const azureRows: readonly ProviderRow[] = [
  {
    type: "azure",
    title: "Azure OpenAI",
    versionSuffix: "/openai/v1",
    envPrefix: "AZURE",
    keyEnv: ["AZURE_OPENAI_API_KEY"],
    baseUrlEnv: ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_BASE_URL"],
    settings: [
      { name: "api_version", variables: ["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"] },
      { name: "tenant_id" },
      { name: "client_id" },
      { name: "client_secret" },
    ],
    resolve,
    identity: { kind: "azure", scope: "https://cognitiveservices.azure.com/.default" },
    auth: { header: "api-key", prefix: "" },
    speaks: { ...chat(edits), ...responses, ...foundryClaude },
    operations,
    models: openaiListing,
    origin: "azure",
    modelRules: azureModels,
    source:
      "learn.microsoft.com/azure/ai-foundry/openai/reference, api-version-lifecycle, foundry-models/how-to/use-foundry-models-claude (2026-11); translation.md D1",
  },
];
