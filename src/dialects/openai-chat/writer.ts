// Writes reply events as the chunks of a Chat Completions stream. The machine is the one of translation.md C2.1.
import type { AudioBlock, Citation, OpaqueState } from "../../core/chat.ts";
import type { ReplyEvent } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { blockEvents } from "../block-events.ts";
import type { ReplyContext, ReplyWriter } from "../dialect.ts";
import { citationLosses, foreignFields } from "../reply-losses.ts";
import { type BlockStart, type Choice, chunk, newBlock, newChoice, type OpenBlock } from "./chunks.ts";
import { writeErrorFrames } from "./write-error.ts";
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
import { replyExtra } from "./write-reply.ts";
import { writeUsage } from "./write-usage.ts";

class ChatWriter implements ReplyWriter {
  readonly #context: ReplyContext;
  readonly #lost = new Set<string>();
  /** Text after the choices of a chunk. */
  readonly #tail: string;
  #head: string;
  readonly #choices: (Choice | undefined)[] = [];
  readonly #blocks: (OpenBlock | undefined)[] = [];
  /** A tool call whose first delta waits for a signature, which some clients read from there only. */
  #held: OpenBlock | undefined;
  #usage: Usage | undefined;
  #extra: JsonObject = {};
  #closed = false;

  constructor(context: ReplyContext) {
    this.#context = context;
    // Chunks other than the usage chunk say `usage: null` to those who asked, as OpenAI's own do.
    this.#tail = context.wantsUsage ? ',"usage":null}\n\n' : "}\n\n";
    this.#head = this.#headOf({ type: "start" });
  }

  get lost(): readonly string[] {
    return [...this.#lost];
  }

  write(event: ReplyEvent): string {
    if (event.type === "delta" && this.#held === undefined) return this.#delta(event.block, event.text);
    if (this.#closed) return "";
    const held = this.#held;
    if (!held) return this.#other(event);
    this.#held = undefined;
    if (event.type === "state" && this.#blocks[event.block] === held) {
      held.state = event.state;
      return this.#callStart(held) + this.#foreignState(held);
    }
    return this.#callStart(held) + this.#other(event);
  }

  #delta(number: number, text: string): string {
    const block = this.#blocks[number];
    // Empty deltas are noise, and split blocks at some clients (T47).
    if (!block || text === "" || this.#closed) return "";
    if (block.kind === "text") block.choice.textLength += text.length;
    else if (block.kind === "reasoning") block.text += text;
    else if (block.kind === "refusal") block.choice.refused = true;
    return block.prefix + JSON.stringify(text) + block.suffix;
  }

  #other(event: ReplyEvent): string {
    switch (event.type) {
      case "start":
        this.#head = this.#headOf(event);
        return "";
      case "block-start":
        return this.#blockStart(event);
      case "delta":
        return this.#delta(event.block, event.text);
      case "state":
        return this.#state(event.block, event.state);
      case "citation":
        return this.#citation(event.block, event.citation);
      case "block-stop":
        return this.#blockStop(event.block);
      case "part":
        return this.#part(event);
      case "stop":
        this.#choice(event.choice).stop = event.stop;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return writeErrorFrames(event.error);
      default:
        return this.#note(event);
    }
  }

  #note(event: ReplyEvent): string {
    switch (event.type) {
      case "usage":
        this.#usage = event.usage;
        break;
      case "extra":
        this.#extra = { ...this.#extra, ...this.#admitted(event.extra) };
        break;
      case "lost":
        this.#lost.add(event.field);
        break;
      case "logprobs": {
        const choice = this.#choice(event.choice);
        const logprobs = JSON.stringify(event.logprobs);
        return `${this.#role(choice, '""')}${choice.lead}{},"logprobs":${logprobs},"finish_reason":null}]${this.#tail}`;
      }
    }
    return "";
  }

  /** The same on every chunk (translation.md C2.1); what the provider left out is made up (S29). */
  #headOf(start: ReplyEvent & { type: "start" }): string {
    const head = {
      id: start.id ?? `chatcmpl-${this.#context.requestId}`,
      object: "chat.completion.chunk",
      created: start.createdAtSeconds ?? this.#context.nowSeconds,
      model: start.model ?? this.#context.model,
      provider: this.#context.provider,
      ...this.#admitted(start.extra ?? {}),
    };
    return `data: ${JSON.stringify(head).slice(0, -1)}`;
  }

