// What a client learns from a reply, in one shape for all official SDKs, so that a relay can be compared with its source.
import type OpenAI from "openai";
import type { ChatCompletion } from "openai/resources/chat/completions";

/** Counts by the conventions of Chat Completions: input with the caches, output with the reasoning. */
export type SeenUsage = {
  input: number;
  output: number;
  total: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
};

export type SeenCall = { id: string; name: string; arguments: unknown };

export type Seen = {
  text: string;
  reasoning: string;
  refusal: string | null;
  calls: SeenCall[];
  finish: string;
  usage: SeenUsage | null;
};

const question = [{ role: "user" as const, content: "The mock does not read this." }];

/** Fields that are no part of the SDK's types; hosts put them beside its own. */
type Beside = { [field: string]: unknown };

function textOf(holder: unknown): string {
  const { reasoning_content: content, reasoning } = holder as Beside;
  return typeof content === "string" ? content : typeof reasoning === "string" ? reasoning : "";
}

/** Asks for a stream and lets the SDK's helper put it together. Its accumulator keeps no unknown deltas, so reasoning is collected here. */
export async function seenInStream(client: OpenAI, model: string): Promise<{ seen: Seen; final: ChatCompletion }> {
  const stream = client.chat.completions.stream({
    model,
    messages: question,
    stream_options: { include_usage: true },
  });
  let reasoning = "";
  for await (const chunk of stream) reasoning += textOf(chunk.choices[0]?.delta ?? {});
  const final = await stream.finalChatCompletion();
  return { seen: { ...seenOf(final), reasoning }, final };
}

export async function seenWhole(client: OpenAI, model: string): Promise<{ seen: Seen; final: ChatCompletion }> {
  const final = await client.chat.completions.create({ model, messages: question });
  return { seen: seenOf(final), final };
}

function seenOf(completion: ChatCompletion): Seen {
  const choice = completion.choices[0];
  if (!choice) throw new Error("a completion without a choice");
  const { message } = choice;
  const calls = (message.tool_calls ?? []).map((call): SeenCall => {
    // Mistral writes calls without a type.
    if (!("function" in call)) throw new Error(`a call of type ${call.type}`);
    return { id: call.id, name: call.function.name, arguments: parsedArguments(call.function.arguments) };
  });
  return {
    text: message.content ?? "",
    reasoning: textOf(message),
    refusal: message.refusal ?? null,
    calls,
    finish: choice.finish_reason,
    usage: completion.usage ? seenUsage(completion.usage) : null,
  };
}

/** Several hosts write no arguments as no text. */
function parsedArguments(text: string): unknown {
  return text === "" ? {} : JSON.parse(text);
}

/** Hosts that count otherwise than OpenAI (translation.md B7): xAI's reasoning stands beside, Moonshot and DeepSeek name the cache otherwise. */
function seenUsage(usage: NonNullable<ChatCompletion["usage"]>): SeenUsage {
  const beside = usage as unknown as Beside;
  const details = (usage.prompt_tokens_details ?? {}) as Beside;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? Number(beside["reasoning_tokens"] ?? 0);
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  return {
    input,
    output: input + output + reasoning === total ? output + reasoning : output,
    total,
    cacheRead: Number(details["cached_tokens"] ?? beside["cached_tokens"] ?? beside["prompt_cache_hit_tokens"] ?? 0),
    cacheWrite: Number(details["cache_write_tokens"] ?? 0),
    reasoning,
  };
}
