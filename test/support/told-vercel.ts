// What the Vercel AI SDK makes of a reply, through each of its providers, in the shape of `told.ts`.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, type LanguageModel, streamText, type ToolSet, tool } from "ai";
import type { Ask, Finish, Reader, Told } from "./told.ts";

/** It would tell of compatibility modes with each call. */
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const apiKey = "unused";
export const vercelModels: { readonly [provider: string]: (origin: string, model: string) => LanguageModel } = {
  "vercel openai chat": (origin, model) => createOpenAI({ baseURL: `${origin}/v1`, apiKey }).chat(model),
  "vercel openai responses": (origin, model) => createOpenAI({ baseURL: `${origin}/v1`, apiKey }).responses(model),
  "vercel anthropic": (origin, model) => createAnthropic({ baseURL: `${origin}/v1`, apiKey })(model),
  "vercel google": (origin, model) => createGoogleGenerativeAI({ baseURL: `${origin}/v1beta`, apiKey })(model),
};

/** Tools that recordings call; a call of a tool that was not offered is marked, and read all the same. */
const tools = { weather: tool({ inputSchema: jsonSchema({ type: "object" }) }) } as unknown as ToolSet;

const finishes: { readonly [reason: string]: Finish } = {
  stop: "end",
  "tool-calls": "calls",
  length: "length",
  "content-filter": "filtered",
};

type Result = {
  text: string;
  reasoningText: string | undefined;
  toolCalls: readonly { toolName: string; input: unknown }[];
  finishReason: string;
  usage: { inputTokens?: number | undefined; outputTokens?: number | undefined };
};

function toldOf({ text, reasoningText, toolCalls, finishReason, usage }: Result): Told {
  return {
    text,
    reasoning: reasoningText ?? "",
    calls: toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input })),
    finish: finishes[finishReason] ?? "end",
    input: usage.inputTokens ?? null,
    output: usage.outputTokens ?? null,
  };
}

async function streamed(model: LanguageModel): Promise<Told> {
  let failure: unknown;
  const onError = ({ error }: { error: unknown }) => {
    failure ??= error;
  };
  const result = streamText({ model, prompt: "hello", tools, maxRetries: 0, onError });
  try {
    const [text, reasoningText, toolCalls, finishReason, usage] = await Promise.all([
      result.text,
      result.reasoningText,
      result.toolCalls,
      result.finishReason,
      result.usage,
    ]);
    if (failure !== undefined) throw failure;
    return toldOf({ text, reasoningText, toolCalls, finishReason, usage });
  } catch (cause) {
    throw failure ?? cause;
  }
}

export const readVercel =
  (provider: string): Reader =>
  async ({ origin, model: name, stream }: Ask) => {
    const open = vercelModels[provider];
    if (!open) throw new Error(`no provider is called ${provider}`);
    const model = open(origin, name);
    return stream
      ? await streamed(model)
      : toldOf(await generateText({ model, prompt: "hello", tools, maxRetries: 0 }));
  };