  #admitted(extra: JsonObject): JsonObject {
    const { fields, refused } = replyExtra(extra);
    for (const field of refused) this.#lost.add(field);
    return fields;
  }

  #choice(index = 0): Choice {
    const known = this.#choices[index];
    if (known) return known;
    const choice = newChoice(index, this.#head, this.#tail);
    this.#choices[index] = choice;
    return choice;
  }

  /** The role comes first and once (S24); `content` is null where a call is the whole answer, as OpenAI writes it. */
  #role(choice: Choice, content: '""' | "null"): string {
    if (choice.started) return "";
    choice.started = true;
    return `${choice.lead}{"role":"assistant","content":${content}}${choice.trail}`;
  }

  #blockStart(event: BlockStart): string {
    const choice = this.#choice(event.choice);
    const block = newBlock(event, choice);
    this.#blocks[event.block] = block;
    if (event.kind !== "tool-call") return this.#role(choice, '""');
    this.#held = block;
    return this.#role(choice, "null");
  }

  /** Id, type and name once, with no arguments yet (T31, T38, T62). */
  #callStart(block: OpenBlock): string {
    if (!block.call) return "";
    const { position, ...call } = block.call;
    const written = writeCall({ ...call, argumentsText: "", ...(block.state && { state: block.state }) });
    return chunk(block.choice, { tool_calls: [{ index: position, ...written }] });
  }

  /** State of a block other than reasoning, as an entry of reasoning_details. */
  #foreignState(block: OpenBlock): string {
    if (!block.state || (block.call && extraContent(block.state))) return "";
    const detail = writeForeignState(block.state, block.place, block.call?.id);
    return chunk(block.choice, { reasoning_details: [detail] });
  }

  #state(number: number, state: OpaqueState): string {
    const block = this.#blocks[number];
    if (!block) return "";
    block.state = state;
    if (block.kind === "reasoning") return block.textEnd === undefined ? "" : this.#details(block);
    const content = block.call && extraContent(state);
    if (!block.call || !content) return this.#foreignState(block);
    return chunk(block.choice, { tool_calls: [{ index: block.call.position, extra_content: content }] });
  }

  /** A signature is of use with its whole text only, so the entry comes at the end of the block and repeats it. */
  #details(block: OpenBlock): string {
    const details = writeDetails({ index: block.place, text: block.text, state: block.state });
    return details.length === 0 ? "" : chunk(block.choice, { reasoning_details: details });
  }

  #citation(number: number, citation: Citation): string {
    const block = this.#blocks[number];
    if (block?.kind !== "text") return "";
    if (citation.endIndex !== undefined || block.textEnd !== undefined) return this.#annotation(block, citation);
    // Without offsets it is of the whole block, whose end is not known yet.
    block.citations.push(citation);
    return "";
  }

  #annotation(block: OpenBlock, citation: Citation): string {
    const annotation = writeAnnotation(citation, {
      start: block.textStart,
      end: block.textEnd ?? block.choice.textLength,
    });
    if (!annotation) {
      this.#lost.add("citations");
      return "";
    }
    for (const field of citationLosses(citation, annotation)) this.#lost.add(field);
    return chunk(block.choice, { annotations: [annotation] });
  }

  #blockStop(number: number): string {
    const block = this.#blocks[number];
    if (!block || block.textEnd !== undefined) return "";
    block.textEnd = block.choice.textLength;
    let text = "";
    for (const citation of block.citations) text += this.#annotation(block, citation);
    return block.kind === "reasoning" && block.state ? text + this.#details(block) : text;
  }

  /** Blocks that come whole. Those that exist as deltas too go through the same machine. */
  #part(event: ReplyEvent & { type: "part" }): string {
    const choice = this.#choice(event.choice);
    const { part } = event;
    for (const field of foreignFields(part, "openai-chat")) this.#lost.add(field);
    switch (part.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "tool-call":
        return blockEvents(part, event.block, choice.index).reduce((text, each) => text + this.write(each), "");
      case "image":
        return this.#media(choice, "image", () => {
          const image = writeImage(part);
          return image && { images: [image] };
        });
      case "audio":
        return this.#media(choice, "audio", () => this.#audio(part));
      default:
        choice.blockCount++;
        this.#lost.add(part.type === "opaque" ? nameOfRaw(part.raw) : part.type);
        return "";
    }
  }

  #audio(part: AudioBlock): JsonObject | undefined {
    const audio = writeAudio(part, this.#context.requestId);
    return audio && { audio };
  }

  #media(choice: Choice, name: string, delta: () => JsonObject | undefined): string {
    choice.blockCount++;
    const written = delta();
    if (!written) this.#lost.add(name);
    return written ? this.#role(choice, "null") + chunk(choice, written) : "";
  }

  /** Finish chunks go out now and not when the stop was said, so that late content stands before them (S60). */
  #end(): string {
    let text = "";
    for (const number of this.#blocks.keys()) text += this.#blockStop(number);
    if (this.#choices.length === 0) this.#choice(0);
    // Reply-level fields that came after the first chunk stand once, where every client still looks.
    let late = JSON.stringify(this.#extra).slice(1, -1);
    for (const choice of this.#choices) {
      if (!choice) continue;
      text += this.#finish(choice, late === "" ? "" : `,${late}`);
      late = "";
    }
    // Usage stands alone (U13), for those who asked, and before [DONE] (U14).
    if (this.#usage && this.#context.wantsUsage) {
      text += `${this.#head},"choices":[],"usage":${JSON.stringify(writeUsage(this.#usage))}}\n\n`;
    }
    this.#closed = true;
    return `${text}data: [DONE]\n\n`;
  }

  #finish(choice: Choice, late: string): string {
    const stop = choice.stop ?? { kind: "end" };
    let text = this.#role(choice, "null");
    const explanation = refusalOf(stop);
    if (explanation !== undefined && !choice.refused) text += chunk(choice, { refusal: explanation });
    else if (stop.explanation !== undefined) this.#lost.add("stop_details");
    const finish = JSON.stringify(writeFinish(stop, choice.callCount > 0)).slice(1);
    return `${text}${choice.lead}{},"logprobs":null,${finish.slice(0, -1)}}]${late}${this.#tail}`;
  }
}

/** One writer for one reply. It counts choices, blocks and calls; nothing else is kept but reasoning that is signed. */
export function openWriter(context: ReplyContext): ReplyWriter {
  return new ChatWriter(context);
}
