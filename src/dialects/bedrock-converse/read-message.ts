// One Converse reply while it is read: its open blocks, its usage and its stop, said as canonical events.
import { GatewayError } from "../../core/errors.ts";
import type { BlockKind, Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { malformedStops, readStop } from "./stop.ts";
import { readUsage } from "./usage.ts";

type OpenBlock = { block: number; kind: BlockKind; sawText: boolean };

export function malformed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_malformed", message, { cause });
}

/** Reply-level fields that only this dialect has. */
const besideFields = ["trace", "performanceConfig", "metrics"];

export class MessageEvents {
  readonly #emit: Emit;
  readonly #origin: string;
  /** By the provider's own index. */
  readonly #open = new Map<number, OpenBlock>();
  readonly #lost = new Set<string>();
  #blocks = 0;
  #started = false;
  #done = false;
  #callsTools = false;
  #stop: JsonObject | undefined;
  #sawUsage = false;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#emit = emit;
    this.#origin = facts.origin;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Idempotent: `messageStart` may be missing (translation.md A5). The wire names neither an id nor the model. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#emit({ type: "start" });
  }

  /** Only calls say what they are before their first delta. */
  openCall(index: number, toolUse: JsonObject): void {
    this.#close(index);
    this.start();
    this.#callsTools = true;
    const block = this.#blocks++;
    this.#open.set(index, { block, kind: "tool-call", sawText: false });
    const id = asString(toolUse["toolUseId"]) ?? "";
    const name = asString(toolUse["name"]) ?? "";
    this.#emit({ type: "block-start", block, kind: "tool-call", id, name, argumentsKind: "json" });
  }

  text(index: number, text: JsonValue | undefined): void {
    if (typeof text === "string" && text !== "") this.#delta(this.#opened(index, "text"), text);
  }

  reasoning(index: number, wire: JsonObject): void {
    const text = asString(wire["text"]);
    const signature = asString(wire["signature"]);
    const redacted = asString(wire["redactedContent"]);
    if (text) this.#delta(this.#opened(index, "reasoning"), text);
    if (signature) this.#state(index, "signature", signature);
    if (redacted) this.#state(index, "redacted", redacted);
  }

  input(index: number, text: JsonValue | undefined): void {
    if (typeof text !== "string" || text === "") return;
    const open = this.#open.get(index);
    if (open?.kind !== "tool-call") this.fail(malformed("the provider sent arguments of a call that never began"));
    else this.#delta(open, text);
  }

  citation(index: number, raw: JsonObject): void {
    const { block } = this.#opened(index, "text");
    const title = asString(raw["title"]);
    const cited = (asArray(raw["sourceContent"]) ?? [])
      .map((part) => asString(asObject(part)?.["text"]) ?? "")
      .join("");
    const url = asString(asObject(asObject(raw["location"])?.["web"])?.["url"]);
    const found = { ...(title !== undefined ? { title } : {}), ...(cited !== "" ? { citedText: cited } : {}), raw };
    this.#emit({
      type: "citation",
      block,
      citation: url === undefined ? { kind: "document", ...found } : { kind: "url", url, ...found },
    });
  }

  stop(index: number): void {
    this.#close(index);
  }

  lose(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.#emit({ type: "lost", field });
  }

  usage(wire: JsonObject): void {
    this.#sawUsage = true;
    this.#emit({ type: "usage", usage: readUsage(wire) });
  }

  /**
   * What stands beside an answer: how it was served, what a guardrail found. A service tier is told as other dialects
   * tell it.
   * @param holder a `metadata` event or a whole reply
   */
  noteBeside(holder: JsonObject): void {
    const extra: JsonObject = {};
    for (const name of besideFields) {
      const value = holder[name];
      if (value !== undefined && value !== null) extra[name] = value;
    }
    const tier = asString(asObject(holder["serviceTier"])?.["type"]);
    if (tier !== undefined) extra["service_tier"] = tier;
    if (Object.keys(extra).length === 0) return;
    this.start();
    this.#emit({ type: "extra", extra });
  }

  /** Usage comes after the stop, in odd cases before it: the reply is complete with both (S54). */
  noteStop(holder: JsonObject): void {
    const reason = asString(holder["stopReason"]);
    if (reason !== undefined && malformedStops.has(reason)) {
      this.fail(new GatewayError("upstream_failed", `the model wrote a reply that cannot be read (${reason})`));
      return;
    }
    this.#stop = holder;
    const fields = holder["additionalModelResponseFields"];
    if (!isObject(fields)) return;
    this.start();
    this.#emit({ type: "extra", extra: { additionalModelResponseFields: fields } });
  }

  finishIfComplete(): void {
    if (this.#stop !== undefined && this.#sawUsage) this.finish();
  }

  /** The end of the body: complete if a stop was seen, with or without usage. */
  finish(): void {
    if (this.#done) return;
    if (this.#stop === undefined) {
      this.fail(new GatewayError("upstream_truncated", "the provider's reply ended before it was complete"));
      return;
    }
    this.start();
    for (const index of [...this.#open.keys()]) this.#close(index);
    this.#done = true;
    this.#emit({ type: "stop", stop: readStop(this.#stop, this.#callsTools) });
    this.#emit({ type: "end" });
  }

  fail(error: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#emit({ type: "error", error });
  }

  /** The block of this index; text and reasoning open with their first delta, since a start may not come (S55). */
  #opened(index: number, kind: "text" | "reasoning"): OpenBlock {
    const known = this.#open.get(index);
    if (known?.kind === kind) return known;
    this.#close(index);
    this.start();
    const open: OpenBlock = { block: this.#blocks++, kind, sawText: false };
    this.#open.set(index, open);
    this.#emit({ type: "block-start", block: open.block, kind });
    return open;
  }

  #delta(open: OpenBlock, text: string): void {
    open.sawText = true;
    this.#emit({ type: "delta", block: open.block, text });
  }

  #state(index: number, kind: "signature" | "redacted", value: string): void {
    const { block } = this.#opened(index, "reasoning");
    this.#emit({ type: "state", block, state: { origin: this.#origin, kind, value } });
  }

  #close(index: number): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    // A call without arguments sends no input at all (T27).
    if (open.kind === "tool-call" && !open.sawText) this.#emit({ type: "delta", block: open.block, text: "{}" });
    this.#emit({ type: "block-stop", block: open.block });
  }
}
