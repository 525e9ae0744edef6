// Wire examples of the clouds: Azure, Bedrock and its Mantle, Vertex, Oracle.
import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "../../../src/core/json.ts";
import { eventMessage, joined } from "../../support/aws-event-stream.ts";
import { type Call, gone, HOST, KEY, type ProviderCase } from "../case.ts";
import { asksUsage, chatHost, openaiListing } from "../chat-host.ts";
import { geminiCalls, messagesCalls, responsesCalls } from "../native-host.ts";
import { audio, embeddings, images } from "../operation-host.ts";
import { chatFrames, chatReply } from "../replies-chat.ts";
import { messagesPlain, messagesTools } from "../requests.ts";

const bearer = { authorization: `Bearer ${KEY}` };

/** Signature Version 4 with the service's name in its scope (docs.aws.amazon.com/IAM, "Elements of an AWS API request signature"). */
const signed = {
  authorization:
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
  "x-amz-date": /^\d{8}T\d{6}Z$/,
};

const model = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
/** The AWS SDKs write the colon encoded. */
const modelPath = "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0";

const question: JsonObject = {
  messages: [
    { role: "system", content: "Answer briefly." },
    { role: "user", content: "Hi" },
  ],
  max_tokens: 100,
  temperature: 0.5,
};

/** docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (2026-11). */
const converseQuestion: JsonObject = {
  system: [{ text: "Answer briefly." }],
  messages: [{ role: "user", content: [{ text: "Hi" }] }],
  inferenceConfig: { maxTokens: 100, temperature: 0.5 },
};

const converseCommon = { proves: "bedrock-converse", to: "/v1/chat/completions", model } as const;

const converseCalls: readonly Call[] = [
  {
    ...converseCommon,
    name: "Converse: whole",
    send: question,
    target: `${modelPath}/converse`,
    body: converseQuestion,
    reply: {
      json: {
        metrics: { latencyMs: 400 },
        output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
        stopReason: "end_turn",
        usage: { inputTokens: 20, outputTokens: 10, totalTokens: 30 },
      },
    },
    seen: { finish: "stop", text: "Hello", inputTokens: 20, outputTokens: 10 },
  },
  {
    ...converseCommon,
    name: "ConverseStream",
    send: { ...question, stream: true },
    target: `${modelPath}/converse-stream`,
    body: converseQuestion,
    reply: {
      type: "application/vnd.amazon.eventstream",
      bytes: joined([
        eventMessage("messageStart", '{"p":"abc","role":"assistant"}'),
        eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"Hel"},"p":"ab"}'),
        eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"lo"},"p":"a"}'),
        eventMessage("contentBlockStop", '{"contentBlockIndex":0}'),
        eventMessage("messageStop", '{"stopReason":"end_turn"}'),
        eventMessage("metadata", '{"usage":{"inputTokens":20,"outputTokens":10,"totalTokens":30}}'),
      ]),
    },
    seen: { finish: "stop", text: "Hello" },
  },
  {
    ...converseCommon,
    name: "Converse: its error",
    send: question,
    target: `${modelPath}/converse`,
    body: converseQuestion,
    reply: {
      json: { message: "Too many requests, please wait before trying again." },
      status: 429,
      headers: [["x-amzn-ErrorType", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/"]],
    },
    seen: { status: 429, message: "Too many requests" },
  },
];

const messageStart = {
  type: "message_start",
  message: {
    id: "msg_bdrk_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5-20250929",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 1 },
  },
};

const messageEvents: readonly JsonObject[] = [
  messageStart,
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 10 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 20, outputTokenCount: 10 } },
];

