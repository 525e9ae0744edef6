// One passthrough call under way: its timers, the upload that feeds it, and the wait for the headers of its reply.
import { GatewayError } from "../core/errors.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import type { Timeouts } from "./attempt.ts";
import { timeoutError, watchConnect } from "./call-timers.ts";
import type { Stoppable } from "./exchange.ts";
import { ReplyBody } from "./reply-body.ts";
import type { DeadlineName, Deadlines } from "./timers.ts";
import { connectionError, type Lease, type Upstream } from "./upstream.ts";

export type PassthroughCallInput = {
  upstream: Upstream;
  provider: Provider;
  credential: Credential;
  url: string;
  method: string;
  headers: { [name: string]: string };
  body: Uint8Array | Upload | undefined;
  timeouts: Timeouts;
  deadlines: Deadlines;
};

export class PassthroughCall implements Stoppable {
  readonly #input: PassthroughCallInput;
  readonly #controller = new AbortController();
  failure: GatewayError | undefined;
  #answered = false;
  #lease: Lease;

  constructor(input: PassthroughCallInput) {
    this.#input = input;
  }

  /** Ends the call; the first reason counts. */
  stop(reason: GatewayError): void {
    this.failure ??= reason;
    this.#controller.abort(reason);
    this.#upload?.cancel();
    this.#lease?.leave();
  }

  /** Closes the connection of a reply that is not wanted to its end. */
  abort(): void {
    this.#controller.abort();
    this.#upload?.cancel();
  }

  /** Sends the request and waits for the headers of whatever comes. Rejects with GatewayError. */
  async call(): Promise<ReplyBody> {
    const { upstream, provider, credential, url, method, headers, body, timeouts, deadlines } = this.#input;
    this.#watch();
    const lease = upstream.enter(provider);
    this.#lease = lease;
    let response: Response;
    try {
      response = await upstream.send({
        provider,
        credential,
        path: "",
        url,
        method,
        headers,
        ...(body !== undefined && { body: body instanceof Upload ? body.open() : body }),
        encoded: true,
        signal: this.#controller.signal,
        lease,
      });
    } catch (cause) {
      lease?.leave();
      throw this.failure ?? this.#upload?.failure ?? connectionError(cause, provider.name);
    } finally {
      deadlines.clear("connect");
      deadlines.clear("headers");
    }
    this.#answered = true;
    return new ReplyBody({
      response,
      lease,
      provider: provider.name,
      attempt: this,
      deadlines,
      idleMs: timeouts.idle,
    });
  }

  get #upload(): Upload | undefined {
    return this.#input.body instanceof Upload ? this.#input.body : undefined;
  }

  #watch(): void {
    const { deadlines, timeouts, provider } = this.#input;
    const expire = (name: DeadlineName) => this.stop(timeoutError(name, provider.name));
    for (const name of ["headers", "idle", "total"] as const) deadlines.on(name, expire);
    const isAnswered = () => this.#answered;
    const stop = (reason: GatewayError) => this.stop(reason);
    watchConnect({ provider, deadlines, connectMs: timeouts.connect, isAnswered, stop });
    const waitForHeaders = () => {
      if (!this.#answered) deadlines.set("headers", timeouts.headers);
    };
    // An upload may take longer than any reply: the wait begins anew with each piece of it.
    if (this.#upload) this.#upload.onProgress = waitForHeaders;
    waitForHeaders();
    deadlines.set("total", timeouts.total);
  }
}

/** A client that sends nothing for this long is cut. */
const uploadStallMs = 30_000;

export type UploadLimits = { bytesMax: number; deadlines: Deadlines };

/** The client's body on its way to the provider: read as fast as the provider takes it, counted, never collected. */
export class Upload {
  /** Told of each piece that has come. */
  onProgress: () => void = () => {};
  failure: GatewayError | undefined;
  readonly #body: ReadableStream<Uint8Array>;
  readonly #limits: UploadLimits;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #bytes = 0;
  #ended = false;

  constructor(body: ReadableStream<Uint8Array>, limits: UploadLimits) {
    this.#body = body;
    this.#limits = limits;
  }

  open(): ReadableStream<Uint8Array> {
    const reader = this.#body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#reader = reader;
    const { deadlines } = this.#limits;
    deadlines.on("body", () => this.#fail(new GatewayError("request_timeout", "the request body came too slowly")));
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#pull(reader, controller),
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Stops reading. Safe at any time and more than once. */
  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#limits.deadlines.clear("body");
    // An uncaught rejection in here would end the process (robustness.md 0, item 2).
    this.#reader?.cancel().catch(() => {});
  }

  async #pull(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { bytesMax, deadlines } = this.#limits;
    deadlines.set("body", uploadStallMs);
    try {
      const { value, done } = await reader.read();
      if (this.failure) throw this.failure;
      this.#bytes += value?.length ?? 0;
      if (this.#bytes > bytesMax) throw tooLarge(bytesMax);
      this.onProgress();
      if (value) controller.enqueue(value);
      if (!done) return;
      this.#ended = true;
      controller.close();
    } catch (cause) {
      this.failure ??=
        cause instanceof GatewayError
          ? cause
          : new GatewayError("client_gone", "the request body broke off", { cause });
      this.cancel();
      controller.error(this.failure);
    } finally {
      deadlines.clear("body");
    }
  }

  #fail(failure: GatewayError): void {
    this.failure ??= failure;
    this.cancel();
  }
}

export function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError("payload_too_large", `the request body is larger than ${bytesMax} bytes`);
}
