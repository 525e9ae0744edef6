// Remembered turns in this process's memory, as JSON text: for a time, up to a number of bytes, the least recently used leaves first.
import type { ReasoningMemory, RememberedTurn } from "../reasoning-memory.ts";

export type ReasoningMemoryOptions = {
  ttlMs: number;
  bytesMax: number;
  /** Monotonic milliseconds. */
  nowMs: () => number;
};

/** A turn may take this share of the whole: one long answer must not push everybody else's out. */
const shareOfTurnMax = 1 / 16;
/** Key, map entry and object, roughly. */
const bytesOfEntry = 200;

type Entry = { text: string; bytes: number; expiresMs: number };

export function openMemoryReasoning({ ttlMs, bytesMax, nowMs }: ReasoningMemoryOptions): ReasoningMemory {
  const entries = new Map<string, Entry>();
  let bytesHeld = 0;
  const forget = (key: string) => {
    bytesHeld -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    scope: "process",
    find(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      forget(key);
      const now = nowMs();
      if (entry.expiresMs <= now) return undefined;
      // A conversation that goes on asks for its turns each time: they live as long as it does, and stand last again.
      entry.expiresMs = now + ttlMs;
      entries.set(key, entry);
      bytesHeld += entry.bytes;
      return JSON.parse(entry.text) as RememberedTurn;
    },
    keep(key, turn) {
      const text = JSON.stringify(turn);
      // Strings take one or two bytes a unit: the larger figure holds in every case.
      const bytes = text.length * 2 + bytesOfEntry;
      forget(key);
      if (bytes > bytesMax * shareOfTurnMax) return;
      entries.set(key, { text, bytes, expiresMs: nowMs() + ttlMs });
      bytesHeld += bytes;
      for (const oldest of entries.keys()) {
        if (bytesHeld <= bytesMax) return;
        forget(oldest);
      }
    },
    close() {
      entries.clear();
      bytesHeld = 0;
    },
  };
}
