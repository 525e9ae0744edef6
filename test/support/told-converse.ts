// What AWS's own SDK makes of a reply of Bedrock's Converse, in the shape of `told.ts`.
import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  ConverseStreamCommand,
  type TokenUsage,
} from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { type Finish, parsed, type Reader, type Told } from "./told.ts";

/** docs.aws.amazon.com/bedrock, API reference of Converse. */
const finishes: { readonly [reason: string]: Finish } = {
  tool_use: "calls",
  max_tokens: "length",
  guardrail_intervened: "filtered",
  content_filtered: "filtered",
};

const counts = (usage: TokenUsage | undefined) => ({
  input: usage ? usage.inputTokens! + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0) : null,
  output: usage?.outputTokens ?? null,
});

function toldOf(content: readonly ContentBlock[], stopReason: string, usage: TokenUsage | undefined): Told {
  return {
    text: content.map(({ text }) => text ?? "").join(""),
    reasoning: content.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? "").join(""),
    calls: content.flatMap(({ toolUse }) => (toolUse ? [{ name: toolUse.name!, arguments: toolUse.input }] : [])),
    finish: finishes[stopReason] ?? "end",
    ...counts(usage),
  };
}

type Streamed = { text: string; reasoning: string; calls: { name: string; input: string }[]; stopReason: string };

/** The SDK streams events and puts nothing together. */
async function streamed(client: BedrockRuntimeClient, asked: ConstructorParameters<typeof ConverseStreamCommand>[0]) {
  const { stream } = await client.send(new ConverseStreamCommand(asked));
  const told: Streamed = { text: "", reasoning: "", calls: [], stopReason: "" };
  let usage: TokenUsage | undefined;
  for await (const { contentBlockStart, contentBlockDelta, messageStop, metadata } of stream!) {
    const started = contentBlockStart?.start?.toolUse;
    if (started) told.calls.push({ name: started.name!, input: "" });
    const delta = contentBlockDelta?.delta;
    told.text += delta?.text ?? "";
    told.reasoning += delta?.reasoningContent?.text ?? "";
    if (delta?.toolUse) told.calls.at(-1)!.input += delta.toolUse.input ?? "";
    told.stopReason = messageStop?.stopReason ?? told.stopReason;
    usage = metadata?.usage ?? usage;
  }
  const { text, reasoning, calls, stopReason } = told;
  return {
    text,
    reasoning,
    calls: calls.map(({ name, input }) => ({ name, arguments: parsed(input) })),
    finish: finishes[stopReason] ?? ("end" as const),
    ...counts(usage),
  };
}

export const readConverse: Reader = async ({ origin, model: modelId, stream }) => {
  const client = new BedrockRuntimeClient({
    region: "eu-west-1",
    endpoint: origin,
    credentials: { accessKeyId: "unused", secretAccessKey: "unused" },
    maxAttempts: 1,
    // In place of HTTP/2, which hosts of tests do not speak.
    requestHandler: new FetchHttpHandler(),
  });
  const asked = { modelId, messages: [{ role: "user" as const, content: [{ text: "The host does not read this." }] }] };
  if (stream) return await streamed(client, asked);
  const { output, stopReason, usage } = await client.send(new ConverseCommand(asked));
  return toldOf(output?.message?.content ?? [], stopReason ?? "", usage);
};
