// A provider's reply on its way through: each chunk as it comes, at the client's pace, with a look at its usage beside it.
import { GatewayError } from "../core/errors.ts";
import type { Exchange, Outcome } from "./exchange.ts";
import type { ReplyBody } from "./reply-body.ts";
import type { UsageTap } from "./usage-tap.ts";

export type PassthroughReplyOptions = {
  exchange: Exchange;
  body: ReplyBody;
  tap: UsageTap | undefined;
  /** What the exchange is, once the body has come to its end. */
  outcome: Outcome;
};

/** A client that takes nothing for this long is cut (robustness.md 3.1, slow readers). */
const writeStallMs = 30_000;

export class PassthroughReply {
  readonly #options: PassthroughReplyOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #closed = false;

  constructor(options: PassthroughReplyOptions) {
    this.#options = options;
  }

  open(): ReadableStream<Uint8Array> {
    const { exchange, body } = this.#options;
    exchange.deadlines.on("write", () => this.#stall());
    // Pull with no queue of its own: the client's pace is the provider's pace.
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          this.#controller = controller;
          return this.#pull(controller);
        },
        cancel: () => {
          this.#closed = true;
          body.cancel();
          exchange.leave();
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { exchange, body, tap } = this.#options;
    exchange.deadlines.clear("write");
    try {
      const chunk = await body.read();
      if (this.#closed) return;
      if (chunk === undefined) {
        this.#closed = true;
        controller.close();
        exchange.noteAnswered();
        void this.#finish();
        return;
      }
      exchange.noteOutput();
      exchange.deadlines.set("write", writeStallMs);
      controller.enqueue(chunk);
      tap?.push(chunk);
    } catch (cause) {
      if (this.#closed) return;
      this.#closed = true;
      const { record } = exchange;
      record.error = cause instanceof GatewayError ? cause : new GatewayError("internal", "internal error", { cause });
      // The status has left: a body that is cut short is what tells the client.
      controller.error(record.error);
      exchange.settle("error");
    }
  }

  async #finish(): Promise<void> {
    const { exchange, tap, outcome } = this.#options;
    const seen = await tap?.end();
    const { record } = exchange;
    if (seen?.usage) record.usage = seen.usage;
    record.model ??= seen?.model;
    exchange.settle(outcome);
  }

  /** The client has taken nothing for too long: its connection and the provider's are given up. */
  #stall(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.error(new Error("the client stopped reading"));
    this.#options.exchange.leave();
  }
}