const messageReply: JsonObject = {
  ...messageStart.message,
  content: [{ type: "text", text: "Hello" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 20, output_tokens: 10 },
};

const greeting = { finish: "end_turn", text: "Hello", inputTokens: 20, outputTokens: 10 } as const;

/** API_runtime_InvokeModelWithResponseStream: each event of Claude's stream in Base64, with filler against its length. */
const chunk = (event: JsonObject) =>
  eventMessage("chunk", JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abcd" }));

const invokeCommon = { proves: "anthropic-messages", to: "/v1/messages", model } as const;

const invokeCalls: readonly Call[] = [
  {
    ...invokeCommon,
    name: "InvokeModel with Claude: whole, betas in the body",
    send: messagesTools,
    clientHeaders: { "anthropic-beta": "interleaved-thinking-2025-05-14" },
    target: `${modelPath}/invoke`,
    body: {
      ...messagesTools,
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["interleaved-thinking-2025-05-14"],
    },
    reply: { json: messageReply },
    seen: greeting,
  },
  {
    ...invokeCommon,
    name: "InvokeModelWithResponseStream: Claude's own events, a beta that Bedrock refuses left out",
    send: { ...messagesPlain, stream: true },
    clientHeaders: { "anthropic-beta": "claude-code-20250219, context-1m-2025-08-07" },
    target: `${modelPath}/invoke-with-response-stream`,
    body: { ...messagesPlain, anthropic_version: "bedrock-2023-05-31", anthropic_beta: ["context-1m-2025-08-07"] },
    reply: { type: "application/vnd.amazon.eventstream", bytes: joined(messageEvents.map(chunk)) },
    seen: greeting,
    lost: ["anthropic-beta"],
  },
  {
    ...invokeCommon,
    name: "InvokeModel: its error",
    send: messagesPlain,
    target: `${modelPath}/invoke`,
    body: { ...messagesPlain, anthropic_version: "bedrock-2023-05-31" },
    reply: { json: { message: "messages: at least one message is required" }, status: 400 },
    seen: { status: 400, message: "at least one message is required" },
  },
];

const vertexPath = "/v1/projects/test-project/locations/us-east5";
const vertexClaude = `${vertexPath}/publishers/anthropic/models/claude-sonnet-4-5@20250929`;
const vertexCommon = { proves: "anthropic-messages", to: "/v1/messages", model: "claude-sonnet-4-5@20250929" } as const;

/** cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude (2026-11). */
const vertexClaudeCalls: readonly Call[] = [
  {
    ...vertexCommon,
    name: "rawPredict: whole",
    send: messagesTools,
    clientHeaders: { "anthropic-beta": "interleaved-thinking-2025-05-14" },
    headers: { "anthropic-beta": "interleaved-thinking-2025-05-14" },
    target: `${vertexClaude}:rawPredict`,
    body: { ...messagesTools, anthropic_version: "vertex-2023-10-16" },
    reply: { json: messageReply },
    seen: greeting,
  },
  {
    ...vertexCommon,
    name: "streamRawPredict",
    send: { ...messagesPlain, stream: true },
    target: `${vertexClaude}:streamRawPredict`,
    body: { ...messagesPlain, stream: true, anthropic_version: "vertex-2023-10-16" },
    reply: { frames: messageEvents.map((event) => `event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`) },
    seen: greeting,
  },
  {
    ...vertexCommon,
    name: "rawPredict: its error",
    send: messagesPlain,
    target: `${vertexClaude}:rawPredict`,
    body: { ...messagesPlain, anthropic_version: "vertex-2023-10-16" },
    reply: { json: { error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED" } }, status: 429 },
    seen: { status: 429, message: "Quota exceeded" },
  },
];

/** One plain question in Chat Completions, whole, streamed and refused. */
function plainChat(target: string, modelName: string, renamedLimit: boolean): Call[] {
  const { max_tokens: limit, ...others } = question;
  const body = {
    model: modelName,
    ...others,
    [renamedLimit ? "max_completion_tokens" : "max_tokens"]: limit as number,
  };
  const common = { proves: "openai-chat", to: "/v1/chat/completions", target, model: modelName } as const;
  return [
    {
      ...common,
      name: "chat: whole",
      send: question,
      body,
      reply: chatReply({ content: "Hello" }),
      seen: { finish: "stop", text: "Hello" },
    },
    {
      ...common,
      name: "chat: streamed",
      send: { ...question, stream: true },
      body: { ...body, stream: true, ...asksUsage },
      reply: chatFrames([{ content: "Hello" }]),
      seen: { finish: "stop", text: "Hello" },
    },
    {
      ...common,
      name: "chat: its error",
      send: question,
      body,
      reply: { json: { error: { message: "Rate limited", type: "rate_limit_error" } }, status: 429 },
      seen: { status: 429, message: "Rate limited" },
    },
  ];
}

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const serviceAccount = JSON.stringify({
  type: "service_account",
  project_id: "test-project",
  private_key_id: "key-1",
  private_key: privateKey,
  client_email: "sluice@test-project.iam.gserviceaccount.com",
  client_id: "1",
  token_uri: `${HOST}/token`,
});

const azureLost = [
  "cache_control",
  "reasoning_content",
  "metadata",
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
];

export const cloudCases: readonly ProviderCase[] = [
  chatHost({
    type: "azure",
    documents: "learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle, openai/latest (2026-11)",
    environment: { AZURE_API_KEY: KEY, AZURE_BASE_URL: HOST },
    headers: { "api-key": KEY },
    listing: openaiListing("/openai/v1/models", "gpt-5.2"),
    path: "/openai/v1/chat/completions",
    model: "gpt-5.2",
    tools: {
      changes: {
        "messages.1.content.0.cache_control": gone,
        "messages.2.reasoning_content": gone,
        max_tokens: gone,
        max_completion_tokens: 400,
        temperature: gone,
        top_p: gone,
        frequency_penalty: gone,
        presence_penalty: gone,
        logit_bias: gone,
        logprobs: gone,
        top_logprobs: gone,
        metadata: gone,
      },
      lost: azureLost,
    },
    stream: { changes: { ...asksUsage } },
    more: [
      ...responsesCalls("/openai/v1/responses", "gpt-5.2"),
      embeddings("/openai/v1/embeddings", "text-embedding-3-small"),
      ...images("/openai/v1", "gpt-image-1").filter(({ proves }) => proves !== "images/variations"),
      ...audio("/openai/v1", "gpt-4o-transcribe"),
      // use-foundry-models-claude: Claude beside it, under Anthropic's header.
      ...messagesCalls("/anthropic/v1/messages", "claude-opus-4-5", {
        headers: { "api-key": undefined, "x-api-key": KEY, "anthropic-version": "2023-06-01" },
      }),
    ],
  }),
  {
    type: "bedrock",
    documents: "docs.aws.amazon.com/bedrock/latest/APIReference Converse, InvokeModel, ListFoundationModels (2026-11)",
    environment: {
      BEDROCK_BASE_URL: HOST,
      BEDROCK_REGION: "eu-west-1",
      BEDROCK_ACCESS_KEY_ID: "AKIDEXAMPLE",
      BEDROCK_SECRET_ACCESS_KEY: KEY,
    },
    headers: signed,
    listing: {
      target: "/foundation-models?byOutputModality=TEXT",
      reply: {
        modelSummaries: [
          { modelId: "amazon.nova-pro-v1:0", providerName: "Amazon", inferenceTypesSupported: ["ON_DEMAND"] },
          { modelId: "old.model-v1:0", providerName: "Old", inferenceTypesSupported: ["PROVISIONED"] },
        ],
      },
      models: ["amazon.nova-pro-v1:0"],
    },
    calls: [...converseCalls, ...invokeCalls],
  },
  {
    type: "bedrock-mantle",
    documents: "docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle, inference-messages-api (2026-11)",
    environment: { BEDROCK_MANTLE_API_KEY: KEY, BEDROCK_MANTLE_BASE_URL: HOST },
    address: "https://bedrock-mantle.us-east-1.api.aws/v1",
    headers: bearer,
    listing: openaiListing("/v1/models", "openai.gpt-oss-120b"),
    calls: [
      ...plainChat("/v1/chat/completions", "openai.gpt-oss-120b", true),
      ...responsesCalls("/v1/responses", "openai.gpt-oss-120b"),
      ...messagesCalls("/anthropic/v1/messages", "anthropic.claude-opus-4-5-20251101-v1:0", {
        headers: { "anthropic-version": "2023-06-01" },
      }),
    ],
  },
  {
    type: "vertex",
    documents: "cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, migrate/openai (2026-11)",
    environment: {
      VERTEX_BASE_URL: HOST,
      VERTEX_PROJECT: "test-project",
      VERTEX_LOCATION: "us-east5",
      VERTEX_SERVICE_ACCOUNT_JSON: serviceAccount,
    },
    headers: bearer,
    aside: { "/token": { access_token: KEY, expires_in: 3599, token_type: "Bearer" } },
    calls: [
      ...geminiCalls(`${vertexPath}/publishers/google/models/gemini-2.5-flash`, "gemini-2.5-flash"),
      ...vertexClaudeCalls,
      ...plainChat(
        `${vertexPath}/endpoints/openapi/chat/completions`,
        "meta/llama-4-maverick-17b-128e-instruct-maas",
        false,
      ),
    ],
  },
  {
    type: "oracle",
    documents: "docs.oracle.com/en-us/iaas/Content/generative-ai/openai-compatible-api.htm (2026-11)",
    environment: { ORACLE_API_KEY: KEY, ORACLE_BASE_URL: HOST },
    headers: bearer,
    calls: [
      ...plainChat("/openai/v1/chat/completions", "xai.grok-4", false),
      ...responsesCalls("/openai/v1/responses", "xai.grok-4"),
    ],
  },
];
