// What the kernel says about processes and cores (Linux, proc(5)).
import { readFileSync, writeFileSync } from "node:fs";

/** USER_HZ: the unit of /proc times, 100 on every Linux that Bun runs on. */
const ticksPerSecond = 100;
const bytesPerKibibyte = 1024;

/** User and system time of all threads, in seconds. NaN when the process is gone. */
export function cpuSeconds(pid: number): number {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  // The command name may hold blanks and brackets: fields are counted from behind its last bracket (field 3 comes first there).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) / ticksPerSecond;
}

export type Memory = { rssBytes: number; peakRssBytes: number };

export function memory(pid: number): Memory {
  const text = readOrEmpty(`/proc/${pid}/status`);
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) * bytesPerKibibyte;
  return { rssBytes: bytes("VmRSS"), peakRssBytes: bytes("VmHWM") };
}

/** Lets the peak of `memory` start anew: proc(5), clear_refs, value 5. Some containers forbid it; the peak is then since the start. */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Allowed to fail, see above.
  }
}

export type CoreTime = { busySeconds: number; totalSeconds: number };

export function coreTime(core: number): CoreTime {
  const line = new RegExp(`^cpu${core} (.+)$`, "m").exec(readOrEmpty("/proc/stat"))?.[1] ?? "";
  // user nice system idle iowait irq softirq steal; guest time is already in user.
  const ticks = line.split(" ").slice(0, 8).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busySeconds: (total - idle) / ticksPerSecond, totalSeconds: total / ticksPerSecond };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
