// Sessions in this process's memory: bounded in entries and bytes, the one that was silent longest leaves first.
import type { SessionStore } from "../sessions.ts";

export type SessionBounds = { entriesMax: number; bytesMax: number; nowMs: () => number };

type Entry = { target: string; untilMs: number };

/** What an entry takes beside its texts, roughly. */
const overheadBytes = 120;

const bytesOf = (key: string, target: string) => 2 * (key.length + target.length) + overheadBytes;

export function openMemorySessions({ entriesMax, bytesMax, nowMs }: SessionBounds): SessionStore & { size(): number } {
  // Set anew, an entry stands last in the order of insertion.
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const remove = (key: string, entry: Entry) => {
    entries.delete(key);
    bytes -= bytesOf(key, entry.target);
  };
  return {
    scope: "process",
    peek(key) {
      const entry = entries.get(key);
      return entry && entry.untilMs > nowMs() ? entry.target : undefined;
    },
    keep(key, target, ttlMs) {
      const known = entries.get(key);
      const untilMs = nowMs() + ttlMs;
      if (known) {
        entries.delete(key);
        bytes += 2 * (target.length - known.target.length);
        known.target = target;
        known.untilMs = untilMs;
        entries.set(key, known);
      } else {
        entries.set(key, { target, untilMs });
        bytes += bytesOf(key, target);
      }
      if (entries.size <= entriesMax && bytes <= bytesMax) return;
      for (const [oldest, entry] of entries) {
        if (entries.size <= entriesMax && bytes <= bytesMax) break;
        remove(oldest, entry);
      }
    },
    size: () => entries.size,
    close() {
      entries.clear();
      bytes = 0;
    },
  };
}
