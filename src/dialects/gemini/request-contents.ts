// Turns as Gemini's contents: model steps and what the user side answers, results in the order of their calls (B2.1).
import type { Block, ChatRequest, ToolCallBlock, ToolResultBlock, Turn } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asObject, isObject, type JsonObject, parseExact } from "../../core/json.ts";
import { noSignature } from "./carried-state.ts";
import type { Losses } from "./field-names.ts";
import { loseForeign, type PartContext, writePart } from "./request-parts.ts";
import type { ToolNames } from "./tool-names.ts";

type To = { facts: TargetFacts; lost: Losses; names: ToolNames };
type Content = { role: "user" | "model"; parts: JsonObject[] };
type Placed<Kind> = { block: Kind; param: string };

export type WrittenContents = { contents: Content[]; systemParts: JsonObject[] };

/** Stands where Gemini insists on a turn, or on text beside an image, and the client wrote none. */
const filler: JsonObject = { text: " " };

export function writeContents(request: ChatRequest, to: To): WrittenContents {
  const first = request.turns.findIndex((turn) => turn.role !== "system");
  const headEnd = first < 0 ? request.turns.length : first;
  const systemParts = request.turns.slice(0, headEnd).flatMap((turn, index) => systemPartsOf(turn, index, to));
  const writer = new ContentWriter(to);
  for (let index = headEnd; index < request.turns.length; index++) writer.take(request.turns[index] as Turn, index);
  return { contents: fillGaps(writer.finish()), systemParts };
}

function systemPartsOf(turn: Turn, index: number, to: To): JsonObject[] {
  loseOfTurn(turn, to);
  return writeParts(turn.blocks, (place) => contextOf(index, place, to));
}

function writeParts(blocks: Block[], context: (place: number) => PartContext): JsonObject[] {
  return blocks.map((block, place) => writePart(block, context(place))).filter((part) => part !== undefined);
}

function contextOf(turn: number, place: number, to: To): PartContext {
  return { ...to, param: `messages[${turn}].content[${place}]` };
}

function loseOfTurn(turn: Turn, { lost }: To): void {
  if (turn.name !== undefined) lost.addField("messages.name");
  // Contents are joined and split on the way: what one of them said beside its parts has no place any more.
  for (const name of Object.keys(turn.extra?.gemini ?? {})) lost.addField(`contents.${name}`);
  loseForeign(turn.extra, "messages", lost);
}

/** Gemini refuses an empty history, one that begins with the model (M31), and on Vertex a turn of media alone (M22). */
function fillGaps(contents: Content[]): Content[] {
  for (const { role, parts } of contents) {
    const isMedia = (part: JsonObject) => part["inlineData"] !== undefined || part["fileData"] !== undefined;
    if (role === "user" && parts.every(isMedia)) parts.push(filler);
  }
  return contents[0]?.role === "user" ? contents : [{ role: "user", parts: [filler] }, ...contents];
}

class ContentWriter {
  readonly #to: To;
  readonly #contents: Content[] = [];
  /** Calls of the last model step, in order. */
  #calls: ToolCallBlock[] = [];
  /** What has come from the user's side since that step. */
  #results: Placed<ToolResultBlock>[] = [];
  #others: JsonObject[] = [];

  constructor(to: To) {
    this.#to = to;
  }

