// Vendors from China that serve the models they make: thinking is a switch there, and Messages is spoken beside chat.
import { bailianModels, everyEffort, kimiModels, moonshotModels, zaiModels } from "./model-rules.ts";
import type { ProviderRow } from "./provider.ts";
import { openaiEndpoints, openaiImages } from "./row-operations.ts";
import { bearer, chat, messages, openaiListing, responses, xApiKey } from "./row-parts.ts";

const zaiEdits = [
  "cache-control-strip",
  "system-role",
  "max-tokens",
  "stop-one",
  "zai-unsupported",
  "tool-choice-auto",
  "orphan-results",
  "json-schema-as-object",
  "reasoning-history-content",
  "thinking-switch",
  "tool-stream",
] as const;

const moonshotEdits = [
  "cache-control-strip",
  "system-role",
  "max-tokens",
  "strip-schema-key",
  "reasoning-history-content",
  "reasoning-pad",
] as const;

/** Messages with the model's own thinking, which these hosts want back as it was. */
const ownMessages = (path: string, adjust: readonly string[] = []) =>
  messages(path, { adjust: ["strip-billing-block", ...adjust] });

export const thinkerRows: readonly ProviderRow[] = [
  {
    type: "zai",
    title: "Z.ai",
    baseUrl: "https://api.z.ai/api/paas/v4",
    versionSuffix: "/api/paas/v4",
    envPrefix: "ZAI",
    auth: bearer,
    speaks: { ...chat(zaiEdits), ...ownMessages("~/api/anthropic/v1/messages") },
    operations: {
      embeddings: openaiEndpoints.embeddings,
      "images/generations": openaiImages["images/generations"],
    },
    models: openaiListing,
    origin: "zai",
    flags: { reasoningReplay: "reasoning_content", jsonSchema: false, efforts: everyEffort },
    modelRules: zaiModels,
    source: "docs.z.ai/api-reference/llm/chat-completion, devpack/tool/claude (2026-11); translation.md D1",
  },
  {
    type: "zai-coding-plan",
    title: "Z.ai coding plan",
    baseUrl: "https://api.z.ai/api/coding/paas/v4",
    versionSuffix: "/api/coding/paas/v4",
    envPrefix: "ZAI_CODING_PLAN",
    auth: bearer,
    speaks: { ...chat(zaiEdits), ...ownMessages("~/api/anthropic/v1/messages") },
    models: openaiListing,
    origin: "zai",
    flags: { reasoningReplay: "reasoning_content", jsonSchema: false, efforts: everyEffort },
    modelRules: zaiModels,
    source: "docs.z.ai/devpack/overview, devpack/tool/claude (2026-11); nenya.md 6.8",
  },
  {
    type: "moonshot",
    aliases: ["kimi"],
    title: "Moonshot (Kimi)",
    // Keys of platform.moonshot.cn belong to https://api.moonshot.cn/v1: set MOONSHOT_BASE_URL.
    baseUrl: "https://api.moonshot.ai/v1",
    versionSuffix: "/v1",
    envPrefix: "MOONSHOT",
    auth: bearer,
    speaks: {
      ...chat(moonshotEdits),
      ...responses,
      ...ownMessages("~/anthropic/v1/messages"),
    },
    models: openaiListing,
    origin: "moonshot",
    flags: { reasoningReplay: "reasoning_content", efforts: everyEffort },
    modelRules: moonshotModels,
    source:
      "platform.kimi.ai/docs/api/overview, platform.moonshot.ai/docs/guide/agent-support (2026-11); translation.md D1",
  },
  {
    type: "kimicode",
    aliases: ["kimi-code"],
    title: "Kimi Code",
    baseUrl: "https://api.kimi.com/coding/v1",
    versionSuffix: "/coding/v1",
    envPrefix: "KIMICODE",
    envAliases: ["KIMI_CODE"],
    keyEnv: ["KIMI_API_KEY"],
    auth: bearer,
    // It serves coding agents, and knows them by this (kimi.com/code/docs, 2026-11).
    passHeaders: ["user-agent"],
    speaks: {
      ...chat([...moonshotEdits, "one-thinking-control"]),
      "openai-responses": { ...responses["openai-responses"], adjust: ["without-store"] },
      ...messages("/messages", {
        auth: xApiKey,
        adjust: ["strip-billing-block", "thinking-adaptive"],
        passHeaders: ["anthropic-beta", "anthropic-version", "user-agent"],
      }),
    },
    operations: { embeddings: openaiEndpoints.embeddings },
    models: openaiListing,
    origin: "moonshot",
    flags: { reasoningReplay: "reasoning_content" },
    modelRules: kimiModels,
    source:
      "kimi.com/code/docs/en/third-party-tools/other-coding-agents (2026-11); gomodel.md 3.1; translation.md D1, R19",
  },
  {
    type: "minimax",
    aliases: ["minimax_free"],
    title: "MiniMax",
    // Keys of platform.minimaxi.com belong to https://api.minimaxi.com/v1: set MINIMAX_BASE_URL.
    baseUrl: "https://api.minimax.io/v1",
    versionSuffix: "/v1",
    envPrefix: "MINIMAX",
    auth: bearer,
    speaks: {
      ...chat(["cache-control-strip", "system-role", "temperature-above-zero", "reasoning-split"], {
        // Reasoning in cumulative details, or between tags in the content of models that ignore reasoning_split.
        repairs: ["cumulative-reasoning", "think-tags"],
      }),
      ...responses,
      ...ownMessages("~/anthropic/v1/messages", ["temperature-above-zero"]),
    },
    operations: {
      "audio/speech": { path: "/t2a_v2", shape: "minimax" },
      embeddings: { path: "/embeddings", shape: "minimax" },
    },
    models: openaiListing,
    origin: "minimax",
    flags: { reasoningReplay: "reasoning_details" },
    source:
      "platform.minimax.io/docs/api-reference/text-openai-api, text-anthropic-api, speech-t2a-http (2026-11); translation.md D1",
  },
  {
    type: "xiaomi",
    aliases: ["mimo"],
    title: "Xiaomi MiMo",
    baseUrl: "https://api.xiaomimimo.com/v1",
    versionSuffix: "/v1",
    envPrefix: "XIAOMI",
    envAliases: ["MIMO", "XIAOMI_MIMO"],
    auth: bearer,
    speaks: {
      ...chat(
        [
          "cache-control-strip",
          "system-role",
          "max-completion-tokens",
          "strip-strict-fields",
          "drop-parallel-tool-calls",
          "drop-stream-options",
          "null-content-empty",
          "reasoning-history-content",
          "reasoning-effort",
        ],
        { streamUsage: "always" },
      ),
      ...ownMessages("~/anthropic/v1/messages", ["drop-output-config"]),
    },
    operations: {
      "audio/speech": { path: "/chat/completions", shape: "xiaomi" },
      "audio/transcriptions": { path: "/chat/completions", shape: "xiaomi" },
    },
    models: openaiListing,
    origin: "xiaomi",
    flags: { reasoningReplay: "reasoning_content", efforts: ["none", "low", "medium", "high"] },
    source: "platform.xiaomimimo.com/docs/quick-start/first-api-call (2026-11); translation.md D1",
  },
  {
    type: "bailian",
    aliases: ["qwen", "qwen_free", "dashscope", "alibaba"],
    title: "Alibaba Bailian (Qwen, DashScope)",
    // Its Responses ignores what it does not know, such as instructions: it is not spoken.
    // Keys of the international edition belong to https://dashscope-intl.aliyuncs.com: set BAILIAN_BASE_URL.
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    versionSuffix: "/compatible-mode/v1",
    envPrefix: "BAILIAN",
    envAliases: ["DASHSCOPE", "QWEN"],
    auth: bearer,
    speaks: {
      ...chat([
        "system-role",
        "max-completion-tokens",
        "reasoning-history-content",
        "enable-thinking",
        "forced-tool-without-enable-thinking",
      ]),
      ...ownMessages("~/apps/anthropic/v1/messages"),
    },
    operations: { embeddings: openaiEndpoints.embeddings },
    models: openaiListing,
    origin: "bailian",
    flags: { reasoningReplay: "reasoning_content", cacheControl: true, efforts: everyEffort },
    modelRules: bailianModels,
    source: "help.aliyun.com/en/model-studio/qwen-api-reference, anthropic-api-messages (2026-11); translation.md D1",
  },
];
