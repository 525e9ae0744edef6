// One clock for all processes of a run: a frame is stamped in one of them and read in another.
import { dlopen, FFIType } from "bun:ffi";

/** CLOCK_MONOTONIC of Linux (time.h), which every process counts from the same moment. */
const clockMonotonic = 1;

/** Milliseconds between the kernel's zero and this process's; undefined where there is no glibc to ask. */
function kernelOffsetMs(): number | undefined {
  try {
    const libc = dlopen("libc.so.6", { clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 } });
    const time = new BigInt64Array(2);
    const failed = libc.symbols.clock_gettime(clockMonotonic, time) !== 0;
    const readAtMs = performance.now();
    libc.close();
    return failed ? undefined : Number(time[0]) * 1000 + Number(time[1]) / 1e6 - readAtMs;
  } catch {
    return undefined;
  }
}

/**
 * Opens a clock in milliseconds, with fractions. `performance.now()` and `hrtime` start anew in each process, and the wall clock may be
 * slewed between two starts: it serves only where the kernel's cannot be read.
 */
export function openClock(): () => number {
  const offsetMs = kernelOffsetMs() ?? performance.timeOrigin;
  return () => offsetMs + performance.now();
}
