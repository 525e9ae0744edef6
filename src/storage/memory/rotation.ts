// Turns in this process's memory. Keys are names of the configuration, so there are no more of them than it has.
import type { RotationStore } from "../rotation.ts";

export function openMemoryRotation(): RotationStore {
  const counts = new Map<string, number>();
  return {
    scope: "process",
    peek: (key) => counts.get(key) ?? 0,
    advance(key) {
      const next = (counts.get(key) ?? 0) + 1;
      counts.set(key, next < Number.MAX_SAFE_INTEGER ? next : 0);
    },
    close: () => counts.clear(),
  };
}
