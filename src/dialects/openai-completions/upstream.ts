// The called half of text completions: read as chat replies whose text stands beside the choice, written for prompts alone.
import type { ChatRequest, TextBlock } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asObject, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { FrameReader, UpstreamHalf, WrittenRequest } from "../dialect.ts";
import { Losses } from "../lost-fields.ts";
import { annotateEdits, nativeEdits } from "../openai-chat/control.ts";
import { readError } from "../openai-chat/error.ts";
import { defined } from "../openai-chat/fields.ts";
import * as chat from "../openai-chat/read-reply.ts";
import { openTap } from "../openai-chat/tap.ts";

/** A choice of a completion as chat has it. Its log probabilities are of another shape, and are left out. */
function asChat(body: JsonValue, part: "delta" | "message", lose: () => void): JsonValue {
  const choices = asArray(asObject(body)?.["choices"]);
  if (!isObject(body) || !choices) return body;
  return {
    ...body,
    object: part === "delta" ? "chat.completion.chunk" : "chat.completion",
    choices: choices.map((choice) => {
      const { text, logprobs, ...rest } = asObject(choice) ?? {};
      if (isObject(logprobs)) lose();
      return text === undefined ? { ...rest } : { ...rest, [part]: { role: "assistant", content: text } };
    }),
  };
}

const losing = (emit: Emit) => () => emit({ type: "lost", field: "logprobs" });

function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  const reader = chat.openReader(emit, facts);
  return {
    read(frame) {
      let data: string;
      try {
        data = JSON.stringify(asChat(JSON.parse(frame.data) as JsonValue, "delta", losing(emit)));
      } catch {
        // "[DONE]", or something that the reader of chat says the right words about.
        data = frame.data;
      }
      reader.read({ ...frame, data });
    },
    end: () => reader.end(),
  };
}

/** Throws GatewayError: a model that only completes cannot be told who said what, nor what tools there are. */
function promptOf(request: ChatRequest, lost: Losses): string {
  if (request.tools.length > 0) throw unsupported("tools", "this model completes texts: it has no tools");
  if (request.turns.some(({ role }) => role === "assistant")) {
    throw unsupported("messages", "this model completes texts: it takes one prompt and no conversation");
  }
  const texts = request.turns.flatMap(({ blocks, extra }) => {
    loseExtras(extra, lost);
    return blocks.map((block) => {
      if (block.type !== "text") throw unsupported("messages", `this model completes texts: it takes no ${block.type}`);
      loseMarks(block, lost);
      return block.text;
    });
  });
  return texts.join("\n\n");
}

/** What stands beside a text has no place in a prompt. */
function loseMarks(block: TextBlock, lost: Losses): void {
  if (block.citations) lost.add("annotations");
  if (block.cache) lost.add("cache");
  if (block.state) lost.add("opaqueState");
  loseExtras(block.extra, lost);
}

function loseExtras(extra: TextBlock["extra"], lost: Losses): void {
  for (const fields of Object.values(extra ?? {})) {
    for (const [name, value] of Object.entries(fields ?? {})) if (value !== null) lost.addNamed(name);
  }
}

function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("unsupported", message, { param });
}

function writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest {
  const { sampling, logprobs } = request;
  const lost = new Losses(request.dialect);
  const body = defined<JsonObject>({
    model: facts.model,
    prompt: promptOf(request, lost),
    max_tokens: request.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    n: sampling.n,
    stop: sampling.stop,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    logprobs: undefined,
    user: request.userId,
    stream: request.stream ? true : undefined,
    stream_options: request.stream ? { include_usage: true } : undefined,
  });
  if (logprobs) throw unsupported("logprobs", "this model's log probabilities are not of chat's form");
  if (sampling.topK !== undefined) lost.add("topK");
  if (request.reasoning) lost.add("reasoning");
  if (request.output && request.output.kind !== "text")
    throw unsupported("response_format", "this model has no JSON mode");
  if (request.verbosity !== undefined) lost.add("verbosity");
  if (request.metadata) lost.add("metadata");
  if (request.serviceTier !== undefined) lost.add("serviceTier");
  if (request.promptCacheKey !== undefined) lost.add("promptCacheKey");
  if (request.modalities?.some((name) => name !== "text"))
    throw unsupported("modalities", "this model answers in text");
  loseExtras(request.extra, lost);
  return { body, lost: lost.list() };
}

export const completionsUpstream: UpstreamHalf = {
  writeRequest,
  openReader,
  readReply: (body, emit, facts) => chat.readReply(asChat(body, "message", losing(emit)), emit, facts),
  readError,
  openTap,
  annotateEdits,
  nativeEdits,
  adjustments: {},
};
