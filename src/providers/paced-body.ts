// A reply body made of timed steps, pulled by its reader: what the demo and the mock provider send their streams with.
import { setTimeout as sleep } from "node:timers/promises";

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export type Wait = (durationMs: number, signal: AbortSignal) => Promise<void>;

export type BodyStep =
  | { waitMs?: number; write: string | Uint8Array }
  /** The body breaks here, as on a lost connection. */
  | { waitMs?: number; fail: Error }
  /** Silence until the reader leaves. */
  | { stall: true };

export const realWait: Wait = (durationMs, signal) => sleep(durationMs, undefined, { signal });

/** What Bun's fetch rejects with when the other side resets the connection; relays tell it by its `code`. */
export function connectionLost(): Error {
  return Object.assign(new TypeError("the connection was closed before the reply was complete"), {
    code: "ECONNRESET",
  });
}

/** Rejects once the signal is aborted; never resolves. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/**
 * Takes one step a pull, so a reader that stops reading stops the steps. Ends at once, with the signal's reason, when
 * `signal` is aborted, and silently when the body is cancelled.
 */
export function pacedBody(steps: Iterable<BodyStep>, signal: AbortSignal, wait: Wait): ReadableStream<Uint8Array> {
  const iterator = steps[Symbol.iterator]();
  const cancelled = new AbortController();
  const stopped = AbortSignal.any([signal, cancelled.signal]);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        stopped.throwIfAborted();
        const next = iterator.next();
        if (next.done) {
          controller.close();
          return;
        }
        const step = next.value;
        if ("stall" in step) return untilAborted(stopped);
        if (step.waitMs) await wait(step.waitMs, stopped);
        if ("fail" in step) throw step.fail;
        // The reader may have left during the wait; a fake clock does not look at the signal.
        stopped.throwIfAborted();
        controller.enqueue(typeof step.write === "string" ? encoder.encode(step.write) : step.write);
      },
      cancel() {
        cancelled.abort();
        iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
