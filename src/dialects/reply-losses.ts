// What a client's dialect has no place for in parts of a reply that another dialect made, by stable names.
import type { Block, Citation, DialectId } from "../core/chat.ts";
import { asObject, isObject, type JsonValue } from "../core/json.ts";

/** Further fields of a part that its maker wrote and `own` cannot hold: `image.revised_prompt`. */
export function foreignFields({ type, extra }: Block, own: DialectId): string[] {
  if (!extra) return [];
  return Object.entries(extra).flatMap(([dialect, fields]) =>
    dialect === own ? [] : Object.keys(fields ?? {}).map((name) => `${type}.${name}`),
  );
}

/** Kinds and places, which every dialect says in its own way. */
const converted: ReadonlySet<string> = new Set(["type", "start", "end", "start_index", "end_index"]);

/**
 * Fields of a citation, as its maker wrote it, that are not in what was written of it: `citations.encrypted_index`. The
 * place in the answer's text is converted, so it is not among them. Citations are few: this walks both of them.
 */
export function citationLosses({ raw }: Citation, written: JsonValue): string[] {
  if (!raw || raw === written || (Array.isArray(written) && written.includes(raw))) return [];
  const type = raw["type"];
  const node = typeof type === "string" ? (asObject(raw[type]) ?? raw) : raw;
  const there = new Set(leavesOf(written));
  const lost: string[] = [];
  for (const [name, value] of Object.entries(node)) {
    if (converted.has(name) || value === null) continue;
    if (leavesOf(value).some((leaf) => !there.has(leaf))) lost.push(`citations.${name}`);
  }
  return lost;
}

function leavesOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isObject(value) ? Object.values(value).flatMap(leavesOf) : [value];
}
