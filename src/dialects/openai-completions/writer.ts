// Writes canonical replies as text completions: chunks of `choices[].text`, and the whole object.
import type { Block } from "../../core/chat.ts";
import type { Reply, ReplyChoice, ReplyEvent, Stop } from "../../core/events.ts";
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import type { ReplyContext, ReplyWriter } from "../dialect.ts";
import { writeErrorFrames } from "../openai-chat/write-error.ts";
import { writeFinish } from "../openai-chat/write-finish.ts";
import { writeUsage } from "../openai-chat/write-usage.ts";

/** Kinds of blocks whose text is the completion. A refusal is what the model has to say. */
const spoken: ReadonlySet<string> = new Set(["text", "refusal"]);
/** What a client is told when it is lost. */
const lostNames: { readonly [kind: string]: string } = { reasoning: "reasoning", "tool-call": "tool_calls" };

type Head = { id: string; object: "text_completion"; created: number; model: string };

function headOf(start: Partial<ReplyEvent & { type: "start" }>, context: ReplyContext): Head {
  return {
    id: start.id ?? `cmpl-${context.requestId}`,
    object: "text_completion",
    created: start.createdAtSeconds ?? context.nowSeconds,
    model: start.model ?? context.model,
  };
}

/** Log probabilities of chat as this older shape has them: four lists, with the place of each token in the text. */
function legacyLogprobs(chat: JsonObject, offset: number): { logprobs: JsonObject; length: number } {
  const tokens: JsonValue[] = [];
  const own: JsonValue[] = [];
  const top: JsonValue[] = [];
  const offsets: JsonValue[] = [];
  let length = 0;
  for (const entry of asArray(chat["content"]) ?? []) {
    const node = asObject(entry) ?? {};
    const token = asString(node["token"]) ?? "";
    tokens.push(token);
    own.push(asNumber(node["logprob"]) ?? null);
    const others = (asArray(node["top_logprobs"]) ?? []).map((other) => asObject(other) ?? {});
    top.push(Object.fromEntries(others.map((other) => [asString(other["token"]) ?? "", other["logprob"] ?? null])));
    offsets.push(offset + length);
    length += token.length;
  }
  return { logprobs: { tokens, token_logprobs: own, top_logprobs: top, text_offset: offsets }, length };
}

type Choice = { stop: Stop | undefined; logprobsLength: number };

class CompletionWriter implements ReplyWriter {
  readonly #context: ReplyContext;
  readonly #lost = new Set<string>();
  readonly #choices: Choice[] = [];
  /** Choice of each open block of text. */
  readonly #texts = new Map<number, number>();
  #head: Head;
  #usage: Usage | undefined;
  #closed = false;

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#head = headOf({}, context);
  }

  get lost(): readonly string[] {
    return [...this.#lost];
  }

  write(event: ReplyEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#head = headOf(event, this.#context);
        return "";
      case "block-start":
        this.#choice(event.choice);
        if (spoken.has(event.kind)) this.#texts.set(event.block, event.choice ?? 0);
        else this.#lose(event.kind);
        return "";
      case "delta": {
        const index = this.#texts.get(event.block);
        return index === undefined || event.text === "" ? "" : this.#chunk(index, { text: event.text });
      }
      case "part":
        return this.#part(event.part, event.choice ?? 0);
      case "logprobs":
        return this.#logprobs(event.logprobs, event.choice ?? 0);
      case "stop":
        this.#choice(event.choice).stop = event.stop;
        return "";
      case "usage":
        this.#usage = event.usage;
        return "";
      case "citation":
        this.#lost.add("annotations");
        return "";
      case "lost":
        this.#lost.add(event.field);
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return writeErrorFrames(event.error);
      default:
        return "";
    }
  }

  #lose(kind: string): void {
    this.#lost.add(lostNames[kind] ?? kind);
  }

  #choice(index = 0): Choice {
    while (this.#choices.length <= index) this.#choices.push({ stop: undefined, logprobsLength: 0 });
    return this.#choices[index] as Choice;
  }

  #chunk(index: number, fields: JsonObject): string {
    const choice = { text: "", index, logprobs: null, finish_reason: null, ...fields };
    return `data: ${JSON.stringify({ ...this.#head, choices: [choice] })}\n\n`;
  }

  #part(part: Block, choice: number): string {
    this.#choice(choice);
    if (part.type === "text" || part.type === "refusal") return this.#chunk(choice, { text: part.text });
    this.#lose(part.type);
    return "";
  }

  #logprobs(chat: JsonObject, index: number): string {
    const choice = this.#choice(index);
    const { logprobs, length } = legacyLogprobs(chat, choice.logprobsLength);
    choice.logprobsLength += length;
    return length === 0 ? "" : this.#chunk(index, { logprobs });
  }

  #end(): string {
    this.#closed = true;
    this.#choice(0);
    let text = "";
    for (const [index, { stop }] of this.#choices.entries()) text += this.#chunk(index, finishOf(stop));
    if (this.#usage && this.#context.wantsUsage) {
      text += `data: ${JSON.stringify({ ...this.#head, choices: [], usage: writeUsage(this.#usage) })}\n\n`;
    }
    return `${text}data: [DONE]\n\n`;
  }
}

/** No calls can have been asked for: a completion ends, is cut, or is filtered. */
function finishOf(stop: Stop = { kind: "end" }): JsonObject {
  return writeFinish(stop, false);
}

export function openWriter(context: ReplyContext): ReplyWriter {
  return new CompletionWriter(context);
}

function writeChoice(
  { blocks, stop, logprobs }: ReplyChoice,
  index: number,
  lose: (field: string) => void,
): JsonObject {
  let text = "";
  for (const block of blocks) {
    if (block.type === "text" || block.type === "refusal") text += block.text;
    else lose(lostNames[block.type] ?? block.type);
    if (block.type === "text" && (block.citations?.length ?? 0) > 0) lose("annotations");
  }
  return { text, index, logprobs: logprobs ? legacyLogprobs(logprobs, 0).logprobs : null, ...finishOf(stop) };
}

export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const choices: ReplyChoice[] = reply.choices.length > 0 ? reply.choices : [{ blocks: [], stop: { kind: "end" } }];
  const lost = new Set(reply.lost);
  const written = choices.map((choice, index) => writeChoice(choice, index, (field) => lost.add(field)));
  reply.lost.splice(0, reply.lost.length, ...lost);
  return {
    ...headOf(reply as Partial<ReplyEvent & { type: "start" }>, context),
    choices: written,
    ...(reply.usage && { usage: writeUsage(reply.usage) }),
  };
}
