// Amazon Bedrock: Converse for every model, Claude's own Messages beside it, and Mantle, which speaks OpenAI's dialects.
import { claudeOnBedrock, modelsOnMantle } from "./cloud-models.ts";
import type { Given, ProviderRow, RowSetting, SettingName } from "./provider.ts";
import { bearer, chat, openaiListing, responses } from "./row-parts.ts";

const awsSettings: readonly RowSetting[] = [
  { name: "region", variables: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  { name: "profile" },
  { name: "access_key_id" },
  { name: "secret_access_key" },
  { name: "session_token" },
];

/** GoModel takes a bare region for the address (gomodel.md 3.1). */
function regionOf({ region, base_url: address }: Given): string | undefined {
  if (address !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(address)) return address;
  return region ?? /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(address ?? "")?.[1];
}

function hostOf(given: Given): string | undefined {
  return given.base_url?.includes("://") ? given.base_url : undefined;
}

function resolveRuntime(given: Given): Partial<ProviderRow> | readonly SettingName[] {
  const region = regionOf(given);
  if (region === undefined) return ["region"];
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const own = hostOf(given);
  return {
    baseUrl: own ?? `https://bedrock-runtime.${region}.${domain}`,
    identity: { kind: "aws", service: "bedrock", region },
    // Models are listed by the control plane, which is another host; behind a host of the operator's it is that one.
    models: {
      path: `${own === undefined ? `https://bedrock.${region}.${domain}` : ""}/foundation-models?byOutputModality=TEXT`,
      shape: "bedrock",
    },
  };
}

function resolveMantle(given: Given): Partial<ProviderRow> {
  const region = regionOf(given) ?? "us-east-1";
  return {
    baseUrl: hostOf(given) ?? `https://bedrock-mantle.${region}.api.aws/v1`,
    identity: { kind: "aws", service: "bedrock-mantle", region },
  };
}

/** Betas that Bedrock takes; it answers 400 to any other (docs.aws.amazon.com/bedrock, "Anthropic Claude Messages API"). */
const bedrockBetas = [
  "computer-use-2024-10-22",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "dev-full-thinking-2025-05-14",
  "effort-2025-11-24",
  "interleaved-thinking-2025-05-14",
  "output-128k-2025-02-19",
  "token-efficient-tools-2025-02-19",
  "tool-examples-2025-10-29",
  "tool-search-tool-2025-10-19",
];

const eventStream = "application/vnd.amazon.eventstream";

export const bedrockRows: readonly ProviderRow[] = [
  {
    type: "bedrock",
    title: "Amazon Bedrock",
    versionSuffix: "",
    envPrefix: "BEDROCK",
    keyEnv: ["AWS_BEARER_TOKEN_BEDROCK"],
    settings: awsSettings,
    resolve: resolveRuntime,
    identity: { kind: "aws", service: "bedrock" },
    auth: bearer,
    speaks: {
      "bedrock-converse": {
        path: "/model/{model}/converse",
        streamPath: "/model/{model}/converse-stream",
        streamUsage: "always",
        streamType: eventStream,
      },
      // Claude Code and the Anthropic SDKs keep every field that Converse has no word for.
      "anthropic-messages": {
        path: "/model/{model}/invoke",
        streamPath: "/model/{model}/invoke-with-response-stream",
        streamUsage: "always",
        streamType: eventStream,
        framing: "aws-chunks",
        adjust: ["model-in-path", "stream-in-path", "version-bedrock-2023-05-31"],
        betas: { allowed: bedrockBetas, field: "anthropic_beta" },
      },
    },
    // Titan's and Cohere's models by their own bodies, behind the same call (model-parameters-titan-embed-text, -embed, rerank-supported).
    operations: {
      embeddings: { path: "/model/{model}/invoke", shape: "bedrock" },
      rerank: { path: "/model/{model}/invoke", shape: "bedrock" },
    },
    models: { path: "/foundation-models?byOutputModality=TEXT", shape: "bedrock" },
    origin: "bedrock",
    modelRules: claudeOnBedrock,
    source:
      "docs.aws.amazon.com/bedrock/latest/APIReference Converse, ConverseStream, InvokeModelWithResponseStream; userguide api-keys-use, model-parameters-anthropic-claude-messages (2026-11); translation.md A5",
  },
  {
    type: "bedrock-mantle",
    title: "Amazon Bedrock Mantle",
    versionSuffix: "/v1",
    envPrefix: "BEDROCK_MANTLE",
    sharedKeyEnv: ["AWS_BEARER_TOKEN_BEDROCK"],
    settings: awsSettings,
    resolve: resolveMantle,
    identity: { kind: "aws", service: "bedrock-mantle" },
    auth: bearer,
    speaks: {
      ...chat(["max-completion-tokens"]),
      ...responses,
      "anthropic-messages": {
        path: "~/anthropic/v1/messages",
        streamUsage: "always",
        headers: { "anthropic-version": "2023-06-01" },
        passHeaders: ["anthropic-beta", "anthropic-version"],
      },
    },
    models: openaiListing,
    origin: "bedrock",
    modelRules: modelsOnMantle,
    source: "docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle, endpoints (2026-11); translation.md A5",
  },
];
