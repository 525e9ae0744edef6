// Writes a whole canonical reply as a Chat Completions object.
import type { Block, TextBlock } from "../../core/chat.ts";
import type { Reply, ReplyChoice } from "../../core/events.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ReplyContext } from "../dialect.ts";
import { citationLosses, foreignFields } from "../reply-losses.ts";
import { defined } from "./fields.ts";
import { refusalOf, writeFinish } from "./write-finish.ts";
import {
  extraContent,
  nameOfRaw,
  writeAnnotation,
  writeAudio,
  writeCall,
  writeDetails,
  writeForeignState,
  writeImage,
} from "./write-parts.ts";
import { writeUsage } from "./write-usage.ts";

/** What is the reply's own and not to be overwritten by fields that came from elsewhere. */
const ownFields = new Set(["id", "object", "created", "model", "provider", "choices", "usage", "error"]);

/** Reply-level fields of the upstream's that may stand beside ours. */
export function replyExtra(extra: JsonObject): { fields: JsonObject; refused: string[] } {
  const entries = Object.entries(extra);
  return {
    fields: Object.fromEntries(entries.filter(([key]) => !ownFields.has(key))),
    refused: entries.map(([key]) => key).filter((key) => ownFields.has(key)),
  };
}

type Message = {
  content: string;
  hasText: boolean;
  reasoning: string;
  hasReasoning: boolean;
  refusal: string | undefined;
  audio: JsonObject | undefined;
  calls: JsonObject[];
  annotations: JsonObject[];
  images: JsonObject[];
  /** Entries by block, used only when at least one block has state to carry. */
  details: JsonObject[];
  hasState: boolean;
  lost: Set<string>;
};

type Place = { index: number; requestId: string };

function addText(message: Message, block: TextBlock, place: Place): void {
  const span = { start: message.content.length, end: message.content.length + block.text.length };
  message.content += block.text;
  message.hasText = true;
  for (const citation of block.citations ?? []) {
    const annotation = writeAnnotation(citation, span);
    if (!annotation) {
      message.lost.add("citations");
      continue;
    }
    message.annotations.push(annotation);
    for (const field of citationLosses(citation, annotation)) message.lost.add(field);
  }
  if (!block.state) return;
  message.details.push(writeForeignState(block.state, place.index));
  message.hasState = true;
}

type AddBlock<T extends Block["type"]> = (message: Message, block: Block & { type: T }, place: Place) => void;

/** Blocks without a row cannot be carried on this dialect. */
const adders: { readonly [T in Block["type"]]?: AddBlock<T> } = {
  text: addText,
  reasoning(message, block, { index }) {
    message.reasoning += block.text;
    message.hasReasoning = true;
    message.details.push(...writeDetails({ index, text: block.text, state: block.state }));
    if (block.state) message.hasState = true;
  },
  refusal(message, block) {
    message.refusal = (message.refusal ?? "") + block.text;
  },
  "tool-call"(message, block, { index }) {
    message.calls.push(writeCall(block));
    if (!block.state || extraContent(block.state)) return;
    message.details.push(writeForeignState(block.state, index, block.id));
    message.hasState = true;
  },
  image(message, block) {
    const image = writeImage(block);
    if (image) message.images.push(image);
    else message.lost.add(block.type);
    for (const field of foreignFields(block, "openai-chat")) message.lost.add(field);
  },
  audio(message, block, { requestId }) {
    const audio = writeAudio(block, requestId);
    // A message has one sound.
    if (!audio || message.audio) message.lost.add(block.type);
    else message.audio = audio;
    for (const field of foreignFields(block, "openai-chat")) message.lost.add(field);
  },
};

function collect(blocks: readonly Block[], requestId: string, lost: Set<string>): Message {
  const message: Message = {
    content: "",
    hasText: false,
    reasoning: "",
    hasReasoning: false,
    refusal: undefined,
    audio: undefined,
    calls: [],
    annotations: [],
    images: [],
    details: [],
    hasState: false,
    lost,
  };
  for (const [index, block] of blocks.entries()) {
    const add = adders[block.type] as AddBlock<Block["type"]> | undefined;
    if (add) add(message, block, { index, requestId });
    else lost.add(block.type === "opaque" ? nameOfRaw(block.raw) : block.type);
  }
  return message;
}

const unlessEmpty = <T extends JsonValue>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);

type ChoicePlace = { index: number; context: ReplyContext; lost: Set<string> };

function writeChoice(choice: ReplyChoice, { index, context, lost }: ChoicePlace): JsonObject {
  const message = collect(choice.blocks, context.requestId, lost);
  const explanation = refusalOf(choice.stop);
  const refusal = message.refusal ?? explanation ?? null;
  if (choice.stop.explanation !== undefined && refusal !== explanation) lost.add("stop_details");
  return {
    index,
    // `content` is there even when it is null (M29).
    message: defined<JsonObject>({
      role: "assistant",
      content: message.hasText ? message.content : null,
      refusal,
      reasoning_content: message.hasReasoning ? message.reasoning : undefined,
      reasoning_details: message.hasState ? message.details : undefined,
      annotations: unlessEmpty(message.annotations),
      images: unlessEmpty(message.images),
      audio: message.audio,
      tool_calls: unlessEmpty(message.calls),
    }),
    logprobs: choice.logprobs ?? null,
    ...writeFinish(choice.stop, message.calls.length > 0),
  };
}

/**
 * At least one choice stands in it, and every field that the official SDKs read (translation.md A1.3). What of the
 * reply could not be written is added to `reply.lost`.
 */
export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const choices: ReplyChoice[] = reply.choices.length > 0 ? reply.choices : [{ blocks: [], stop: { kind: "end" } }];
  const lost = new Set(reply.lost);
  const extra = replyExtra(reply.extra);
  const written = choices.map((choice, index) => writeChoice(choice, { index, context, lost }));
  for (const field of extra.refused) lost.add(field);
  reply.lost.splice(0, reply.lost.length, ...lost);
  return {
    id: reply.id ?? `chatcmpl-${context.requestId}`,
    object: "chat.completion",
    created: reply.createdAtSeconds ?? context.nowSeconds,
    model: reply.model ?? context.model,
    provider: context.provider,
    choices: written,
    ...(reply.usage && { usage: writeUsage(reply.usage) }),
    ...extra.fields,
  };
}