  take(turn: Turn, index: number): void {
    loseOfTurn(turn, this.#to);
    if (turn.role === "assistant") this.#takeStep(turn, index);
    else if (turn.role === "system") this.#takeNote(turn, index);
    else this.#takeUser(turn, index);
  }

  finish(): Content[] {
    this.#settle();
    return this.#contents;
  }

  #takeStep(turn: Turn, index: number): void {
    this.#settle();
    const parts = writeParts(turn.blocks, (place) => contextOf(index, place, this.#to));
    if (parts.length === 0) return;
    const calls = turn.blocks.filter((block) => block.type === "tool-call");
    const last = this.#contents.at(-1);
    if (last?.role === "model") {
      last.parts.push(...parts);
      this.#calls.push(...calls);
    } else {
      this.#contents.push({ role: "model", parts });
      this.#calls = calls;
    }
  }

  /** A system message in mid-conversation keeps its place, as a note on the user's side (M05). */
  #takeNote(turn: Turn, index: number): void {
    const text = turn.blocks.flatMap((block) => ("text" in block ? block.text : [])).join("\n");
    for (const [place, block] of turn.blocks.entries()) if (!("text" in block)) this.#take(block, index, place);
    for (const block of turn.blocks) {
      if (block.cache) this.#to.lost.add("cache");
      loseForeign(block.extra, "messages.content", this.#to.lost);
    }
    if (text !== "") this.#others.push({ text: `System note: ${text}` });
  }

  #takeUser(turn: Turn, index: number): void {
    for (const [place, block] of turn.blocks.entries()) this.#take(block, index, place);
  }

  #take(block: Block, index: number, place: number): void {
    const context = contextOf(index, place, this.#to);
    if (block.type === "tool-result") {
      if (block.cache) this.#to.lost.add("cache");
      loseForeign(block.extra, "messages.content", this.#to.lost);
      this.#results.push({ block, param: context.param });
      return;
    }
    const part = writePart(block, context);
    if (part) this.#others.push(part);
  }

  /** Writes the user's side of the last step. Where nobody has said anything yet, its calls still wait for results. */
  #settle(): void {
    if (this.#results.length === 0 && this.#others.length === 0) return;
    const responses = this.#contents.at(-1)?.role === "model" ? this.#answer() : [];
    const orphans = this.#results.map((result) => this.#orphan(result));
    const others = [...orphans, ...this.#others];
    if (responses.length > 0) this.#contents.push({ role: "user", parts: responses });
    // Beside function responses no other part may stand (Gemini 3): what else was said follows in a turn of its own.
    if (others.length > 0) this.#contents.push({ role: "user", parts: others });
    this.#calls = [];
    this.#results = [];
    this.#others = [];
  }

  /** One response for each call, in the order of the calls (T53); a missing one is made up, and reported. */
  #answer(): JsonObject[] {
    return this.#calls.map((call) => {
      const found = this.#results.findIndex(({ block }) => block.callId === call.id);
      const [result] = found < 0 ? [] : this.#results.splice(found, 1);
      if (result) return this.#response(call, result);
      this.#to.lost.add("toolResult");
      return this.#functionResponse(call, { error: "no result of this call is in the history" });
    });
  }

  #functionResponse(call: ToolCallBlock, response: JsonObject, parts: JsonObject[] = []): JsonObject {
    const withId = this.#to.facts.flags.toolCallIds !== false && call.id !== "";
    return {
      functionResponse: {
        ...(withId ? { id: call.id } : {}),
        name: this.#to.names.written(call.name),
        response,
        ...(parts.length > 0 ? { parts } : {}),
      },
    };
  }

  #response(call: ToolCallBlock, { block, param }: Placed<ToolResultBlock>): JsonObject {
    const text = resultText(block);
    const media = this.#media(block, param);
    const response = block.isError ? { error: text } : (objectIn(text) ?? { output: text });
    const inside = this.#to.facts.flags.imagesInToolResults === true;
    if (media.length > 0 && !inside) this.#others.unshift({ text: `Returned by ${call.name}:` }, ...media);
    const part = this.#functionResponse(call, response, inside ? media : []);
    // What only this dialect says of a response (`scheduling`, `willContinue`).
    const { functionResponse: own, ...beside } = block.extra?.gemini ?? {};
    return { ...beside, functionResponse: { ...asObject(own), ...asObject(part["functionResponse"]) } };
  }

  #media(block: ToolResultBlock, param: string): JsonObject[] {
    for (const inner of block.blocks) {
      if (inner.type !== "text" && inner.type !== "refusal") continue;
      if (inner.cache) this.#to.lost.add("cache");
      if (inner.type === "text" && inner.citations) this.#to.lost.add("citations");
      loseForeign(inner.extra, "messages.content", this.#to.lost);
    }
    const media = block.blocks.filter((inner) => inner.type !== "text" && inner.type !== "refusal");
    return writeParts(media, () => ({ ...this.#to, param }));
  }

  /** A result whose call is not in the step before it would be refused: it is told as text, and reported. */
  #orphan({ block, param }: Placed<ToolResultBlock>): JsonObject {
    this.#to.lost.add("toolResult");
    this.#others.push(...this.#media(block, param));
    return { text: `Result of ${block.name ?? "a tool call"}: ${resultText(block)}` };
  }
}

function resultText(block: ToolResultBlock): string {
  return block.blocks
    .flatMap((inner) => (inner.type === "text" || inner.type === "refusal" ? inner.text : []))
    .join("\n");
}

function objectIn(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value = parseExact(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Gemini 3 wants a signature on the first call of each step (A4.4); calls from another maker get the sentinel. */
export function signFirstCalls(contents: Content[]): void {
  for (const { role, parts } of contents) {
    const index = role === "model" ? parts.findIndex((part) => part["functionCall"] !== undefined) : -1;
    const call = parts[index];
    if (call && call["thoughtSignature"] === undefined) parts[index] = { ...call, thoughtSignature: noSignature };
  }
}
