// A reply that is read into canonical events and written in the client's dialect. One decoder, one reader, one writer.
import { GatewayError } from "../core/errors.ts";
import { type Emit, isOutput, type ReplyEvent } from "../core/events.ts";
import type { TargetFacts } from "../core/facts.ts";
import type { JsonValue } from "../core/json.ts";
import type { ClientHalf, FrameReader, ReplyContext, ReplyWriter, UpstreamHalf } from "../dialects/dialect.ts";
import { type Decoder, openDecoder } from "../dialects/framing/decoder.ts";
import { type KeepTurn, watchTurn } from "./recall.ts";
import type { ReplyBody } from "./reply-body.ts";
import { restoreTools, type ToolChanges } from "./restore-tools.ts";
import type { ReplySource, Seen } from "./source.ts";
import { asFailure, isSilence } from "./source-as-is.ts";

export type TranslatedOptions = {
  body: ReplyBody;
  half: UpstreamHalf;
  client: ClientHalf;
  facts: TargetFacts;
  tools: ToolChanges | undefined;
  /** Told the whole turn at its end. */
  keep?: KeepTurn | undefined;
  context: ReplyContext;
  /** In place of one of its own. */
  writer?: ReplyWriter | undefined;
  /** Takes the operator's secrets out of a failure. */
  clean: (failure: GatewayError) => GatewayError;
  /** Called at the terminal event: only the end of the body is still waited for. */
  onTerminal: () => void;
};

type Next = string | GatewayError | undefined;

export class TranslatedSource implements ReplySource {
  readonly seen: Seen = { output: false, started: false, ended: false, lost: [] };
  readonly #options: TranslatedOptions;
  readonly #writer: ReplyWriter;
  readonly #emit: Emit;
  readonly #reader: FrameReader;
  readonly #decoder: Decoder;
  /** What the events of the current chunk have become; leaves in one write. */
  #out = "";
  #failure: GatewayError | undefined;
  /** The reply came whole: there is nothing to read. */
  #whole = false;

  constructor(options: TranslatedOptions) {
    this.#options = options;
    this.#writer = options.writer ?? options.client.openWriter(options.context);
    this.#emit = restoreTools(
      watchTurn((event) => this.#take(event), options.keep),
      options.tools,
    );
    this.#reader = options.half.openReader(this.#emit, options.facts);
    this.#decoder = openDecoder(options.half, (frame) => this.#reader.read(frame));
  }

  async next(): Promise<Next> {
    try {
      for (;;) {
        if (this.#out !== "") return this.#flush();
        if (this.#failure) return this.#fail(this.#failure);
        const chunk = this.#whole ? undefined : await this.#options.body.read();
        if (!chunk) return this.#end();
        // After the terminal event only the end of the body is awaited, so that the connection can be reused.
        if (!this.seen.ended) this.#decoder.push(chunk);
      }
    } catch (cause) {
      // Whatever follows the terminal event takes nothing back.
      if (this.seen.ended || (isSilence(cause) && this.#isComplete())) return this.#end();
      this.#failure = asFailure(cause, this.#options.context.provider);
      // What stood whole in front of it, in the same chunk, leaves first.
      return this.#out === "" ? this.#fail(this.#failure) : this.#flush();
    }
  }

  failureFrames(error: GatewayError): string {
    return this.#writer.write({ type: "error", error });
  }

  cancel(): void {
    this.#options.body.cancel();
  }

  /** A whole reply where a stream was asked for: the same events, written at once. */
  takeWhole(body: JsonValue): void {
    this.#whole = true;
    this.#options.half.readReply(body, this.#emit, this.#options.facts);
    if (!this.seen.ended && !this.#failure) {
      this.#failure = new GatewayError("upstream_malformed", "the provider's reply is incomplete");
    }
  }

  #take(event: ReplyEvent): void {
    if (this.seen.ended || this.#failure) return;
    const { seen } = this;
    switch (event.type) {
      case "delta":
        break;
      case "error":
        this.#failure = event.error;
        return;
      case "usage":
        seen.usage = event.usage;
        break;
      case "lost":
        seen.lost.push(event.field);
        break;
      case "start":
        if (event.model !== undefined) seen.model = event.model;
        break;
      case "end":
        seen.ended = true;
        this.#options.onTerminal();
        break;
    }
    if (!seen.output && isOutput(event)) seen.output = true;
    this.#out += this.#writer.write(event);
  }

  #flush(): string {
    const out = this.#out;
    this.#out = "";
    this.seen.started = true;
    return out;
  }

  /** Asks the reader whether the reply was finished before the provider fell silent. */
  #isComplete(): boolean {
    this.#whole = true;
    this.#reader.end();
    return this.seen.ended;
  }

  #end(): Next {
    if (!this.seen.ended && !this.#failure) {
      this.#decoder.end();
      this.#reader.end();
    }
    if (this.#out !== "") return this.#flush();
    if (this.#failure) return this.#fail(this.#failure);
    for (const field of this.#writer.lost) if (!this.seen.lost.includes(field)) this.seen.lost.push(field);
    return undefined;
  }

  #fail(failure: GatewayError): GatewayError {
    this.cancel();
    return this.#options.clean(failure);
  }
}
