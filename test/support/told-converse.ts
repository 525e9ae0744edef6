// What Bedrock's Converse said, read from a recording by hand: AWS's own SDK is no dependency of these tests.
import { type Recording, readText } from "./corpus.ts";
import type { Finish, Told } from "./told.ts";

type Usage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
};
type Delta = {
  text?: string;
  reasoningContent?: { text?: string };
  toolUse?: { input?: string };
};
type Event = {
  contentBlockStart?: { start?: { toolUse?: { name: string } } };
  contentBlockDelta?: { delta: Delta };
  messageStop?: { stopReason: string };
  metadata?: { usage?: Usage };
};
type Block = {
  text?: string;
  reasoningContent?: { reasoningText?: { text: string } };
  toolUse?: { name: string; input: unknown };
};
type Whole = { output: { message: { content: Block[] } }; stopReason: string; usage: Usage };

/** docs.aws.amazon.com/bedrock, API reference of Converse. */
const finishes: { readonly [reason: string]: Finish } = {
  tool_use: "calls",
  max_tokens: "length",
  guardrail_intervened: "filtered",
  content_filtered: "filtered",
};

const counts = (usage: Usage | undefined) => ({
  input: usage ? usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0) : null,
  output: usage?.outputTokens ?? null,
});

function fromStream(text: string): Told {
  const told = { text: "", reasoning: "", calls: [] as { name: string; input: string }[], stop: "" };
  let usage: Usage | undefined;
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const { contentBlockStart, contentBlockDelta, messageStop, metadata } = JSON.parse(line) as Event;
    const started = contentBlockStart?.start?.toolUse;
    if (started) told.calls.push({ name: started.name, input: "" });
    const delta = contentBlockDelta?.delta;
    told.text += delta?.text ?? "";
    told.reasoning += delta?.reasoningContent?.text ?? "";
    if (delta?.toolUse) told.calls.at(-1)!.input += delta.toolUse.input ?? "";
    told.stop = messageStop?.stopReason ?? told.stop;
    usage = metadata?.usage ?? usage;
  }
  return {
    text: told.text,
    reasoning: told.reasoning,
    calls: told.calls.map(({ name, input }) => ({ name, arguments: input === "" ? {} : JSON.parse(input) })),
    finish: finishes[told.stop] ?? "end",
    ...counts(usage),
  };
}

function fromWhole({ output, stopReason, usage }: Whole): Told {
  const { content } = output.message;
  return {
    text: content.map(({ text }) => text ?? "").join(""),
    reasoning: content.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? "").join(""),
    calls: content.flatMap(({ toolUse }) => (toolUse ? [{ name: toolUse.name, arguments: toolUse.input }] : [])),
    finish: finishes[stopReason] ?? "end",
    ...counts(usage),
  };
}

export function toldByConverse(recording: Recording): Told {
  const text = readText(recording);
  return recording.path.endsWith(".json") ? fromWhole(JSON.parse(text) as Whole) : fromStream(text);
}
