// How the system schedules the thread that speaks to providers, beside the one that runs our code.
import { dlopen, ptr } from "bun:ffi";
import { startFetchThread } from "../exchange/upstream.ts";
import { libraries } from "./libraries.ts";

/** `sched_setscheduler(2)` on Linux. */
const policies = { other: 0, batch: 3 } as const;
/** `struct sched_param` is one int in glibc and 48 bytes in musl. */
const parameterBytes = 64;

/**
 * Starts the thread behind fetch with SCHED_BATCH, which it inherits: it is run as much as any other, but does not interrupt
 * a running one when it wakes. Where two threads share a core, the one that runs our code would otherwise be stopped for
 * every single packet of a provider, and each such change of threads costs more than the packet (bench/, whole-1kb-16).
 * Where the system knows no such policy, or forbids it, the thread starts as it would.
 */
export function startPatientFetchThread(): void {
  const set = process.platform === "linux" ? scheduler() : undefined;
  const changed = set?.(policies.batch) === 0;
  startFetchThread();
  if (changed) set?.(policies.other);
}

/** Sets the policy of the calling thread; returns 0 when it was set. */
function scheduler(): ((policy: number) => number) | undefined {
  for (const library of libraries) {
    try {
      const { symbols } = dlopen(library, { sched_setscheduler: { args: ["i32", "i32", "ptr"], returns: "i32" } });
      const parameter = new Uint8Array(parameterBytes);
      return (policy) => symbols.sched_setscheduler(0, policy, ptr(parameter));
    } catch {
      // Not this system's library.
    }
  }
  return undefined;
}
